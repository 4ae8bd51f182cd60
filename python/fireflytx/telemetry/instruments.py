"""The metrics of engines: which instruments there are, and how Java's counts become theirs.

Java tells totals, of one process after the other; several engines of a program share one meter. So what is
added to the instruments is always the difference to what was told before.
"""

from __future__ import annotations

from collections.abc import Mapping

from opentelemetry.context import Context
from opentelemetry.metrics import Meter

from fireflytx._bridge.items import Stats

_DURATIONS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)
_BATCH_ITEMS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
_US_PER_S = 1_000_000
Attributes = Mapping[str, str]
Key = tuple[str, tuple[tuple[str, str], ...]]


class Instruments:
    """An engine's instruments.

    Args:
        meter: Makes them; engines of one program get the same ones.
    """

    def __init__(self, meter: Meter) -> None:
        self._durations = meter.create_histogram(
            "fireflytx.step.duration",
            unit="s",
            description="How long attempts of steps, compensations and conditions took",
            explicit_bucket_boundaries_advisory=_DURATIONS_S,
        )
        self._retries = meter.create_counter(
            "fireflytx.step.retries", unit="{attempt}", description="Attempts after the first one"
        )
        self._batches = meter.create_histogram(
            "fireflytx.bridge.batch.size",
            unit="{item}",
            description="Items that crossed between Python and Java together",
            explicit_bucket_boundaries_advisory=_BATCH_ITEMS,
        )
        self._counters = {
            name: meter.create_counter(name, unit=unit, description=description)
            for name, unit, description in (
                ("fireflytx.saga.started", "{saga}", "Sagas that were started"),
                ("fireflytx.saga.finished", "{saga}", "Sagas that have ended, by how"),
                ("fireflytx.journal.syncs", "{sync}", "Batches of facts that were made durable"),
                ("fireflytx.journal.sync.time", "s", "Time that making facts durable took, in all"),
            )
        }
        self._levels = {
            name: meter.create_up_down_counter(name, unit=unit, description=description)
            for name, unit, description in (
                ("fireflytx.saga.active", "{saga}", "Sagas that have not ended"),
                ("fireflytx.saga.parked", "{saga}", "Sagas among these that wait for a person"),
                ("fireflytx.attempt.queued", "{attempt}", "Attempts that wait for a free place"),
                ("fireflytx.attempt.running", "{attempt}", "Attempts that run"),
            )
        }
        self._process: int | None = None
        self._totals: dict[Key, float] = {}
        self._now: dict[Key, float] = {}

    def took(self, seconds: float, attributes: Attributes, context: Context) -> None:
        """An attempt has ended; ``context`` names its span, to which a backend can lead."""
        self._durations.record(seconds, attributes, context=context)

    def retried(self, attributes: Attributes) -> None:
        """An attempt begins that is not the step's first."""
        self._retries.add(1, attributes)

    def batch(self, direction: str, items: int) -> None:
        """Items have crossed the bridge."""
        self._batches.record(items, {"fireflytx.bridge.direction": direction})

    def counted(self, stats: Stats) -> None:
        """Java has told its counts."""
        if stats.process != self._process:  # it counts from 0
            self._process, self._totals = stats.process, {}
        for key, total in _totals(stats).items():
            if (more := total - self._totals.get(key, 0)) > 0:
                self._counters[key[0]].add(more, dict(key[1]))
                self._totals[key] = total
        self._hold(_levels(stats))

    def closed(self) -> None:
        """The engine holds nothing any more."""
        self._hold({})

    def _hold(self, levels: dict[Key, float]) -> None:
        for key in self._now.keys() | levels.keys():
            change = levels.get(key, 0) - self._now.get(key, 0)
            if change or key not in self._now:  # a 0 is news, too: a backend then knows that it is there
                self._levels[key[0]].add(change, dict(key[1]))
        self._now = levels


def _totals(stats: Stats) -> dict[Key, float]:
    found: dict[Key, float] = {
        ("fireflytx.journal.syncs", ()): stats.appends,
        ("fireflytx.journal.sync.time", ()): stats.append_us / _US_PER_S,
    }
    for saga, counts in stats.sagas.items():
        of_saga = (("fireflytx.saga", saga),)
        found["fireflytx.saga.started", of_saga] = counts["started"]
        for status, count in counts["ended"].items():
            found["fireflytx.saga.finished", (*of_saga, ("fireflytx.status", status))] = count
    return found


def _levels(stats: Stats) -> dict[Key, float]:
    found: dict[Key, float] = {
        ("fireflytx.attempt.queued", ()): stats.queued,
        ("fireflytx.attempt.running", ()): stats.out,
    }
    for saga, counts in stats.sagas.items():
        of_saga = (("fireflytx.saga", saga),)
        found["fireflytx.saga.active", of_saga] = counts["active"]
        found["fireflytx.saga.parked", of_saga] = counts["parked"]
    return found
