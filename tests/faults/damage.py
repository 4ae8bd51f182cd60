"""Flips single bits of a journal: each flip is refused by name, or changes nothing of what was acknowledged.

python -m tests.faults.damage --flips 200 [--seed N]
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import random
import sqlite3
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fireflytx import SagaEngine, compensation_step, host, saga, saga_step
from fireflytx.exceptions import EngineError, NonRetryableError

JOURNAL = "journal.db"
LOG = "journal.db-wal"
SAGAS = 40
PAGE_BYTES = 4_096
LOG_HEADER_BYTES, FRAME_HEADER_BYTES = 32, 24
FRAME_BYTES = FRAME_HEADER_BYTES + PAGE_BYTES
LONGEST_LOOK_S = 20
DEATHS = 1  # an engine that dies of the damage is not replaced ten times


@saga("sale")
class Sale:
    """Every third one is declined and undone."""

    @saga_step("reserve")
    async def reserve(self, order):
        return {"reserved": order["number"], "note": "x" * 200}

    @compensation_step("reserve")
    async def free(self, reserved):
        pass

    @saga_step("charge", depends_on="reserve", compensation=None)
    async def charge(self, order):
        if order["number"] % 3 == 0:
            raise NonRetryableError("Payment declined")
        return {"paid": order["reserved"]}


@dataclass(frozen=True)
class Flip:
    """A bit of one of a journal's files."""

    file: str
    offset: int
    bit: int

    def apply(self, content: bytes) -> bytes:
        changed = bytearray(content)
        changed[self.offset] ^= 1 << self.bit
        return bytes(changed)


@dataclass(frozen=True)
class Specimen:
    """A journal as it was, by the names of its files, and what it told of each saga."""

    files: dict[str, bytes]
    stories: dict[str, Any]

    def any_flip(self, file: str, chance: random.Random) -> Flip:
        """A bit of that file; of the log one before its last commit, whose damage looks like a torn one."""
        if file == LOG:
            return Flip(file, chance.randrange(self._last_commit_starts()), chance.randrange(8))
        content = self.files[file]
        return Flip(file, chance.randrange(len(content)), chance.randrange(8))

    def _last_commit_starts(self) -> int:
        log = self.files[LOG]
        frames = range(LOG_HEADER_BYTES, len(log) - FRAME_BYTES + 1, FRAME_BYTES)
        current = [at for at in frames if log[at + 8 : at + 16] == log[16:24]]
        commits = [at for at in current if log[at + 4 : at + 8] != bytes(4)]
        return commits[-2] + FRAME_BYTES

    def write(self, folder: Path, flip: Flip) -> None:
        """Lay the files out with one bit changed."""
        for name, content in self.files.items():
            (folder / name).write_bytes(flip.apply(content) if name == flip.file else content)


async def grow(folder: Path, file: str) -> Specimen:
    """Run the sagas, and keep the files; for flips in the journal itself its log is moved into it first."""
    async with SagaEngine(f"sqlite:///{folder / JOURNAL}") as engine:
        for number in range(SAGAS):
            await engine.execute(Sale, {"number": number}, correlation_id=f"sale-{number}")
        stories = await stories_of(engine)
    if file == JOURNAL:
        without_log(folder / JOURNAL)
    return Specimen({name: (folder / name).read_bytes() for name in {JOURNAL, file}}, stories)


def without_log(journal: Path) -> bytes:
    """A journal that no engine has open, after all of its log was moved into it."""
    with contextlib.closing(sqlite3.connect(journal)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return journal.read_bytes()


async def stories_of(engine: SagaEngine) -> dict[str, Any]:
    """All that an engine tells of the sagas."""
    return {
        f"sale-{number}": (
            (handle := await engine.get(f"sale-{number}")).saga,
            await handle.status(),
            await handle.result(),
            await engine.history(f"sale-{number}"),
        )
        for number in range(SAGAS)
    }


async def complaint(specimen: Specimen, flip: Flip, folder: Path) -> str | None:
    """What is wrong with how an engine takes that flip; None if it refuses it or tells what it was."""
    specimen.write(folder, flip)
    try:
        async with asyncio.timeout(LONGEST_LOOK_S), SagaEngine(f"sqlite:///{folder / JOURNAL}") as engine:
            engine.register(Sale)
            stories = await stories_of(engine)
    except EngineError as refusal:
        return None if JOURNAL in str(refusal) else f"refused without the file's name: {refusal!r}"
    except TimeoutError:
        return f"no answer within {LONGEST_LOOK_S} s"
    changed = [name for name, story in specimen.stories.items() if stories[name] != story]
    return f"told otherwise: {changed}" if changed else None


async def complaints(file: str, *, flips: int, seed: int) -> list[str]:
    """What is wrong after so many flips of bits in one file."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="fireflytx-damage-") as folder:
        specimen = await grow(Path(folder), file)
    found = []
    for _ in range(flips):
        flip = specimen.any_flip(file, chance)
        with tempfile.TemporaryDirectory(prefix="fireflytx-damage-") as folder:
            wrong = await complaint(specimen, flip, Path(folder))
        found += [f"{flip}: {wrong}"] if wrong else []
    return found


def main() -> int:
    """Flip bits as the command line asks for; 1 if a flip changed something in silence."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--flips", type=int, default=200)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    asked = parser.parse_args()
    logging.disable()  # engines that die of the damage say so
    host._MOST_DEATHS = DEATHS
    print(f"{asked.flips} flips in each file, seed {asked.seed}", flush=True)
    found = [
        each
        for file in (JOURNAL, LOG)
        for each in asyncio.run(complaints(file, flips=asked.flips, seed=asked.seed))
    ]
    print("\n".join(found) or "Each was refused by name, or changed nothing.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
