"""How each step of a saga run stands, from the run's history, in words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal, get_args

from fireflytx.queries import HistoryFact

StepState = Literal[
    "checking",
    "running",
    "retrying",
    "completed",
    "skipped",
    "failed",
    "parked",
    "undoing",
    "compensated",
    "compensation failed",
]
# Every word, in the order of a step's life; a step that has not begun has none.
STEP_STATES: Final[tuple[StepState, ...]] = get_args(StepState)
_STARTED: Final[dict[str | None, StepState]] = {
    "condition": "checking",
    "forward": "running",
    "backward": "undoing",
}
_AFTER: Final[dict[str, StepState]] = {
    "step-completed": "completed",
    "step-skipped": "skipped",
    "step-failed": "failed",
    "step-parked": "parked",
    "step-compensated": "compensated",
    "compensation-failed": "compensation failed",
}
_DECIDED: Final[dict[str, StepState]] = {
    "retry-step": "retrying",
    "complete-step": "completed",
    "fail-step": "failed",
    "retry-compensation": "undoing",
    "mark-compensated": "compensated",
    "skip-compensation": "compensated",
}


def step_states(history: Iterable[HistoryFact]) -> dict[str, StepState]:
    """How each step stands at the end of this history, by its id; those that have not begun are left out."""
    states: dict[str, StepState] = {}
    for fact in history:
        if fact.step is not None and (state := _after(fact)) is not None:
            states[fact.step] = state
    return states


def _after(fact: HistoryFact) -> StepState | None:
    if fact.name == "attempt-started":
        return _STARTED.get(fact.direction)
    if fact.name == "retry-scheduled":
        return "undoing" if fact.direction == "backward" else "retrying"
    if fact.name == "late-success":
        return "completed" if fact.data.get("undo") else None
    if fact.name == "person-decided":
        return _DECIDED.get(str(fact.data.get("resolution")))
    return _AFTER.get(fact.name)
