"""Opens a store for a command: to look at it, to reach those who run its sagas, or to run some here."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fireflytx.cli.exits import Exit, Mistake
from fireflytx.engine import SagaEngine
from fireflytx.exceptions import NoEngineError
from fireflytx.store import STORE_VARIABLE, StoreLocation

# Only the programs that own a journal know for how long it keeps what has ended; a command removes nothing.
KEEP_ALL_MS = 100 * 365 * 24 * 3_600_000
_NOBODY = (
    "{} Or name the class, --with module:Class: then this command decides, and what is left of its sagas "
    "runs here until this one has ended."
)


@asynccontextmanager
async def looking(store: str | None) -> AsyncIterator[SagaEngine]:
    """An engine that observes the store: it runs nothing, and passes decisions on to those who do.

    Raises:
        Mistake: nobody is there to whom a decision could be passed on.
    """
    require_journal(store)
    async with SagaEngine(store, observer=True) as engine:
        try:
            yield engine
        except NoEngineError as error:
            raise Mistake(_NOBODY.format(error), Exit.REFUSED) from None


@asynccontextmanager
async def deciding(store: str | None, cls: type | None) -> AsyncIterator[SagaEngine]:
    """An engine to decide with: an observer, or one that runs the sagas of ``cls`` itself."""
    if cls is None:
        async with looking(store) as observer:
            yield observer
        return
    require_journal(store)
    async with SagaEngine(store, retention_ms=KEEP_ALL_MS) as engine:
        engine.register(cls)
        yield engine


def require_journal(store: str | None) -> Path:
    """The journal's file, which is there.

    Raises:
        Mistake: it is not, or the store is none.
    """
    journal = StoreLocation.of(store).journal
    if journal is None:
        raise Mistake(
            "Sagas in memory can be seen by their own program alone. Name a journal: --store sqlite:///…"
        )
    if not journal.exists():
        raise Mistake(
            f"There is no journal '{journal}'. Start in the folder of the program that keeps it, or name it: "
            f"--store sqlite:///path/to/journal.db, or {STORE_VARIABLE}.",
            Exit.NO_ENGINE,
        )
    return journal
