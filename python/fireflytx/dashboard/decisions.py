"""What a person can decide about a saga, and how the engine is told."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

from fireflytx.dashboard.text import error_text
from fireflytx.engine import SagaEngine
from fireflytx.inspection.waiting import Waiting
from fireflytx.result import SagaStatus
from fireflytx.standing import SagaInspection, StepPhase

LONGEST_REASON_CHARS = 500
_EXAMPLE = 'Write an object, such as {"receipt": 17}.'


class Mistake(Exception):
    """A form that was filled in wrongly; its text says what to do."""


@dataclass(frozen=True, slots=True)
class Order:
    """A decision as it came from a form."""

    correlation_id: str
    step: str
    reason: str
    result: str


@dataclass(frozen=True, slots=True)
class Action:
    """Something that a person can decide.

    Attributes:
        name: What forms call it.
        label: What its button says.
        hint: What it does, in a sentence.
        done: What to say when it is done.
        needs_result: Whether it asks for a result, as JSON.
    """

    name: str
    label: str
    hint: str
    done: str
    needs_result: bool = False


RETRY_STEP = Action(
    "retry-step", "Try again", "The step runs again, with all its retries.", "The step is tried again."
)
COMPLETE_STEP = Action(
    "complete-step",
    "Declare done",
    "The saga goes on with the result that you give here.",
    "The step counts as done.",
    needs_result=True,
)
FAIL_STEP = Action(
    "fail-step",
    "Declare failed",
    "The step counts as without effect; the saga turns back and undoes the others.",
    "The step counts as failed.",
)
RETRY_COMPENSATION = Action(
    "retry-compensation",
    "Try again",
    "Every compensation of this saga that was given up runs again, with all its retries.",
    "The compensations are tried again.",
)
MARK_COMPENSATED = Action(
    "mark-compensated",
    "Mark as undone",
    "You have undone the step by hand.",
    "The step counts as undone.",
)
SKIP_COMPENSATION = Action(
    "skip-compensation", "Skip", "The step stays as it is, and is not undone.", "The step stays as it is."
)
CANCEL = Action(
    "cancel", "Cancel the saga", "What runs is stopped, and all that was done is undone.", "It is cancelled."
)

ACTIONS = {
    action.name: action
    for action in (
        RETRY_STEP,
        COMPLETE_STEP,
        FAIL_STEP,
        RETRY_COMPENSATION,
        MARK_COMPENSATED,
        SKIP_COMPENSATION,
        CANCEL,
    )
}

_WHY = {
    "in-doubt": "an attempt may have taken effect, and its policy is to ask",
    "behind-pivot": "it failed for good behind the saga's pivot, where nothing may be undone",
    "handler-gone": "the code that it began with is not there any more",
    "lost-too-often": "the process that ran it was lost too often",
}


@dataclass(frozen=True, slots=True)
class Need:
    """A step that waits for a person: why, and what that person can decide."""

    step: str
    why: str
    error: str
    actions: tuple[Action, ...]


def needs(saga: SagaInspection, waiting: Iterable[Waiting]) -> list[Need]:
    """The steps of a saga that wait, in the order in which they began to."""
    return [_need(saga, each) for each in waiting if _still_waits(saga, each)]


def _still_waits(saga: SagaInspection, waiting: Waiting) -> bool:
    """Whether the step is still where its history left it: the two are read one after the other."""
    phase = saga.steps[waiting.step].phase
    return phase is (StepPhase.COMPENSATION_FAILED if waiting.is_compensation else StepPhase.PARKED)


def _need(saga: SagaInspection, waiting: Waiting) -> Need:
    step_error = saga.steps[waiting.step].error
    error = "" if step_error is None else error_text(step_error)
    if waiting.is_compensation:
        undo = (RETRY_COMPENSATION, MARK_COMPENSATED, SKIP_COMPENSATION)
        return Need(waiting.step, "undoing it was given up", error, undo)
    actions = (RETRY_STEP, COMPLETE_STEP, *((FAIL_STEP,) if waiting.can_turn_back else ()))
    return Need(waiting.step, _WHY.get(waiting.reason, waiting.reason or "it was parked"), error, actions)


def can_be_cancelled(saga: SagaInspection) -> bool:
    """Whether it still goes forward, and is not behind its pivot."""
    pivots = [step["id"] for step in saga.definition["steps"] if step.get("pivot")]
    is_behind_pivot = any(saga.steps[step].phase is StepPhase.COMPLETED for step in pivots)
    return saga.status in {SagaStatus.RUNNING, SagaStatus.PARKED} and not is_behind_pivot


def order(form: dict[str, str], user: str) -> tuple[Action, Order]:
    """The decision that a form holds.

    Raises:
        Mistake: something is missing in it.
    """
    action = ACTIONS.get(form.get("action", ""))
    if action is None:
        raise Mistake("There is no such action.")
    reason = form.get("reason", "").strip()
    if not reason:
        raise Mistake("Say why: the reason is kept in the saga's history.")
    if len(reason) > LONGEST_REASON_CHARS or not reason.isprintable():
        raise Mistake(f"A reason has up to {LONGEST_REASON_CHARS} printable characters, on one line.")
    signed = f"{reason} ({user})" if user else reason
    return action, Order(form.get("id", ""), form.get("step", ""), signed, form.get("result", ""))


async def carry_out(engine: SagaEngine, action: Action, order: Order) -> bool:
    """Tell the engine; whether the decision had an effect.

    Raises:
        Mistake: the result is no JSON object.
        FireflyTxError: the saga does not wait for this, or can't be reached.
    """
    if action is CANCEL:
        return await engine.cancel(order.correlation_id, order.reason)
    await _resolvers(engine, order)[action.name]()
    return True


def _resolvers(engine: SagaEngine, order: Order) -> dict[str, Callable[[], Awaitable[SagaStatus]]]:
    about = (order.correlation_id, order.step)
    return {
        RETRY_STEP.name: lambda: engine.retry_step(*about, order.reason),
        COMPLETE_STEP.name: lambda: engine.complete_step(*about, _result(order.result), order.reason),
        FAIL_STEP.name: lambda: engine.fail_step(*about, order.reason),
        RETRY_COMPENSATION.name: lambda: engine.retry_compensation(order.correlation_id, order.reason),
        MARK_COMPENSATED.name: lambda: engine.mark_compensated(*about, order.reason),
        SKIP_COMPENSATION.name: lambda: engine.skip_compensation(*about, order.reason),
    }


def _result(text: str) -> dict[str, Any]:
    try:
        result = json.loads(text.strip() or "{}")
    except ValueError as error:
        raise Mistake(f"The result is no JSON: {error}. {_EXAMPLE}") from None
    if not isinstance(result, dict):
        raise Mistake('The result must be a JSON object, such as {"receipt": 17}.')
    return result
