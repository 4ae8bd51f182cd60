"""The steps of a saga whose process is killed while step 3 runs, and that goes on in another process."""

from __future__ import annotations

import asyncio
import threading
import time
from pathlib import Path
from typing import Any

from bench.actions import Actions
from bench.workloads import Step

KILLED_IN = "ship"
LAST = "mail"


class CrashActions(Actions):
    """Step 3 waits to be killed, in the first process; step 4 says when it was done, in the second.

    Attributes:
        is_first_life: Whether no process has been killed yet.
        last_step_done: Set when step 4 is done.
        done_at_s: When that was, by the machine's monotonic clock.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._marker = marker(folder)
        self.is_first_life = not self._marker.exists()
        self.last_step_done = threading.Event()  # a peer may recover on a loop of its own
        self.done_at_s = 0.0

    async def act(self, step: Step, data: dict[str, Any]) -> dict[str, Any]:
        """Do the step; or wait in it to be killed."""
        result = await super().act(step, data)
        if step.name == KILLED_IN and self.is_first_life:
            self._marker.touch()
            await asyncio.Event().wait()
        if step.name == LAST:
            self.done_at_s = time.monotonic()
            self.last_step_done.set()
        return result


def marker(folder: Path) -> Path:
    """The file that is there once step 3 has begun, and so step 2 is done."""
    return folder / "step-2-is-done"
