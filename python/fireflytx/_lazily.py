"""Names of a package that are imported when they are first asked for (PEP 562)."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any


def found(package: dict[str, Any], places: Mapping[str, str], name: str) -> Any:
    """What ``name`` stands for, kept among the package's globals from then on.

    Args:
        package: The package's ``globals()``.
        places: The module of each lazy name.
        name: What was asked for.

    Raises:
        AttributeError: there is no such name.
    """
    if name not in places:
        raise AttributeError(f"module {package['__name__']!r} has no attribute {name!r}")
    value = package[name] = getattr(import_module(places[name]), name)
    return value
