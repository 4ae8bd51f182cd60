"""Prints for people and for programs: tables, timelines, and JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.text import Text

from fireflytx.inspection.text import clean
from fireflytx.inspection.timeline import Attempt, bar

_STYLES = {
    "RUNNING": "cyan",
    "COMPENSATING": "yellow",
    "COMPLETED": "green",
    "COMPENSATED": "yellow",
    "COMPENSATION_FAILED": "bold red",
    "PARKED": "bold red",
    "succeeded": "green",
    "decided": "green",
    "running": "cyan",
    "failed": "red",
    "timed out": "red",
    "lost": "red",
    "stuck": "red",
    "stopped": "yellow",
}
_BAR_PLACES = 30


def console() -> Console:
    """Standard output: coloured on a terminal unless NO_COLOR is set, never wrapped in a pipe."""
    on_terminal = sys.stdout.isatty()
    return Console(highlight=False, markup=False, emoji=False, soft_wrap=not on_terminal)


def print_json(value: Any) -> None:
    """One JSON value, readable, in ASCII: nothing in it can disturb a terminal."""
    sys.stdout.write(json.dumps(value, indent=2, default=str) + "\n")


def print_json_line(value: Any) -> None:
    """One JSON value on a line of its own, shown at once."""
    sys.stdout.write(json.dumps(value, default=str) + "\n")
    sys.stdout.flush()


def table(out: Console, titles: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Columns as wide as their widest cell; a cell that names a status has its colour."""
    cells = [list(titles), *([clean(cell) for cell in row] for row in rows)]
    widths = [max(len(row[at]) for row in cells) for at in range(len(titles))]
    for number, row in enumerate(cells):
        line = Text()
        for at, cell in enumerate(row):
            style = "bold" if number == 0 else _STYLES.get(cell, "")
            line.append(cell, style)
            if at < len(row) - 1:
                line.append(" " * (widths[at] - len(cell) + 2))
        line.rstrip()
        out.print(line)


def timeline(out: Console, attempts: Sequence[Attempt], now: datetime) -> None:
    """A line for each attempt: its name, a bar from its begin to its end, how it ended, and its time."""
    if not attempts:
        return
    since = min(attempt.begun_at for attempt in attempts)
    until = max(attempt.ended_at or now for attempt in attempts)
    names = [clean(_name(attempt), longest=40) for attempt in attempts]
    width = max(map(len, names))
    full = "█" if _can_say("█", out) else "#"
    for attempt, name in zip(attempts, names, strict=True):
        begin, length = bar(attempt, since, until, _BAR_PLACES)
        style = _STYLES.get(attempt.outcome, "")
        line = Text(f"  {name:{width}}  ")
        line.append((" " * begin + full * length).ljust(_BAR_PLACES), style)
        line.append(f"  {attempt.outcome:9} {took(attempt.begun_at, attempt.ended_at or now):>8}")
        out.print(line)
        if attempt.error:
            out.print(Text(f"  {'':{width}}  {clean(attempt.error, longest=300)}", "red"))


def status(word: str) -> Text:
    """A status in its colour."""
    return Text(word, _STYLES.get(word, ""))


def styled(text: str, style: str) -> Text:
    """A text with a style."""
    return Text(text, style)


def moment(at: datetime) -> str:
    """A moment in UTC, to the millisecond."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03d}"


def took(begun_at: datetime, ended_at: datetime) -> str:
    """How long something took, with a unit that fits."""
    ms = (ended_at - begun_at).total_seconds() * 1000
    if ms < 1_000:
        return f"{ms:.0f} ms"
    seconds = ms / 1000
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, seconds = divmod(round(seconds), 60)
    return f"{minutes} min {seconds} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def facts(out: Console, values: Mapping[str, str]) -> None:
    """``name: value`` lines, the values below one another; a value that is a status has its colour."""
    width = max(map(len, values)) + 2
    for name, value in values.items():
        out.print(Text.assemble(f"{name + ':':{width}}", (clean(value), _STYLES.get(value, ""))))


def _name(attempt: Attempt) -> str:
    marks = {"forward": "", "backward": " undo", "condition": " condition"}
    again = f" #{attempt.number}" if attempt.number > 1 else ""
    return f"{attempt.step}{marks.get(attempt.direction, '')}{again}"


def _can_say(char: str, out: Console) -> bool:
    try:
        char.encode(out.encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True
