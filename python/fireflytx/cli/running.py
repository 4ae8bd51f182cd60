"""The command ``run``: one saga, with a view of its steps while it runs."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from fireflytx.cli import output
from fireflytx.cli.exits import Exit, Mistake
from fireflytx.cli.target import saga_class
from fireflytx.definition import SagaDefinition, definition_of
from fireflytx.engine import SagaEngine, SagaHandle
from fireflytx.inspection.text import clean
from fireflytx.queries import HistoryFact
from fireflytx.result import SagaResult

_LOOK_EVERY_S = 0.1
_STATES = {
    "attempt-started": "running",
    "retry-scheduled": "waits to be tried again",
    "step-completed": "done",
    "step-skipped": "skipped",
    "step-failed": "failed",
    "step-parked": "waits for a person",
    "step-compensated": "undone",
    "compensation-failed": "could not be undone",
}
_LOOKS = {
    "running": "cyan",
    "done": "green",
    "undone": "yellow",
    "failed": "red",
    "could not be undone": "bold red",
}


async def run(
    target: str,
    input_file: str | None,
    store: str | None,
    correlation_id: str | None,
    timeout_ms: int | None,
    as_json: bool,
) -> Exit:
    """Run a saga to its end; ``NOT_GOOD`` unless it completes."""
    cls = saga_class(target)
    value = _input(input_file)
    async with SagaEngine(store) as engine:
        handle = await engine.start(cls, value, correlation_id=correlation_id, timeout_ms=timeout_ms)
        if as_json or not sys.stdout.isatty():
            result = await handle.result()
        else:
            result = await _watched(engine, handle, definition_of(cls))
    if as_json:
        output.print_json(_result(result))
    else:
        _print_result(output.console(), result)
    return Exit.DONE if result.is_success else Exit.NOT_GOOD


def _input(file: str | None) -> Any:
    if file is None:
        return None
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Mistake(f"The input '{file}' can't be read: {error}") from None
    try:
        return json.loads(text)
    except ValueError as error:
        raise Mistake(f"The input '{file}' is no JSON: {error}") from None


async def _watched(engine: SagaEngine, handle: SagaHandle, definition: SagaDefinition) -> SagaResult:
    ended = asyncio.ensure_future(handle.result())
    with Live(console=output.console(), transient=True, auto_refresh=False) as live:
        while not ended.done():
            states = step_states(await engine.history(handle.correlation_id))
            live.update(Group(*_lines(definition, states)), refresh=True)
            await asyncio.wait([ended], timeout=_LOOK_EVERY_S)
    return await ended


def step_states(history: tuple[HistoryFact, ...]) -> dict[str, str]:
    """How each step stands at the end of this history, in words."""
    states: dict[str, str] = {}
    for fact in history:
        if fact.step is None or fact.name not in _STATES:
            continue
        undoing = fact.name == "attempt-started" and fact.direction == "backward"
        states[fact.step] = "is being undone" if undoing else _STATES[fact.name]
    return states


def _lines(definition: SagaDefinition, states: dict[str, str]) -> list[Text]:
    width = max((len(clean(step.id)) for step in definition.steps), default=0)
    return [
        Text.assemble(f"  {clean(step.id):{width}}  ", (state, _LOOKS.get(state, "")))
        for step in definition.steps
        for state in [states.get(step.id, "")]
    ]


def _print_result(out: Console, result: SagaResult) -> None:
    rows = [
        [name, step.status, str(step.attempts), f"{step.duration_ms} ms", str(step.error or "")]
        for name, step in result.steps.items()
    ]
    if rows:
        output.table(out, ["STEP", "STATUS", "ATTEMPTS", "TOOK", "ERROR"], rows)
        out.print()
    out.print(Text.assemble(f"{clean(result.saga)} {result.correlation_id}: ", output.status(result.status)))
    if result.error is not None:
        out.print(Text(f"{result.error.type}: {clean(str(result.error))}", "red"))


def _result(result: SagaResult) -> dict[str, Any]:
    return {
        "saga": result.saga,
        "correlation_id": result.correlation_id,
        "status": result.status,
        "duration_ms": result.duration_ms,
        "failed_step": result.failed_step,
        "error": None if result.error is None else {"type": result.error.type, "message": str(result.error)},
        "compensated_steps": result.compensated_steps,
        "failed_compensations": result.failed_compensations,
        "in_doubt_steps": result.in_doubt_steps,
        "steps": {
            name: {
                "status": step.status,
                "attempts": step.attempts,
                "duration_ms": step.duration_ms,
                "result": step.result,
                "error": None
                if step.error is None
                else {"type": step.error.type, "message": str(step.error)},
            }
            for name, step in result.steps.items()
        },
    }
