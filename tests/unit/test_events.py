from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from fireflytx._bridge.items import Event
from fireflytx.events import Listeners, SagaEvent

pytestmark = pytest.mark.asyncio


def an_event(number: int = 1) -> SagaEvent:
    return SagaEvent.from_item(
        Event(f"e.{number}", "topic", "saga", "c", number, "step", 1, 1_764_000_000_123)
    )


async def test_an_events_time_is_in_utc_to_the_millisecond():
    assert an_event().at == datetime(2025, 11, 24, 16, 0, 0, 123_000, tzinfo=UTC)


async def test_a_plain_listener_has_been_called_when_publish_returns():
    listeners, seen = Listeners(), []
    listeners.add(seen.append)
    listeners.publish(an_event())
    assert [event.event_type for event in seen] == ["e.1"]


@pytest.mark.parametrize("listener", [lambda: None, "a text", lambda event, other: None])
async def test_a_listener_that_cannot_take_an_event_is_refused_when_it_is_added(listener: object):
    with pytest.raises(TypeError, match="must be callable with one event"):
        Listeners().add(listener)  # type: ignore[arg-type]


async def test_an_async_listener_never_overtakes_itself():
    listeners, seen = Listeners(), []

    async def listener(event: SagaEvent) -> None:
        for _ in range(3 - len(seen)):
            await asyncio.sleep(0)
        seen.append(event.event_type)

    listeners.add(listener)
    for number in range(3):
        listeners.publish(an_event(number))
    await listeners.drain()
    assert seen == ["e.0", "e.1", "e.2"]


async def test_a_slow_listener_does_not_hold_up_the_others():
    listeners, seen, release = Listeners(), [], asyncio.Event()

    async def slow(event: SagaEvent) -> None:
        await release.wait()

    listeners.add(slow)
    listeners.add(seen.append)
    listeners.publish(an_event(1))
    listeners.publish(an_event(2))
    assert len(seen) == 2
    release.set()
    await listeners.drain()


async def test_a_listener_that_raises_is_told_by_name_of_the_event_and_called_again(
    caplog: pytest.LogCaptureFixture,
):
    listeners, calls = Listeners(), []

    def broken(event: SagaEvent) -> None:
        calls.append(event)
        raise RuntimeError("mine")

    listeners.add(broken)
    listeners.publish(an_event(1))
    listeners.publish(an_event(2))
    assert len(calls) == 2
    assert "event e.1" in caplog.text
    assert caplog.records[0].correlation_id == "c"  # type: ignore[attr-defined]


async def test_an_async_listener_that_raises_goes_on_with_the_next_event(caplog: pytest.LogCaptureFixture):
    listeners, calls = Listeners(), []

    async def broken(event: SagaEvent) -> None:
        calls.append(event)
        raise RuntimeError("mine")

    listeners.add(broken)
    listeners.publish(an_event(1))
    listeners.publish(an_event(2))
    await listeners.drain()
    assert len(calls) == 2


async def test_close_drops_what_an_async_listener_has_not_done():
    listeners, seen = Listeners(), []

    async def never(event: SagaEvent) -> None:
        await asyncio.sleep(60)
        seen.append(event)

    listeners.add(never)
    listeners.publish(an_event(1))
    listeners.publish(an_event(2))
    await asyncio.sleep(0)
    listeners.close()
    await listeners.drain()
    assert seen == []


async def test_what_cannot_be_called_is_no_listener():
    with pytest.raises(TypeError, match="callable"):
        Listeners().add("print")  # type: ignore[arg-type]
