"""What must be true of the ledger, however often and whenever processes were killed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

DEPENDS_ON = {
    "plan": set(),
    "hotel": {"plan"},
    "flight": {"plan"},
    "car": {"plan"},
    "pay": {"hotel", "flight", "car"},
    "mail": {"pay"},
}
HAVE_COMPENSATIONS = ("plan", "hotel", "flight", "pay")


class Entry(NamedTuple):
    """A line that an attempt wrote, before it did something or after."""

    saga: str
    step: str
    direction: str
    attempt: int
    what: str


def read(folder: Path) -> list[Entry]:
    """The ledger's lines, in the order in which they were written."""
    lines = (folder / "ledger").read_text().splitlines()
    return [
        Entry(saga, step, way, int(attempt), what) for saga, step, way, attempt, what in map(str.split, lines)
    ]


def violations(reports: list[dict[str, Any]], acknowledged: set[str], ledger: list[Entry]) -> Iterator[str]:
    """Every promise that is broken, as a sentence."""
    ended = {report["id"] for report in reports}
    for lost in sorted(acknowledged - ended):
        yield f"{lost}: its start was acknowledged, and it has not ended"
    for report in reports:
        own = [entry for entry in ledger if entry.saga == report["id"]]
        for complaint in _complaints(report, own):
            yield f"{report['id']} ({report['status']}): {complaint}"


def changed_results(reports: list[dict[str, Any]], results: list[str]) -> Iterator[str]:
    """Every result, an id and a status, that a caller got and that the journal does not have in the end."""
    final = {f"{report['id']} {report['status']}" for report in reports}
    yield from (f"a caller was told '{told}', which is not so" for told in results if told not in final)


def _complaints(report: dict[str, Any], own: list[Entry]) -> Iterator[str]:
    number = int(report["id"].removeprefix("trip-"))
    expected = "COMPENSATED" if number % 3 == 0 or number % 7 == 0 else "COMPLETED"
    if report["status"] != expected:
        yield f"it should be {expected}"
    yield from _repeated(report["history"], own)
    yield from (
        _backward(own, report["history"]) if expected == "COMPENSATED" else _forward(report, number, own)
    )


def _repeated(history: list[list[Any]], own: list[Entry]) -> Iterator[str]:
    begun = Counter(entry[1:4] for entry in own if entry.what == "begin")
    for (step, direction, attempt), times in begun.items():
        if times > 1:
            yield f"attempt {attempt} of {step} {direction} began {times} times"
    for name, step, direction, attempt in history:
        if name != "attempt-succeeded":
            continue
        later = [each for each in begun if each[:2] == (step, direction) and each[2] > attempt]
        if later:
            yield f"{step} {direction} ran again after its result was recorded: attempts {later}"


def _forward(report: dict[str, Any], number: int, own: list[Entry]) -> Iterator[str]:
    if any(entry.direction == "backward" for entry in own):
        yield "it is completed, and something was undone"
    done = {entry.step for entry in own if entry.what == "end"}
    wanted = set(DEPENDS_ON) - ({"car"} if number % 5 == 0 else set())
    if done != wanted:
        yield f"it did {sorted(done)} instead of {sorted(wanted)}"
    if report["sum"] != 3 * number:
        yield f"its sum is {report['sum']}, not {3 * number}"


def _backward(own: list[Entry], history: list[list[Any]]) -> Iterator[str]:
    back = [at for at, entry in enumerate(own) if entry.direction == "backward"]
    if back and any(entry.direction == "forward" for entry in own[back[0] :]):
        yield "something went forward after an undo"
    completed = {step for name, step, *_ in history if name == "step-completed"}
    undone = {entry.step for entry in own if entry.direction == "backward" and entry.what == "end"}
    if missing := completed.intersection(HAVE_COMPENSATIONS) - undone:
        yield f"it is compensated, but {sorted(missing)} were not undone"
    yield from _out_of_order(own)


def _out_of_order(own: list[Entry]) -> Iterator[str]:
    """A step may be undone when everything that depended on it has been."""
    ends = {
        entry.step: at
        for at, entry in enumerate(own)
        if entry.direction == "backward" and entry.what == "end"
    }
    for at, entry in enumerate(own):
        if entry.direction != "backward" or entry.what != "begin":
            continue
        early = [each for each in ends if entry.step in DEPENDS_ON[each] and ends[each] > at]
        if early:
            yield f"{entry.step} was being undone before {sorted(early)}"
