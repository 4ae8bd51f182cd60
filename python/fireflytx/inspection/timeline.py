"""The attempts of a saga run, and when they ran, from its history."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from fireflytx.queries import HistoryFact

# How a fact ends an attempt. A timeout only tells it to end: it goes on until it has.
_ENDS = {
    "attempt-succeeded": "succeeded",
    "attempt-failed": "failed",
    "attempt-ended": "stopped",
    "attempt-lost": "lost",
    "attempt-stuck": "stuck",
    "condition-decided": "decided",
}
RUNNING = "running"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt of a step, of undoing it, or of asking its condition.

    Attributes:
        step: The step's id.
        direction: ``forward``, ``backward`` or ``condition``.
        number: From 1.
        begun_at: When it was handed out, in UTC.
        ended_at: When it ended; None while it runs.
        outcome: ``running``, ``succeeded``, ``failed``, ``timed out``, ``stopped``, ``lost``, ``stuck`` or
            ``decided``.
        error: What it failed with: the exception's type and message.
    """

    step: str
    direction: str
    number: int
    begun_at: datetime
    ended_at: datetime | None = None
    outcome: str = RUNNING
    error: str = ""


def attempts(history: Iterable[HistoryFact]) -> list[Attempt]:
    """Every attempt that was handed out, in that order."""
    found: dict[tuple[str, str, int], Attempt] = {}
    for fact in history:
        if fact.step is None or fact.direction is None or fact.attempt is None:
            continue
        key = (fact.step, fact.direction, fact.attempt)
        if fact.name == "attempt-started":
            found[key] = Attempt(*key, begun_at=fact.at)
        elif key in found:
            found[key] = _after(found[key], fact)
    return list(found.values())


def _after(attempt: Attempt, fact: HistoryFact) -> Attempt:
    if fact.name == "attempt-timed-out":
        return replace(attempt, outcome="timed out")
    if fact.name not in _ENDS:
        return attempt
    keeps_outcome = attempt.outcome != RUNNING
    outcome = attempt.outcome if keeps_outcome else _ENDS[fact.name]
    return replace(attempt, ended_at=fact.at, outcome=outcome, error=_error(fact) or attempt.error)


def _error(fact: HistoryFact) -> str:
    error = fact.data.get("error") or {}
    return ": ".join(part for part in (error.get("type"), error.get("message")) if part)


def span(attempts: Collection[Attempt], now: datetime) -> tuple[datetime, datetime]:
    """From when until when they ran, of which there is one at least; until now if any of them runs."""
    since = min(attempt.begun_at for attempt in attempts)
    return since, max(attempt.ended_at or now for attempt in attempts)


def bar(attempt: Attempt, since: datetime, until: datetime, width: int) -> tuple[int, int]:
    """Where the attempt's bar begins, and how long it is, on a line of ``width`` places for that time."""
    whole_s = (until - since).total_seconds() or 1e-9
    begin = (attempt.begun_at - since).total_seconds() / whole_s
    end = ((attempt.ended_at or until) - since).total_seconds() / whole_s
    first = min(width - 1, max(0, round(begin * width)))
    return first, max(1, min(width, round(end * width)) - first)
