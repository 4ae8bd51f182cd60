"""Names of a package that are imported when they are first asked for (PEP 562)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def names(
    package: dict[str, Any], places: Mapping[str, str]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """The ``__getattr__`` and the ``__dir__`` of a package with lazy names.

    Only for ``if not TYPE_CHECKING``: to a type checker, a package with a ``__getattr__`` has any name.

    Args:
        package: The package's ``globals()``; a name stays there once it was asked for.
        places: The module of each lazy name.
    """

    def get(name: str) -> Any:
        if name not in places:
            raise AttributeError(f"module {package['__name__']!r} has no attribute {name!r}")
        value = package[name] = getattr(import_module(places[name]), name)
        return value

    def list_all() -> list[str]:
        return sorted({*package, *places})

    return get, list_all
