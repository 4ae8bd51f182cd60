"""One of two programs that share a journal: runs sagas whose steps write down that they ran.

    python till.py JOURNAL NAME NUMBER-OF-SAGAS [OTHER-NAME]

With the other one's name it waits for that one's sagas too. Prints how each ended, and what happened to the
other one's, as JSON.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import sys
import time

from fireflytx import SagaContext, SagaEngine
from fireflytx.decorators.saga import saga, saga_step
from fireflytx.exceptions import UnknownIdError

NAME = sys.argv[2]


def note(what: str, context: SagaContext) -> None:
    line = f"{time.monotonic():.3f} {NAME} {what} {context.idempotency_key}#{context.attempt}\n"
    descriptor = os.open("ledger", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(descriptor, line.encode())
    os.close(descriptor)


async def work(context: SagaContext) -> None:
    note("begins", context)
    await asyncio.sleep(0.02)
    note("ends", context)


@saga("till")
class Till:
    @saga_step("first")
    async def first(self, data, context: SagaContext):
        await work(context)

    @saga_step("second", depends_on="first")
    async def second(self, data, context: SagaContext):
        await work(context)

    @saga_step("third", depends_on="second")
    async def third(self, data, context: SagaContext):
        await work(context)


async def main(journal: str, sagas: int, other: str | None) -> None:
    async with SagaEngine(f"sqlite:///{journal}") as engine:
        engine.register(Till)
        results = await asyncio.gather(*(run(engine, f"{NAME}-{i}", i) for i in range(sagas)))
        print(json.dumps(results), flush=True)
        if other is not None:
            theirs = await asyncio.gather(*(outcome(engine, f"{other}-{i}") for i in range(sagas)))
            print(json.dumps(theirs), flush=True)
            facts = await asyncio.gather(*(engine.history(f"{other}-{i}") for i in range(sagas)))
            print(
                json.dumps([[(fact.name, fact.step, fact.attempt) for fact in each] for each in facts]),
                flush=True,
            )


async def run(engine: SagaEngine, correlation_id: str, number: int) -> str:
    """Start it in its turn, so that some run at any moment, and wait for its end."""
    await asyncio.sleep(number * 0.02)
    return str((await engine.execute(Till, {}, correlation_id=correlation_id)).status)


async def outcome(engine: SagaEngine, correlation_id: str) -> str:
    """Wait until the other one has started it, and for its end."""
    while True:
        with contextlib.suppress(UnknownIdError):
            return str((await (await engine.get(correlation_id)).result()).status)
        await asyncio.sleep(0.1)


logging.basicConfig(level="INFO")
asyncio.run(main(sys.argv[1], int(sys.argv[3]), sys.argv[4] if len(sys.argv) > 4 else None))
