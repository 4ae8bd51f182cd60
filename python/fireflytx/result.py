"""How a saga run ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Wire = Mapping[str, Any]


class SagaStatus(StrEnum):
    """Where a saga run stands. A result has one of the last four."""

    RUNNING = "RUNNING"
    """Its steps are being run."""
    COMPENSATING = "COMPENSATING"
    """Its steps are being undone."""
    COMPLETED = "COMPLETED"
    """All its steps are done."""
    COMPENSATED = "COMPENSATED"
    """It failed, and everything that needed undoing was undone."""
    COMPENSATION_FAILED = "COMPENSATION_FAILED"
    """It failed, and so did a compensation: a person has to look."""
    PARKED = "PARKED"
    """It can't go on by itself: a person has to look."""


class StepStatus(StrEnum):
    """How a step of a saga run settled."""

    COMPLETED = "COMPLETED"
    """It is done."""
    SKIPPED = "SKIPPED"
    """Its condition said no."""
    FAILED = "FAILED"
    """It was given up."""
    PARKED = "PARKED"
    """It waits for a person."""
    COMPENSATED = "COMPENSATED"
    """It was undone."""
    COMPENSATION_FAILED = "COMPENSATION_FAILED"
    """It could not be undone: a person has to look."""


# Calling an Enum for its member costs ten times as much.
_SAGA_STATUS: Mapping[str, SagaStatus] = {status.value: status for status in SagaStatus}
_STEP_STATUS: Mapping[str, StepStatus] = {status.value: status for status in StepStatus}


@dataclass(frozen=True, slots=True)
class SagaError:
    """The exception that ended a step; a record of it, not an exception itself.

    ``str()`` gives its message alone, or the name of its type where the message is empty.

    Attributes:
        type: The name of the exception's class.
        message: Its message.
        step: The id of the step; None for an error of the whole saga.
        traceback: Its traceback as text, if there is one.
    """

    type: str
    message: str = field(default="", repr=False)
    step: str | None = None
    traceback: str = field(default="", repr=False)

    def __str__(self) -> str:
        return self.message or self.type

    @classmethod
    def from_wire(cls, wire: Wire, *, step: str | None = None) -> SagaError:
        """The error in an object of ``PROTOCOL.md``; ``step`` counts where the object names none."""
        return cls(
            type=wire["type"],
            message=wire.get("message") or "",
            step=wire.get("step") or step,
            traceback=wire.get("traceback") or "",
        )


@dataclass(frozen=True, slots=True)
class StepResult:
    """How one step settled.

    Attributes:
        status: How it ended.
        result: What it returned; None unless it succeeded.
        attempts: How often it was tried.
        duration_ms: From its first start until it settled, in milliseconds.
        error: Why it failed; None if it didn't.
    """

    status: StepStatus
    result: dict[str, Any] | None = field(default=None, repr=False)
    attempts: int = 0
    duration_ms: int = 0
    error: SagaError | None = None

    @classmethod
    def from_wire(cls, wire: Wire) -> StepResult:
        """The step's result in an object of ``PROTOCOL.md``."""
        error = wire.get("error")
        return cls(  # by position, which takes half the time
            _STEP_STATUS[wire["status"]],
            wire.get("result"),
            wire.get("attempts") or 0,
            wire.get("duration_ms") or 0,
            SagaError.from_wire(error, step=wire["step"]) if error else None,
        )


@dataclass(frozen=True, slots=True, repr=False)
class SagaResult:
    """How a saga run ended. Its text tells the outcome and never a payload.

    Attributes:
        saga: The saga's name.
        correlation_id: The run's id.
        status: COMPLETED, COMPENSATED, COMPENSATION_FAILED or PARKED.
        duration_ms: From start to end, in milliseconds.
        steps: Every settled step by its id, in the order in which they settled.
        error: The first failure; None if there was none.
        failed_step: The id of the step that failed first; None if none did, also after a cancel or a timeout.
        compensated_steps: The ids of the steps that were undone, in the order of undoing.
        failed_compensations: The ids of the steps that could not be undone.
        in_doubt_steps: The ids of the steps of which nobody knows whether they took effect.
    """

    saga: str
    correlation_id: str
    status: SagaStatus
    duration_ms: int = 0
    steps: dict[str, StepResult] = field(default_factory=dict)
    error: SagaError | None = None
    failed_step: str | None = None
    compensated_steps: list[str] = field(default_factory=list)
    failed_compensations: list[str] = field(default_factory=list)
    in_doubt_steps: list[str] = field(default_factory=list)

    @property
    def is_success(self) -> bool:
        """Whether all its steps are done."""
        return self.status is SagaStatus.COMPLETED

    @classmethod
    def from_wire(cls, wire: Wire) -> SagaResult:
        """The result in an object of ``PROTOCOL.md``; lists that are missing are empty."""
        error = wire.get("error")
        get = wire.get
        return cls(
            wire["saga"],
            wire["correlation_id"],
            _SAGA_STATUS[wire["status"]],
            get("duration_ms") or 0,
            {step["step"]: StepResult.from_wire(step) for step in get("steps") or ()},
            SagaError.from_wire(error) if error else None,
            get("failed_step"),
            list(get("compensated_steps") or ()),
            list(get("failed_compensations") or ()),
            list(get("in_doubt_steps") or ()),
        )

    def __str__(self) -> str:
        parts = [f"Saga '{self.saga}' {self.correlation_id}: {self.status} after {self.duration_ms} ms"]
        if self.error is not None:
            place = f" at step '{self.failed_step}'" if self.failed_step else ""
            parts.append(f"{self.error.type}{place}")
        parts.extend(self._lists())
        parts.extend(self._exits())
        return "; ".join(parts)

    def __repr__(self) -> str:
        return f"<{self}>"

    def _lists(self) -> list[str]:
        named = {
            "undone": self.compensated_steps,
            "not undone": self.failed_compensations,
            "in doubt": self.in_doubt_steps,
        }
        return [f"{name}: {', '.join(ids)}" for name, ids in named.items() if ids]

    def _exits(self) -> list[str]:
        """Which steps wait for a person, and the engine's calls that help."""
        if self.status is SagaStatus.PARKED:
            steps = [step_id for step_id, step in self.steps.items() if step.status is StepStatus.PARKED]
            calls = "retry_step, complete_step or fail_step"
        elif self.status is SagaStatus.COMPENSATION_FAILED:
            steps = self.failed_compensations
            calls = "retry_compensation, mark_compensated or skip_compensation"
        else:
            return []
        return [f"waiting for a person: {', '.join(steps)} (call {calls})"]
