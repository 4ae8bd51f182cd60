"""The decorators that make a saga of a class.

::

    @saga("order")
    class OrderSaga:
        @saga_step("reserve")
        async def reserve(self, order): ...

        @compensation_step("reserve")
        async def release(self, reservation): ...

        @saga_step("charge", depends_on=["reserve"], retry=5)
        async def charge(self, order, context): ...

A method is written as ``(self, data)`` or ``(self, data, context)``; the context is the second positional
parameter, whatever its name. ``async def`` runs on the event loop, plain ``def`` in a thread. Everything is
checked while the class is being decorated; a mistake is a :class:`~fireflytx.exceptions.DefinitionError`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import Enum
from typing import Any, Literal, TypeVar

from fireflytx._checks import (
    dependencies,
    field_names,
    require_condition,
    require_count,
    require_flag,
    require_name,
    require_sound,
    require_text,
    require_times_ms,
    version_text,
)
from fireflytx._collect import collect
from fireflytx._methods import compensation_decorator, step_decorator
from fireflytx.decorators.events import saga_events, step_events
from fireflytx.definition import (
    DEFINITION_ATTRIBUTE,
    CompensationOrder,
    InDoubtPolicy,
    SagaDefinition,
)
from fireflytx.exceptions import DefinitionError
from fireflytx.validation import in_doubt_problem, policy_problem, saga_problem

__all__ = ["compensation_step", "saga", "saga_events", "saga_step", "step_events"]

C = TypeVar("C", bound=type)
F = TypeVar("F", bound=Callable[..., Any])
Condition = Callable[[dict[str, Any]], object]
Executor = Literal["python", "java"]


class _Unset(Enum):
    UNSET = "not given"


def saga(
    name: str,
    *,
    timeout_ms: int | None = None,
    layer_concurrency: int | None = None,
    compensation: CompensationOrder = "sequential",
    version: str | int | None = None,
    redact: Iterable[str] = (),
) -> Callable[[C], C]:
    """Make a saga of a class.

    Args:
        name: The saga's name, unique in an engine; at most 200 printable characters.
        timeout_ms: How long a run may take before it is cancelled and undone; None for no limit.
        layer_concurrency: The most steps of one run that run at once, compensations too; None for no limit.
        compensation: ``"sequential"`` undoes the newest completed step first, one after the other;
            ``"parallel"`` undoes each step as soon as all that depends on it is undone.
        version: Change it when runs that have begun must not go on with the new code: they wait for a person.
            1 to 64 printable characters, or an integer; None is no version.
        redact: Names of fields that are masked wherever a value is shown, at any depth of inputs, results and
            context values: ``["password", "iban"]``. Upper and lower case are the same. Fields that are
            pydantic's ``SecretStr`` are masked anyway.

    Returns:
        A decorator that checks the class and gives it back.

    Raises:
        DefinitionError: The class or an argument is wrong. From the decorator: steps that are defined twice,
            unknown dependencies, circles, compensations of unknown steps, and the like.
    """
    require_name(name, what="the saga's name", usage='@saga("order")')
    where = f"Saga '{name}'"
    if timeout_ms is not None:
        require_times_ms(where, timeout_ms=timeout_ms)
    if layer_concurrency is not None:
        require_count(where, layer_concurrency=layer_concurrency)
    empty = SagaDefinition(
        name,
        timeout_ms=timeout_ms,
        layer_concurrency=layer_concurrency,
        compensation=compensation,
        version=version_text(where, version),
        redact=field_names(where, redact),
    )
    require_sound(where, saga_problem(empty.to_wire()))

    def decorate(cls: C) -> C:
        if not isinstance(cls, type):
            raise DefinitionError(f"{where}: @saga belongs on a class, not on a {type(cls).__name__}.")
        setattr(cls, DEFINITION_ATTRIBUTE, collect(cls, empty))
        return cls

    return decorate


def saga_step(
    step_id: str,
    *,
    depends_on: str | Iterable[str] = (),
    retry: int = 3,
    timeout_ms: int = 30_000,
    backoff_ms: int = 100,
    condition: Condition | None = None,
    pivot: bool = False,
    in_doubt: InDoubtPolicy = "compensate",
    compensation: _Unset | None = _Unset.UNSET,
    event_type: str | None = None,
    executor: Executor = "python",
) -> Callable[[F], F]:
    """Make a step of a method.

    Args:
        step_id: The step's id, unique in its saga; at most 200 printable characters.
        depends_on: The step, or the steps, that must be done first. Their results are added to this step's
            input; if two have the same key, the last in the list wins.
        retry: How many attempts there are in all; 1 never retries.
        timeout_ms: How long one attempt may take.
        backoff_ms: The longest delay before the second attempt. It doubles each time, up to 30 s, and the
            actual delay is random below it.
        condition: Called with the step's input as a dict; if its answer is false the step is skipped, and
            what depends on it runs without its result.
        pivot: Whether the saga only goes forward once this step has succeeded.
        in_doubt: What to do if the step is given up and nobody knows whether it took effect: ``"compensate"``
            it, treat it as not done (``"fail"``), or wait for a person (``"park"``).
        compensation: ``None`` says that this step needs no undoing, and silences the hint about it.
        event_type: The name of its events, instead of the one made from ``step_id``; needs ``@step_events``.
        executor: ``"java"`` for code in a jar of ``SagaEngine(java_classpath=...)``, found by ``step_id``.
            The method is for unit tests then; ``charge = saga_step("charge", executor="java")`` has none.

    Returns:
        A decorator; the method it gives back is still called as before.

    Raises:
        DefinitionError: An argument or the method's signature is wrong.
    """
    require_name(step_id, what="the step's id", usage='@saga_step("step-id")')
    where = f"Step '{step_id}'"
    _check_policy(where, retry, timeout_ms, backoff_ms)
    _check_step_options(where, condition, pivot, in_doubt, compensation, event_type)
    options = {
        **_kind(where, executor),
        "depends_on": dependencies(where, depends_on),
        "retry": retry,
        "timeout_ms": timeout_ms,
        "backoff_ms": backoff_ms,
        "condition": condition,
        "pivot": pivot,
        "in_doubt": in_doubt,
        "event_type": event_type,
        "compensation_waived": compensation is None,
    }

    return step_decorator(step_id=step_id, options=options, where=where)


def compensation_step(
    step_id: str,
    *,
    retry: int = 3,
    timeout_ms: int = 30_000,
    backoff_ms: int = 100,
    executor: Executor = "python",
) -> Callable[[F], F]:
    """Make a method the one that undoes a step.

    It is called with the step's result; with ``{}``, and ``context.in_doubt`` true, if nobody knows whether
    the step took effect. What it returns is only logged.

    Args:
        step_id: The step that it undoes.
        retry: How many attempts there are in all; 1 never retries.
        timeout_ms: How long one attempt may take.
        backoff_ms: The longest delay before the second attempt; it doubles each time, up to 30 s.
        executor: ``"java"`` for code in a jar, as for ``@saga_step``.

    Returns:
        A decorator; the method it gives back is still called as before.

    Raises:
        DefinitionError: An argument or the method's signature is wrong.
    """
    require_name(step_id, what="the id of the step that it undoes", usage='@compensation_step("step-id")')
    where = f"Compensation of step '{step_id}'"
    _check_policy(where, retry, timeout_ms, backoff_ms)
    policy = {"retry": retry, "timeout_ms": timeout_ms, "backoff_ms": backoff_ms}
    options = {**_kind(where, executor), **policy}

    return compensation_decorator(step_id=step_id, options=options, where=where)


def _kind(where: str, executor: object) -> dict[str, Any]:
    """What the side that runs it changes in a definition; what a method takes is not known of Java's."""
    if executor not in ("python", "java"):
        raise DefinitionError(f"{where}: executor must be 'python' or 'java', got {executor!r}.")
    return {"kind": "java", "takes_context": True} if executor == "java" else {}


def _check_policy(where: str, retry: object, timeout_ms: object, backoff_ms: object) -> None:
    require_count(where, retry=retry)
    require_times_ms(where, timeout_ms=timeout_ms, backoff_ms=backoff_ms)
    policy = {"retry": retry, "timeout_ms": timeout_ms, "backoff_ms": backoff_ms}
    require_sound(where, policy_problem(policy))


def _check_step_options(
    where: str, condition: object, pivot: object, in_doubt: object, compensation: object, event_type: object
) -> None:
    require_condition(where, condition)
    require_flag(where, pivot=pivot)
    require_sound(where, in_doubt_problem(in_doubt))
    if compensation is not None and compensation is not _Unset.UNSET:
        raise DefinitionError(
            f"{where}: compensation can only be None, which says that there is nothing to undo. "
            "To undo the step, decorate a method with @compensation_step."
        )
    if event_type is not None:
        require_text(where, "event_type", event_type)
