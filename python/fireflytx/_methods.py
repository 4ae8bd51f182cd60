"""From a plain method to a marked one: the common part of ``@saga_step`` and ``@compensation_step``."""

from __future__ import annotations

from collections.abc import Mapping
from types import FrameType
from typing import Any

from fireflytx._direct_call import directly_callable
from fireflytx._marks import COMPENSATION, STEP, CompensationMark, StepMark, require_unmarked
from fireflytx._signature import AnyFunction, Shape, as_coroutine_function, shape_of
from fireflytx.definition import CompensationDefinition, StepDefinition


def step_method(
    function: AnyFunction, *, step_id: str, options: Mapping[str, Any], where: str, frame: FrameType
) -> AnyFunction:
    """The method of a step, still callable, with a mark that has ``options`` as the fields of its definition.

    Raises:
        DefinitionError: The function can't be a step.
    """
    shape = _checked_shape(function, where, frame)
    draft = StepDefinition(id=step_id, **_fields(function, shape), **options)
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
    draft = CompensationDefinition(**_fields(function, shape), **options)
    method = directly_callable(draft.function, shape, step_id=step_id, undoes=True)
    setattr(method, COMPENSATION, CompensationMark(method, step_id, draft))
    return method


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
