"""Finds what ``module:Class`` names."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator
from types import ModuleType

from fireflytx._nearest import nearest
from fireflytx.cli.exits import Mistake
from fireflytx.definition import DEFINITION_ATTRIBUTE

_USAGE = (
    "Say module:Class, such as shop.orders:OrderSaga; modules are looked for in the current folder first."
)


def saga_class(target: str) -> type:
    """The class that ``module:Class`` names.

    Raises:
        Mistake: there is no such module or class, or it is no saga.
    """
    module_name, _, class_name = target.partition(":")
    if module_name and not class_name:
        raise Mistake(f"'{target}' names no class. {_classes_of(module_name)}")
    if not module_name:
        raise Mistake(f"'{target}' names no module. {_USAGE}")
    module = load_module(module_name)
    found: object = module
    for part in class_name.split("."):
        found = getattr(found, part, None)
    if isinstance(found, type) and DEFINITION_ATTRIBUTE in vars(found):
        return found
    sagas = [cls.__name__ for cls in sagas_of(module)]
    if not sagas:
        raise Mistake(
            f"Module '{module_name}' has no saga '{class_name}', and no other: no class with @saga."
        )
    what = "is no saga" if found is not None else "is not there"
    hint = f"Did you mean {nearest(class_name, sagas)}?"
    others = f" Its sagas: {', '.join(sagas)}." if len(sagas) > 1 else ""
    raise Mistake(f"'{class_name}' {what} in module '{module_name}'. {hint}{others}")


def _classes_of(module_name: str) -> str:
    """What to say instead of a module's name alone."""
    try:
        sagas = [f"{module_name}:{cls.__name__}" for cls in sagas_of(load_module(module_name))]
    except Mistake:
        return _USAGE
    return f"Say {' or '.join(sagas)}." if sagas else "It has no saga: no class with @saga."


def load_module(name: str) -> ModuleType:
    """The module of that name, which may lie in the current folder.

    Raises:
        Mistake: it is not there, or raises while it is loaded.
    """
    here = os.getcwd()
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        return importlib.import_module(name.removesuffix(".py").replace("/", "."))
    except ModuleNotFoundError as error:
        missing = error.name or name
        if name == missing or name.startswith(f"{missing}."):
            raise Mistake(f"There is no module '{name}', looked for from {here}. {_USAGE}") from error
        raise Mistake(f"Module '{name}' needs the module '{missing}', which is not there.") from error
    except Exception as error:
        raise Mistake(f"Module '{name}' can't be loaded: {type(error).__name__}: {error}") from error


def sagas_of(module: ModuleType) -> Iterator[type]:
    """The sagas that a module defines itself, in the order of its text."""
    for value in vars(module).values():
        is_saga = isinstance(value, type) and DEFINITION_ATTRIBUTE in vars(value)
        if is_saga and value.__module__ == module.__name__:
            yield value
