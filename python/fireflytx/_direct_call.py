"""Decorated methods stay plain methods: how one behaves when a unit test calls it.

The engine never comes here; it calls the undecorated function of the definition.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Mapping
from typing import Any

from fireflytx._models import dataclass_members, is_dataclass_instance, is_model, model_members
from fireflytx._signature import AnyFunction, Shape
from fireflytx.context import SagaContext


def directly_callable(function: AnyFunction, shape: Shape, *, step_id: str, undoes: bool) -> AnyFunction:
    """The method as the class shows it: with or without a context, whatever the function takes.

    A context that is needed and not given is made. One that is given sees the step's result afterwards, as it
    would in the engine, also if the function doesn't take it.

    Args:
        function: The undecorated method.
        shape: Its shape.
        step_id: The step that it does or undoes.
        undoes: Whether it is the step's compensation.
    """
    call = _DirectCall(function, shape, step_id, undoes=undoes)

    @functools.wraps(function)
    async def coroutine_method(*args: Any, **kwargs: Any) -> Any:
        arguments, context = call.bind(args, kwargs)
        return call.record(await function(*arguments.args, **arguments.kwargs), context)

    @functools.wraps(function)
    def plain_method(*args: Any, **kwargs: Any) -> Any:
        arguments, context = call.bind(args, kwargs)
        return call.record(function(*arguments.args, **arguments.kwargs), context)

    return coroutine_method if shape.kind == "coroutine" else plain_method


class _DirectCall:
    def __init__(self, function: AnyFunction, shape: Shape, step_id: str, *, undoes: bool) -> None:
        parameters = list(inspect.signature(function).parameters.values())
        self._takes_context = shape.takes_context
        self._data_name = parameters[1].name
        self._context_name = parameters[2].name if shape.takes_context else _free_name(parameters)
        self._signature = inspect.Signature(_with_optional_context(parameters, self._context_name, shape))
        self._step_id = step_id
        self._undoes = undoes

    def bind(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[inspect.BoundArguments, object]:
        """The arguments that the function takes, and the context of the call, if there is one."""
        bound = self._signature.bind(*args, **kwargs)
        context = bound.arguments.pop(self._context_name, None)
        if not self._takes_context:
            return bound, context
        if context is None:
            context = self._fresh_context(bound.arguments.get(self._data_name))
        # Behind the data again: the order of the arguments is the order of the parameters.
        bound.arguments[self._context_name] = context
        return bound, context

    def record(self, result: Any, context: object) -> Any:
        """Let the context see the result of a step; returns that result."""
        if isinstance(context, SagaContext) and not self._undoes:
            members = _members(result)
            if members is not None:
                context._record_result(self._step_id, members)
        return result

    def _fresh_context(self, data: object) -> SagaContext:
        members = _members(data)
        if self._undoes:
            return SagaContext(step=self._step_id, own_result=members)
        return SagaContext(step=self._step_id, input=members)


def _free_name(parameters: list[inspect.Parameter]) -> str:
    return "_context" if any(each.name == "context" for each in parameters) else "context"


def _with_optional_context(
    parameters: list[inspect.Parameter], name: str, shape: Shape
) -> list[inspect.Parameter]:
    if shape.takes_context:
        return [*parameters[:2], parameters[2].replace(default=None), *parameters[3:]]
    extra = inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=None)
    return [*parameters[:2], extra, *parameters[2:]]


def _members(value: object) -> Mapping[str, Any] | None:
    """The members of a dict, a model or a dataclass; None for what is no result."""
    if value is None:
        return {}
    if isinstance(value, Mapping):
        return value
    if is_model(value):
        return model_members(value)
    return dataclass_members(value) if is_dataclass_instance(value) else None
