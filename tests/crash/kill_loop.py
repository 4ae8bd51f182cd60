"""Kills the shop's Python, its Java or both at random moments, starts it again, and checks the ledger.

    python -m tests.crash.kill_loop --rounds 300 [--seed N] [--sagas 50]

A failure prints its round's seed; ``--rounds 1 --seed THAT`` makes the same plan again. (Its timing is the
machine's, so that it may take several tries until it fails again.)
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.crash.ledger import changed_results, read, violations
from tests.integration.processes import becomes_true, engines_of, kill

ROOT = Path(__file__).parents[2]
MOST_FAULTS = 3
LATEST_KILL_S = 1.0
LONGEST_RUN_S = 90


class Round:
    """One plan of kills, carried out in a folder of its own.

    Attributes:
        environment: Variables for the shop, beside this process's own.
        faults: What was done to the shop.
    """

    def __init__(self, seed: int, folder: Path, *, sagas: int) -> None:
        self._random = random.Random(seed)
        self._folder = folder
        self.environment: dict[str, str] = {}
        self._command = [sys.executable, str(ROOT / "tests/crash/shop.py"), str(seed), str(sagas)]
        self._sagas = sagas
        self._shop: subprocess.Popen[str] | None = None
        self.faults: list[str] = []

    def run(self) -> list[str]:
        """Do one to three things to the shop, let it come to its end, and return what is wrong."""
        try:
            for _ in range(self._random.randint(1, MOST_FAULTS)):
                self._fault()
            return self._end()
        finally:
            if self._shop is not None:
                self._shop.kill()
                self._shop.communicate()

    def _fault(self) -> None:
        self._kill(self._random.choice(["python", "java", "both"]))

    def _kill(self, victim: str) -> None:
        shop = self._running()
        time.sleep(self._random.uniform(0, LATEST_KILL_S))
        engines = engines_of(shop.pid)
        if shop.poll() is not None:
            return
        self.faults.append(f"killed {victim}")
        if victim != "java":
            shop.kill()
        if victim != "python":
            for engine in engines:
                _kill_if_there(engine)
        if victim != "java":
            shop.communicate()
            self._shop = None

    def _running(self) -> subprocess.Popen[str]:
        """The shop: one that goes on, or a new one that has begun to work, started without a pause."""
        if self._shop is None:
            self._shop = subprocess.Popen(
                self._command,
                cwd=self._folder,
                env={**os.environ, "PYTHONPATH": str(ROOT / "python"), **self.environment},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            assert self._shop.stdout is not None
            self._shop.stdout.readline()
        return self._shop

    def _end(self) -> list[str]:
        shop = self._running()
        try:
            _, errors = shop.communicate(timeout=LONGEST_RUN_S)
        except subprocess.TimeoutExpired:
            return [f"it is stuck: not all sagas have ended after {LONGEST_RUN_S} s"]
        if shop.returncode != 0:
            return [f"the shop failed: {errors}"]
        if not becomes_true(lambda: not engines_of(shop.pid), within_s=2):
            return ["an engine was left behind"]
        return self._check()

    def _check(self) -> list[str]:
        reports = json.loads((self._folder / "report.json").read_text())
        acknowledged = set((self._folder / "acknowledged").read_text().split())
        if len(acknowledged) != self._sagas:
            return [f"only {len(acknowledged)} starts were acknowledged"]
        results = (self._folder / "results").read_text().splitlines()
        return [*changed_results(reports, results), *violations(reports, acknowledged, read(self._folder))]


def _kill_if_there(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):  # it died by itself, as its parent did
        kill(pid)


def run_round(seed: int, *, sagas: int, kind: type[Round] = Round) -> tuple[list[str], list[str]]:
    """The faults of one round, and what is wrong after it."""
    with tempfile.TemporaryDirectory(prefix="fireflytx-crash-") as folder:
        round_ = kind(seed, Path(folder), sagas=sagas)
        wrong = round_.run()
    return round_.faults, wrong


def main(kind: type[Round] = Round) -> int:
    """Run the rounds that the command line asks for; 1 if a promise was broken."""
    parser = argparse.ArgumentParser(description=kind.__doc__)
    parser.add_argument("--rounds", type=int, default=300)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--sagas", type=int, default=50)
    asked = parser.parse_args()
    print(f"{asked.rounds} rounds of {asked.sagas} sagas, seed {asked.seed}", flush=True)
    failed = count = 0
    for seed in range(asked.seed, asked.seed + asked.rounds):
        faults, wrong = run_round(seed, sagas=asked.sagas, kind=kind)
        count += len(faults)
        failed += bool(wrong)
        for each in wrong:
            print(f"seed {seed} ({', '.join(faults)}): {each}", flush=True)
    print(f"{asked.rounds - failed} of {asked.rounds} rounds kept every promise; {count} faults.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
