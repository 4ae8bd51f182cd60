"""Measures everything side by side.

python -m bench                                   # an hour or two: three rounds, then docs/benchmarks/
python -m bench --quick --peers fireflytx,floor   # a minute, and nothing is published
python -m bench --report bench/results/….jsonl    # tables and plots of an earlier run
"""

from __future__ import annotations

import argparse
import datetime
import json
import shutil
import sys
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from bench.machine import describe
from bench.peers import ROOT, SUBJECTS
from bench.plan import FULL, QUICK, Cell, Pace, cells
from bench.runner import SCRATCH, Measurement, java_path
from bench.table import Record, tables

RESULTS = ROOT / "bench" / "results"
PUBLISHED = ROOT / "docs" / "benchmarks"


def main() -> int:
    """Measure, or report; 1 if nothing could be measured."""
    asked = _arguments()
    if asked.report:
        publish(asked.report, asked.to)
        return 0
    try:
        planned = list(cells(quick=asked.quick, peers=_words(asked.peers), only=_words(asked.only)))
    except ValueError as mistake:
        print(f"Error: {mistake}", file=sys.stderr)
        return 1
    file = _measure(planned, _pace(asked), asked.results)
    records = _read(file)
    print(tables(records))
    print(f"Each figure is in {file}.")
    if not (asked.quick or asked.peers or asked.only):
        publish(file, PUBLISHED)
    return 0 if any(record.get("kind") != "machine" and "error" not in record for record in records) else 1


def publish(file: Path, folder: Path) -> None:
    """Put a run's figures, its tables and its plots into a folder."""
    from bench.plots import draw

    folder.mkdir(parents=True, exist_ok=True)
    records = _read(file)
    (folder / "results.md").write_text(f"# Results\n\n{_about(records[0])}\n\n{tables(records)}")
    shutil.copyfile(file, folder / "results.jsonl")
    draw(records, folder)
    print(f"Tables and plots are in {folder}.")


def _measure(planned: list[Cell], pace: Pace, folder: Path) -> Path:
    """Measure round by round; each figure is in the file as soon as it is known."""
    folder.mkdir(parents=True, exist_ok=True)
    SCRATCH.mkdir(parents=True, exist_ok=True)
    file = folder / f"{datetime.datetime.now():%Y-%m-%d-%H%M%S}.jsonl"
    absent = {name: why for name in {cell.subject for cell in planned} if (why := SUBJECTS[name].missing())}
    present = [cell for cell in planned if cell.subject not in absent]
    with file.open("w") as results:
        machine = describe(SCRATCH, java_path()) | {"pace": asdict(pace), "absent": absent}
        print(json.dumps(machine), file=results, flush=True)
        for number in range(1, pace.rounds + 1):
            for record in _round(present, pace, number):
                print(json.dumps(record), file=results, flush=True)
    return file


def _round(planned: list[Cell], pace: Pace, number: int) -> Iterator[Record]:
    for at, cell in enumerate(planned, 1):
        where = f"round {number} of {pace.rounds}, {at} of {len(planned)}"
        print(f"{where}: {cell.subject}, {cell.label}, {cell.in_flight} in flight", file=sys.stderr)
        yield {"round": number, **asdict(cell), **_figures(cell, pace)}


def _figures(cell: Cell, pace: Pace) -> dict[str, Any]:
    """A subject that fails has no figure, and says why; the others are measured all the same."""
    try:
        with Measurement(cell, pace) as measurement:
            return measurement.run()
    except RuntimeError as failure:
        print(f"  no figure: {failure}", file=sys.stderr)
        return {"error": str(failure)}


def _read(file: Path) -> list[Record]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def _about(machine: Record) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    return (
        f"{machine['at']}, {machine['processors']} processors ({machine['processor']}), "
        f"{machine['memory']} of memory, {machine['file_system']}, Linux {machine['kernel']}, "
        f"Python {machine['python']}, {machine['java']}, {machine['postgres']}. {versions}. "
        f"{machine.get('note', '')}How each figure is made: [bench/README.md](../../bench/README.md)."
    )


def _pace(asked: argparse.Namespace) -> Pace:
    pace = QUICK if asked.quick else FULL
    return pace if asked.rounds is None else replace(pace, rounds=asked.rounds)


def _words(text: str) -> list[str]:
    return [word for word in text.replace(",", " ").split() if word]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measures everything side by side.")
    parser.add_argument(
        "--quick", action="store_true", help="one short round; the plain saga alone, without --only"
    )
    parser.add_argument(
        "--peers", default="", help="only those whose names begin so, such as 'fireflytx,restate'"
    )
    parser.add_argument("--only", default="", help="only these, such as 'order,start,syncs'")
    parser.add_argument("--rounds", type=int, help="how often to measure everything")
    parser.add_argument("--results", type=Path, default=RESULTS, help="the folder of the figures")
    parser.add_argument(
        "--report", type=Path, metavar="FILE", help="measure nothing; show the figures in that file"
    )
    parser.add_argument("--to", type=Path, default=PUBLISHED, help="the folder that --report writes to")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
