"""Opens a store for a command: to look at it, or to reach the engines that run its sagas."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from fireflytx.cli.exits import Exit, Mistake
from fireflytx.engine import SagaEngine
from fireflytx.exceptions import UnknownSagaError
from fireflytx.store import STORE_VARIABLE, StoreLocation

_NOBODY = (
    "No engine runs this saga now. Start the program that has its class; or name the class, "
    "--with module:Class, and what is left of its sagas runs here until this one has ended."
)


@asynccontextmanager
async def looking(store: str | None) -> AsyncIterator[SagaEngine]:
    """An engine that observes the store: it owns and runs nothing, and disturbs nobody who does."""
    _require_journal(store)
    async with SagaEngine(store, observer=True) as engine:
        yield engine


@asynccontextmanager
async def deciding(store: str | None, classes: Iterable[type] = ()) -> AsyncIterator[SagaEngine]:
    """An engine that passes decisions on to those that run the sagas; it runs those of ``classes`` itself.

    Raises:
        Mistake: nobody runs the saga that it is asked about.
    """
    _require_journal(store)
    async with SagaEngine(store) as engine:
        for cls in classes:
            engine.register(cls)
        try:
            yield engine
        except UnknownSagaError:
            raise Mistake(_NOBODY, Exit.REFUSED) from None


def _require_journal(store: str | None) -> None:
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
