"""The results as tables, in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from bench.figures import Spread
from bench.peers import SUBJECTS
from bench.plan import VARIANTS_IN_FLIGHT
from bench.workloads import ORDER

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Table:
    """What to show of the measurements of one kind.

    Attributes:
        title: Its heading.
        kind: The kind of the measurements.
        figures: Their fields, with what each column says; if nothing, a column for each number in flight.
        workload: Only of that saga; None has a column for each of the other ones.
    """

    title: str
    kind: str
    figures: dict[str, str]
    workload: str | None = ORDER.name


TABLES = (
    Table("Sagas a second", "load", {"sagas_per_s": ""}),
    Table("Median latency, ms", "load", {"p50_ms": ""}),
    Table("Latency of the slowest in a hundred, ms", "load", {"p99_ms": ""}),
    Table("Processor time for a saga, ms: all processes", "load", {"cpu_ms": ""}),
    Table("Processor time for a saga, ms: the Python process", "load", {"python_cpu_ms": ""}),
    Table("Memory under load, all processes (PSS), MB", "load", {"pss_mb": ""}),
    Table(f"Other sagas, {VARIANTS_IN_FLIGHT} in flight: sagas a second", "load", {"sagas_per_s": ""}, None),
    Table("Syncs for a saga", "syncs", {"syncs": ""}),
    Table("Bytes written to files for a saga", "bytes", {"bytes": ""}),
    Table(
        "Start, ms",
        "start",
        {
            "cold_ms": "to the first result, cold",
            "warm_ms": "to the first result, warm",
            "cold_initialize_ms": "`initialize()`, cold",
            "warm_initialize_ms": "`initialize()`, warm",
            "idle_pss_mb": "memory when idle (PSS), MB",
        },
    ),
    Table("Killed after step 2: restart to step 4 done, ms", "crash", {"restart_ms": ""}),
)


def tables(records: Iterable[Record]) -> str:
    """All tables that the records have figures for: medians, and the least and most of several rounds."""
    records = list(records)
    parts = [text for table in TABLES if (text := _table(table, records))]
    notes = sorted(set(_notes(records)))
    return "\n\n".join([*parts, *(["\n".join(notes)] if notes else [])]) + "\n"


def series(records: Iterable[Record], field: str) -> dict[tuple[str, str, int], Spread]:
    """The figure's spread over the rounds, by subject, workload and number in flight."""
    values: dict[tuple[str, str, int], list[float]] = {}
    for record in records:
        if field in record:
            key = (record["subject"], record["workload"], record["in_flight"])
            values.setdefault(key, []).append(record[field])
    return {key: Spread.of(each) for key, each in values.items()}


def _table(table: Table, records: list[Record]) -> str:
    chosen = [record for record in records if record["kind"] == table.kind and _is_of(table, record)]
    cells: dict[tuple[str, str], str] = {}
    for field, head in table.figures.items():
        for (subject, workload, in_flight), spread in series(chosen, field).items():
            column = head or (f"{in_flight} in flight" if table.workload else workload)
            cells[subject, column] = str(spread)
    if not cells:
        return ""
    columns = list(dict.fromkeys(column for _, column in cells))
    subjects = [name for name in SUBJECTS if any(subject == name for subject, _ in cells)]
    rows = [[name, *(cells.get((name, column), "") for column in columns)] for name in subjects]
    return f"### {table.title}\n\n{_markdown(['', *columns], rows)}"


def _is_of(table: Table, record: Record) -> bool:
    workload: str = record["workload"]
    return workload != ORDER.name if table.workload is None else workload == table.workload


def _markdown(head: list[str], rows: list[list[str]]) -> str:
    ruler = [" --- ", *(" ---: " for _ in head[1:])]
    lines = [f"| {' | '.join(head)} |", f"|{'|'.join(ruler)}|", *(f"| {' | '.join(row)} |" for row in rows)]
    return "\n".join(lines)


def _notes(records: list[Record]) -> Iterator[str]:
    for record in records:
        if record["kind"] == "machine":
            yield from (f"* {name} was not measured: {why}." for name, why in record["absent"].items())
            continue
        what = record["workload"] if record["kind"] == "load" else record["kind"]
        where = f"* {record['subject']}, {what}, {record['in_flight']} in flight"
        if "error" in record:
            yield f"{where}, has no figure: {record['error'].splitlines()[0]}"
        elif record.get("sagas", record["in_flight"]) < record["in_flight"]:
            yield f"{where}: fewer sagas ended than were in flight, so its latencies are too low."
