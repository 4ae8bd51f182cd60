"""How a run's steps stand, from its history."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from fireflytx.inspection.drawing import STYLE
from fireflytx.inspection.steps import STEP_STATES, step_states
from fireflytx.queries import HistoryFact

AT = datetime(2026, 1, 1, tzinfo=UTC)


def fact(name: str, direction: str | None = None, **data: Any) -> HistoryFact:
    return HistoryFact(name, AT, "charge", direction, 1, data)


@pytest.mark.parametrize(
    ("last", "state"),
    [
        (fact("attempt-started", "condition"), "checking"),
        (fact("attempt-started", "forward"), "running"),
        (fact("attempt-failed", "forward"), "running"),
        (fact("retry-scheduled", "forward"), "retrying"),
        (fact("step-completed", "forward"), "completed"),
        (fact("step-skipped"), "skipped"),
        (fact("step-failed"), "failed"),
        (fact("step-parked"), "parked"),
        (fact("attempt-started", "backward"), "undoing"),
        (fact("retry-scheduled", "backward"), "undoing"),
        (fact("step-compensated", "backward"), "compensated"),
        (fact("compensation-failed"), "compensation failed"),
        (fact("person-decided", resolution="retry-step"), "retrying"),
        (fact("person-decided", resolution="complete-step"), "completed"),
        (fact("person-decided", resolution="fail-step"), "failed"),
        (fact("person-decided", resolution="skip-compensation"), "compensated"),
        (fact("late-success", "forward", undo=True), "completed"),
        (fact("late-success", "forward", undo=False), "running"),
    ],
)
def test_the_last_fact_that_moves_a_step_says_how_it_stands(last: HistoryFact, state: str) -> None:
    assert step_states([fact("attempt-started", "forward"), last]) == {"charge": state}
    assert state in STEP_STATES


def test_a_step_that_has_not_begun_has_no_state() -> None:
    assert step_states([HistoryFact("saga-started", AT), fact("attempt-queued", "forward")]) == {}


@pytest.mark.parametrize("state", STEP_STATES)
def test_every_state_has_a_colour_in_the_picture(state: str) -> None:
    assert f".state-{state.replace(' ', '-')} .box" in STYLE
