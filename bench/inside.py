"""What runs in a fresh process: one measurement of one subject. Its answer is one line of JSON.

python -m bench.inside '{"kind": "load", "subject": "fireflytx-memory", …}'
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
import traceback
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.actions import Actions
from bench.crash import CrashActions
from bench.peers import SUBJECTS, Peer, Setting
from bench.processes import kill, pss_mb, tree, without_cache_makers
from bench.workloads import WORKLOADS, Workload

_IDLE_S = 1.0  # what a runtime takes to begin with has settled by then


@dataclass(frozen=True, slots=True)
class Job:
    """One measurement.

    Attributes:
        kind: ``load``, ``start``, or ``crash``.
        subject: Whom to measure.
        workload: The saga.
        folder: Where the subject keeps its files.
        in_flight: How many sagas run at once.
        warm_up_s: How long to run before anything counts.
        measured_s: How long to measure, at least.
        limit_s: How long either may take at most, while not yet as many sagas have ended as are in flight.
        postgres_url: The database, if the subject needs one.
        postgres_pid: The process of its server, whose use counts as the subject's; 0 without one.
    """

    kind: str
    subject: str
    workload: str
    folder: str
    in_flight: int = 1
    warm_up_s: float = 0
    measured_s: float = 0
    limit_s: float = 0
    postgres_url: str = ""
    postgres_pid: int = 0

    def to_json(self) -> str:
        """The job as the argument of this program."""
        return json.dumps(asdict(self))


async def run(job: Job) -> dict[str, Any]:
    """Do the job; what it measured."""
    workload = WORKLOADS[job.workload]
    if job.kind == "crash":
        return await _crash(job, workload)
    actions = Actions()
    peer = _peer(job, workload, actions)
    if job.kind == "start":
        return await _first_result(job, workload, peer)
    from bench.load import measure  # not for a start: its time would count as the subject's

    return await measure(job, workload, actions, peer)


async def _first_result(job: Job, workload: Workload, peer: Peer) -> dict[str, Any]:
    begun_s = time.monotonic()
    await peer.start()
    started_s = time.monotonic()
    workload.require_end(await peer.run_saga(time.time_ns()))  # a number that no earlier process had
    ended_s = time.monotonic()
    await asyncio.sleep(_IDLE_S)
    idle_mb = pss_mb(tree(os.getpid(), job.postgres_pid))
    await peer.stop()
    return {"at_s": ended_s, "initialize_ms": (started_s - begun_s) * 1000, "idle_pss_mb": idle_mb}


async def _crash(job: Job, workload: Workload) -> dict[str, Any]:
    """The first process waits in step 3 to be killed; the next one ends when step 4 is done."""
    actions = CrashActions(Path(job.folder))
    peer = _peer(job, workload, actions)
    await peer.start()
    if actions.is_first_life:
        await peer.run_saga(0)
    await asyncio.to_thread(actions.last_step_done.wait)
    return {"at_s": actions.done_at_s}


def _peer(job: Job, workload: Workload, actions: Actions) -> Peer:
    setting = Setting(workload, actions, Path(job.folder), job.postgres_url)
    return SUBJECTS[job.subject].open(setting)


async def _report(job: Job) -> None:
    """Answer, end whatever was started, and leave at once: a peer's own tasks might not let the loop end."""
    status = 0
    try:
        print(json.dumps(await run(job)), flush=True)
    except Exception:
        traceback.print_exc()
        status = 1
    kill(without_cache_makers(tree(os.getpid())[1:]))
    os._exit(status)


if __name__ == "__main__":
    asyncio.run(_report(Job(**json.loads(sys.argv[1]))))
