from __future__ import annotations

from typing import Any

import pytest

from fireflytx.result import SagaError, SagaResult, SagaStatus, StepResult, StepStatus

WIRE: dict[str, Any] = {
    "correlation_id": "run-1",
    "saga": "order",
    "status": "COMPENSATED",
    "duration_ms": 12,
    "failed_step": "charge",
    "error": {
        "type": "PaymentDeclined",
        "message": "Payment declined",
        "traceback": "Traceback …",
        "step": "charge",
    },
    "compensated_steps": ["reserve"],
    "failed_compensations": [],
    "in_doubt_steps": [],
    "steps": [
        {
            "step": "reserve",
            "status": "COMPENSATED",
            "result": {"secret": 1},
            "attempts": 1,
            "duration_ms": 3,
        },
        {
            "step": "charge",
            "status": "FAILED",
            "attempts": 3,
            "duration_ms": 8,
            "error": {"type": "PaymentDeclined", "message": "Payment declined", "traceback": "…"},
        },
    ],
}

MINIMAL = {"correlation_id": "run-1", "saga": "order", "status": "COMPLETED"}


def test_steps_stay_in_the_order_in_which_they_settled() -> None:
    assert list(SagaResult.from_wire(WIRE).steps) == ["reserve", "charge"]


def test_a_step_has_its_status_result_attempts_and_duration() -> None:
    step = SagaResult.from_wire(WIRE).steps["reserve"]

    assert (step.status, step.result, step.attempts, step.duration_ms) == (
        StepStatus.COMPENSATED,
        {"secret": 1},
        1,
        3,
    )


def test_the_text_of_the_error_is_its_message_alone() -> None:
    assert str(SagaResult.from_wire(WIRE).error) == "Payment declined"


def test_the_text_of_an_error_without_a_message_is_its_type() -> None:
    assert str(SagaError("TimeoutError", "")) == "TimeoutError"


def test_the_error_of_a_step_names_the_step() -> None:
    error = SagaResult.from_wire(WIRE).steps["charge"].error

    assert error is not None
    assert error.step == "charge"


@pytest.mark.parametrize("status", [each for each in SagaStatus if each is not SagaStatus.COMPLETED])
def test_only_a_completed_saga_is_a_success(status: SagaStatus) -> None:
    assert not SagaResult("order", "run-1", status).is_success


def test_a_completed_saga_is_a_success() -> None:
    assert SagaResult.from_wire(MINIMAL).is_success


def test_lists_that_the_wire_leaves_out_are_empty() -> None:
    result = SagaResult.from_wire(MINIMAL)

    assert (result.compensated_steps, result.failed_compensations, result.in_doubt_steps) == ([], [], [])


def test_a_status_compares_with_its_text() -> None:
    assert SagaResult.from_wire(MINIMAL).status == "COMPLETED"


def test_the_text_of_a_result_tells_the_outcome() -> None:
    assert str(SagaResult.from_wire(WIRE)) == (
        "Saga 'order' run-1: COMPENSATED after 12 ms; PaymentDeclined at step 'charge'; undone: reserve"
    )


def test_the_text_of_a_parked_result_tells_which_steps_wait_and_what_helps() -> None:
    steps = {"reserve": StepResult(StepStatus.COMPLETED), "charge": StepResult(StepStatus.PARKED)}

    assert str(SagaResult("order", "run-1", SagaStatus.PARKED, steps=steps)) == (
        "Saga 'order' run-1: PARKED after 0 ms; "
        "waiting for a person: charge (call retry_step, complete_step or fail_step)"
    )


def test_the_text_of_a_result_with_a_failed_compensation_tells_what_helps() -> None:
    result = SagaResult("order", "run-1", SagaStatus.COMPENSATION_FAILED, failed_compensations=["reserve"])

    assert str(result).endswith(
        "not undone: reserve; waiting for a person: reserve "
        "(call retry_compensation, mark_compensated or skip_compensation)"
    )


@pytest.mark.parametrize("write", [repr, str])
def test_no_text_of_a_result_has_a_payload(write: Any) -> None:
    result = SagaResult.from_wire(WIRE)

    assert "secret" not in write(result) + "".join(map(write, result.steps.values()))
