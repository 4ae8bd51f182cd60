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

    Args:
        step_id: The step's id.
        options: Fields of its definition.
        where: What it is, to begin an error with: ``Step 'charge'``.
    """

    def mark(function: AnyFunction, frame: FrameType) -> AnyFunction:
        return step_method(function, step_id=step_id, options=options, where=where, frame=frame)

    if options.get("kind") != "java":
        return lambda function: mark(function, sys._getframe(1))
    code = JavaCode(mark, where)
    setattr(code, STEP, StepMark(code, StepDefinition(id=step_id, **_no_method(code), **options)))
    return code


def compensation_decorator(*, step_id: str, options: Mapping[str, Any], where: str) -> Decorator:
    """The same for the compensation of a step."""

    def mark(function: AnyFunction, frame: FrameType) -> AnyFunction:
        return compensation_method(function, step_id=step_id, options=options, where=where, frame=frame)

    if options.get("kind") != "java":
        return lambda function: mark(function, sys._getframe(1))
    code = JavaCode(mark, where)
    draft = CompensationDefinition(**_no_method(code), **options)
    setattr(code, COMPENSATION, CompensationMark(code, step_id, draft))
    return code


def step_method(
    function: AnyFunction, *, step_id: str, options: Mapping[str, Any], where: str, frame: FrameType
) -> AnyFunction:
    """The method of a step, still callable, with a mark that has ``options`` as the fields of its definition.

    Raises:
        DefinitionError: The function can't be a step.
    """
    shape = _checked_shape(function, where, frame)
    draft = StepDefinition(id=step_id, **{**_fields(function, shape), **options})
    method = directly_callable(draft.function, shape, step_id=step_id, undoes=False)
    setattr(method, STEP, StepMark(method, draft))
    return method


def compensation_method(
    function: AnyFunction, *, step_id: str, options: Mapping[str, Any], where: str, frame: FrameType
) -> AnyFunction:
    """The method of a compensation, still callable, marked in the same way.

    Raises:
        DefinitionError: The function can't be a compensation.
    """
    shape = _checked_shape(function, where, frame)
    draft = CompensationDefinition(**{**_fields(function, shape), **options})
    method = directly_callable(draft.function, shape, step_id=step_id, undoes=True)
    setattr(method, COMPENSATION, CompensationMark(method, step_id, draft))
    return method


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
