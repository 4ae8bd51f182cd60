"""Commands about a journal as a whole: ``verify``, ``export``, ``import``."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console

from fireflytx.cli import output
from fireflytx.cli.exits import Exit, Mistake
from fireflytx.cli.stores import KEEP_ALL_MS, looking
from fireflytx.engine import SagaEngine
from fireflytx.inspection.text import clean
from fireflytx.report import JournalProblem
from fireflytx.store import StoreLocation
from fireflytx.transfer import TransferReport, Unfinished, export_sagas, import_sagas

_STANDARD = "-"


async def verify(store: str | None, as_json: bool) -> Exit:
    """Read and check everything in a journal; ``NOT_GOOD`` if anything is wrong."""
    async with looking(store) as engine:
        report = await engine.verify()
    if as_json:
        output.print_json(asdict(report))
    else:
        out = output.console()
        _print_problems(out, report.problems, report.problem_count)
        out.print(f"{_some(report.sagas, 'saga')}, {_some(report.facts, 'fact')}: ", end="")
        out.print(output.verdict(report.is_sound, "sound", "damaged"))
    return Exit.DONE if report.is_sound else Exit.NOT_GOOD


async def export(store: str | None, file: str, correlation_ids: Sequence[str], as_json: bool) -> Exit:
    """Write sagas to a file; ``NOT_GOOD`` if some can't be read."""
    if file == _STANDARD and as_json:
        raise Mistake("With --json the export itself needs a file: --output sagas.jsonl.")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sagas.jsonl" if file == _STANDARD else Path(file)
        if path.exists():
            raise Mistake(f"'{path}' is there already; an export overwrites nothing.")
        async with looking(store) as engine:
            report = await export_sagas(engine, path, correlation_ids)
        if file == _STANDARD:
            with path.open(encoding="utf-8") as lines:
                shutil.copyfileobj(lines, sys.stdout)
    out = output.console(is_error=file == _STANDARD)
    _print_report(out, report, "exported", as_json)
    return Exit.DONE if report.problem_count == 0 else Exit.NOT_GOOD


async def import_(store: str | None, file: str, unfinished: Unfinished, as_json: bool) -> Exit:
    """Add the sagas of a file to a journal; ``REFUSED``, and nothing added, if anything is in the way."""
    if StoreLocation.of(store).journal is None:
        raise Mistake("Sagas are imported into a journal: --store sqlite:///…, and not into memory.")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(file)
        if file == _STANDARD:
            path = Path(folder) / "sagas.jsonl"
            with path.open("w", encoding="utf-8") as lines:
                shutil.copyfileobj(sys.stdin, lines)
        async with SagaEngine(store, retention_ms=KEEP_ALL_MS) as engine:
            report = await import_sagas(engine, path, unfinished=unfinished)
    _print_report(output.console(is_error=report.problem_count > 0), report, "imported", as_json)
    if any("it has not ended" in problem.message for problem in report.problems) and not as_json:
        output.console(is_error=True).print(
            "Sagas that have not ended: --unfinished take imports them, to go on with the next engine that "
            "has their class (no engine may run them any more where they came from); --unfinished leave-out "
            "does without them."
        )
    return Exit.DONE if report.problem_count == 0 else Exit.REFUSED


def _print_report(out: Console, report: TransferReport, done: str, as_json: bool) -> None:
    if as_json:
        output.print_json(asdict(report))
        return
    _print_problems(out, report.problems, report.problem_count)
    tombstones = f" and {_some(report.tombstones, 'tombstone')}" if report.tombstones else ""
    known = f"; already there: {report.known}" if report.known else ""
    left_out = f"; left out, since not ended: {report.left_out}" if report.left_out else ""
    out.print(f"{_some(report.sagas, 'saga')}{tombstones} {done}{known}{left_out}.")


def _print_problems(out: Console, problems: Sequence[JournalProblem], count: int) -> None:
    for problem in problems:
        out.print(clean(str(problem)), style="red")
    if count > len(problems):
        out.print(f"… and {count - len(problems)} problems more.")


def _some(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
