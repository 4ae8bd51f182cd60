"""Who is measured, and what each of them has to offer to be measured."""

from __future__ import annotations

import importlib
import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast

from bench.actions import Actions
from bench.postgres import programs
from bench.workloads import Workload

ROOT = Path(__file__).parents[2]
ECHO_CLASSES = ROOT / "build" / "bench"
RESTATE_SERVER = ROOT / ".venv-bench" / "node_modules" / ".bin" / "restate-server"
SYSTEM_JAVA = "system-java"
JAVA_VARIABLE = "BENCH_JAVA"  # the Java of the floor: the one that the engine would run on


@dataclass(frozen=True, slots=True)
class Setting:
    """What a peer is given.

    Attributes:
        workload: The saga to run.
        actions: What its steps do.
        folder: Where its files lie; they are still there after a crash.
        postgres_url: The database of a peer that keeps sagas in PostgreSQL, without a scheme; else empty.
    """

    workload: Workload
    actions: Actions
    folder: Path
    postgres_url: str = ""


class Peer(Protocol):
    """A way of running sagas. Each is made anew in a fresh process."""

    async def start(self) -> None:
        """Get ready for the first saga; what an earlier process left unfinished goes on from here."""

    async def run_saga(self, number: int) -> bool:
        """Run the saga with that number, to its end; whether it completed."""
        ...

    async def stop(self) -> None:
        """Give back what was started."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Somebody who is measured.

    Attributes:
        name: What the results call it.
        module: The module of ``bench.peers`` that has its class ``Runner``.
        store: Where it keeps sagas: ``memory``, ``sqlite``, ``postgres``, ``own``, or ``none`` for a floor.
        needs: What must be importable for it.
        is_parallel: Whether it can run steps of one saga side by side.
        java: Which Java it runs on: empty for the one that it finds by itself, or ``SYSTEM_JAVA``.
    """

    name: str
    module: str
    store: str
    needs: tuple[str, ...] = ()
    is_parallel: bool = True
    java: str = ""

    @property
    def is_durable(self) -> bool:
        """Whether its sagas outlive its processes."""
        return self.store in {"sqlite", "postgres", "own"}

    @property
    def is_floor(self) -> bool:
        """Whether it is no engine, but what an engine can't do without."""
        return self.module.startswith("floor")

    def missing(self) -> str | None:
        """Why it can't be measured here; None if it can."""
        absent = [name for name in self.needs if importlib.util.find_spec(name) is None]
        if absent:
            return f"not installed: {', '.join(absent)}"
        if self.store == "postgres" and programs() is None:
            return "not installed: a PostgreSQL server"
        if self.store == "own" and not RESTATE_SERVER.exists():
            return "not installed: @restatedev/restate-server"
        if self.module == "floor_exchange" and not (ECHO_CLASSES / "Echo.class").exists():
            return "Echo.java is not compiled"
        return None

    def open(self, setting: Setting) -> Peer:
        """The peer itself, not yet started. Nothing of another peer is imported."""
        module = importlib.import_module(f"bench.peers.{self.module}")
        return cast("Peer", module.Runner(setting, self.store))


_CQRS_SQL = ("cqrs", "sqlalchemy")
SUBJECTS = {
    subject.name: subject
    for subject in (
        Subject("floor-coroutines", "floor_coroutines", "none"),
        Subject("floor-exchange", "floor_exchange", "none"),
        Subject("floor-synced", "floor_exchange", "sync"),
        Subject("fireflytx-memory", "ours", "memory", ("fireflytx",)),
        Subject("fireflytx-sqlite", "ours", "sqlite", ("fireflytx",)),
        Subject("fireflytx-sqlite-system-java", "ours", "sqlite", ("fireflytx",), java=SYSTEM_JAVA),
        Subject("dbos-sqlite", "dbos_peer", "sqlite", ("dbos",)),
        Subject("dbos-postgres", "dbos_peer", "postgres", ("dbos", "psycopg")),
        Subject("restate", "restate_peer", "own", ("restate", "hypercorn", "aiohttp")),
        Subject("cqrs-memory", "cqrs_peer", "memory", ("cqrs",), is_parallel=False),
        Subject("cqrs-sqlite", "cqrs_peer", "sqlite", (*_CQRS_SQL, "aiosqlite"), is_parallel=False),
        Subject("cqrs-postgres", "cqrs_peer", "postgres", (*_CQRS_SQL, "asyncpg"), is_parallel=False),
    )
}
