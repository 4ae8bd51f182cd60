"""Attempts, and who waits, from a run's history."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from fireflytx.inspection.timeline import Attempt, attempts, bar
from fireflytx.inspection.waiting import waiting
from fireflytx.queries import HistoryFact

BEGUN = datetime(2026, 1, 1, tzinfo=UTC)


def at(ms: int) -> datetime:
    return BEGUN + timedelta(milliseconds=ms)


def fact(
    name: str, ms: int, step: str | None = "charge", direction: str | None = "forward", **data: Any
) -> HistoryFact:
    return HistoryFact(name, at(ms), step, direction, None if direction is None else 1, data)


def test_an_attempt_runs_from_its_start_to_its_end() -> None:
    found = attempts([fact("attempt-started", 0), fact("attempt-succeeded", 30), fact("step-completed", 30)])

    assert found == [Attempt("charge", "forward", 1, at(0), at(30), "succeeded")]


def test_an_attempt_without_an_end_still_runs() -> None:
    assert attempts([fact("attempt-started", 0)])[0].outcome == "running"


def test_an_attempt_that_timed_out_ends_when_it_has_stopped() -> None:
    found = attempts([fact("attempt-started", 0), fact("attempt-timed-out", 20), fact("attempt-ended", 50)])

    assert (found[0].outcome, found[0].ended_at) == ("timed out", at(50))


def test_a_failed_attempt_says_why() -> None:
    error = {"type": "ValueError", "message": "declined"}
    found = attempts([fact("attempt-started", 0), fact("attempt-failed", 5, error=error)])

    assert found[0].error == "ValueError: declined"


def test_undoing_is_an_attempt_of_its_own() -> None:
    found = attempts([fact("attempt-started", 0), fact("attempt-started", 9, direction="backward")])

    assert [each.direction for each in found] == ["forward", "backward"]


def test_bars_share_one_scale_and_are_never_empty() -> None:
    first, instant, running = (
        Attempt("a", "forward", 1, at(0), at(50)),
        Attempt("b", "forward", 1, at(100), at(100)),
        Attempt("c", "forward", 1, at(50), None),
    )

    assert [bar(each, at(0), at(100), 10) for each in (first, instant, running)] == [(0, 5), (9, 1), (5, 5)]


def test_a_parked_step_waits_until_a_person_has_decided() -> None:
    parked = fact("step-parked", 1, "ship", None, reason="pivot-passed")

    assert [(each.step, each.reason) for each in waiting([parked])] == [("ship", "pivot-passed")]
    assert waiting([parked, fact("person-decided", 2, "ship", None)]) == []


def test_what_helps_depends_on_what_was_given_up() -> None:
    step, undoing = waiting(
        [fact("step-parked", 1, "ship", None), fact("compensation-failed", 2, "pay", None)]
    )

    assert step.commands("id-1")[0] == "fireflytx step retry id-1 ship"
    assert undoing.commands("id-1")[0] == "fireflytx retry id-1"
