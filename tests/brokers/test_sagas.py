"""A whole engine and a broker that goes away: a thousand sagas, and all that was to be told of them."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from tests.brokers.readers import Reader, Received, first_of_each
from tests.brokers.servers import Server
from tests.integration.processes import engines_of
from tests.integration.recorder import until

from fireflytx import SagaEngine, saga, saga_events, saga_step, step_events

SAGAS = 1_000
AT_ONCE = 64
TOPIC = "thousand"
DEADLINE_S = 120
TOLD = [
    "order.saga.started",
    "charge.started",
    "charge.completed",
    "ship.started",
    "ship.completed",
    "order.saga.completed",
]


@saga_events(TOPIC)
@saga("order")
class Order:
    @step_events(TOPIC, include_payload=True)
    @saga_step("charge", compensation=None)
    async def charge(self, order: dict[str, Any]) -> dict[str, Any]:
        return {"charge": order["number"]}

    @step_events(TOPIC, include_result=True)
    @saga_step("ship", depends_on="charge", compensation=None)
    async def ship(self, charged: dict[str, Any]) -> dict[str, Any]:
        return {"parcel": charged["charge"]}


@pytest.mark.asyncio
async def test_a_thousand_sagas_under_a_broker_that_is_killed_twice_and_an_engine_that_is_too(
    server: Server, reader: Reader, tmp_path: Path
) -> None:
    await reader.prepare(TOPIC)
    done: set[str] = set()
    publishers = [server.publisher(timeout_ms=2_000)]
    async with SagaEngine(f"sqlite:///{tmp_path}/sagas.db", publishers=publishers) as engine:
        running = asyncio.ensure_future(_run_all(engine, done))
        await until(lambda: len(done) >= 200, within_s=DEADLINE_S)
        await asyncio.to_thread(server.kill)
        await until(lambda: len(done) >= 400, within_s=DEADLINE_S)
        await asyncio.to_thread(server.start)
        await until(lambda: len(done) >= 600, within_s=DEADLINE_S)
        for pid in engines_of(os.getpid()):
            os.kill(pid, signal.SIGKILL)
        await until(lambda: len(done) >= 800, within_s=DEADLINE_S)
        await asyncio.to_thread(server.kill)
        await running  # a broker that is down stops no saga
        await asyncio.to_thread(server.start)
        received = await _read_all(reader)

    about: dict[str, list[Received]] = defaultdict(list)
    for each in received:
        about[each.attributes["subject"]].append(each)
    assert set(about) == {f"o-{number}" for number in range(SAGAS)}
    types = {of: [each.attributes["type"] for each in first_of_each(told)] for of, told in about.items()}
    assert {of: found for of, found in types.items() if found != TOLD} == {}
    ids = defaultdict(set)
    for each in received:
        ids[each.attributes["subject"], each.attributes["type"]].add(each.id)
    assert [of for of, found in ids.items() if len(found) != 1] == []
    assert len({each.id for each in received}) == SAGAS * len(TOLD)


async def _run_all(engine: SagaEngine, done: set[str]) -> None:
    free = asyncio.Semaphore(AT_ONCE)

    async def run(number: int) -> None:
        async with free:
            result = await engine.execute(Order, {"number": number}, correlation_id=f"o-{number}")
        assert result.is_success
        done.add(result.correlation_id)

    async with asyncio.TaskGroup() as group:
        for number in range(SAGAS):
            group.create_task(run(number))


async def _read_all(reader: Reader) -> list[Received]:
    """All messages, as soon as every saga's last event is among them."""
    deadline = time.monotonic() + DEADLINE_S
    while True:
        received = await reader.read(TOPIC)
        ended = {each.attributes["subject"] for each in received if each.attributes["type"] == TOLD[-1]}
        if len(ended) == SAGAS or time.monotonic() > deadline:
            return received
        await asyncio.sleep(1)
