from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
from tests.wire import Vector, members, vectors

from fireflytx._bridge import items, messages
from fireflytx._bridge.messages import Attempt, Failure
from fireflytx.exceptions import ProtocolError

_ATTEMPT = Attempt("ord-1", "charge", "forward", 2, 1)


def _ids(vector: Vector) -> str:
    return vector.name


def encode_again(text: str) -> bytes:
    """What the SDK writes for the fields of an item that it sends."""
    raw = members(text)
    fields: dict[str, Any] = json.loads(text)
    attempt = Attempt(*fields["attempt"]) if "attempt" in fields else _ATTEMPT
    encoders = {
        "define": lambda: messages.define(fields["definition"]),
        "recover": lambda: messages.RECOVER,
        "stop": lambda: messages.stop(16),
        "prove": lambda: messages.PROVE,
        "start": lambda: messages.start(
            fields["request"],
            fields["saga"],
            fields["correlation_id"],
            raw["input"],
            input_hash=fields.get("input_hash"),
            is_new_id=fields.get("new_id", False),
            kept=fields.get("kept"),
            timeout_ms=fields.get("timeout_ms"),
            watch=fields["watch"],
            trace=raw.get("trace"),
        ),
        "watch": lambda: messages.watch(fields["request"], fields["correlation_id"]),
        "get": lambda: messages.get(fields["request"], fields["correlation_id"]),
        "list": lambda: messages.list_sagas(
            fields["request"], {name: fields[name] for name in fields if name not in ("type", "request")}
        ),
        "stats": lambda: messages.stats(fields["request"]),
        "inspect": lambda: messages.inspect(
            fields["request"], fields["correlation_id"], fields.get("newer_than", 0)
        ),
        "count": lambda: messages.count(fields["request"]),
        "verify": lambda: messages.verify(fields["request"]),
        "history": lambda: messages.history(
            fields["request"], fields["correlation_id"], fields.get("after", 0)
        ),
        "export": lambda: messages.export_sagas(
            fields["request"], fields["path"], fields.get("correlation_ids", ())
        ),
        "import": lambda: messages.import_sagas(fields["request"], fields["path"], fields["unfinished"]),
        "resolve": lambda: messages.resolve(
            fields["request"],
            fields["correlation_id"],
            fields["resolution"],
            step=fields.get("step"),
            result=raw.get("result"),
            by=fields["by"],
            reason=fields["reason"],
        ),
        "cancel": lambda: messages.cancel(fields["request"], fields["correlation_id"], fields["reason"]),
        "published": lambda: messages.published(fields["fence"], fields["up_to"]),
        "wait-published": lambda: messages.wait_published(fields["request"]),
        "need-input": lambda: messages.need_input(attempt),
        "pong": lambda: messages.pong(fields["ping"]),
        "log-level": lambda: messages.log_level(fields["level"]),
        "running": lambda: messages.running(attempt, fields["elapsed_ms"]),
        "succeeded": lambda: messages.succeeded(attempt, raw["result"], raw["writes"]),
        "failed": lambda: messages.failed(attempt, Failure(**fields["error"]), raw["writes"]),
        "verdict": lambda: messages.verdict(attempt, fields["verdict"]),
        "missing": lambda: messages.missing(attempt, fields["message"]),
        "settled": lambda: messages.settled(attempt, raw["writes"]),
    }
    return encoders[fields.get("outcome", fields["type"])]()


def as_wire(item: Any) -> dict[str, Any]:
    """An item that was received, as the object that it came from: without the fields that were left out."""
    fields = dataclasses.asdict(item)
    return {name: value for name, value in fields.items() if value is not None}


@pytest.mark.parametrize("vector", vectors("send.json", "item") + vectors("hello.json", "item"), ids=_ids)
def test_an_item_that_the_sdk_sends_is_written_byte_for_byte_as_in_its_vector(vector: Vector):
    assert encode_again(vector.text) == vector.text.encode()


def test_the_header_of_hello_is_written_as_in_its_vector():
    (vector,) = vectors("hello.json", "header")
    fields = json.loads(vector.text)
    assert fields.pop("protocol") == messages.PROTOCOL_VERSION
    assert messages.hello_header(**fields) == vector.text.encode()


def test_the_header_of_send_is_written_as_in_its_vector():
    (vector,) = vectors("send.json", "header")
    assert messages.send_header(**json.loads(vector.text)) == vector.text.encode()


def test_the_header_of_receive_is_written_as_in_its_vector():
    (vector,) = vectors("receive.json", "header")
    assert messages.receive_header(**json.loads(vector.text)) == vector.text.encode()


@pytest.mark.parametrize("vector", vectors("receive.json", "item"), ids=_ids)
def test_an_item_that_the_sdk_receives_keeps_every_field_of_its_vector(vector: Vector):
    wire = json.loads(vector.text)
    item = items.decode_item(vector.text.encode())
    assert type(item).__name__.lower() == wire.pop("type").replace("-", "")
    decoded = json.loads(json.dumps(as_wire(item)))
    assert {name: decoded[name] for name in wire} == wire


def test_a_task_without_an_input_of_its_own_gets_its_data_as_input():
    line = b'{"type":"task","attempt":["c","s","forward",1,1],"saga":"g","data":{"a":1},"results":[]}'
    task = items.decode_item(line)
    assert isinstance(task, items.Task)
    assert task.input == {"a": 1}


def test_minus_zero_and_large_integers_arrive_exactly():
    data = b'{"z":-0.0,"n":12345678901234567890123}'
    line = b'{"type":"task","attempt":["c","s","forward",1,1],"saga":"g","data":%s}' % data
    task = items.decode_item(line)
    assert isinstance(task, items.Task)
    assert (str(task.data["z"]), task.data["n"]) == ("-0.0", 12345678901234567890123)


@pytest.mark.parametrize(
    "answer",
    [each for file in ("hello.json", "send.json", "receive.json") for each in vectors(file, "answer")],
    ids=_ids,
)
def test_an_answer_is_its_header_or_its_refusal(answer: Vector):
    wire = json.loads(answer.text)
    if "error" not in wire:
        assert messages.split(answer.text.encode()) == (wire, [])
        return
    with pytest.raises(messages.CallRefused) as refused:
        messages.split(answer.text.encode())
    assert refused.value.code == wire["error"]["code"]
    assert wire["error"]["message"] in str(refused.value)


def test_a_text_is_split_into_its_header_and_its_items():
    assert messages.split(b'{"batch":1}\x1e{"a":1}\x1e{"b":2}') == ({"batch": 1}, [b'{"a":1}', b'{"b":2}'])


@pytest.mark.parametrize("answer", [b"", b"garbage", b"[1]", b'{"batch":', b"\xff\xfe"])
def test_an_answer_without_a_header_is_a_protocol_error(answer: bytes):
    with pytest.raises(ProtocolError, match="no header"):
        messages.split(answer)


@pytest.mark.parametrize(
    "line",
    [b"", b"garbage", b'{"type":"surprise"}', b'{"type":"task"}', b'{"type":"ping"}', b"[]", b"{}", b"\xff"],
)
def test_an_item_that_makes_no_sense_is_bad_and_belongs_to_no_attempt(line: bytes):
    with pytest.raises(items.BadItem) as bad:
        items.decode_item(line)
    assert bad.value.attempt is None


def test_a_task_whose_values_cannot_be_read_still_names_its_attempt():
    line = rb'{"type":"task","attempt":["c\"1","s","forward",3,7],"saga":"g","data":{"n":1e999,}}'
    with pytest.raises(items.BadItem) as bad:
        items.decode_item(line)
    assert bad.value.attempt == Attempt('c"1', "s", "forward", 3, 7)


def test_a_short_item_full_of_backslashes_may_not_fit_a_frame():
    assert messages.fits_a_frame(b"x" * 5_000_000)
    assert not messages.fits_a_frame(b"\\" * 5_000_000)
