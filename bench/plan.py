"""Which measurements a run makes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bench.peers import SUBJECTS, Subject
from bench.workloads import ORDER, WORKLOADS

IN_FLIGHT = (1, 32, 256, 2048)
VARIANTS_IN_FLIGHT = 32
TRACED_IN_FLIGHT = (1, 256)
QUICK_IN_FLIGHT = (1, 32)


@dataclass(frozen=True, slots=True)
class Cell:
    """One measurement, in fresh processes.

    Attributes:
        kind: ``load`` for speed and cost; ``syncs`` and ``bytes`` for what a saga has synced and written;
            ``start``; ``crash``.
        subject: Whom.
        workload: Which saga.
        in_flight: How many of them at once.
    """

    kind: str
    subject: str
    workload: str = ORDER.name
    in_flight: int = 1

    @property
    def label(self) -> str:
        """What a user names it by: the saga under load, or else the kind."""
        return self.workload if self.kind == "load" else self.kind


@dataclass(frozen=True, slots=True)
class Pace:
    """How long each measurement under load takes; see :class:`bench.inside.Job`."""

    warm_up_s: float
    measured_s: float
    limit_s: float
    rounds: int


FULL = Pace(warm_up_s=3, measured_s=3, limit_s=10, rounds=3)
QUICK = Pace(warm_up_s=0.5, measured_s=0.7, limit_s=3, rounds=1)


def cells(*, quick: bool, peers: Sequence[str] = (), only: Sequence[str] = ()) -> Iterator[Cell]:
    """The measurements of one round, those that will be compared beside each other.

    Args:
        quick: Only the plain saga, at a few at once.
        peers: Beginnings of names; only the subjects that have one of them. Empty for all.
        only: Labels; only the measurements that have one of them. Empty for all.

    Raises:
        ValueError: nothing has such a name or label.
    """
    chosen = [name for name in SUBJECTS if not peers or name.startswith(tuple(peers))]
    if not chosen:
        raise ValueError(f"No peer begins with {', '.join(peers)}. There are: {', '.join(SUBJECTS)}.")
    everything = [cell for kind in _kinds(quick and not only) for cell in _side_by_side(kind, chosen)]
    found = [cell for cell in everything if not only or cell.label in only]
    if not found:
        labels = sorted({cell.label for cell in everything})
        raise ValueError(f"Nothing to measure is called {', '.join(only)}. There is: {', '.join(labels)}.")
    return iter(found)


def _kinds(quick: bool) -> Iterator[tuple[str, str, int]]:
    if quick:
        yield from (("load", ORDER.name, in_flight) for in_flight in QUICK_IN_FLIGHT)
        return
    yield from (("load", ORDER.name, in_flight) for in_flight in IN_FLIGHT)
    yield from (("load", name, VARIANTS_IN_FLIGHT) for name in WORKLOADS if name != ORDER.name)
    yield from (
        (kind, ORDER.name, in_flight) for kind in ("syncs", "bytes") for in_flight in TRACED_IN_FLIGHT
    )
    yield from (("start", ORDER.name, 1), ("crash", ORDER.name, 1))


def _side_by_side(kind: tuple[str, str, int], names: Sequence[str]) -> Iterator[Cell]:
    what, workload, in_flight = kind
    for name in names:
        if _applies(SUBJECTS[name], what, workload):
            yield Cell(what, name, workload, in_flight)


def _applies(subject: Subject, kind: str, workload: str) -> bool:
    if subject.java and kind not in {"start", "crash"}:
        return False
    if kind == "crash":
        return subject.is_durable
    if kind in {"syncs", "bytes"}:
        return subject.is_durable or subject.name == "floor-synced"
    if workload == "join":
        return subject.is_parallel
    return True
