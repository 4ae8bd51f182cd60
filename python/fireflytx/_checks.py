"""Checks of what is handed to the decorators: types first, then numbers, each with a sentence for people."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, cast

from fireflytx.exceptions import DefinitionError
from fireflytx.validation import MAX_NAME_LENGTH, is_name

# What Java's types hold. A JSON number above 2^53 would also be changed by readers that know only doubles.
MAX_COUNT: Final = 2**31 - 1
MAX_TIME_MS: Final = 2**53 - 1


def require_name(value: object, *, what: str, usage: str) -> str:
    """A saga's name or a step's id.

    Args:
        value: What was given.
        what: What it is meant to be: ``the step's id``.
        usage: How the decorator is written; told to who forgot its parentheses.

    Raises:
        DefinitionError: It can't be one.
    """
    refuse_bare_decorator(value, what=what, usage=usage)
    if not isinstance(value, str) or not is_name(value) or not _is_unicode(value):
        raise DefinitionError(
            f"{usage.partition('(')[0]}: {what} must be a string of 1 to {MAX_NAME_LENGTH} printable "
            f"characters, got {_sketch(value)}."
        )
    return value


def refuse_bare_decorator(value: object, *, what: str, usage: str) -> None:
    """A DefinitionError if the decorator has no parentheses, so that it got the method or the class."""
    if callable(value):
        raise DefinitionError(f"{usage.partition('(')[0]} needs {what} in parentheses: write {usage}.")


def require_text(where: str, name: str, value: object) -> str:
    """A string that is not empty, or a DefinitionError."""
    if not isinstance(value, str) or not value or not _is_unicode(value):
        raise DefinitionError(f"{where}: {name} must be a non-empty string, got {_sketch(value)}.")
    return value


def require_headers(where: str, value: object) -> dict[str, str]:
    """A mapping of strings as a dict of its own; None is none.

    Raises:
        DefinitionError: It is something else.
    """
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise DefinitionError(f"{where}: headers must be a mapping of strings, got {_sketch(value)}.")
    for each in (*value.keys(), *value.values()):
        if not isinstance(each, str) or not _is_unicode(each):
            raise DefinitionError(f"{where}: headers must hold strings alone, got {_sketch(each)}.")
    return dict(value)


def version_text(where: str, value: object) -> str | None:
    """A saga's version as text: a number counts as its digits.

    Raises:
        DefinitionError: It is neither a text, an integer nor None.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | None):
        raise DefinitionError(f"{where}: version must be a string or an integer, got {_sketch(value)}.")
    if isinstance(value, str) and not _is_unicode(value):
        raise DefinitionError(f"{where}: version holds half a surrogate pair, which is not valid Unicode.")
    return None if value is None else str(value)


def require_flag(where: str, **flags: object) -> None:
    """Every one of ``flags`` is a bool, or a DefinitionError."""
    for name, value in flags.items():
        if not isinstance(value, bool):
            raise DefinitionError(f"{where}: {name} must be True or False, got {_sketch(value)}.")


def require_count(where: str, **counts: object) -> None:
    """Every one of ``counts`` is an integer that Java can hold, or a DefinitionError."""
    _require_integers(where, counts, MAX_COUNT)


def require_times_ms(where: str, **times: object) -> None:
    """Every one of ``times`` is an integer of milliseconds, or a DefinitionError."""
    _require_integers(where, times, MAX_TIME_MS)


def require_sound(where: str, problem: str | None) -> None:
    """There is no ``problem``, or a DefinitionError that tells it."""
    if problem:
        raise DefinitionError(f"{where}: {problem}")


def dependencies(where: str, value: object) -> tuple[str, ...]:
    """The ids in a step's ``depends_on``: one string, or several in an order that means something.

    Raises:
        DefinitionError: It is neither, or a set: its order would change from run to run, and the order says
            which of two results with the same key wins.
    """
    if isinstance(value, str):
        return (value,)
    if isinstance(value, set | frozenset):
        raise DefinitionError(f"{where}: depends_on must have an order; write a list instead of a set.")
    ids = tuple(value) if isinstance(value, Iterable) and not isinstance(value, bytes) else (value,)
    for each in ids:
        if not isinstance(each, str):
            raise DefinitionError(
                f"{where}: depends_on must be a step id or a list of step ids, got {_sketch(each)}."
            )
    return cast("tuple[str, ...]", ids)


def field_names(where: str, value: object) -> tuple[str, ...]:
    """The names in ``redact``, each once.

    Raises:
        DefinitionError: They are not several strings, or one is a path.
    """
    if isinstance(value, str | bytes) or not isinstance(value, Iterable):
        raise DefinitionError(f"{where}: redact must be a list of field names, got {_sketch(value)}.")
    names = tuple(dict.fromkeys(require_text(where, "each name in redact", each) for each in value))
    for name in names:
        if "." in name:
            field = name.rpartition(".")[2] or "number"
            raise DefinitionError(
                f"{where}: redact has '{name}'; it names fields at any depth, not paths: write '{field}'."
            )
    return names


def require_condition(where: str, condition: object) -> None:
    """``condition`` is None or a plain function of one argument, or a DefinitionError."""
    if condition is None:
        return
    if not callable(condition):
        raise DefinitionError(
            f"{where}: condition must be a function of the step's input, got {_sketch(condition)}."
        )
    call = getattr(condition, "__call__", None)  # noqa: B004 - an object may have an async one
    if inspect.iscoroutinefunction(condition) or inspect.iscoroutinefunction(call):
        raise DefinitionError(f"{where}: condition is async; it must answer at once, so write it with 'def'.")
    if not takes_one_argument(condition):
        raise DefinitionError(f"{where}: condition must take one argument, the step's input as a dict.")


def _require_integers(where: str, values: Mapping[str, object], maximum: int) -> None:
    for name, value in values.items():
        if not isinstance(value, int) or isinstance(value, bool):
            raise DefinitionError(f"{where}: {name} must be an integer, got {_sketch(value)}.")
        if value > maximum:
            raise DefinitionError(f"{where}: {name} must be at most {maximum}, got {value}.")


def takes_one_argument(function: object) -> bool:
    """Whether ``function`` can be called with one positional argument, as far as it can be told."""
    if not callable(function):
        return False
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # built in, without a signature to look at
        return True
    try:
        signature.bind(None)
    except TypeError:
        return False
    return True


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= char <= "\udfff" for char in text)


def _sketch(value: object) -> str:
    """A value in an error: it comes from the source code, so it may be shown if it is short."""
    if isinstance(value, str | int | float | bool | None):
        shown = repr(value)
        return shown if len(shown) <= 60 else f"a {type(value).__name__} of {len(shown)} characters"
    if isinstance(value, Sequence | Mapping | set | frozenset):
        return f"a {type(value).__name__}"
    return f"the {type(value).__name__} {getattr(value, '__name__', '')}".rstrip()
