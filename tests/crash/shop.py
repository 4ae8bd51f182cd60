"""The program that the kill loop kills: sagas whose steps write down what they do.

    python shop.py SEED SAGAS

Keeps everything in the current folder: ``journal.db``; ``ledger``, a line before and after each attempt;
``acknowledged``, the ids whose start was; ``results``, which sagas ended how for their callers; and when all
have ended ``report.json``. Run again, it goes on.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fireflytx import SagaContext, SagaEngine, SagaResult
from fireflytx.decorators.saga import compensation_step, saga, saga_step
from fireflytx.exceptions import NonRetryableError

LONGEST_STEP_S = 0.3
SEED, SAGAS = sys.argv[1], int(sys.argv[2])


def append(file: str, line: str) -> None:
    """Add a line in one write, which no kill can tear apart and no other process can break into."""
    descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(descriptor, f"{line}\n".encode())
    os.close(descriptor)


@contextmanager
def written_down(context: SagaContext, direction: str) -> Iterator[float]:
    """Gives the seconds that the attempt shall take, other ones each time."""
    name = f"{context.correlation_id} {context.step} {direction} {context.attempt}"
    append("ledger", f"{name} begin")
    yield random.Random(f"{SEED} {name}").uniform(0, LONGEST_STEP_S)
    append("ledger", f"{name} end")


class Steps:
    """A trip: plan → hotel, flight, car → pay → mail. What goes wrong follows from the trip's number."""

    @saga_step("plan")
    async def plan(self, trip, context: SagaContext):
        with written_down(context, "forward") as seconds:
            await asyncio.sleep(seconds)
            context.set_data("planned", trip["number"])
            return {"price": trip["number"]}

    @compensation_step("plan")
    async def forget(self, planned, context: SagaContext):
        with written_down(context, "backward") as seconds:
            await asyncio.sleep(seconds)

    @saga_step("hotel", depends_on="plan", backoff_ms=20)
    async def hotel(self, trip, context: SagaContext):
        if trip["number"] % 4 == 1 and context.attempt == 1:
            raise ConnectionError("The hotel is busy")
        with written_down(context, "forward") as seconds:
            await asyncio.sleep(seconds)
            return {"hotel": context.get_data("planned")}

    @compensation_step("hotel", backoff_ms=20)
    async def cancel_hotel(self, booked, context: SagaContext):
        if context.attempt == 1 and not context.in_doubt and booked["hotel"] % 2:
            raise ConnectionError("The hotel is busy")
        with written_down(context, "backward") as seconds:
            await asyncio.sleep(seconds)

    @saga_step("flight", depends_on="plan")
    def flight(self, trip, context: SagaContext):
        with written_down(context, "forward") as seconds:
            time.sleep(seconds)
            return {"flight": context.get_data("planned")}

    @compensation_step("flight")
    def cancel_flight(self, booked, context: SagaContext):
        with written_down(context, "backward") as seconds:
            time.sleep(seconds)

    @saga_step("car", depends_on="plan", condition=lambda trip: trip["number"] % 5 > 0, compensation=None)
    async def car(self, trip, context: SagaContext):
        with written_down(context, "forward") as seconds:
            await asyncio.sleep(seconds)

    @saga_step("pay", depends_on=["hotel", "flight", "car"])
    async def pay(self, trip, context: SagaContext):
        if trip["number"] % 3 == 0:
            raise NonRetryableError("Payment declined")
        with written_down(context, "forward") as seconds:
            await asyncio.sleep(seconds)
            return {"paid": trip["hotel"] + trip["flight"] + trip["price"]}

    @compensation_step("pay")
    async def refund(self, paid, context: SagaContext):
        with written_down(context, "backward") as seconds:
            await asyncio.sleep(seconds)

    @saga_step("mail", depends_on="pay", retry=2, backoff_ms=20, in_doubt="fail", compensation=None)
    async def mail(self, trip, context: SagaContext):
        with written_down(context, "forward") as seconds:
            await asyncio.sleep(seconds)
        if trip["number"] % 7 == 0:
            raise ConnectionError("The mail server is down")
        return {"sum": trip["paid"]}


@saga("trip")
class Trip(Steps):
    """Undone one step after the other."""


@saga("parallel-trip", compensation="parallel")
class ParallelTrip(Steps):
    """Undone side by side."""


async def travel(engine: SagaEngine, number: int, acknowledged: set[str]) -> SagaResult:
    """Start a trip, unless its start was acknowledged by an earlier process, and wait for its end."""
    correlation_id = f"trip-{number}"
    if correlation_id in acknowledged:
        handle = await engine.get(correlation_id)
    else:
        trip = Trip if number % 2 else ParallelTrip
        handle = await engine.start(trip, {"number": number}, correlation_id=correlation_id)
        append("acknowledged", correlation_id)
    result = await handle.result()
    append("results", f"{correlation_id} {result.status}")
    return result


async def report(engine: SagaEngine, result: SagaResult) -> dict[str, Any]:
    """What the engine says of a trip that has ended."""
    mail = result.steps.get("mail")
    return {
        "id": result.correlation_id,
        "status": result.status,
        "sum": mail.result["sum"] if mail and mail.result else None,
        "history": [
            [fact.name, fact.step, fact.direction, fact.attempt]
            for fact in await engine.history(result.correlation_id)
        ],
    }


async def work(acknowledged: set[str]) -> list[dict[str, Any]]:
    """Start what was never started, resume what was, and report when all has ended."""
    engine = SagaEngine("sqlite:///journal.db")
    engine.register(Trip)
    engine.register(ParallelTrip)
    async with engine:
        print("begun", flush=True)
        results = await asyncio.gather(*(travel(engine, number, acknowledged) for number in range(SAGAS)))
        return [await report(engine, result) for result in results]


def main() -> None:
    """Work, and leave a report."""
    ids = Path("acknowledged")
    acknowledged = set(ids.read_text().split()) if ids.exists() else set()
    Path("report.json").write_text(json.dumps(asyncio.run(work(acknowledged))))


if __name__ == "__main__":
    main()
