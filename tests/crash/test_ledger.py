"""The checker finds each kind of broken promise."""

from __future__ import annotations

from typing import Any

import pytest
from tests.crash.ledger import Entry, changed_results, violations

DONE = ["plan", "hotel", "flight", "car", "pay", "mail"]


def did(*steps: str, direction: str = "forward", attempt: int = 1, saga: str = "trip-1") -> list[Entry]:
    return [Entry(saga, step, direction, attempt, what) for step in steps for what in ("begin", "end")]


def undid(*steps: str) -> list[Entry]:
    return did(*steps, direction="backward", saga="trip-3")


def completed(**changes: Any) -> dict[str, Any]:
    return {"id": "trip-1", "status": "COMPLETED", "sum": 3, "history": [], **changes}


def compensated(*steps: str, **changes: Any) -> dict[str, Any]:
    history = [["step-completed", step, "forward", 1] for step in steps]
    return {"id": "trip-3", "status": "COMPENSATED", "sum": None, "history": history, **changes}


def complaints(report: dict[str, Any], ledger: list[Entry]) -> list[str]:
    return list(violations([report], {report["id"]}, ledger))


def test_a_completed_trip_keeps_every_promise():
    assert complaints(completed(), did(*DONE)) == []


def test_a_compensated_trip_keeps_every_promise():
    ledger = [*did("plan", "hotel", saga="trip-3"), *undid("hotel", "plan")]
    assert complaints(compensated("plan", "hotel"), ledger) == []


def test_an_attempt_that_was_lost_may_run_again():
    ledger = [*did("plan"), *did("plan", attempt=2), *did(*DONE[1:])]
    assert complaints(completed(history=[["attempt-succeeded", "plan", "forward", 2]]), ledger) == []


def test_a_lost_saga_is_found():
    assert list(violations([], {"trip-1"}, [])) == [
        "trip-1: its start was acknowledged, and it has not ended"
    ]


def test_a_result_that_a_caller_got_and_the_journal_does_not_have_is_found():
    assert list(changed_results([completed()], ["trip-1 COMPLETED"])) == []
    assert list(changed_results([completed()], ["trip-1 COMPENSATED"])) == [
        "a caller was told 'trip-1 COMPENSATED', which is not so"
    ]


@pytest.mark.parametrize(
    ("report", "ledger", "complaint"),
    [
        (completed(status="COMPENSATED"), did(*DONE), "it should be COMPLETED"),
        (completed(), did(*DONE[:-1]), "it did"),
        (completed(sum=2), did(*DONE), "its sum is 2"),
        (completed(), [*did(*DONE), *did("plan", direction="backward")], "something was undone"),
        (completed(), [*did("plan"), *did(*DONE)], "attempt 1 of plan forward began 2 times"),
        (
            completed(history=[["attempt-succeeded", "plan", "forward", 1]]),
            [*did(*DONE), *did("plan", attempt=2)],
            "plan forward ran again after its result was recorded",
        ),
        (
            compensated("plan"),
            [*did("plan", saga="trip-3"), *undid("plan"), *did("hotel", saga="trip-3")],
            "something went forward after an undo",
        ),
        (compensated("plan"), did("plan", saga="trip-3"), "['plan'] were not undone"),
        (
            compensated("plan", "hotel"),
            [*did("plan", "hotel", saga="trip-3"), *undid("plan", "hotel")],
            "plan was being undone before ['hotel']",
        ),
    ],
)
def test_a_broken_promise_is_found(report: dict[str, Any], ledger: list[Entry], complaint: str):
    assert any(complaint in each for each in complaints(report, ledger))
