"""What every broker's publisher promises, shown on the real server."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
import time
from collections import defaultdict
from collections.abc import Sequence

import pytest
from tests.brokers.driver import Driver, event
from tests.brokers.readers import Reader, Received, first_of_each
from tests.brokers.servers import Server

from fireflytx.cloud_event import CloudEvent
from fireflytx.exceptions import EventRefusedError, PublishError

SLACK_S = 1.5
STRANGE = (
    'right \u202eto\u202c left \u200f, bell \x07, escape \x1b[31m, nul \x00, quote ", 100 %, new\r\nline, 火'
)


@pytest.mark.asyncio
@pytest.mark.parametrize("mode", ["structured", "binary"])
async def test_an_event_arrives_with_all_its_attributes_its_key_and_its_headers(
    server: Server, reader: Reader, mode: str
) -> None:
    topic = f"whole-{mode}"
    await reader.prepare(topic)
    sent = event(
        1, topic=topic, key="customer-7", headers={"tenant": "a b"}, data={"total": 12.5, "lines": [1]}
    )
    await Driver(server.publisher(mode=mode)).run([sent])
    (received,) = await reader.read(topic)
    assert received.attributes == sent.attributes()
    assert received.data == sent.data
    assert received.headers == {"tenant": "a b"}
    assert received.key in ("customer-7", None)
    assert (received.key is None) == (server.name in ("rabbitmq", "nats"))


@pytest.mark.asyncio
async def test_events_of_one_key_stay_in_order(server: Server, reader: Reader) -> None:
    await reader.prepare("order")
    events = many(1_000, sagas=7, topic="order")
    await Driver(server.publisher()).run(events)
    assert by_saga(await reader.read("order")) == expected(events)


@pytest.mark.asyncio
async def test_a_server_that_is_killed_and_comes_back_has_every_event_in_order(
    server: Server, reader: Reader
) -> None:
    await reader.prepare("killed")
    events = many(1_000, sagas=20, topic="killed")
    driver = Driver(server.publisher(timeout_ms=2_000), most=50)
    enough = asyncio.Event()
    running = asyncio.ensure_future(driver.run(events, lambda accepted: accepted >= 300 and enough.set()))
    await enough.wait()
    await asyncio.to_thread(server.kill)
    await driver.failed.wait()
    await asyncio.to_thread(server.start)
    await running
    received = await reader.read("killed")
    # A repeat is the same event once more, so who drops what was seen has each once, in order.
    assert by_saga(first_of_each(received)) == expected(events)
    assert {each.id: each.data for each in received} == {each.id: each.data for each in events}


@pytest.mark.asyncio
@pytest.mark.parametrize("connected", [True, False], ids=["connected before", "new"])
async def test_publishing_to_a_server_that_is_down_raises_in_time_and_later_works_again(
    server: Server, reader: Reader, connected: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    topic = f"down-{connected}"
    await reader.prepare(topic)
    publisher = server.publisher(timeout_ms=2_000)
    if connected:
        await publisher.publish([event(1, topic=topic)])
    server.kill()
    try:
        began = time.monotonic()
        with pytest.raises(PublishError, match=str(server.port)):
            await publisher.publish([event(2, topic=topic)])
        await publisher.close()
        took_s = time.monotonic() - began
    finally:
        server.start()
    assert took_s < 2 + SLACK_S
    await Driver(publisher).run([event(3, topic=topic)])
    ids = [each.id for each in await reader.read(topic)]
    assert ids[-1] == "event-3"
    assert [record.getMessage() for record in caplog.records] == []


@pytest.mark.asyncio
async def test_a_megabyte_of_data_arrives_whole(server: Server, reader: Reader) -> None:
    await reader.prepare("large")
    data = {"text": "x" * 1_048_576}
    await Driver(server.publisher()).run([event(1, topic="large", data=data)])
    (received,) = await reader.read("large")
    assert received.data == data


@pytest.mark.asyncio
@pytest.mark.parametrize("mode", ["structured", "binary"])
async def test_right_to_left_marks_and_control_characters_survive(
    server: Server, reader: Reader, mode: str
) -> None:
    topic = f"strange-{mode}"
    await reader.prepare(topic)
    sent = event(1, topic=topic, saga=STRANGE, headers={"note": STRANGE}, data={STRANGE: STRANGE})
    await Driver(server.publisher(mode=mode)).run([sent])
    (received,) = await reader.read(topic)
    subject = received.attributes["subject"]
    assert (received.data, received.headers, subject) == ({STRANGE: STRANGE}, {"note": STRANGE}, STRANGE)


@pytest.mark.asyncio
async def test_an_event_that_is_refused_for_good_stays_first_in_line(server: Server, reader: Reader) -> None:
    topic = await reader.refused_topic()
    publisher = server.publisher(timeout_ms=5_000)
    with pytest.raises(EventRefusedError, match="refuses event event-1"):
        await publisher.publish([event(1, topic=topic)])
    await publisher.close()


@pytest.mark.asyncio
async def test_an_event_that_may_be_dropped_is_told_by_its_id_and_lets_the_next_go_by(
    server: Server, reader: Reader, caplog: pytest.LogCaptureFixture
) -> None:
    topic = await reader.refused_topic()
    await reader.prepare("dropped")
    events = [event(1, topic=topic, data={"secret": "canary"}), event(2, topic="dropped")]
    await Driver(server.publisher(timeout_ms=5_000, on_refusal="drop")).run(events)
    assert [each.id for each in await reader.read("dropped")][:1] == ["event-2"]
    (record,) = caplog.records
    assert (record.levelname, "event-1" in record.getMessage()) == ("ERROR", True)
    assert "canary" not in caplog.text


@pytest.mark.asyncio
async def test_nothing_is_left_of_a_publisher_that_was_closed(server: Server, reader: Reader) -> None:
    await reader.prepare("closed")
    publisher = server.publisher(timeout_ms=2_000)
    await Driver(publisher).run([event(0, topic="closed")])
    await others_ended()
    before = held()
    for number in range(5):
        await publisher.publish([event(number, topic="closed")])
        await publisher.close()
    server.kill()
    try:
        with pytest.raises(PublishError):
            await publisher.publish([event(9, topic="closed")])
        await publisher.close()
    finally:
        server.start()
    await others_ended()
    assert held() == before


async def others_ended() -> None:
    """Wait until this task is alone, for a second at most."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    if others:
        await asyncio.wait(others, timeout=1)


def held() -> tuple[list[str], list[str], int]:
    """What tasks, threads (but those of asyncio's pool) and how many open files there are."""
    tasks = sorted(str(each.get_coro()) for each in asyncio.all_tasks())
    threads = sorted(each.name for each in threading.enumerate() if not each.name.startswith("asyncio_"))
    return tasks, threads, len(os.listdir("/proc/self/fd"))


def many(count: int, *, sagas: int, topic: str) -> list[CloudEvent]:
    return [event(number, saga=f"ORD-{number % sagas}", topic=topic) for number in range(count)]


def expected(events: Sequence[CloudEvent]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for each in events:
        found[each.subject].append(each.id)
    return found


def by_saga(received: Sequence[Received]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for each in received:
        found[each.attributes["subject"]].append(each.id)
    return found
