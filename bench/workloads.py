"""The sagas that are measured, said once; each peer builds its own form of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

# A step's result is a number and a text under names of its own: about 100 bytes as JSON.
_NOTE = "x" * 62


@dataclass(frozen=True, slots=True)
class Step:
    """One step.

    Attributes:
        name: Its name, a Python identifier.
        depends_on: The steps that must be done first.
        is_undone: Whether it has a compensation.
        fails: Whether it raises, instead of returning its result.
    """

    name: str
    depends_on: tuple[str, ...] = ()
    is_undone: bool = False
    fails: bool = False

    @property
    def result(self) -> dict[str, Any]:
        """What the step returns."""
        return {f"{self.name}_id": 17, f"{self.name}_note": _NOTE}


@dataclass(frozen=True, slots=True)
class Workload:
    """One saga, and what it is started with.

    Attributes:
        name: What the results call it.
        about: What it is, in a few words.
        steps: Its steps, each after those that it depends on.
        payload_bytes: How much its input carries beside the order's number.
    """

    name: str
    about: str
    steps: tuple[Step, ...]
    payload_bytes: int = 0

    @property
    def completes(self) -> bool:
        """Whether the saga completes; else it is undone."""
        return not any(step.fails for step in self.steps)

    def require_end(self, completed: bool) -> None:
        """Refuse to count a saga that did not end as it should.

        Raises:
            RuntimeError: it completed, and should have been undone; or the other way round.
        """
        if completed != self.completes:
            wanted, found = ("completed", "undone") if self.completes else ("undone", "completed")
            raise RuntimeError(f"Saga '{self.name}' should have been {wanted}, and was {found}.")

    @property
    def undone(self) -> tuple[Step, ...]:
        """The steps that are undone when a step fails, in the order in which that happens."""
        if self.completes:
            return ()
        return tuple(step for step in reversed(self.done) if step.is_undone)

    @property
    def done(self) -> tuple[Step, ...]:
        """The steps that complete."""
        failing = next((at for at, step in enumerate(self.steps) if step.fails), len(self.steps))
        return self.steps[:failing]

    def order(self, number: int) -> dict[str, Any]:
        """The input of the saga with that number."""
        return {"order": number, "payload": "p" * self.payload_bytes}

    def layers(self) -> Iterator[list[Step]]:
        """The steps, each layer running side by side once all before it are done."""
        done: set[str] = set()
        left = list(self.steps)
        while left:
            layer = [step for step in left if done.issuperset(step.depends_on)]
            yield layer
            done |= {step.name for step in layer}
            left = [step for step in left if step.name not in done]


def _chain(*names: str) -> tuple[Step, ...]:
    before = [(), *((name,) for name in names)]
    return tuple(Step(name, depends_on) for name, depends_on in zip(names, before, strict=False))


def _undone(steps: tuple[Step, ...], count: int) -> tuple[Step, ...]:
    return tuple(replace(step, is_undone=at < count) for at, step in enumerate(steps))


_ORDER = _undone(_chain("reserve", "charge", "ship", "mail"), 2)
_DECLINED = tuple(replace(step, fails=step.name == "ship") for step in _ORDER)
_SIDES = tuple(Step(f"side{number}") for number in range(10))
_JOIN = (*_SIDES, Step("join", tuple(step.name for step in _SIDES)))

ORDER = Workload("order", "four steps in a row, two with a compensation", _ORDER)
WORKLOADS = {
    workload.name: workload
    for workload in (
        ORDER,
        Workload("failure", "the third of the four fails, two are undone", _DECLINED),
        Workload("join", "ten steps side by side and one that joins them", _JOIN),
        Workload("16kB", "the four steps, an input of 16 kB", _ORDER, payload_bytes=16_000),
        Workload("1MB", "the four steps, an input of 1 MB", _ORDER, payload_bytes=1_000_000),
        Workload("chain", "100 steps in a row", _chain(*(f"step{number}" for number in range(100)))),
    )
}
