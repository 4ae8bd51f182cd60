"""What an engine's store tells of its sagas: pages of a listing, and the history of one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from fireflytx.result import SagaStatus

MOST_PER_PAGE = 1_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)

Wire = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SagaInfo:
    """One saga run in a listing.

    Attributes:
        correlation_id: The run's id.
        saga: The saga's name.
        status: How it stands.
        started_at: When it started, in UTC.
        changed_at: When its status last changed, in UTC.
    """

    correlation_id: str
    saga: str
    status: SagaStatus
    started_at: datetime
    changed_at: datetime

    @classmethod
    def from_wire(cls, wire: Wire) -> SagaInfo:
        """The run in an object of ``PROTOCOL.md``."""
        return cls(
            correlation_id=wire["correlation_id"],
            saga=wire["saga"],
            status=SagaStatus(wire["status"]),
            started_at=time_of(wire["started_ms"]),
            changed_at=time_of(wire["changed_ms"]),
        )


@dataclass(frozen=True, slots=True)
class SagaPage:
    """Part of a listing, the latest start first. Iterating over it gives its items.

    Attributes:
        items: The runs.
        next_cursor: The ``cursor`` that asks for the next page; None behind the last one.
    """

    items: tuple[SagaInfo, ...]
    next_cursor: str | None

    def __iter__(self) -> Iterator[SagaInfo]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)


@dataclass(frozen=True, slots=True)
class HistoryFact:
    """One thing that happened to a saga run, or one decision, as the store keeps it.

    Attributes:
        name: What happened, such as ``attempt-started``; ``docs/durability.md`` lists the names.
        at: When, in UTC.
        step: The id of the step that it is about; None if it is about the whole saga.
        direction: ``forward``, ``backward`` or ``condition``, where it is about an attempt.
        attempt: The attempt's number, from 1; None if it is not about one.
        data: What else there is to say, by name. It holds no inputs, results or context values.
    """

    name: str
    at: datetime
    step: str | None = None
    direction: str | None = None
    attempt: int | None = None
    data: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_wire(cls, wire: Wire) -> HistoryFact:
        """The fact in an object of ``PROTOCOL.md``."""
        return cls(
            name=wire["fact"],
            at=time_of(wire["at_ms"]),
            step=wire.get("step"),
            direction=wire.get("direction"),
            attempt=wire.get("attempt"),
            data=wire.get("data") or {},
        )


def query(
    *,
    status: SagaStatus | str | None,
    saga: str | None,
    since: datetime | None,
    limit: int,
    cursor: str | None,
) -> dict[str, Any]:
    """A listing's arguments in wire form.

    Raises:
        TypeError: an argument has the wrong type.
        ValueError: an argument is out of its range, or ``since`` has no time zone.
    """
    asked: dict[str, Any] = {}
    if status is not None:
        asked["status"] = _checked_status(status)
    if saga is not None:
        asked["saga"] = saga
    if since is not None:
        asked["since_ms"] = _milliseconds(since)
    if cursor is not None:
        asked["cursor"] = _checked_cursor(cursor)
    return {**asked, "limit": _checked_limit(limit)}


def time_of(at_ms: int) -> datetime:
    """The moment that is ``at_ms`` milliseconds after 1970, in UTC."""
    return _EPOCH + at_ms * _MS


def _checked_status(status: Any) -> str:
    if status not in tuple(SagaStatus):
        raise ValueError(f"status must be one of {', '.join(SagaStatus)}, got {status!r}.")
    return SagaStatus(status).value


def _milliseconds(since: Any) -> int:
    if not isinstance(since, datetime):
        raise TypeError(f"since must be a datetime, got {type(since).__name__}.")
    if since.tzinfo is None:
        raise ValueError("since must have a time zone: datetime.now(UTC), or since.astimezone().")
    return (since - _EPOCH) // _MS


def _checked_limit(limit: Any) -> int:
    if not isinstance(limit, int) or isinstance(limit, bool):
        raise TypeError(f"limit must be an integer, got {type(limit).__name__}.")
    if not 1 <= limit <= MOST_PER_PAGE:
        raise ValueError(f"limit must be from 1 to {MOST_PER_PAGE}, got {limit}.")
    return limit


def _checked_cursor(cursor: Any) -> str:
    if not isinstance(cursor, str) or not cursor.isdecimal() or len(cursor) > 18:
        raise ValueError("cursor must be the next_cursor of an earlier page.")
    return cursor
