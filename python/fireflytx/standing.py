"""How one saga run stands, with its values, and how many sagas stand how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from fireflytx.queries import time_of
from fireflytx.result import SagaError, SagaStatus

Wire = Mapping[str, Any]


class StepPhase(StrEnum):
    """Where a step of a saga run stands."""

    PENDING = "PENDING"
    """It waits for its dependencies, or for a place."""
    CHECKING = "CHECKING"
    """Its condition is being asked."""
    READY = "READY"
    """Nothing is missing but a place."""
    RUNNING = "RUNNING"
    """An attempt runs."""
    BACKOFF = "BACKOFF"
    """It waits for its next attempt."""
    PARKED = "PARKED"
    """It waits for a person."""
    COMPLETED = "COMPLETED"
    """It is done."""
    SKIPPED = "SKIPPED"
    """Its condition said no."""
    FAILED = "FAILED"
    """It was given up."""
    UNDOING = "UNDOING"
    """An attempt to undo it runs."""
    UNDO_BACKOFF = "UNDO_BACKOFF"
    """It waits for the next attempt to undo it."""
    UNDO_READY = "UNDO_READY"
    """The next attempt to undo it lacks nothing but a place."""
    COMPENSATED = "COMPENSATED"
    """It was undone."""
    COMPENSATION_FAILED = "COMPENSATION_FAILED"
    """It could not be undone: a person has to look."""


@dataclass(frozen=True, slots=True)
class StepInspection:
    """One step as it stands.

    Attributes:
        phase: Where it stands.
        attempts: How often it was tried.
        undo_attempts: How often undoing it was tried.
        result: What it returned; None if it has not succeeded.
        error: Its last error, if it has one.
        duration_ms: From its first start until it settled, in milliseconds; None before.
        due_at: When its next attempt is due, in UTC; None if it waits for none.
        is_in_doubt: Whether nobody knows if it had an effect.
    """

    phase: StepPhase
    attempts: int = 0
    undo_attempts: int = 0
    result: dict[str, Any] | None = field(default=None, repr=False)
    error: SagaError | None = None
    duration_ms: int | None = None
    due_at: datetime | None = None
    is_in_doubt: bool = False

    @classmethod
    def from_wire(cls, wire: Wire) -> StepInspection:
        """The step in an object of ``PROTOCOL.md``."""
        return cls(
            phase=StepPhase(wire["phase"]),
            attempts=wire["attempts"],
            undo_attempts=wire["undo_attempts"],
            result=wire.get("result"),
            error=_error(wire),
            duration_ms=wire.get("duration_ms"),
            due_at=_time(wire, "due_ms"),
            is_in_doubt=wire["in_doubt"],
        )


@dataclass(frozen=True, slots=True)
class SagaInspection:
    """One saga run as it stands, whether it runs, waits or has ended.

    Attributes:
        correlation_id: The run's id.
        saga: The saga's name.
        status: How it stands.
        started_at: When it started, in UTC.
        changed_at: When its status last changed, in UTC.
        version: Grows with everything that happens to it.
        definition: The graph and the policies that it began with, as ``PROTOCOL.md`` has them.
        input: Its input.
        context: What its steps have set in the context.
        steps: Every step by its id, in the order of the definition.
        redact: The names of the fields, at any depth, that nobody may be shown; the values here are whole.
        deadline_at: When its time is up, in UTC; None if it has no limit, or has ended.
        failed_step: The step that turned it back, if one did.
        error: Why it turned back, or waits for a person, if it does.
    """

    correlation_id: str
    saga: str
    status: SagaStatus
    started_at: datetime
    changed_at: datetime
    version: int
    definition: Mapping[str, Any] = field(repr=False)
    input: dict[str, Any] = field(repr=False)
    context: dict[str, Any] = field(repr=False)
    steps: Mapping[str, StepInspection]
    redact: frozenset[str] = frozenset()
    deadline_at: datetime | None = None
    failed_step: str | None = None
    error: SagaError | None = None

    @classmethod
    def from_wire(cls, wire: Wire) -> SagaInspection:
        """The inspection in an object of ``PROTOCOL.md``, which says what to redact besides."""
        saga = wire["saga"]
        return cls(
            correlation_id=saga["correlation_id"],
            saga=saga["saga"],
            status=SagaStatus(saga["status"]),
            started_at=time_of(saga["started_ms"]),
            changed_at=time_of(saga["changed_ms"]),
            version=wire["version"],
            definition=wire["definition"],
            input=wire["input"],
            context=wire["context"],
            steps={step["step"]: StepInspection.from_wire(step) for step in wire["steps"]},
            redact=frozenset(wire["redact"]),
            deadline_at=_time(wire, "deadline_ms"),
            failed_step=wire.get("failed_step"),
            error=_error(wire),
        )


@dataclass(frozen=True, slots=True)
class SagaCount:
    """How many saga runs of one name stand in one way.

    Attributes:
        saga: The saga's name.
        status: How they stand.
        sagas: How many there are.
        started_last_minute: How many of them started within the last minute.
        started_last_hour: How many of them started within the last hour.
        changed_last_minute: How many of them came to stand so within the last minute.
        changed_last_hour: How many of them came to stand so within the last hour.
    """

    saga: str
    status: SagaStatus
    sagas: int
    started_last_minute: int = 0
    started_last_hour: int = 0
    changed_last_minute: int = 0
    changed_last_hour: int = 0

    @classmethod
    def from_wire(cls, wire: Wire) -> SagaCount:
        """The count in an object of ``PROTOCOL.md``."""
        return cls(
            saga=wire["saga"],
            status=SagaStatus(wire["status"]),
            sagas=wire["sagas"],
            started_last_minute=wire["started_last_minute"],
            started_last_hour=wire["started_last_hour"],
            changed_last_minute=wire["changed_last_minute"],
            changed_last_hour=wire["changed_last_hour"],
        )


def _error(wire: Wire) -> SagaError | None:
    return SagaError.from_wire(wire["error"]) if "error" in wire else None


def _time(wire: Wire, name: str) -> datetime | None:
    return time_of(wire[name]) if name in wire else None
