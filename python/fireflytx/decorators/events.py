"""The decorators that say which events steps and sagas publish."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from fireflytx._checks import (
    refuse_bare_decorator,
    require_flag,
    require_headers,
    require_sound,
    require_text,
)
from fireflytx._marks import EVENTS, SAGA_EVENTS, JavaCode
from fireflytx.definition import DEFINITION_ATTRIBUTE
from fireflytx.event_options import SAGA_KEY_FIELDS, STEP_KEY_FIELDS, EventOptions, SagaEventOptions
from fireflytx.exceptions import DefinitionError
from fireflytx.validation import events_problem

__all__ = ["saga_events", "step_events"]

C = TypeVar("C", bound=type)
F = TypeVar("F", bound=Callable[..., Any])
Options = TypeVar("Options", EventOptions, SagaEventOptions)

_NOT_FLAGS: Final = frozenset({"topic", "event_type", "key", "headers"})


def step_events(
    topic: str,
    *,
    event_type: str | None = None,
    key: str | None = None,
    headers: Mapping[str, str] | None = None,
    include_timing: bool = False,
    include_payload: bool = False,
    include_result: bool = False,
    include_context: bool = False,
    publish_on_start: bool = True,
    publish_on_success: bool = True,
    publish_on_failure: bool = True,
    publish_on_retry: bool = False,
    publish_on_compensation: bool = False,
) -> Callable[[F], F]:
    """Publish events of a step; write it above or below ``@saga_step``.

    Step ``process-order`` publishes ``order.process.started``, ``.completed``, ``.failed`` and ``.retrying``:
    the part behind the first hyphen, then the part before it.

    Args:
        topic: Where the events go.
        event_type: Their name, instead of the one made from the step's id.
        key: What keeps events in order where a broker has partitions: a template over ``{saga}``, ``{step}``
            and ``{correlation_id}``, such as ``"{saga}:{correlation_id}"``. None is the correlation id.
        headers: Names and values that go beside the events, for brokers that have headers.
        include_timing: Whether they tell how long the step took.
        include_payload: Whether they carry the step's data.
        include_result: Whether they carry what came of it: the step's result, or the error's type and
            message.
        include_context: Whether they carry the context's values at that moment.
        publish_on_start: Whether there is one when the step starts.
        publish_on_success: Whether there is one when it succeeds.
        publish_on_failure: Whether there is one when it is given up.
        publish_on_retry: Whether there is one when it will be tried again.
        publish_on_compensation: Whether there is one when it is undone (``.compensated``), and when that is
            given up (``.compensation_failed``).

    Returns:
        A decorator that gives the method back.

    Raises:
        DefinitionError: An argument is wrong, or the method has events already.
    """
    options = _checked("@step_events", EventOptions, locals(), STEP_KEY_FIELDS)

    def decorate(function: F) -> F:
        _require_no_events_yet(function)
        setattr(function, EVENTS, options)
        return function

    return decorate


def saga_events(
    topic: str,
    *,
    key: str | None = None,
    headers: Mapping[str, str] | None = None,
    include_timing: bool = False,
    include_payload: bool = False,
    include_result: bool = False,
    include_context: bool = False,
    publish_on_start: bool = True,
    publish_on_success: bool = True,
    publish_on_failure: bool = True,
    publish_on_compensation: bool = True,
    publish_on_parked: bool = True,
) -> Callable[[C], C]:
    """Publish events of a whole saga; write it above or below ``@saga``.

    Saga ``order`` publishes ``order.saga.started``, ``.completed``, ``.failed``, ``.compensating``,
    ``.compensated``, ``.compensation_failed`` and ``.parked``.

    Args:
        topic: Where the events go.
        key: As for ``@step_events``, without ``{step}``.
        headers: As for ``@step_events``.
        include_timing: Whether they tell how long the saga has taken.
        include_payload: Whether they carry the saga's input.
        include_result: Whether they carry what came of it: all steps' results by their ids, or the error's
            type and message.
        include_context: Whether they carry the context's values at that moment.
        publish_on_start: Whether there is one when the saga starts.
        publish_on_success: Whether there is one when it completes.
        publish_on_failure: Whether there is one (``.failed``) when it turns back: a step was given up, it was
            cancelled, or its time was up.
        publish_on_compensation: Whether there is one when undoing begins (``.compensating``) and ends
            (``.compensated`` or ``.compensation_failed``).
        publish_on_parked: Whether there is one when it waits for a person.

    Returns:
        A decorator that gives the class back.

    Raises:
        DefinitionError: An argument is wrong, or the class has events already.
    """
    options = _checked("@saga_events", SagaEventOptions, locals(), SAGA_KEY_FIELDS)

    def decorate(cls: C) -> C:
        _require_class_without_events(cls)
        setattr(cls, SAGA_EVENTS, options)
        if (definition := vars(cls).get(DEFINITION_ATTRIBUTE)) is not None:  # @saga stands below
            setattr(cls, DEFINITION_ATTRIBUTE, dataclasses.replace(definition, events=options))
        return cls

    return decorate


def _checked(
    where: str, kind: type[Options], given: Mapping[str, Any], key_fields: tuple[str, ...]
) -> Options:
    """The options of a kind, from all that the decorator was given."""
    refuse_bare_decorator(given["topic"], what="the topic", usage=f'{where}("topic")')
    options = kind(**{**given, "headers": require_headers(where, given["headers"])})
    require_text(where, "topic", options.topic)
    for name in ("key", "event_type"):
        if given.get(name) is not None:
            require_text(where, name, given[name])
    require_flag(where, **{name: value for name, value in given.items() if name not in _NOT_FLAGS})
    require_sound(where, events_problem(options.to_wire(), key_fields))
    return options


def _require_no_events_yet(function: object) -> None:
    if not inspect.isfunction(function) and not isinstance(function, JavaCode):
        kind = type(function).__name__
        hint = " For events of the whole saga write @saga_events." if isinstance(function, type) else ""
        raise DefinitionError(f"@step_events belongs on a step's method, not on a {kind}.{hint}")
    if EVENTS in vars(function):
        name = getattr(function, "__name__", "of a step in Java")
        raise DefinitionError(f"The method '{name}' has @step_events twice; keep one.")


def _require_class_without_events(cls: object) -> None:
    if not isinstance(cls, type):
        kind = type(cls).__name__
        raise DefinitionError(
            f"@saga_events belongs on a saga's class, not on a {kind}. For a step write @step_events."
        )
    if SAGA_EVENTS in vars(cls):
        raise DefinitionError(f"The class '{cls.__qualname__}' has @saga_events twice; keep one.")
