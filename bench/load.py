"""Measures a subject under load: its speed, and what a saga costs."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

from bench.actions import Actions
from bench.closed_loop import ClosedLoop
from bench.figures import percentile
from bench.peers import Peer
from bench.processes import cpu_s, pss_mb, tree
from bench.workloads import Workload

if TYPE_CHECKING:
    from bench.inside import Job


async def measure(job: Job, workload: Workload, actions: Actions, peer: Peer) -> dict[str, Any]:
    """Run sagas for the job's time; what they took and cost, in the middle of it.

    Raises:
        RuntimeError: a saga ended otherwise than it should have; nothing was measured.
    """

    async def run_saga(number: int) -> None:
        workload.require_end(await peer.run_saga(number))

    await peer.start()
    loop = ClosedLoop(run_saga, job.in_flight)
    loop.begin()
    await loop.let_run(job.warm_up_s, job.limit_s)
    loop.forget()
    actions.undone = 0
    before = _Reading(job)
    await loop.let_run(job.measured_s, job.limit_s)
    after = _Reading(job)
    _require_undone(job, workload, actions.undone, len(loop.latencies_s))
    return _figures(loop.latencies_s, before, after) | {"pss_mb": pss_mb(tree(*after.roots))}


class _Reading:
    """What has been used up to now."""

    def __init__(self, job: Job) -> None:
        self.roots = (os.getpid(), job.postgres_pid)
        self.cpu_s = cpu_s(tree(*self.roots))
        self.python_cpu_s = cpu_s(self.roots[:1])
        self.at_s = time.perf_counter()
        self.epoch_s = time.time()


def _figures(latencies_s: list[float], before: _Reading, after: _Reading) -> dict[str, Any]:
    sagas = len(latencies_s)
    if not sagas:
        raise RuntimeError("Nothing was measured: no saga ended in time. Give it more time.")
    measured_s = after.at_s - before.at_s
    return {
        "sagas": sagas,
        "measured_s": measured_s,
        "window_s": [before.epoch_s, after.epoch_s],
        "sagas_per_s": sagas / measured_s,
        "p50_ms": percentile(latencies_s, 50) * 1000,
        "p99_ms": percentile(latencies_s, 99) * 1000,
        "cpu_ms": (after.cpu_s - before.cpu_s) * 1000 / sagas,
        "python_cpu_ms": (after.python_cpu_s - before.python_cpu_s) * 1000 / sagas,
    }


def _require_undone(job: Job, workload: Workload, undone: int, ended: int) -> None:
    """Each saga that ended undid its steps; those in flight may have undone some."""
    expected = len(workload.undone) * (ended - job.in_flight)
    if undone < expected:
        raise RuntimeError(f"{job.subject}: {ended} sagas ended, and only {undone} steps were undone.")
