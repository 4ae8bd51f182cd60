"""Fails when the engine has become slower, in ratios to a floor that is measured in the same run.

python -m bench.guard            # compare with guard.json
python -m bench.guard --update   # write what this run has measured into guard.json
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.figures import short
from bench.plan import Cell, Pace
from bench.runner import Measurement
from bench.tracing import can_trace

_ABOUT = "Fails when the engine has become slower, in ratios to a floor that is measured in the same run."
LIMITS = Path(__file__).with_name("guard.json")
ALLOWED = 1.3
# What other work on the machine did to the best of five looks with 256 sagas in flight: 1.39.
ALLOWED_BESIDE_OTHERS = 1.5
FLOOR = "floor-synced"
OURS = "fireflytx-sqlite"
# Long enough for Java to be warm, and for some checkpoints, which write in bursts.
PACE = Pace(warm_up_s=3, measured_s=3, limit_s=20, rounds=3)
# What is over its limit is measured up to so often again, and its best ratio counts: a machine has bad
# moments, and a slowdown has no good ones.
SECOND_LOOKS = 4


@dataclass(frozen=True, slots=True)
class Ratio:
    """One thing that may not become worse.

    Attributes:
        name: What the limits call it.
        kind: The measurement that tells.
        field: The figure.
        in_flight: With how many sagas in flight.
        more_is_better: Whether a larger figure is a better one.
        allowed: How many times its limit it may be.
    """

    name: str
    kind: str
    field: str
    in_flight: int = 1
    more_is_better: bool = False
    allowed: float = ALLOWED

    def of(self, ours: float, floor: float) -> float:
        """How many times worse than the floor."""
        return floor / ours if self.more_is_better else ours / floor


RATIOS = (
    Ratio("throughput, 256 in flight", "load", "sagas_per_s", 256, True, ALLOWED_BESIDE_OTHERS),
    Ratio("processor time, 256 in flight", "load", "cpu_ms", 256, allowed=ALLOWED_BESIDE_OTHERS),
    Ratio("median latency, 1 in flight", "load", "p50_ms"),
    Ratio("start to first result, warm", "start", "warm_ms"),
    Ratio("syncs for a saga, 1 in flight", "syncs", "syncs"),
    Ratio("syncs for a saga, 256 in flight", "syncs", "syncs", 256),
    Ratio("bytes for a saga, 256 in flight", "bytes", "bytes", 256),
)


def main() -> int:
    """Measure and compare; 1 if anything has become worse by more than is allowed."""
    parser = argparse.ArgumentParser(prog="python -m bench.guard", description=_ABOUT)
    parser.add_argument("--update", action="store_true", help="take what is measured now as the limits")
    if parser.parse_args().update:
        if not can_trace():
            parser.error("strace may not trace here, so that limits of syncs and bytes can't be measured.")
        measured = _best([dict(_round(RATIOS)) for _ in range(PACE.rounds)])
        text = json.dumps({name: round(ratio, 2) for name, ratio in measured.items()}, indent=2)
        LIMITS.write_text(text + "\n")
        print(f"{LIMITS.name} now says: {text}")
        return 0
    if not can_trace():
        print("strace may not trace here: what a saga syncs and writes is not looked at.")
    lines, worse = judge(json.loads(LIMITS.read_text()), lambda ratios: dict(_round(ratios)))
    print("\n".join(lines))
    if worse:
        print(f"Worse by more than is allowed: {'; '.join(worse)}.")
        print("If that is meant: make bench-guard UPDATE=1.")
    return 1 if worse else 0


def judge(
    limits: Mapping[str, float], measure: Callable[[Sequence[Ratio]], Mapping[str, float]]
) -> tuple[list[str], list[str]]:
    """Measure everything once, and what is over its limit again, until it is not; the best ratio counts.

    Returns:
        What :func:`compare` says.

    Raises:
        KeyError: a ratio has no limit.
    """
    best = dict(measure(RATIOS))
    lines, worse = compare(best, limits)
    for _ in range(SECOND_LOOKS):
        if not worse:
            break
        again = measure([ratio for ratio in RATIOS if ratio.name in worse])
        best.update({name: min(best[name], ratio) for name, ratio in again.items()})
        lines, worse = compare(best, limits)
    return lines, worse


def compare(measured: Mapping[str, float], limits: Mapping[str, float]) -> tuple[list[str], list[str]]:
    """A line for each ratio, and the names of those that are over what is allowed.

    Raises:
        KeyError: a ratio has no limit.
    """
    lines = [f"{'times the floor':36} {'now':>8} {'before':>8}"]
    for name, ratio in measured.items():
        lines.append(f"{name:36} {short(ratio):>8} {short(limits[name]):>8}  {ratio / limits[name] - 1:+.0%}")
    allowed = {ratio.name: ratio.allowed for ratio in RATIOS}
    return lines, [
        name for name, ratio in measured.items() if ratio > limits[name] * allowed.get(name, ALLOWED)
    ]


def _best(rounds: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Of several rounds, since the best of several looks is compared with it."""
    return {name: min(found[name] for found in rounds) for name in rounds[0]}


def _round(ratios: Sequence[Ratio]) -> Iterator[tuple[str, float]]:
    """Each ratio that can be had here, ours and the floor's figures measured one after the other."""
    known: dict[tuple[str, int], tuple[dict[str, Any], dict[str, Any]]] = {}
    kinds = {"load", "start"} | ({"syncs", "bytes"} if can_trace() else set())
    for ratio in (each for each in ratios if each.kind in kinds):
        at = (ratio.kind, ratio.in_flight)
        if at not in known:
            known[at] = (_figures(OURS, *at), _figures(FLOOR, *at))
        ours, floor = known[at]
        yield ratio.name, ratio.of(ours[ratio.field], floor[ratio.field])


def _figures(subject: str, kind: str, in_flight: int) -> dict[str, Any]:
    with Measurement(Cell(kind, subject, in_flight=in_flight), PACE) as measurement:
        return measurement.run()


if __name__ == "__main__":
    sys.exit(main())
