"""Commands that look at a store: ``list``, ``show``, ``history``, ``watch``."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from fireflytx.cli import output
from fireflytx.cli.exits import Exit
from fireflytx.cli.stores import looking
from fireflytx.engine import SagaEngine
from fireflytx.inspection.text import clean
from fireflytx.inspection.timeline import Attempt, attempts
from fireflytx.inspection.times import exact_moment, moment, took
from fireflytx.inspection.waiting import FINAL, NEEDS_PERSON, Waiting, waiting
from fireflytx.queries import HistoryFact, SagaInfo
from fireflytx.result import SagaStatus

_LOOK_EVERY_S = 0.5


async def show_list(
    store: str | None,
    status: SagaStatus | None,
    saga: str | None,
    hours: float | None,
    limit: int,
    as_json: bool,
) -> Exit:
    """Print the runs that the store keeps, the latest start first."""
    since = None if hours is None else datetime.now(UTC) - timedelta(hours=hours)
    async with looking(store) as engine:
        found = await _list(engine, status, saga, since, limit)
    if as_json:
        output.print_json([_info(each) for each in found])
        return Exit.DONE
    out = output.console()
    if not found:
        out.print("No sagas.")
        return Exit.DONE
    rows = [[each.correlation_id, each.saga, each.status, moment(each.started_at)] for each in found]
    output.table(out, ["ID", "SAGA", "STATUS", "STARTED (UTC)"], rows, shrinking=[1])
    return Exit.DONE


async def _list(
    engine: SagaEngine, status: SagaStatus | None, saga: str | None, since: datetime | None, limit: int
) -> list[SagaInfo]:
    found: list[SagaInfo] = []
    cursor: str | None = None
    while len(found) < limit:
        page = await engine.list(
            status=status,
            saga=saga,
            since=since,
            limit=min(1_000, limit - len(found)),
            cursor=cursor,
        )
        found += page
        cursor = page.next_cursor
        if cursor is None:
            break
    return found


async def show_saga(store: str | None, correlation_id: str, as_json: bool) -> Exit:
    """Print one run: how it stands, its attempts on a time line, and what helps if it waits."""
    async with looking(store) as engine:
        saga, status, history = await _look(engine, correlation_id)
    if as_json:
        output.print_json(_whole(correlation_id, saga, status, history))
    else:
        out = output.console()
        for line in _lines(out, correlation_id, saga, status, history):
            out.print(line)
    return Exit.DONE


async def show_history(store: str | None, correlation_id: str, as_json: bool) -> Exit:
    """Print everything that has happened to a run."""
    async with looking(store) as engine:
        history = await engine.history(correlation_id)
    if as_json:
        output.print_json([_fact(fact) for fact in history])
        return Exit.DONE
    out = output.console()
    if history:
        out.print(f"Since {exact_moment(history[0].at)} UTC:")
        output.table(out, ["AFTER", "FACT", "ABOUT", ""], _fact_rows(history), shrinking=[3, 2])
    return Exit.DONE


def _fact_rows(history: Sequence[HistoryFact]) -> list[list[str]]:
    return [
        [
            f"{(fact.at - history[0].at).total_seconds():.3f} s",
            fact.name,
            _about(fact),
            ", ".join(f"{name}={_shown(value)}" for name, value in fact.data.items()),
        ]
        for fact in history
    ]


def _about(fact: HistoryFact) -> str:
    if fact.step is None or fact.direction is None:
        return fact.step or ""
    return output.name_of(Attempt(fact.step, fact.direction, fact.attempt or 1, fact.at))


async def watch(store: str | None, correlation_id: str, as_json: bool) -> Exit:
    """Follow a run until it has ended or waits for a person.

    On a terminal the view of ``show`` moves along; otherwise each fact is a line.
    """
    out = output.console()
    async with looking(store) as engine:
        if out.is_terminal and not as_json:
            status = await _watch_live(out, engine, correlation_id)
        else:
            status = await _watch_lines(out, engine, correlation_id, as_json)
    return Exit.DONE if status is SagaStatus.COMPLETED else Exit.NOT_GOOD


async def _watch_live(out: Console, engine: SagaEngine, correlation_id: str) -> SagaStatus:
    with Live(console=out, auto_refresh=False, vertical_overflow="ellipsis") as live:
        while True:
            saga, status, history = await _look(engine, correlation_id)
            live.update(Group(*_lines(out, correlation_id, saga, status, history)), refresh=True)
            if status in FINAL | NEEDS_PERSON:
                return status
            await asyncio.sleep(_LOOK_EVERY_S)


async def _watch_lines(out: Console, engine: SagaEngine, correlation_id: str, as_json: bool) -> SagaStatus:
    seen = 0
    while True:
        _, status, history = await _look(engine, correlation_id)
        for fact in history[seen:]:
            _print_fact(out, fact, as_json)
        seen = len(history)
        if status in FINAL | NEEDS_PERSON:
            if not as_json:
                out.print(output.status(status))
            return status
        await asyncio.sleep(_LOOK_EVERY_S)


def _print_fact(out: Console, fact: HistoryFact, as_json: bool) -> None:
    if as_json:
        output.print_json_line(_fact(fact))
        return
    out.print(f"{exact_moment(fact.at)}  {clean(' '.join(filter(None, [fact.name, _about(fact)])))}")
    out.file.flush()


async def _look(engine: SagaEngine, correlation_id: str) -> tuple[str, SagaStatus, Sequence[HistoryFact]]:
    handle = await engine.get(correlation_id)
    return handle.saga, await handle.status(), await engine.history(correlation_id)


def _lines(
    out: Console, correlation_id: str, saga: str, status: SagaStatus, history: Sequence[HistoryFact]
) -> list[Text]:
    """A run as people see it: how it stands, its attempts on a time line, and what helps if it waits."""
    begun, last = history[0].at, history[-1].at
    ended = last if status in FINAL else max(last, datetime.now(UTC))
    heading = {
        "saga": saga,
        "id": correlation_id,
        "started": f"{exact_moment(begun)} UTC",
        "took" if status in FINAL else "for": took(begun, ended),
        "status": status,
    }
    lines = [*output.facts(heading), Text(), *output.timeline(out, attempts(history), ended)]
    for each in waiting(history):
        lines += _waiting_lines(correlation_id, each)
    return lines


def _waiting_lines(correlation_id: str, each: Waiting) -> list[Text]:
    what = "its undoing was given up" if each.is_compensation else f"it waits ({each.reason or 'parked'})"
    return [
        Text(),
        Text(f"Step '{clean(each.step)}' needs a person: {what}. What helps:"),
        *(Text(f"  {clean(command)}") for command in each.commands(correlation_id)),
    ]


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return ": ".join(str(each) for each in value.values() if each)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _info(info: SagaInfo) -> dict[str, Any]:
    return {
        "correlation_id": info.correlation_id,
        "saga": info.saga,
        "status": info.status,
        "started_at": info.started_at.isoformat(),
        "changed_at": info.changed_at.isoformat(),
    }


def _fact(fact: HistoryFact) -> dict[str, Any]:
    about = {"step": fact.step, "direction": fact.direction, "attempt": fact.attempt}
    known = {name: value for name, value in about.items() if value is not None}
    return {"fact": fact.name, "at": fact.at.isoformat(), **known, "data": dict(fact.data)}


def _whole(
    correlation_id: str, saga: str, status: SagaStatus, history: Sequence[HistoryFact]
) -> dict[str, Any]:
    return {
        "correlation_id": correlation_id,
        "saga": saga,
        "status": status,
        "started_at": history[0].at.isoformat(),
        "changed_at": history[-1].at.isoformat(),
        "attempts": [
            {
                "step": each.step,
                "direction": each.direction,
                "attempt": each.number,
                "outcome": each.outcome,
                "begun_at": each.begun_at.isoformat(),
                "ended_at": each.ended_at.isoformat() if each.ended_at else None,
                "error": each.error or None,
            }
            for each in attempts(history)
        ],
        "waiting": [
            {"step": each.step, "is_compensation": each.is_compensation, "reason": each.reason}
            for each in waiting(history)
        ],
    }
