"""Prints for people and for programs: tables, timelines, and JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

from fireflytx.inspection.text import clean
from fireflytx.inspection.timeline import Attempt, bar, span
from fireflytx.inspection.times import took

STYLES = {
    "RUNNING": "cyan",
    "COMPENSATING": "yellow",
    "COMPLETED": "green",
    "COMPENSATED": "yellow",
    "COMPENSATION_FAILED": "bold red",
    "PARKED": "bold red",
    "FAILED": "red",
    "succeeded": "green",
    "decided": "green",
    "running": "cyan",
    "failed": "red",
    "timed out": "red",
    "lost": "red",
    "stuck": "red",
    "stopped": "yellow",
    "checking": "cyan",
    "retrying": "yellow",
    "completed": "green",
    "parked": "bold red",
    "undoing": "yellow",
    "compensated": "yellow",
    "compensation failed": "bold red",
}
_GAP = 2
_LEAST_WIDTH = 8
_MOST_BAR_PLACES = 30
_LEAST_BAR_PLACES = 8
_LONGEST_NAME = 40
_LONGEST_ERROR = 300


def console(*, is_error: bool = False) -> Console:
    """Standard output or error: coloured on a terminal unless NO_COLOR is set, never wrapped in a pipe."""
    on_terminal = (sys.stderr if is_error else sys.stdout).isatty()
    return _Console(stderr=is_error, highlight=False, markup=False, emoji=False, soft_wrap=not on_terminal)


class _Console(Console):
    """One that leaves it to the command to end when nobody reads any more."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def print_json(value: Any) -> None:
    """One JSON value, readable, in ASCII: nothing in it can disturb a terminal."""
    sys.stdout.write(json.dumps(value, indent=2, default=str) + "\n")


def print_json_line(value: Any) -> None:
    """One JSON value on a line of its own, shown at once."""
    sys.stdout.write(json.dumps(value, default=str) + "\n")
    sys.stdout.flush()


def table(
    out: Console, titles: Sequence[str], rows: Iterable[Sequence[str]], *, shrinking: Sequence[int] = ()
) -> None:
    """Print columns as wide as their widest cell; a cell that names a status has its colour.

    Args:
        out: Where to.
        titles: The columns' titles.
        rows: The cells of each row.
        shrinking: The columns whose cells are shortened, in this order, when a terminal is too narrow. If
            that is not enough, the first cell of a row gets a line of its own, and is never shortened: it is
            an id.
    """
    cells = [list(titles), *([clean(cell) for cell in row] for row in rows)]
    widths = [max(cell_len(row[at]) for row in cells) for at in range(len(titles))]
    if out.is_terminal:
        _fit(widths, out.width, shrinking)
    for number, row in enumerate(cells):
        if cell_len(row[0]) > widths[0]:
            out.print(Text(row[0], overflow="fold"))
            row = ["", *row[1:]]
        out.print(_line(row, widths, is_title=number == 0), no_wrap=True, overflow="ellipsis")


def _fit(widths: list[int], width: int, shrinking: Sequence[int]) -> None:
    excess = sum(widths) + _GAP * (len(widths) - 1) - width
    for at in (*shrinking, 0):
        if excess > 0:
            cut = min(excess, max(0, widths[at] - _LEAST_WIDTH))
            widths[at] -= cut
            excess -= cut


def _line(row: Sequence[str], widths: Sequence[int], *, is_title: bool) -> Text:
    line = Text()
    for at, cell in enumerate(row):
        shown = cell if cell_len(cell) <= widths[at] else set_cell_size(cell, widths[at] - 1) + "…"
        line.append(shown, "bold" if is_title else STYLES.get(cell, ""))
        if at < len(row) - 1:
            line.append(" " * (widths[at] - cell_len(shown) + _GAP))
    line.rstrip()
    return line


def timeline(out: Console, attempts: Sequence[Attempt], now: datetime) -> list[Text]:
    """A line for each attempt: its name, a bar from its begin to its end, how it ended, and its time."""
    if not attempts:
        return []
    since, until = span(attempts, now)
    places = min(_MOST_BAR_PLACES, max(_LEAST_BAR_PLACES, out.width // 3))
    longest = max(_LEAST_WIDTH, min(_LONGEST_NAME, out.width - places - 25))
    names = [clean(name_of(attempt), longest=longest) for attempt in attempts]
    width = max(map(cell_len, names))
    full = "█" if _can_say("█", out) else "#"
    lines: list[Text] = []
    for attempt, name in zip(attempts, names, strict=True):
        begin, length = bar(attempt, since, until, places)
        line = Text(f"  {set_cell_size(name, width)}  ")
        line.append((" " * begin + full * length).ljust(places), STYLES.get(attempt.outcome, ""))
        line.append(f"  {attempt.outcome:9} {took(attempt.begun_at, attempt.ended_at or now):>8}")
        lines.append(line)
        if attempt.error:
            lines.append(Text(f"  {'':{width}}  {clean(attempt.error, longest=_LONGEST_ERROR)}", "red"))
    return lines


def status(word: str) -> Text:
    """A status in its colour."""
    return Text(word, STYLES.get(word, ""))


def verdict(is_good: bool, good: str, bad: str) -> Text:
    """One of two words, in its colour."""
    return Text(good, "green") if is_good else Text(bad, "bold red")


def styled(text: str, style: str) -> Text:
    """A text with a style."""
    return Text(text, style)


def facts(values: Mapping[str, str]) -> list[Text]:
    """``name: value`` lines, the values below one another; a value that is a status has its colour."""
    width = max(map(len, values)) + 2
    return [
        Text.assemble(f"{name + ':':{width}}", (clean(value), STYLES.get(value, "")))
        for name, value in values.items()
    ]


def name_of(attempt: Attempt) -> str:
    """An attempt's name: its step, what of it, and its number from the second on."""
    marks = {"forward": "", "backward": " undo", "condition": " condition"}
    again = f" #{attempt.number}" if attempt.number > 1 else ""
    return f"{attempt.step}{marks.get(attempt.direction, '')}{again}"


def _can_say(char: str, out: Console) -> bool:
    try:
        char.encode(out.encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True
