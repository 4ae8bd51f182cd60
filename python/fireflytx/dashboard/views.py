"""What pages show of sagas: counted, timed, drawn, and cut to what fits."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fireflytx.dashboard import decisions
from fireflytx.dashboard.decisions import Action, Need
from fireflytx.dashboard.graph import graph_of
from fireflytx.dashboard.text import Shown, error_text, shown, shown_value
from fireflytx.inspection.timeline import Attempt, attempts, bar, span
from fireflytx.inspection.times import duration, exact_moment, took
from fireflytx.inspection.waiting import FINAL, NEEDS_PERSON, waiting
from fireflytx.queries import HistoryFact, time_of
from fireflytx.redaction import masked
from fireflytx.result import SagaError, SagaStatus
from fireflytx.standing import SagaCount, SagaInspection, StepInspection

VALUE_CHARS = 4_000
ERROR_CHARS = 300
FACTS_SHOWN = 200
SAID_CHARS = 160
BAR_PLACES = 1_000
ENDED = FINAL | {SagaStatus.COMPENSATION_FAILED}
_NO_LIMIT = 1 << 62
_MINUTES_AN_HOUR = 60


@dataclass(frozen=True, slots=True)
class Rate:
    """How often something happened.

    Attributes:
        what: What it is.
        last_minute: How often within the last minute.
        per_minute: How often a minute, on average over the last hour.
    """

    what: str
    last_minute: int
    per_minute: float


@dataclass(frozen=True, slots=True)
class Overview:
    """All sagas in numbers.

    Attributes:
        total: How many there are.
        by_status: How many stand how, every status in its order.
        by_saga: The same for each name.
        rates: How many start and end.
    """

    total: int
    by_status: Mapping[SagaStatus, int]
    by_saga: Mapping[str, Mapping[SagaStatus, int]]
    rates: Sequence[Rate]

    @property
    def waiting(self) -> int:
        """How many sagas wait for a person."""
        return sum(self.by_status[status] for status in NEEDS_PERSON)


def overview(counts: Collection[SagaCount]) -> Overview:
    """The counts as the overview shows them."""
    names = sorted({count.saga for count in counts})
    return Overview(
        sum(count.sagas for count in counts),
        _by_status(counts),
        {name: _by_status(count for count in counts if count.saga == name) for name in names},
        [
            _rate("Started", [(count.started_last_minute, count.started_last_hour) for count in counts]),
            *(_ended(word, status, counts) for word, status in _ENDS),
        ],
    )


_ENDS = (
    ("Completed", SagaStatus.COMPLETED),
    ("Compensated", SagaStatus.COMPENSATED),
    ("Compensation failed", SagaStatus.COMPENSATION_FAILED),
)


def _by_status(counts: Iterable[SagaCount]) -> Mapping[SagaStatus, int]:
    sums = dict.fromkeys(SagaStatus, 0)
    for count in counts:
        sums[count.status] += count.sagas
    return sums


def _ended(what: str, status: SagaStatus, counts: Iterable[SagaCount]) -> Rate:
    these = [count for count in counts if count.status is status]
    return _rate(what, [(count.changed_last_minute, count.changed_last_hour) for count in these])


def _rate(what: str, parts: Sequence[tuple[int, int]]) -> Rate:
    return Rate(what, sum(minute for minute, _ in parts), sum(hour for _, hour in parts) / _MINUTES_AN_HOUR)


@dataclass(frozen=True, slots=True)
class Value:
    """A value on a page: what it is of, and as much of it as is shown."""

    of: str
    step: str
    shown: Shown


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step on its saga's page."""

    id: str
    step: StepInspection
    is_failed_step: bool
    took: str
    result: Value | None
    error: Value | None
    trace: Value | None


@dataclass(frozen=True, slots=True)
class Bar:
    """An attempt on the time line; ``begin`` and ``length`` are thousandths of the whole."""

    attempt: Attempt
    name: str
    begin: int
    length: int
    took: str


@dataclass(frozen=True, slots=True)
class FactRow:
    """A fact in its saga's history: its number from 1, and what it says besides where it belongs."""

    number: int
    fact: HistoryFact
    said: Sequence[tuple[str, Shown]]


@dataclass(frozen=True, slots=True)
class SagaView:
    """All that a saga's page shows."""

    saga: SagaInspection
    took: str
    has_ended: bool
    error: Value | None
    graph: str
    steps: Sequence[StepRow]
    bars: Sequence[Bar]
    values: Sequence[Value]
    needs: Sequence[Need]
    actions: Sequence[Action]
    facts: Sequence[FactRow]
    fact_count: int


def saga_view(
    saga: SagaInspection, history: Sequence[HistoryFact], now: datetime, *, all_facts: bool = False
) -> SagaView:
    """A saga as its page shows it."""
    has_ended = saga.status in ENDED
    return SagaView(
        saga=saga,
        took=took(saga.started_at, saga.changed_at if has_ended else now),
        has_ended=has_ended,
        error=_error_value("error", "", saga.error),
        graph=graph_of(saga),
        steps=[_step_row(saga, step_id) for step_id in saga.steps],
        bars=bars(attempts(history), now),
        values=[
            Value("input", "", shown_value(masked(saga.input, saga.redact), VALUE_CHARS)),
            Value("context", "", shown_value(masked(saga.context, saga.redact), VALUE_CHARS)),
        ],
        needs=decisions.needs(saga, waiting(history)),
        actions=[decisions.CANCEL] if decisions.can_be_cancelled(saga) else [],
        facts=_fact_rows(history, len(history) if all_facts else FACTS_SHOWN),
        fact_count=len(history),
    )


def _step_row(saga: SagaInspection, step_id: str) -> StepRow:
    step = saga.steps[step_id]
    result = None
    if step.result is not None:
        result = Value("result", step_id, shown_value(masked(step.result, saga.redact), VALUE_CHARS))
    trace = None
    if step.error is not None and step.error.traceback:
        trace = Value("traceback", step_id, shown(step.error.traceback, VALUE_CHARS))
    return StepRow(
        id=step_id,
        step=step,
        is_failed_step=saga.failed_step == step_id,
        took="" if step.duration_ms is None else duration(step.duration_ms),
        result=result,
        error=_error_value("error", step_id, step.error),
        trace=trace,
    )


def _error_value(of: str, step: str, error: SagaError | None) -> Value | None:
    return None if error is None else Value(of, step, shown(error_text(error), ERROR_CHARS))


def bars(attempts: Sequence[Attempt], now: datetime) -> list[Bar]:
    """Attempts on one time line, which ends now if any of them runs."""
    if not attempts:
        return []
    since, until = span(attempts, now)
    return [_bar(attempt, since, until, now) for attempt in attempts]


def _bar(attempt: Attempt, since: datetime, until: datetime, now: datetime) -> Bar:
    begin, length = bar(attempt, since, until, BAR_PLACES)
    again = f" #{attempt.number}" if attempt.number > 1 else ""
    mark = {"backward": " (undo)", "condition": " (condition)"}.get(attempt.direction, "")
    return Bar(
        attempt,
        f"{attempt.step}{mark}{again}",
        begin,
        length,
        took(attempt.begun_at, attempt.ended_at or now),
    )


def whole_value(saga: SagaInspection, of: str, step_id: str) -> str | None:
    """Everything that there is of one value; None if the saga has no such value."""
    step = saga.steps.get(step_id)
    values: dict[str, Any] = {"input": saga.input, "context": saga.context}
    if step is not None and step.result is not None:
        values["result"] = step.result
    if of in values:
        return shown_value(masked(values[of], saga.redact), _NO_LIMIT).text
    error = step.error if step is not None else saga.error
    if error is None or of not in {"error", "traceback"}:
        return None
    return error_text(error) if of == "error" else error.traceback


def _fact_rows(history: Sequence[HistoryFact], most: int) -> list[FactRow]:
    first = max(0, len(history) - most)
    return [_fact_row(number, fact) for number, fact in enumerate(history[first:], first + 1)]


def _fact_row(number: int, fact: HistoryFact) -> FactRow:
    said = [_named(name, value) for name, value in fact.data.items()]
    return FactRow(number, fact, [(name, shown(text, SAID_CHARS)) for name, text in said])


def _named(name: str, value: Any) -> tuple[str, str]:
    """What a fact says, with units as people read them."""
    if name == "due_ms":
        return "due", exact_moment(time_of(value))
    if name.endswith("_ms"):
        return name.removesuffix("_ms"), duration(value)
    if name.endswith("_bytes"):
        return name.removesuffix("_bytes"), size(value)
    return name, _said(value)


def _said(value: Any) -> str:
    if isinstance(value, Mapping):
        return ": ".join(str(each) for each in value.values() if each)
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def whole_fact(history: Sequence[HistoryFact], number: str) -> str | None:
    """Everything that the fact of this number, counted from 1, says; None if there is no such fact."""
    if not number.isdecimal() or not 0 < int(number) <= len(history):
        return None
    return shown_value(dict(history[int(number) - 1].data), _NO_LIMIT).text


def size(bytes_: int) -> str:
    """A size, with a unit that fits."""
    if bytes_ < 1_000:
        return f"{bytes_} bytes"
    if bytes_ < 1_000_000:
        return f"{bytes_ / 1_000:.1f} kB"
    return f"{bytes_ / 1_000_000:.1f} MB"
