"""The notes that the decorators leave on a method, until ``@saga`` collects them."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import FrameType
from typing import Any, Final

from fireflytx._signature import AnyFunction
from fireflytx.definition import CompensationDefinition, StepDefinition
from fireflytx.event_options import EventOptions, SagaEventOptions
from fireflytx.exceptions import DefinitionError

STEP: Final = "__fireflytx_step__"
COMPENSATION: Final = "__fireflytx_compensation__"
EVENTS: Final = "__fireflytx_events__"
SAGA_EVENTS: Final = "__fireflytx_saga_events__"


@dataclass(frozen=True, slots=True)
class StepMark:
    """What ``@saga_step`` knows: all but the attribute, the compensation and the events."""

    method: AnyFunction
    draft: StepDefinition


@dataclass(frozen=True, slots=True)
class CompensationMark:
    """What ``@compensation_step`` knows: all but the attribute."""

    method: AnyFunction
    step_id: str
    draft: CompensationDefinition


Mark = StepMark | CompensationMark


class JavaCode:
    """What ``executor="java"`` makes of a decorator: it takes a method, or stands in the class by itself.

    Args:
        decorate: Marks a method that stands in for the code in unit tests.
        what: Whose code it is, to begin an error with.
    """

    def __init__(self, decorate: Callable[[Any, FrameType], Any], what: str) -> None:
        self._decorate = decorate
        self._what = what

    def __call__(self, function: Any) -> Any:
        """The method, marked."""
        if not callable(function):
            raise TypeError(
                f"{self._what} runs in Java and has no method here that could be called. For a unit test, "
                'write one that stands in for it, under the decorator with executor="java".'
            )
        return self._decorate(function, sys._getframe(1))


def mark_of(value: object) -> Mark | None:
    """The mark on a class attribute, also through a decorator that copies a function's attributes."""
    notes = _notes(value)
    return notes.get(STEP) or notes.get(COMPENSATION)


def events_of(value: object) -> EventOptions | None:
    """The options that ``@step_events`` left on a class attribute."""
    return _notes(value).get(EVENTS)


def saga_events_of(cls: type) -> SagaEventOptions | None:
    """The options that ``@saga_events`` left on this very class."""
    return vars(cls).get(SAGA_EVENTS)


def hidden_mark(attribute: object) -> Mark | None:
    """The mark on a method that is inside a classmethod, a property or the like, where it can't be called."""
    if isinstance(attribute, property):
        return mark_of(attribute.fget)
    if isinstance(attribute, classmethod | staticmethod):
        return mark_of(attribute.__func__)
    if isinstance(attribute, functools.partialmethod | functools.cached_property):
        return mark_of(attribute.func)
    return None


def described(mark: Mark) -> str:
    """What the mark makes of its method: ``step 'charge'``."""
    if isinstance(mark, StepMark):
        return f"step '{mark.draft.id}'"
    return f"the compensation of step '{mark.step_id}'"


def require_unmarked(function: object, *, where: str, frame: FrameType | None) -> None:
    """The function has no mark yet, and replaces no method that has one, or a DefinitionError.

    Python lets the second of two methods of one name win without a word. While a class body runs, its
    namespace still shows the first one.
    """
    if mark := mark_of(function):
        raise DefinitionError(f"{where}: the method is already {described(mark)}; decorate it once.")
    name = getattr(function, "__name__", "")
    replaced = mark_of(frame.f_locals.get(name)) if frame and _is_body_of(frame, function) else None
    if replaced:
        raise DefinitionError(
            f"{where}: the method '{name}' would replace {described(replaced)}, which has the same name "
            "in this class. Rename one of the two methods."
        )


def _is_body_of(frame: FrameType, function: object) -> bool:
    """Whether the frame is running the body of the class in which the function is written."""
    owner = frame.f_locals.get("__qualname__")
    return owner is not None and getattr(function, "__qualname__", "").rpartition(".")[0] == owner


def _notes(value: object) -> Mapping[str, Any]:
    return vars(value) if inspect.isfunction(value) or isinstance(value, JavaCode) else {}
