"""Lets syncs and writes fail at random moments under the shop of the kill loop, and checks its ledger.

    python -m tests.faults.failing_disk --rounds 100 [--seed N] [--sagas 50]

A failure prints its round's seed; the moments are the machine's, so that it may take several tries to see
it again.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from tests.crash.kill_loop import LONGEST_RUN_S, Round, main
from tests.faults.kit import FAULTS, Disk
from tests.integration.processes import engines_of

LATEST_FAULT_S = 1.0
LONGEST_FAULT_S = 4.0


class DiskRound(Round):
    """One plan of failing syncs and writes. A shop that gives up is run again."""

    def __init__(self, seed: int, folder: Path, *, sagas: int) -> None:
        super().__init__(seed, folder, sagas=sagas)
        self._disk = Disk(folder)
        self._unclear: list[str] = []
        self.environment["FIREFLYTX_JAVA_HOME"] = str(self._disk.java)

    def _fault(self) -> None:
        shop = self._running()
        time.sleep(self._random.uniform(0, LATEST_FAULT_S))
        fault = self._random.choice(list(FAULTS))
        if self._random.random() < 0.5:
            self.faults.append(f"one {fault}")
            self._disk.fail_once(engines_of(shop.pid), fault)
            return
        self.faults.append(fault)
        self._disk.fail(engines_of(shop.pid), fault)
        time.sleep(self._random.uniform(0, LONGEST_FAULT_S))
        self._disk.mend()

    def _running(self) -> subprocess.Popen[str]:
        if self._shop is not None and self._shop.poll() not in (None, 0):
            _, errors = self._shop.communicate()
            if "journal.db' can't be" not in errors:
                self._unclear.append(f"the shop gave up, and the error does not say why: {errors}")
            self._shop = None
        return super()._running()

    def _end(self) -> list[str]:
        self._running().wait(LONGEST_RUN_S)
        self._disk.mend()
        return self._unclear + super()._end()


if __name__ == "__main__":
    sys.exit(main(DiskRound))
