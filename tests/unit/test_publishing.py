"""What happens between Java, which hands out events, and the publishers."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Sequence

import pytest

from fireflytx._bridge.items import Publish
from fireflytx.cloud_event import CloudEvent
from fireflytx.publishers import InProcess, Publisher, Topics
from fireflytx.publishing import Publishing, check_publishers, cloud_event

pytestmark = pytest.mark.asyncio
_PATIENCE_S = 10


def an_event(position: int = 1, *, topic: str = "orders") -> Publish:
    return Publish(
        event_type="charge.completed",
        topic=topic,
        saga="order",
        correlation_id="o-1",
        fact=position,
        step="charge",
        attempt=2,
        at_ms=1_764_000_000_123,
        position=position,
    )


class Recorder:
    """A publisher that writes down its calls, and fails when told to."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.failures: list[Exception] = []
        self.called, self.closed, self.gate = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.gate.set()

    async def open(self) -> None:
        self.calls.append("open")

    async def publish(self, events: Sequence[CloudEvent]) -> None:
        await self.gate.wait()
        self.calls.append(" ".join(event.id.removeprefix("o-1/") for event in events))
        self.called.set()
        if self.failures:
            raise self.failures.pop()

    async def close(self) -> None:
        self.calls.append("close")
        self.closed.set()


class Java:
    """What Java would hear."""

    def __init__(self) -> None:
        self.arrived: list[int] = []
        self._changed = asyncio.Event()

    def post(self, item: bytes) -> None:
        self.arrived.append(json.loads(item)["up_to"])
        self._changed.set()

    async def hears(self, up_to: int) -> None:
        async with asyncio.timeout(_PATIENCE_S):
            while up_to not in self.arrived:
                self._changed.clear()
                await self._changed.wait()


def between(java: Java, *publishers: Publisher, place: str | None = "/srv/sagas.db") -> Publishing:
    publishing = Publishing(publishers, java.post, place)
    publishing.begin(1)
    return publishing


async def test_a_publisher_is_opened_once_and_gets_what_waits_in_one_call():
    java, recorder = Java(), Recorder()
    publishing = between(java, recorder)
    for position in (1, 2, 3):
        publishing.hear(an_event(position))
    await java.hears(3)
    publishing.hear(an_event(4))
    await java.hears(4)
    await publishing.close()
    assert recorder.calls == ["open", "1 2 3", "4", "close"]


async def test_one_that_raised_is_closed_and_opened_and_gets_the_same_events_again():
    java, recorder = Java(), Recorder()
    recorder.failures = [ConnectionError("gone")]
    publishing = between(java, recorder)
    publishing.hear(an_event(1))
    publishing.hear(an_event(2))
    await java.hears(2)
    assert recorder.calls == ["open", "1 2", "close", "open", "1", "2"]


async def test_java_hears_of_what_has_arrived_at_every_publisher():
    java, quick, slow = Java(), Recorder(), Recorder()
    slow.gate.clear()
    publishing = between(java, quick, slow)
    publishing.hear(an_event(1))
    async with asyncio.timeout(_PATIENCE_S):
        await quick.called.wait()
    assert java.arrived == []
    slow.gate.set()
    await java.hears(1)


async def test_an_event_that_is_said_twice_is_published_once():
    java, recorder = Java(), Recorder()
    publishing = between(java, recorder)
    publishing.hear(an_event(1))
    publishing.hear(an_event(1))
    publishing.begin(1)  # another session with the same process
    publishing.hear(an_event(1))
    publishing.hear(an_event(2))
    await java.hears(2)
    assert recorder.calls == ["open", "1 2"]


async def test_another_engine_process_counts_anew_and_hears_nothing_of_what_the_first_one_said():
    java, recorder = Java(), Recorder()
    recorder.gate.clear()
    publishing = between(java, recorder)
    for position in (1, 2, 3):
        publishing.hear(an_event(position))
    await asyncio.sleep(0)
    publishing.begin(2)
    publishing.hear(an_event(1))
    recorder.gate.set()
    await java.hears(1)
    assert java.arrived == [1]
    assert recorder.calls == ["open", "1 2 3", "1"]


async def test_after_a_failure_fewer_events_are_handed_over_at_once_until_it_works_again():
    java, recorder = Java(), Recorder()
    recorder.failures = [ConnectionError("too much"), ConnectionError("too much")]
    publishing = between(java, recorder)
    for position in range(1, 6):
        publishing.hear(an_event(position))
    await java.hears(5)
    calls = [call for call in recorder.calls if call not in ("open", "close")]
    assert calls == ["1 2 3 4 5", "1 2", "1", "2 3 4 5"]


async def test_a_call_that_hangs_counts_as_failed(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("fireflytx.publishing._LONGEST_CALL_S", 0.01)
    recorder = Recorder()
    recorder.gate.clear()
    publishing = between(Java(), recorder)
    publishing.hear(an_event(1))
    async with asyncio.timeout(_PATIENCE_S):
        await recorder.closed.wait()
    await publishing.close()
    assert "Recorder can't publish events: TimeoutError" in caplog.text


async def test_failures_are_told_once_and_so_is_their_end(caplog: pytest.LogCaptureFixture):
    java, recorder = Java(), Recorder()
    recorder.failures = [ConnectionError("gone"), ConnectionError("gone")]
    publishing = between(java, recorder)
    with caplog.at_level(logging.INFO, "fireflytx"):
        publishing.hear(an_event(1))
        await java.hears(1)
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
    assert "Recorder can't publish events: ConnectionError: gone" in caplog.text
    assert "wait in '/srv/sagas.db'" in caplog.text


@pytest.mark.parametrize(
    ("place", "told"),
    [("/srv/sagas.db", "wait in '/srv/sagas.db'"), (None, "are lost")],
    ids=["file", "memory"],
)
async def test_the_end_says_what_was_not_published(
    place: str | None, told: str, caplog: pytest.LogCaptureFixture
):
    recorder = Recorder()
    recorder.gate.clear()
    publishing = between(Java(), recorder, place=place)
    publishing.hear(an_event(1))
    publishing.hear(an_event(2))
    await asyncio.sleep(0)
    with caplog.at_level(logging.INFO, "fireflytx"):
        await publishing.close()
    assert "At least 2 events" in caplog.text
    assert told in caplog.text
    assert recorder.calls == ["open", "close"]


async def test_a_publisher_that_does_not_close_holds_up_no_end(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("fireflytx.publishing._LONGEST_CLOSE_S", 0.01)

    class Stuck(Recorder):
        async def close(self) -> None:
            await asyncio.sleep(60)

    publishing = between(Java(), Stuck())
    async with asyncio.timeout(_PATIENCE_S):
        await publishing.close()


async def test_topics_passes_on_what_matches_and_lets_the_rest_go_by():
    java, recorder = Java(), Recorder()
    publishing = between(java, Topics("order-*", recorder))
    for position, topic in enumerate(["order-events", "users", "order-items", "Order-x"], start=1):
        publishing.hear(an_event(position, topic=topic))
    await java.hears(4)
    assert recorder.calls == ["open", "1 3"]


async def test_in_process_calls_plain_and_async_functions_in_order():
    seen: list[str] = []

    async def slowly(event: CloudEvent) -> None:
        await asyncio.sleep(0)
        seen.append(f"async {event.id}")

    java = Java()
    publishing = between(java, InProcess(lambda event: seen.append(f"plain {event.id}")), InProcess(slowly))
    publishing.hear(an_event(1))
    publishing.hear(an_event(2))
    await java.hears(2)
    assert [each for each in seen if each.startswith("async")] == ["async o-1/1", "async o-1/2"]
    assert [each for each in seen if each.startswith("plain")] == ["plain o-1/1", "plain o-1/2"]


async def test_a_function_that_takes_no_event_is_refused():
    with pytest.raises(TypeError, match="InProcess needs a function of one event"):
        InProcess(lambda: None)  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        (
            [print],
            r"must have open, publish and close, which print has not. Wrap a function: InProcess\(print\)",
        ),
        ([InProcess], "which InProcess has not"),
        (["kafka"], "which str has not.$"),
        (InProcess(print), r"publishers must be several, such as \[InProcess\(...\)\]"),
    ],
)
async def test_what_is_no_publisher_is_refused_when_the_engine_is_made(given: object, complaint: str):
    with pytest.raises(TypeError, match=complaint):
        check_publishers(given)


async def test_a_cloud_event_has_the_attributes_that_its_specification_asks_for():
    item = Publish(
        event_type="charge.failed",
        topic="orders",
        saga="order / ä",
        correlation_id="o-1",
        fact=7,
        step="charge",
        attempt=2,
        at_ms=1_764_000_000_123,
        key="order:o-1",
        headers={"team": "payments"},
        error={"type": "PaymentDeclined", "message": "no"},
        position=12,
    )
    event = cloud_event(item)
    assert event.attributes() == {
        "specversion": "1.0",
        "id": "o-1/7",
        "source": "/fireflytx/order%20%2F%20%C3%A4",
        "type": "charge.failed",
        "subject": "o-1",
        "time": "2025-11-24T16:00:00.123Z",
        "datacontenttype": "application/json",
        "partitionkey": "order:o-1",
    }
    assert event.headers == {"team": "payments"}
    assert event.data == {
        "saga": "order / ä",
        "correlation_id": "o-1",
        "step": "charge",
        "attempt": 2,
        "error": {"type": "PaymentDeclined", "message": "no"},
    }


async def test_an_integer_that_only_java_and_python_hold_is_still_published():
    event = cloud_event(an_event())
    large = CloudEvent(**{**{name: getattr(event, name) for name in event.__slots__}, "data": {"n": 2**80}})
    assert json.loads(large.to_json())["data"] == {"n": 2**80}
    assert json.loads(large.data_json()) == {"n": 2**80}
