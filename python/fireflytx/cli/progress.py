"""A live view of a saga run's steps, on a terminal or in a notebook."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from fireflytx.cli import output
from fireflytx.engine import SagaHandle
from fireflytx.inspection.steps import step_states
from fireflytx.inspection.text import clean
from fireflytx.inspection.timeline import Attempt, attempts
from fireflytx.inspection.times import took
from fireflytx.queries import HistoryFact
from fireflytx.result import SagaResult

_LOOK_EVERY_S = 0.1
_LONGEST_ERROR = 200


async def show_progress(
    handle: SagaHandle, *, console: Console | None = None, transient: bool = False
) -> SagaResult:
    """Wait for a saga's end, and show meanwhile how each of its steps stands.

    In a notebook: ``await show_progress(await engine.start(OrderSaga, order))``.

    Args:
        handle: The saga run, of this engine or another one of its store.
        console: Where to; None is the terminal or the notebook.
        transient: Whether to wipe the view out at the end.

    Returns:
        The run's result; errors are those of ``handle.result()``.
    """
    out = console or Console(highlight=False, markup=False, emoji=False)
    steps = _steps_of(handle)
    ended = asyncio.ensure_future(handle.result())
    begun_at = datetime.now(UTC)
    try:
        with Live(console=out, transient=transient, auto_refresh=False) as live:
            async for history in _histories(handle, ended):
                live.update(view(handle, steps, history, begun_at), refresh=True)
    finally:
        ended.cancel()
    return await ended


async def _histories(
    handle: SagaHandle, ended: asyncio.Future[SagaResult]
) -> AsyncIterator[Sequence[HistoryFact]]:
    """The run's history, as it grows; the last one is whole."""
    while True:
        is_last = ended.done()
        yield await handle._engine.history(handle.correlation_id)
        if is_last:
            return
        await asyncio.wait([ended], timeout=_LOOK_EVERY_S)


def _steps_of(handle: SagaHandle) -> tuple[str, ...]:
    """All steps of its class, if that is registered; without, those that have begun are shown."""
    registration = handle._engine._life.registry.find(handle.saga)
    return () if registration is None else tuple(step.id for step in registration.definition.steps)


def view(
    handle: SagaHandle, steps: Sequence[str], history: Sequence[HistoryFact], begun_at: datetime
) -> Group:
    """How the run stands: a line for each step, and one for the saga."""
    states = step_states(history)
    tried = {step: [each for each in attempts(history) if each.step == step] for step in states}
    rows = Table.grid(padding=(0, 2))
    rows.add_column(no_wrap=True, overflow="ellipsis")
    rows.add_column(no_wrap=True)
    rows.add_column(no_wrap=True, justify="right")
    rows.add_column(no_wrap=True, overflow="ellipsis")
    for step in [*steps, *(each for each in states if each not in steps)]:
        state = states.get(step, "")
        rows.add_row(
            Text(f"  {clean(step)}"), Text(state, output.STYLES.get(state, "")), *_tried(tried.get(step, []))
        )
    now = datetime.now(UTC)
    passed = took(begun_at, now)
    return Group(Text(f"{clean(handle.saga)} {clean(handle.correlation_id)}, {passed}"), rows)


def _tried(tried: Sequence[Attempt]) -> tuple[Text, Text]:
    """How long a step takes so far, and its last error."""
    if not tried:
        return Text(""), Text("")
    last = tried[-1]
    until = last.ended_at or datetime.now(UTC)
    error = next((each.error for each in reversed(tried) if each.error), "")
    number = f"#{last.number} " if last.number > 1 else ""
    return Text(took(tried[0].begun_at, until)), Text(
        f"{number}{clean(error, longest=_LONGEST_ERROR)}", "red" if error else ""
    )
