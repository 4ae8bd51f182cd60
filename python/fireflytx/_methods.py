"""From a plain method to a marked one: the common part of ``@saga_step`` and ``@compensation_step``."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from types import FrameType
from typing import Any

from fireflytx._direct_call import directly_callable
from fireflytx._marks import COMPENSATION, STEP, CompensationMark, JavaCode, StepMark, require_unmarked
from fireflytx._signature import Annotation, AnyFunction, Shape, as_coroutine_function, shape_of
from fireflytx.definition import CompensationDefinition, StepDefinition

Decorator = Callable[[Any], Any]


def step_decorator(*, step_id: str, options: Mapping[str, Any], where: str) -> Decorator:
    """What makes a step of a method; also a step by itself, if it is code in Java.

    The method is still callable, with a mark that has ``options`` as the fields of its definition.

    Args:
        step_id: The step's id.
        options: Fields of its definition.
        where: What it is, to begin an error with: ``Step 'charge'``.
    """

    def noted(method: Any, fields: Mapping[str, Any]) -> None:
        draft = StepDefinition(id=step_id, **{**fields, **options})
        setattr(method, STEP, StepMark(method, draft))

    return _decorator(noted, step_id, where, undoes=False, is_java=options.get("kind") == "java")


def compensation_decorator(*, step_id: str, options: Mapping[str, Any], where: str) -> Decorator:
    """The same for the compensation of a step."""

    def noted(method: Any, fields: Mapping[str, Any]) -> None:
        draft = CompensationDefinition(**{**fields, **options})
        setattr(method, COMPENSATION, CompensationMark(method, step_id, draft))

    return _decorator(noted, step_id, where, undoes=True, is_java=options.get("kind") == "java")


def _decorator(
    note: Callable[[Any, Mapping[str, Any]], None], step_id: str, where: str, *, undoes: bool, is_java: bool
) -> Decorator:
    """A decorator that checks a function, keeps it callable, and has ``note`` mark it."""

    def mark(function: AnyFunction, frame: FrameType) -> AnyFunction:
        shape = _checked_shape(function, where, frame)
        fields = _fields(function, shape)
        method = directly_callable(fields["function"], shape, step_id=step_id, undoes=undoes)
        note(method, fields)
        return method

    if not is_java:
        return lambda function: mark(function, sys._getframe(1))
    code = JavaCode(mark, where)
    note(code, _no_method(code))
    return code


def _no_method(code: JavaCode) -> dict[str, Any]:
    return {"attribute": "", "function": code, "annotation": Annotation(None, {}, {})}


def _checked_shape(function: AnyFunction, where: str, frame: FrameType) -> Shape:
    require_unmarked(function, where=where, frame=frame)
    return shape_of(function, where=where, frame=frame)


def _fields(function: AnyFunction, shape: Shape) -> dict[str, Any]:
    return {
        "attribute": "",  # known once the class is complete
        "kind": shape.kind,
        "takes_context": shape.takes_context,
        "function": as_coroutine_function(function) if shape.kind == "coroutine" else function,
        "annotation": shape.annotation,
    }
