"""What publishers have in common, shown on one that publishes to nowhere."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import orjson
import pytest
from tests.brokers.driver import event

from fireflytx.cloud_event import CloudEvent
from fireflytx.exceptions import PublishError
from fireflytx.publishers import Kafka, Nats, Publisher, RabbitMQ, Redis, Webhook
from fireflytx.publishers import connected as connected_module
from fireflytx.publishers.bindings import ascii_message, message
from fireflytx.publishers.connected import ConnectedPublisher, lanes_of
from fireflytx.publishers.places import place_of

ALL: list[tuple[Callable[..., Publisher], str, str, str]] = [
    (Webhook, "http://localhost", "httpx", "webhook"),
    (Kafka, "localhost:9092", "confluent_kafka", "kafka"),
    (RabbitMQ, "amqp://localhost", "aio_pika", "rabbitmq"),
    (Nats, "nats://localhost", "nats", "nats"),
    (Redis, "redis://localhost", "redis.asyncio", "redis"),
]


class Nowhere(ConnectedPublisher):
    """Writes down what it is asked; an event waits until ``gate`` is open."""

    def __init__(self, *, timeout_ms: int = 5_000, side_by_side: int = 8) -> None:
        super().__init__("nowhere", timeout_ms=timeout_ms, on_refusal="retry", side_by_side=side_by_side)
        self.calls: list[str] = []
        self.gate = asyncio.Event()
        self.connecting: Exception | None = None
        self.disconnecting: asyncio.Event | None = None
        self.failing: set[str] = set()

    async def _connect(self) -> None:
        self.calls.append("connect")
        if self.connecting is not None:
            raise self.connecting

    async def _send(self, events: Sequence[CloudEvent]) -> None:
        self.calls.append(f"begin {events[0].id}")
        if events[0].id in self.failing:
            raise ConnectionError("lost")
        await self.gate.wait()
        self.calls.append(f"end {events[0].id}")

    async def _disconnect(self) -> None:
        self.calls.append("disconnect")
        if self.disconnecting is not None:
            await self.disconnecting.wait()


def test_the_next_event_of_a_saga_waits_for_the_one_before_and_other_sagas_do_not() -> None:
    async def run() -> list[str]:
        nowhere = Nowhere()
        publishing = asyncio.ensure_future(
            nowhere.publish([event(1, saga="a"), event(2, saga="a"), event(3, saga="b")])
        )
        for _ in range(20):
            await asyncio.sleep(0)
        begun = list(nowhere.calls)
        nowhere.gate.set()
        await publishing
        return begun

    assert asyncio.run(run()) == ["connect", "begin event-1", "begin event-3"]


def test_a_failure_keeps_what_is_behind_it_in_its_saga_from_being_sent() -> None:
    async def run() -> list[str]:
        nowhere = Nowhere()
        nowhere.failing = {"event-1"}
        nowhere.gate.set()
        with pytest.raises(
            PublishError, match=r"Nowhere at nowhere: event event-1 was not confirmed: Conn.*: lost"
        ):
            await nowhere.publish([event(1), event(2)])
        return nowhere.calls

    assert asyncio.run(run()) == ["connect", "begin event-1"]


def test_sagas_that_share_a_key_keep_one_order() -> None:
    events = [
        event(1, saga="a", key="c"),
        event(2, saga="b", key="b"),
        event(3, saga="b", key="c"),
    ]
    assert lanes_of(events) == [events]


def test_events_apart_keep_their_order_in_each_saga() -> None:
    events = [event(number, saga=f"s{number % 3}") for number in range(9)]
    assert [[each.data["number"] for each in lane] for lane in lanes_of(events)] == [
        [0, 3, 6],
        [1, 4, 7],
        [2, 5, 8],
    ]


def test_an_event_that_is_not_confirmed_in_time_is_named() -> None:
    with pytest.raises(PublishError, match="event event-1 was not confirmed within 20 ms"):
        asyncio.run(Nowhere(timeout_ms=20).publish([event(1)]))


def test_a_connection_that_fails_is_let_go_of_and_made_anew() -> None:
    async def run() -> list[str]:
        nowhere = Nowhere()
        nowhere.gate.set()
        nowhere.connecting = OSError("refused")
        with pytest.raises(PublishError, match="Nowhere at nowhere: no connection: OSError: refused"):
            await nowhere.open()
        nowhere.connecting = None
        await nowhere.open()
        await nowhere.open()
        await nowhere.close()
        await nowhere.publish([event(1)])
        return nowhere.calls

    calls = asyncio.run(run())
    assert calls == [
        "connect",
        "disconnect",
        "connect",
        "disconnect",
        "connect",
        "begin event-1",
        "end event-1",
    ]


def test_a_close_that_hangs_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connected_module, "_CLOSE_S", 0.02)

    async def run() -> None:
        nowhere = Nowhere()
        nowhere.disconnecting = asyncio.Event()
        await nowhere.open()
        async with asyncio.timeout(1):
            await nowhere.close()

    asyncio.run(run())


def test_a_cancelled_publish_leaves_no_task() -> None:
    async def run() -> int:
        publishing = asyncio.ensure_future(Nowhere().publish([event(1, saga="a"), event(2, saga="b")]))
        await asyncio.sleep(0.01)
        publishing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await publishing
        return len(asyncio.all_tasks())

    assert asyncio.run(run()) == 1


@pytest.mark.parametrize(("kind", "address", "library", "extra"), ALL)
def test_every_publisher_is_one_and_without_its_library_names_the_extra(
    kind: Callable[..., Publisher], address: str, library: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert isinstance(kind(address), Publisher)
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(ImportError, match=rf"needs '{library}'.*pip install 'fireflytx\[{extra}\]'"):
        kind(address)


def modules_after(statement: str) -> set[str]:
    """What is imported in a fresh Python after it."""
    program = f"import sys; {statement}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_importing_the_publishers_imports_no_library_of_theirs() -> None:
    found = modules_after("from fireflytx.publishers import *")
    assert not {library.split(".")[0] for _, _, library, _ in ALL} & found


def test_an_engine_without_publishers_imports_none() -> None:
    found = modules_after("import fireflytx.engine")
    ours = {name for name in found if name.startswith("fireflytx.publishers")}
    assert ours == {"fireflytx.publishers", "fireflytx.publishers.base"}


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("redis://user:secret@cache:6379/0?password=secret", "cache:6379"),
        ("amqp://user:p%40ss@[::1]:5672/vhost", "[::1]:5672"),
        ("localhost:9092", "localhost:9092"),
        ("unix:///run/redis.sock?password=secret", "/run/redis.sock"),
    ],
)
def test_a_place_tells_no_secret(url: str, place: str) -> None:
    assert place_of(url) == place


def test_a_message_in_structured_mode_is_the_event_as_json() -> None:
    sent = event(1, headers={"tenant": "a"})
    made = message(sent, "structured", "ce_")
    assert (made.content_type, made.headers) == (
        "application/cloudevents+json; charset=utf-8",
        {"tenant": "a"},
    )
    assert orjson.loads(made.body) == {**sent.attributes(), "data": sent.data}


def test_a_message_in_binary_mode_has_a_header_for_each_attribute() -> None:
    sent = event(1, headers={"tenant": "a", "ce_id": "forged"})
    made = message(sent, "binary", "ce_")
    attributes: dict[str, Any] = sent.attributes()
    assert made.content_type == attributes.pop("datacontenttype")
    assert made.headers == {"tenant": "a", **{f"ce_{name}": value for name, value in attributes.items()}}
    assert orjson.loads(made.body) == sent.data


def test_a_message_for_ascii_headers_escapes_all_else() -> None:
    made = ascii_message(event(1, saga='a "b" 100%', headers={"naïve": "a b\n"}), "binary")
    assert made.headers["ce-subject"] == "a%20%22b%22%20100%25"
    assert made.headers["na%C3%AFve"] == "a b%0A"


@pytest.mark.parametrize(("kind", "address", "library", "extra"), ALL)
def test_a_server_that_never_answers_is_given_up_in_time_without_a_trace(
    kind: Callable[..., Publisher],
    address: str,
    library: str,
    extra: str,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        here = address.replace("localhost:9092", "localhost").replace(
            "localhost", f"127.0.0.1:{silent.getsockname()[1]}"
        )

        async def run() -> tuple[float, int, int, int]:
            publisher = kind(here, timeout_ms=200)
            before = len(os.listdir("/proc/self/fd"))
            threads_before = set(threading.enumerate())  # earlier tests' engines may have some
            began = time.monotonic()
            with pytest.raises(PublishError, match="within 200 ms"):
                await publisher.publish([event(1)])
            await publisher.close()
            took_s = time.monotonic() - began
            others = asyncio.all_tasks() - {asyncio.current_task()}
            if others:
                await asyncio.wait(others, timeout=1)
            new = set(threading.enumerate()) - threads_before
            threads = sum(not each.name.startswith("asyncio_") for each in new)
            return took_s, threads, len(asyncio.all_tasks()), len(os.listdir("/proc/self/fd")) - before

        took_s, threads, tasks, files = asyncio.run(run())
    assert took_s < 1.5
    assert (threads, tasks, files) == (0, 1, 0)
    assert caplog.records == []
    assert capfd.readouterr() == ("", "")
