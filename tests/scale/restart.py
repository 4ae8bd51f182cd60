"""A program that was killed inside a step is started again at once: how soon that step runs.

python -m tests.scale.restart
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.scale.resources import missed

from fireflytx import SagaContext, SagaEngine, host
from fireflytx._bridge.jvm import Jvm, JvmOptions
from fireflytx.decorators.saga import saga, saga_step

GOALS = {"first recovered step, s": 1}
TRIES = 3


def age_s() -> float:
    """How long ago this process was started."""
    ticks = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
    return time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")


moments_s = {"imported, s": age_s()}


@saga("killed")
class Killed:
    """Kills its process, the first time."""

    @saga_step("work", compensation=None)
    async def work(self, data, context: SagaContext):
        if context.attempt == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        moments_s["first recovered step, s"] = age_s()


class NotedJvm(Jvm):
    """Notes when the Java process was ready to be talked to."""

    @classmethod
    async def start(cls, options: JvmOptions) -> Jvm:
        jvm = await super().start(options)
        moments_s["Java ready, s"] = age_s()
        return jvm


async def work(store: str) -> None:
    """Run the saga, or go on with it."""
    engine = SagaEngine(store)
    engine.register(Killed)
    async with engine:
        moments_s["journal open, s"] = age_s()
        await (await engine.start(Killed, correlation_id="killed-1")).result()


def figures() -> dict[str, float]:
    """Run it until it kills itself, and again; its moments then."""
    with tempfile.TemporaryDirectory(prefix="fireflytx-restart-") as folder:
        command = [sys.executable, "-m", "tests.scale.restart", "--work", f"sqlite:///{folder}/journal.db"]
        assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
        again = subprocess.run(command, check=True, capture_output=True, text=True)
    moments: dict[str, float] = json.loads(again.stdout)
    return dict(sorted(moments.items(), key=lambda moment: moment[1]))


def main() -> int:
    """Measure; 1 if the goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--work", metavar="STORE", help="be the program that is killed")
    asked = parser.parse_args()
    if asked.work:
        host.Jvm = NotedJvm  # type: ignore[misc]
        asyncio.run(work(asked.work))
        print(json.dumps(moments_s))
        return 0
    best = min((figures() for _ in range(TRIES)), key=lambda each: each["first recovered step, s"])
    return missed(best, GOALS)


if __name__ == "__main__":
    sys.exit(main())
