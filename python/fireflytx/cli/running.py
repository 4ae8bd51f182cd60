"""The command ``run``: one saga, with a view of its steps while it runs."""

from __future__ import annotations

import asyncio
import json
import shlex
import sys
from collections.abc import Collection
from contextlib import nullcontext, redirect_stdout
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from fireflytx.cli import output
from fireflytx.cli.exits import Exit, Mistake
from fireflytx.cli.progress import show_progress
from fireflytx.cli.stores import KEEP_ALL_MS
from fireflytx.cli.target import saga_class
from fireflytx.definition import definition_of
from fireflytx.engine import SagaEngine, SagaHandle
from fireflytx.inspection.text import clean
from fireflytx.inspection.waiting import NEEDS_PERSON
from fireflytx.redaction import masked
from fireflytx.registry import hidden_fields
from fireflytx.result import SagaResult
from fireflytx.store import StoreLocation

# After Ctrl-C nobody wants to wait; a step that is cut off runs again, under the same idempotency key.
_SHUTDOWN_MS = 1_000
_TOOK_WIDTH = 8


async def run(
    target: str,
    input_file: str | None,
    store: str | None,
    correlation_id: str | None,
    timeout_ms: int | None,
    as_json: bool,
) -> Exit:
    """Run a saga to its end; ``NOT_GOOD`` unless it completes."""
    with redirect_stdout(sys.stderr) if as_json else nullcontext():  # what its code prints is no JSON
        cls = saga_class(target)
        result = await _run(cls, _input(input_file), store, correlation_id, timeout_ms, as_json)
    if as_json:
        output.print_json(_result(result, hidden_fields(definition_of(cls))))
    else:
        _print_result(output.console(), result)
    return Exit.DONE if result.is_success else Exit.NOT_GOOD


async def _run(
    cls: type,
    value: Any,
    store: str | None,
    correlation_id: str | None,
    timeout_ms: int | None,
    as_json: bool,
) -> SagaResult:
    is_durable = StoreLocation.of(store).journal is not None
    async with SagaEngine(
        store, retention_ms=KEEP_ALL_MS if is_durable else None, shutdown_timeout_ms=_SHUTDOWN_MS
    ) as engine:
        handle = await engine.start(cls, value, correlation_id=correlation_id, timeout_ms=timeout_ms)
        is_shown = sys.stdout.isatty() and not as_json
        try:
            return await (show_progress(handle, transient=True) if is_shown else handle.result())
        except asyncio.CancelledError:
            _say_what_stays(handle, is_durable=is_durable)
            raise


def _say_what_stays(handle: SagaHandle, *, is_durable: bool) -> None:
    what = "stays in the journal, and goes on with the next engine that has its class"
    output.console(is_error=True).print(
        f"Left. Saga '{clean(handle.saga)}' {clean(handle.correlation_id)} "
        f"{what if is_durable else 'was kept in memory, and is gone'}."
    )


def _input(file: str | None) -> Any:
    if file is None:
        return None
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        hint = " JSON itself goes to standard input: --input -." if file.lstrip().startswith("{") else ""
        raise Mistake(f"The input '{file}' can't be read: {error}.{hint}") from None
    try:
        return json.loads(text)
    except ValueError as error:
        raise Mistake(f"The input '{file}' is no JSON: {error}") from None


def _print_result(out: Console, result: SagaResult) -> None:
    rows = [
        [
            name,
            step.status,
            str(step.attempts),
            f"{step.duration_ms} ms".rjust(_TOOK_WIDTH),
            str(step.error or ""),
        ]
        for name, step in result.steps.items()
    ]
    if rows:
        output.table(
            out, ["STEP", "STATUS", "ATTEMPTS", "TOOK".rjust(_TOOK_WIDTH), "ERROR"], rows, shrinking=[4, 0]
        )
        out.print()
    id = clean(result.correlation_id)
    out.print(Text.assemble(f"{clean(result.saga)} {id}: ", output.status(result.status)))
    if result.error is not None:
        out.print(Text(f"{clean(result.error.type)}: {clean(str(result.error))}", "red"))
    if result.status in NEEDS_PERSON:
        out.print(f"It needs a person; what helps: fireflytx show {shlex.quote(id)}")


def _result(result: SagaResult, hidden: Collection[str]) -> dict[str, Any]:
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
                "result": masked(step.result, hidden),
                "error": None
                if step.error is None
                else {"type": step.error.type, "message": str(step.error)},
            }
            for name, step in result.steps.items()
        },
    }
