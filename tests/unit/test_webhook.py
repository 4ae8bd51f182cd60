from __future__ import annotations

import asyncio
import base64
import logging
import time
from collections.abc import Iterator
from typing import Any

import httpx
import orjson
import pytest
from tests.brokers.driver import Driver, event
from tests.unit.http_receiver import Receiver, Request

from fireflytx.exceptions import EventRefusedError, PublishError
from fireflytx.publishers import Publisher, Webhook
from fireflytx.publishers.webhook import signature

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


def publish(webhook: Publisher, *events: Any) -> None:
    """Publish once, as an engine's first try does."""

    async def once() -> None:
        try:
            await webhook.publish(list(events))
        finally:
            await webhook.close()

    asyncio.run(once())


def test_structured_mode_sends_the_whole_event_as_json(receiver: Receiver) -> None:
    sent = event(1, headers={"tenant": "a b"})
    publish(Webhook(receiver.url, headers={"authorization": "Bearer x"}), sent)
    (request,) = receiver.requests
    assert request.headers["content-type"] == "application/cloudevents+json; charset=utf-8"
    assert (request.headers["authorization"], request.headers["tenant"]) == ("Bearer x", "a b")
    assert orjson.loads(request.body) == {**sent.attributes(), "data": {"number": 1}}


def test_binary_mode_sends_the_attributes_as_headers(receiver: Receiver) -> None:
    publish(Webhook(receiver.url, mode="binary"), event(1, key="Zoë 7"))
    (request,) = receiver.requests
    assert (request.headers["content-type"], orjson.loads(request.body)) == (
        "application/json",
        {"number": 1},
    )
    assert {name: value for name, value in request.headers.items() if name.startswith("ce-")} == {
        "ce-id": "event-1",
        "ce-partitionkey": "Zo%C3%AB%207",
        "ce-source": "/fireflytx/order",
        "ce-specversion": "1.0",
        "ce-subject": "ORD-1",
        "ce-time": "2026-01-02T03:04:05.678Z",
        "ce-type": "order.process.completed",
    }


def test_headers_with_line_ends_and_other_scripts_are_escaped(receiver: Receiver) -> None:
    publish(Webhook(receiver.url), event(1, headers={"bad name:": "a\r\nx-evil: 1", "who": "火"}))
    headers = receiver.requests[0].headers
    assert (headers["bad%20name%3a"], headers["who"]) == ("a%0D%0Ax-evil: 1", "%E7%81%AB")
    assert "x-evil" not in headers


def test_batched_mode_sends_a_hundred_events_at_once(receiver: Receiver) -> None:
    publish(Webhook(receiver.url, mode="batched"), *[event(number) for number in range(250)])
    bodies = [orjson.loads(request.body) for request in receiver.requests]
    assert [len(body) for body in bodies] == [100, 100, 50]
    assert [each["data"]["number"] for body in bodies for each in body] == list(range(250))
    types = {request.headers["content-type"] for request in receiver.requests}
    assert types == {"application/cloudevents-batch+json; charset=utf-8"}


def test_events_are_posted_in_order_over_one_connection(receiver: Receiver) -> None:
    publish(Webhook(receiver.url), *[event(number, saga=f"ORD-{number % 3}") for number in range(30)])
    assert [orjson.loads(each.body)["data"]["number"] for each in receiver.requests] == list(range(30))
    assert len({request.connection for request in receiver.requests}) == 1


@pytest.mark.parametrize("status", [302, 401, 403, 404, 408, 425, 429, 500, 503])
def test_an_answer_that_may_change_is_no_refusal_and_stops_what_comes_behind(
    receiver: Receiver, status: int
) -> None:
    receiver.answer = lambda _: status
    with pytest.raises(PublishError, match=rf"event-1 was not accepted: it answered {status}\.") as raised:
        publish(Webhook(receiver.url, on_refusal="drop"), event(1), event(2))
    assert not isinstance(raised.value, EventRefusedError)
    assert len(receiver.requests) == 1


@pytest.mark.parametrize("status", [400, 409, 413, 415, 422, 431])
def test_a_refused_event_is_kept_unless_it_may_be_dropped(receiver: Receiver, status: int) -> None:
    receiver.answer = lambda _: status
    with pytest.raises(EventRefusedError, match=rf"refuses event event-1: it answered {status}\."):
        publish(Webhook(receiver.url), event(1), event(2))


@pytest.mark.parametrize("mode", ["structured", "batched"])
def test_a_dropped_event_is_told_by_its_id_and_all_others_arrive(
    receiver: Receiver, mode: Any, caplog: pytest.LogCaptureFixture
) -> None:
    accepted: list[str] = []

    def answer(request: Request) -> int:
        events = orjson.loads(request.body)
        ids = [each["id"] for each in (events if isinstance(events, list) else [events])]
        if "event-7" in ids:
            return 422
        accepted.extend(ids)
        return 200

    receiver.answer = answer
    publish(
        Webhook(receiver.url, mode=mode, on_refusal="drop"),
        *[event(number, data={"s": "canary"}) for number in range(20)],
    )
    assert accepted == [f"event-{number}" for number in range(20) if number != 7]
    (record,) = caplog.records
    assert record.levelname == "ERROR"
    assert "event-7: it answered 422. It is dropped." in record.getMessage()
    assert "canary" not in caplog.text


def test_a_receiver_that_comes_back_gets_every_event_in_order(receiver: Receiver) -> None:
    accepted: list[int] = []

    def answer(request: Request) -> int:
        if len(receiver.requests) % 7 == 0:
            return 503
        accepted.append(orjson.loads(request.body)["data"]["number"])
        return 200

    receiver.answer = answer
    asyncio.run(Driver(Webhook(receiver.url), most=5).run([event(number) for number in range(20)]))
    assert list(dict.fromkeys(accepted)) == list(range(20))


def test_a_receiver_that_does_not_answer_is_given_up_in_time(receiver: Receiver) -> None:
    def answer(_: Request) -> int:
        time.sleep(1)
        return 200

    receiver.answer = answer
    began = time.monotonic()
    with pytest.raises(PublishError, match="event-1 was not confirmed within 100 ms"):
        publish(Webhook(receiver.url, timeout_ms=100), event(1))
    assert time.monotonic() - began < 0.9


def test_a_receiver_that_is_not_there_is_named_without_what_its_url_keeps_secret() -> None:
    with Receiver() as gone:
        url = gone.url
    secret = url.replace("http://", "http://user:canary@") + "?token=canary"
    with pytest.raises(PublishError, match=r"Webhook at http://127\.0\.0\.1:\d+: .*ConnectError") as raised:
        publish(Webhook(secret), event(1))
    assert "canary" not in str(raised.value)


def test_an_answer_without_end_does_not_hold_up_the_next_event() -> None:
    async def run() -> int:
        asked = 0

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal asked
            await reader.readuntil(b"\r\n\r\n")
            asked += 1
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
            try:
                while True:
                    writer.write(b"x" * 65_536)
                    await writer.drain()
            except ConnectionError:
                writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        async with server:
            webhook = Webhook(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", timeout_ms=5_000)
            await webhook.publish([event(1), event(2)])
            await webhook.close()
        return asked

    assert asyncio.run(run()) == 2


def test_the_signature_is_that_of_the_example_of_standard_webhooks() -> None:
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    made = signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}')
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("mode", ["structured", "binary", "batched"])
def test_a_repeat_is_signed_under_the_same_id(receiver: Receiver, mode: Any) -> None:
    for _ in range(2):
        publish(Webhook(receiver.url, mode=mode, secret=SECRET), event(1))
    first, repeat = receiver.requests
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    assert first.headers["webhook-id"] == repeat.headers["webhook-id"]
    assert first.headers["webhook-signature"] == signature(
        key, first.headers["webhook-id"], first.headers["webhook-timestamp"], first.body
    )


def test_its_requests_are_not_logged_and_those_of_others_are(
    receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    publish(Webhook(receiver.url), event(1))
    assert caplog.records == []
    httpx.post(receiver.url, content=b"")
    assert [record.name for record in caplog.records] == ["httpx"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"url": "localhost:80"}, "url must begin with http"),
        ({"mode": "xml"}, "mode must be one of 'structured', 'binary', 'batched', not 'xml'"),
        ({"on_refusal": "ignore"}, "on_refusal must be 'retry' or 'drop', not 'ignore'"),
        ({"timeout_ms": 0}, "timeout_ms must be"),
        ({"secret": "whsec_short"}, "secret must be 24 to 64 bytes"),
        ({"client_options": {"timeout": 5}}, "client_options can't set timeout"),
    ],
)
def test_a_wrong_argument_is_refused_at_once(arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Webhook(**{"url": "http://localhost", **arguments})
