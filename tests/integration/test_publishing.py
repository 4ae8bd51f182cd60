"""Events on their way to publishers: brokers that are down, processes that are killed, several engines."""

from __future__ import annotations

import asyncio
import logging
import os
import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.integration.processes import engines_of, kill, script

from fireflytx import SagaEngine, create_saga_engine
from fireflytx.cloud_event import CloudEvent
from fireflytx.decorators.saga import compensation_step, saga, saga_events, saga_step, step_events
from fireflytx.exceptions import NonRetryableError
from fireflytx.publishers import InProcess, Topics

_PATIENCE_S = 30
ALL_TYPES = [
    "shop.saga.started",
    "order.reserve.started",
    "order.reserve.completed",
    "charge.started",
    "charge.completed",
    "shop.saga.completed",
]


@saga_events("sagas")
@saga("shop")
class Shop:
    @step_events("orders", include_payload=True, publish_on_compensation=True)
    @saga_step("reserve-order")
    async def reserve(self, order):
        return {"reservation": order["n"]}

    @compensation_step("reserve-order")
    async def free(self, reserved):
        pass

    @step_events("payments", include_result=True)
    @saga_step("charge", depends_on="reserve-order", compensation=None)
    async def charge(self, order):
        if order.get("declined"):
            raise NonRetryableError("declined")
        return {"paid": True}


class Broker:
    """A publisher whose other side can be down, or lose its connection in the middle of a call."""

    def __init__(self, *, is_down: bool = False) -> None:
        self.is_down = is_down
        self.drops_after = 0
        self.got: list[CloudEvent] = []
        self.calls = 0
        self.changed = asyncio.Event()

    async def open(self) -> None:
        if self.is_down:
            raise ConnectionRefusedError("nobody listens")

    async def publish(self, events: Sequence[CloudEvent]) -> None:
        self.calls += 1
        for event in events:
            if self.is_down or self.drops_after == 1:
                self.drops_after = 0
                raise ConnectionResetError("gone")
            self.drops_after -= self.drops_after > 0
            self.got.append(event)
            self.changed.set()

    async def close(self) -> None:
        pass

    async def has(self, count: int) -> None:
        """Wait until so many different events have arrived."""
        async with asyncio.timeout(_PATIENCE_S):
            while len({event.id for event in self.got}) < count:
                self.changed.clear()
                await self.changed.wait()


def by_saga(events: Sequence[CloudEvent]) -> dict[str, list[CloudEvent]]:
    """The events of each saga as they came, without repeats; a repeat is the same in every way."""
    known: dict[str, CloudEvent] = {}
    found: dict[str, list[CloudEvent]] = defaultdict(list)
    for event in events:
        if event.id in known:
            assert event == known[event.id]
        else:
            known[event.id] = event
            found[event.subject].append(event)
    return found


def assert_complete(events: Sequence[CloudEvent], ids: Sequence[str]) -> None:
    """Every event of completed Shop sagas is there, once or more, in order for each saga."""
    sagas = by_saga(events)
    assert set(sagas) == set(ids)
    for id, told in sagas.items():
        assert [event.type for event in told] == ALL_TYPES
        ordinals = [int(event.id.removeprefix(f"{id}/")) for event in told]
        assert ordinals == sorted(ordinals)


def waiting_rows(file: Path) -> int:
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as connection:
        return int(connection.execute("SELECT count(*) FROM outbox").fetchone()[0])


@pytest.mark.asyncio
async def test_a_broker_that_is_down_under_200_sagas_stops_none_and_gets_every_event(tmp_path: Path):
    broker = Broker(is_down=True)
    ids = [f"o-{number}" for number in range(200)]
    async with SagaEngine(f"sqlite:///{tmp_path}/sagas.db", publishers=[broker]) as engine:
        orders = (engine.execute(Shop, {"n": n}, correlation_id=id) for n, id in enumerate(ids))
        results = await asyncio.gather(*orders)
        assert all(result.is_success for result in results)
        assert broker.got == []
        broker.is_down, broker.drops_after = False, 77
        await broker.has(200 * len(ALL_TYPES))
        await engine.shutdown()
    assert_complete(broker.got, ids)
    assert len(broker.got) > 200 * len(ALL_TYPES)  # the broken connection made some of them come twice
    assert waiting_rows(tmp_path / "sagas.db") == 0


@pytest.mark.asyncio
async def test_events_that_nobody_took_come_from_the_next_engine_with_the_same_ids(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    store = f"sqlite:///{tmp_path}/sagas.db"
    with caplog.at_level(logging.INFO, "fireflytx"):
        async with SagaEngine(store, publishers=[Broker(is_down=True)]) as engine:
            await engine.execute(Shop, {"n": 1}, correlation_id="o-1")
    assert "6 events are not published yet; they wait in" in caplog.text
    broker = Broker()
    async with SagaEngine(store, publishers=[broker]):
        await broker.has(len(ALL_TYPES))
    assert_complete(broker.got, ["o-1"])


@pytest.mark.asyncio
async def test_an_engine_without_publishers_keeps_no_events_and_loses_none_of_others(tmp_path: Path):
    store = f"sqlite:///{tmp_path}/sagas.db"
    async with SagaEngine(store, publishers=[Broker(is_down=True)]) as engine:
        await engine.execute(Shop, {"n": 1}, correlation_id="o-1")
    async with SagaEngine(store) as engine:
        await engine.execute(Shop, {"n": 2}, correlation_id="o-2")
    assert waiting_rows(tmp_path / "sagas.db") == len(ALL_TYPES)
    broker = Broker()
    async with SagaEngine(store, publishers=[broker]) as engine:
        await broker.has(len(ALL_TYPES))
        assert (await engine.verify()).is_sound
    assert_complete(broker.got, ["o-1"])


@pytest.mark.asyncio
async def test_a_killed_engine_process_loses_no_event(tmp_path: Path):
    broker = Broker(is_down=True)
    async with SagaEngine(f"sqlite:///{tmp_path}/sagas.db", publishers=[broker]) as engine:
        ids = [f"o-{number}" for number in range(100)]
        await asyncio.gather(*(engine.execute(Shop, {"n": 1}, correlation_id=id) for id in ids[:50]))
        broker.is_down = False
        await broker.has(10)
        kill(*engines_of(os.getpid()))
        await asyncio.gather(*(engine.execute(Shop, {"n": 1}, correlation_id=id) for id in ids[50:]))
        await broker.has(100 * len(ALL_TYPES))
    assert_complete(broker.got, ids)


_KILLED = """
import asyncio, sys
sys.path.insert(0, {root!r})
from fireflytx import SagaEngine
from tests.integration.test_publishing import Broker, Shop

async def main():
    engine = SagaEngine("sqlite:///sagas.db", publishers=[Broker(is_down=True)])
    for number in range(20):
        await engine.execute(Shop, {{"n": number}}, correlation_id=f"o-{{number}}")
    print("done")
    await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.mark.parametrize("is_alive", [False, True], ids=["opened later", "that lives beside it"])
def test_a_killed_pythons_events_come_from_an_engine(is_alive: bool, tmp_path: Path):
    process = script(_KILLED.format(root=str(Path(__file__).parents[2])), tmp_path)
    broker = Broker()

    async def publish() -> None:
        async with SagaEngine(f"sqlite:///{tmp_path}/sagas.db", publishers=[broker]):
            if is_alive:
                await asyncio.to_thread(end)
            await broker.has(20 * len(ALL_TYPES))

    def end() -> None:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == "done\n", process.stderr.read()
        process.kill()
        process.communicate()

    if not is_alive:
        end()
    asyncio.run(publish())
    assert_complete(broker.got, [f"o-{number}" for number in range(20)])


_KILLED_HALFWAY = """
import asyncio, sys
sys.path.insert(0, {root!r})
from fireflytx import SagaEngine
from tests.integration.test_publishing import Broker, Halves

async def main():
    engine = SagaEngine("sqlite:///sagas.db", publishers=[Broker(is_down=True)])
    for number in range(10):
        await engine.start(Halves, {{"n": number}}, correlation_id=f"h-{{number}}")
    while Halves.begun < 10:
        await asyncio.sleep(0.01)
    print("half")
    await asyncio.sleep(60)

asyncio.run(main())
"""


@saga_events("sagas")
@saga("halves")
class Halves:
    begun = 0
    goes_on = False

    @step_events("halves")
    @saga_step("first")
    async def first(self, data):
        return {}

    @step_events("halves")
    @saga_step("second", depends_on="first")
    async def second(self, data):
        Halves.begun += 1
        if not Halves.goes_on:
            await asyncio.sleep(60)


def test_a_saga_that_goes_on_elsewhere_takes_its_events_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(Halves, "goes_on", True)
    process = script(_KILLED_HALFWAY.format(root=str(Path(__file__).parents[2])), tmp_path)
    brokers = Broker(), Broker()

    async def take_over() -> None:
        store = f"sqlite:///{tmp_path}/sagas.db"
        async with (
            SagaEngine(store, publishers=[brokers[0]]),
            SagaEngine(store, publishers=[brokers[1]]) as b,
        ):
            b.register(Halves)  # the other one may publish what was left, and runs nothing
            assert process.stdout is not None
            assert (await asyncio.to_thread(process.stdout.readline)) == "half\n"
            process.kill()
            await asyncio.to_thread(process.communicate)
            async with asyncio.timeout(_PATIENCE_S):
                for number in range(10):
                    await (await b.get(f"h-{number}")).result()

    asyncio.run(take_over())
    whole = ["halves.saga.started", "first.started", "first.completed", "second.started", "second.completed"]
    told = by_saga(brokers[1].got)
    both = by_saga([*brokers[0].got, *brokers[1].got])
    assert len(both) == 10
    for id, events in both.items():
        types = [event.type for event in events]
        assert types == [*whole, "halves.saga.completed"]
        assert [event.type for event in told[id]] == types[-len(told[id]) :]


@pytest.mark.asyncio
async def test_two_engines_publish_their_own_sagas_each(tmp_path: Path):
    brokers = Broker(), Broker()
    store = f"sqlite:///{tmp_path}/sagas.db"
    async with (
        SagaEngine(store, publishers=[brokers[0]]) as a,
        SagaEngine(store, publishers=[brokers[1]]) as b,
    ):
        for number in range(20):
            await asyncio.gather(
                a.execute(Shop, {"n": 1}, correlation_id=f"a-{number}"),
                b.execute(Shop, {"n": 1}, correlation_id=f"b-{number}"),
            )
        for broker in brokers:
            await broker.has(20 * len(ALL_TYPES))
    assert_complete(brokers[0].got, [f"a-{number}" for number in range(20)])
    assert_complete(brokers[1].got, [f"b-{number}" for number in range(20)])


@pytest.mark.asyncio
async def test_a_publisher_that_is_down_holds_up_no_other(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    broken, sound = Broker(is_down=True), Broker()
    with caplog.at_level(logging.INFO, "fireflytx"):
        async with SagaEngine(f"sqlite:///{tmp_path}/sagas.db", publishers=[broken, sound]) as engine:
            for number in range(20):
                await engine.execute(Shop, {"n": number}, correlation_id=f"o-{number}")
            await sound.has(20 * len(ALL_TYPES))
            assert broken.got == []
            broken.is_down = False
            await broken.has(20 * len(ALL_TYPES))
    assert len(sound.got) == 20 * len(ALL_TYPES)
    assert_complete(broken.got, [f"o-{number}" for number in range(20)])
    assert caplog.text.count("can't publish events: ConnectionRefusedError") == 1
    assert caplog.text.count("Broker publishes events again") == 1


@pytest.mark.asyncio
async def test_a_publisher_of_some_topics_gets_those_alone():
    payments: list[CloudEvent] = []
    rest: list[CloudEvent] = []
    publishers = [Topics("pay*", InProcess(payments.append)), InProcess(rest.append)]
    async with create_saga_engine(publishers=publishers) as engine:
        await engine.execute(Shop, {"n": 1}, correlation_id="o-1")
    assert [event.type for event in payments] == ["charge.started", "charge.completed"]
    assert payments[1].data["result"] == {"paid": True}
    assert len(rest) == len(ALL_TYPES)


@pytest.mark.asyncio
async def test_a_saga_that_turns_back_tells_how_and_its_steps_that_they_are_undone():
    got: list[CloudEvent] = []
    async with create_saga_engine(publishers=[InProcess(got.append)]) as engine:
        await engine.execute(Shop, {"n": 1, "declined": True}, correlation_id="o-1")
    assert [event.type for event in got] == [
        *ALL_TYPES[:4],
        "charge.failed",
        "shop.saga.failed",
        "shop.saga.compensating",
        "order.reserve.compensated",
        "shop.saga.compensated",
    ]
    failed = got[4]
    assert failed.data["error"] == {"type": "NonRetryableError", "message": "declined"}
    assert got[5].data["step"] == "charge"


@pytest.mark.asyncio
async def test_listeners_and_publishers_hear_of_an_event_under_one_id():
    published: list[CloudEvent] = []
    heard: list[str] = []
    async with create_saga_engine(publishers=[InProcess(published.append)]) as engine:
        engine.on_event(lambda event: heard.append(event.id))
        await engine.execute(Shop, {"n": 1}, correlation_id="o-1")
    assert heard == [event.id for event in published]
