"""What must cross between two processes for a saga: how many messages, and how large."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from bench.workloads import Step, Workload

# What a message says beside its values: what it is, whose saga's and step's it is, and which attempt's.
ENVELOPE_BYTES = 150


@dataclass(frozen=True, slots=True)
class Exchange:
    """A message to the engine, and its answer.

    Attributes:
        up_bytes: The size of the message.
        down_bytes: The size of the answer.
        acts: The steps that run once the answer is there.
        undoes: The steps that are undone once the answer is there.
    """

    up_bytes: int
    down_bytes: int
    acts: tuple[Step, ...] = ()
    undoes: tuple[Step, ...] = ()


def waves(workload: Workload) -> list[list[Exchange]]:
    """The exchanges of one saga, each wave's side by side, after all of the wave before.

    The start is answered with the first steps' tasks, the last outcome of a layer with the next layer's tasks
    or with the saga's result. A step that is undone is a task and an outcome more.
    """
    layers = list(workload.layers())
    found = [[_start(workload, layers[0])]]
    for layer, following in zip(layers, [*layers[1:], []], strict=True):
        outcomes = [Exchange(_bytes(step.result), ENVELOPE_BYTES) for step in layer]
        if any(step.fails for step in layer):
            return found + _undoing(workload)
        outcomes[-1] = Exchange(outcomes[-1].up_bytes, *_answer(workload, following))
        found.append(outcomes)
    return found


def _start(workload: Workload, layer: list[Step]) -> Exchange:
    return Exchange(_bytes(workload.order(0)), *_answer(workload, layer))


def _answer(workload: Workload, following: list[Step]) -> tuple[int, tuple[Step, ...]]:
    """A task for each step, with what it can see; after the last step, the saga's result."""
    if not following:
        return _bytes({name: value for step in workload.steps for name, value in step.result.items()}), ()
    return sum(_bytes(_seen(workload, step)) for step in following), tuple(following)


def _seen(workload: Workload, step: Step) -> dict[str, Any]:
    seen = workload.order(0)
    names = list(step.depends_on)
    steps = {each.name: each for each in workload.steps}
    for name in names:
        seen |= steps[name].result
        names += steps[name].depends_on
    return seen


def _undoing(workload: Workload) -> list[list[Exchange]]:
    """The failed outcome is answered with the first task to undo, and so on."""
    sizes = [ENVELOPE_BYTES, *(ENVELOPE_BYTES for _ in workload.undone)]
    undone: list[tuple[Step, ...]] = [*((step,) for step in workload.undone), ()]
    return [
        [Exchange(up, sum(_bytes(step.result) for step in steps) or ENVELOPE_BYTES, undoes=steps)]
        for up, steps in zip(sizes, undone, strict=True)
    ]


def _bytes(value: dict[str, Any]) -> int:
    return ENVELOPE_BYTES + len(json.dumps(value))
