"""Values on their way to the engine and back: encrypted, decoded, masked."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import SecretStr

from fireflytx._bridge import items
from fireflytx._bridge.messages import Attempt
from fireflytx._sealed import is_sealed
from fireflytx.boundary import Boundary
from fireflytx.codec import AesGcmCodec, Encrypted, Place, Undecodable
from fireflytx.exceptions import CodecError, ValueRefusedError
from fireflytx.registry import Registry

KEY, OTHER_KEY = bytes(range(32)), bytes(range(32, 64))
ATTEMPT = Attempt("run", "step", "forward", 1, 1)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    max_leaves=10,
)


def boundary(codec: Any = None, **options: Any) -> Boundary:
    return Boundary(Registry(), codec=codec, **options)


def encoded(at: Boundary, value: object, *, run: str = "run", what: str = "result") -> dict[str, Any]:
    text: dict[str, Any] = json.loads(at.encode(value, what=what, saga="s", correlation_id=run))
    return text


def finished(result: dict[str, Any], *, run: str = "run") -> items.Finished:
    wire = {"correlation_id": run, "saga": "s", "steps": [{"step": "step", "result": result}]}
    return items.Finished(1, wire)


def result_of(at: Boundary, members: dict[str, Any], *, run: str = "run") -> dict[str, Any]:
    opened = at.opened(finished(members, run=run))
    assert isinstance(opened, items.Finished)
    found: dict[str, Any] = opened.result["steps"][0]["result"]
    return found


def task(**fields: Any) -> items.Task:
    parts: dict[str, Any] = {"data": {}, "input": {}, "results": [], "context": {}, **fields}
    return items.Task(ATTEMPT, "s", timeout_ms=None, in_doubt=False, **parts)


def event_of(kind: str, at: Boundary, members: dict[str, Any], **about: Any) -> items.Event:
    """An event or one to be published, as Java sends it: with members and an error that ``at`` encrypts."""
    values = {name: encoded(at, members) for name in ("payload", "result", "context")}
    message = at.failure(ValueError("no luck"), ATTEMPT).message
    fields = {
        "type": kind,
        **({"position": 1} if kind == "publish" else {}),
        **{"event_type": "e", "topic": "t", "saga": "s", "correlation_id": "run", "fact": 1, "at_ms": 0},
        **values,
        "error": {"type": "ValueError", "message": message},
        **about,
    }
    item = items.decode_item(json.dumps(fields).encode())
    assert isinstance(item, items.Event)
    return item


class Broken:
    """A codec whose key service does not answer."""

    def encode(self, text: bytes, place: Place) -> Encrypted:
        raise ConnectionError("canary in the message of a client")

    def decode(self, encrypted: Encrypted, place: Place) -> bytes:
        raise ConnectionError("canary in the message of a client")

    def identity(self, text: bytes, correlation_id: str) -> str:
        raise ConnectionError("canary in the message of a client")


# What has the form of an encrypted value is refused: another test's matter, and Hypothesis finds it.
@example({"": {"$enc": 1}, "a": {"$enc": "", "b": 1}, "b": {"c": {"$enc": ""}}})
@given(st.dictionaries(TEXTS.filter(lambda name: name != "$enc"), JSON.filter(lambda v: not is_sealed(v))))
def test_a_value_comes_back_as_it_was_and_only_its_names_are_plain(value: dict[str, Any]) -> None:
    at = boundary(AesGcmCodec({"k": KEY}))
    members = encoded(at, value)

    assert list(members) == list(value)
    assert all(list(member) == ["$enc"] and member["$enc"].startswith("k:") for member in members.values())
    assert result_of(at, members) == value


def test_without_a_codec_a_value_is_its_json() -> None:
    assert boundary().encode({"a": 1}, what="result", saga="s", correlation_id="run") == b'{"a":1}'


def test_a_value_moves_from_a_result_to_an_input_but_to_no_other_name_or_run() -> None:
    at = boundary(AesGcmCodec({"k": KEY}))
    members = encoded(at, {"a": 1, "b": 2})

    opened = at.opened(
        task(data=members, input={"a": members["a"]}, results=[("x", members)], context=members)
    )
    assert isinstance(opened, items.Task)
    assert (opened.data, opened.input) == ({"a": 1, "b": 2}, {"a": 1})
    assert (opened.results, opened.context) == ([("x", {"a": 1, "b": 2})], {"a": 1, "b": 2})
    swapped = result_of(at, {"a": members["b"], "b": members["b"]})
    assert isinstance(swapped["a"], Undecodable)
    assert swapped["b"] == 2
    assert isinstance(result_of(at, members, run="another run")["a"], Undecodable)


def test_a_value_that_was_written_before_there_was_a_codec_is_read_as_it_is() -> None:
    at = boundary(AesGcmCodec({"k": KEY}))
    assert result_of(at, {"old": {"x": 1}, **encoded(at, {"new": 2})}) == {"old": {"x": 1}, "new": 2}


@pytest.mark.parametrize(
    ("reader", "why"),
    [
        (None, "can't be decoded: it is encrypted with key 'k', and this engine has no codec."),
        (
            AesGcmCodec({"other": OTHER_KEY}),
            "can't be decoded: it is encrypted with key 'k', which this codec does not have. "
            "Its keys: other.",
        ),
        (
            AesGcmCodec({"k": OTHER_KEY}),
            "can't be decoded: key 'k' does not open it: it was damaged, belongs elsewhere, or the key of "
            "that id is another one.",
        ),
        (Broken(), "can't be decoded: the codec failed on key 'k': ConnectionError."),
    ],
)
def test_a_value_that_cannot_be_decoded_says_why_and_a_task_with_it_does_not_run(
    reader: Any, why: str
) -> None:
    members = encoded(boundary(AesGcmCodec({"k": KEY})), {"password": "hunter2"})

    shown = result_of(boundary(reader), members)["password"]
    assert isinstance(shown, Undecodable)
    assert shown == why
    assert json.dumps(shown) == json.dumps(why)
    with pytest.raises(CodecError, match="'password' can't be decoded"):
        boundary(reader).opened(task(data=members))


@pytest.mark.parametrize("token", ["", "k", "k:", "k:###", ":AAAA", "k k:AAAA", "k:QUJD"])
def test_a_damaged_mark_shows_as_such(token: str) -> None:
    shown = result_of(boundary(AesGcmCodec({"k": KEY})), {"a": {"$enc": token}})
    assert isinstance(shown["a"], Undecodable)


def test_a_plain_value_that_looks_encrypted_is_refused_and_deeper_ones_are_none_of_our_business() -> None:
    with pytest.raises(ValueRefusedError, match=r"result\.a has the form of an encrypted value") as error:
        encoded(boundary(), {"a": {"$enc": "k:AAAA"}})
    assert error.value.path == "result.a"
    value = {"a": [{"$enc": "x"}], "b": {"$enc": "x", "c": 1}, "c": {"$enc": 1}}
    assert encoded(boundary(), value) == value


def test_the_limit_counts_what_is_kept() -> None:
    value = {"text": "x" * 800}
    assert encoded(boundary(limit_bytes=1000), value) == value
    with pytest.raises(
        ValueRefusedError, match=r"result is \d+ bytes of JSON when encrypted; the limit is 1000"
    ):
        encoded(boundary(AesGcmCodec({"k": KEY}), limit_bytes=1000), value)


def test_a_secret_is_refused_by_a_journal_without_a_codec_alone() -> None:
    value = {"password": SecretStr("hunter2")}
    with pytest.raises(
        ValueRefusedError, match=r"result\.password is a SecretStr, and would be kept in plain"
    ) as no:
        encoded(boundary(is_durable=True), value)
    assert no.value.path == "result.password"
    assert encoded(boundary(), value) == {"password": "hunter2"}
    at = boundary(AesGcmCodec({"k": KEY}), is_durable=True)
    assert result_of(at, encoded(at, value)) == {"password": "hunter2"}


def test_whoever_decodes_a_secret_masks_it_without_having_seen_its_class() -> None:
    members = encoded(boundary(AesGcmCodec({"k": KEY})), {"login": {"user": "ann", "pin": SecretStr("1234")}})
    viewer = boundary(AesGcmCodec({"k": KEY}))
    assert viewer.shown(members, saga="s", correlation_id="run") == {"login": {"user": "ann", "pin": "***"}}


def test_a_log_line_and_an_error_are_opened_too() -> None:
    at = boundary(AesGcmCodec({"k": KEY}))
    failure = at.failure(ValueError("no luck"), ATTEMPT)
    assert failure.type == "ValueError"
    assert failure.message.startswith("$enc:k:")
    assert "luck" not in failure.traceback

    told = at.told(failure)
    assert (told.type, told.message, told.traceback) == ("ValueError", "(encrypted)", "(encrypted)")
    line = items.Log("INFO", "x", f"ValueError: {failure.message}!", "run", "s", "step", 1)
    shown = at.opened(line)
    assert isinstance(shown, items.Log)
    assert shown.message == "ValueError: (encrypted)!"
    fact = {"fact": "attempt-failed", "data": {"error": {"type": "ValueError", "message": failure.message}}}
    assert at.opened_fact(fact, "run")["data"]["error"] == {"type": "ValueError", "message": "no luck"}
    assert "can't be decoded" in boundary().opened_fact(fact, "run")["data"]["error"]["message"]


@pytest.mark.parametrize("kind", ["event", "publish"])
def test_all_that_an_event_carries_is_decoded_and_masked(kind: str) -> None:
    codec = AesGcmCodec({"k": KEY})
    at = Boundary(Registry(["pin"]), codec=codec)
    members = {"user": {"name": "ann", "PIN": "1234"}}

    event = at.opened(event_of(kind, at, members, step="step", attempt=1))
    assert isinstance(event, items.Event)
    assert event.payload == event.result == event.context == members
    assert event.error == {"type": "ValueError", "message": "no luck"}
    shown = at.shown_event(event)
    assert type(shown) is type(event)
    assert shown.payload == shown.result == shown.context == {"user": {"name": "ann", "PIN": "***"}}


def test_the_results_in_a_sagas_event_are_decoded_by_the_steps_that_returned_them() -> None:
    at = boundary(AesGcmCodec({"k": KEY}))
    results = {"one": encoded(at, {"a": 1}), "two": encoded(at, {"a": 2, "pin": SecretStr("1234")})}
    event = at.opened(dataclasses.replace(event_of("publish", at, {}), result=results))
    assert isinstance(event, items.Publish)
    assert event.result == {"one": {"a": 1}, "two": {"a": 2, "pin": "1234"}}
    assert at.shown_event(event).result == {"one": {"a": 1}, "two": {"a": 2, "pin": "***"}}


def test_an_event_with_a_value_that_cant_be_decoded_says_so_in_its_place() -> None:
    event = event_of("publish", boundary(AesGcmCodec({"k": KEY})), {"a": 1}, step="step", attempt=1)
    opened = boundary().opened(event)
    assert isinstance(opened, items.Publish)
    assert opened.payload is not None
    assert isinstance(opened.payload["a"], Undecodable)


def test_an_event_of_a_saga_that_is_not_known_here_says_itself_what_to_mask() -> None:
    event = event_of("publish", boundary(), {"pin": "1234"}, step="step", attempt=1, redact=["PIN"])
    assert boundary().shown_event(event).payload == {"pin": "***"}


def test_of_an_error_in_java_who_watches_gets_the_type_alone_where_fields_are_masked() -> None:
    error = {"type": "IOException", "message": "pin 1234", "traceback": "pin 1234"}
    ran = items.Ran(ATTEMPT, "s", 0, 1, "failed", error, verdict=None, reason=None, trace=None)
    shown = Boundary(Registry(["pin"])).shown_ran(ran).failure
    assert shown is not None
    assert (shown.type, shown.message, shown.traceback) == ("IOException", "***", "")
    assert boundary().shown_ran(ran) is ran


def test_an_error_is_masked_before_it_is_cut_and_in_its_causes_and_notes() -> None:
    registry = Registry(["password"])
    secret = "correct horse\nbattery staple"
    cause = ConnectionError(f"https://x/?p={secret}")
    error = ValueError("x" * (16 * 1024 - 25) + secret)
    error.__cause__ = cause
    error.add_note(f"with {secret!r}")

    failure = Boundary(registry).failure(error, ATTEMPT, saga="s", values=({"login": {"password": secret}},))

    assert not any(part in failure.message + failure.traceback for part in ("correct", "battery"))
    assert "***" in failure.traceback


def test_a_broken_codec_fails_by_its_type_and_never_lets_a_value_pass_in_plain_text() -> None:
    at = boundary(Broken())
    with pytest.raises(CodecError) as error:
        encoded(at, {"password": "hunter2"})
    assert str(error.value) == "The codec could not encrypt a value: ConnectionError."
    failure = at.failure(ValueError("hunter2"), ATTEMPT)
    assert failure.message == (
        "not recorded, since it could not be encrypted: The codec could not encrypt a value: ConnectionError."
    )
    assert failure.traceback == ""
    with pytest.raises(CodecError, match="could not hash an input: ConnectionError"):
        at.encode_input({}, saga="s", correlation_id="run", whose=lambda: "Saga 's'")


def test_a_start_is_known_by_its_input_with_keys_in_any_order() -> None:
    at = boundary(AesGcmCodec({"k": KEY}))

    def identity(value: object, run: str = "run") -> str | None:
        return at.encode_input(value, saga="s", correlation_id=run, whose=lambda: "Saga 's'")[1]

    one = identity({"a": {"x": 1, "y": [1, 2]}, "b": 2})
    assert one == identity({"b": 2, "a": {"y": [1, 2], "x": 1}})
    assert one != identity({"b": 2, "a": {"y": [2, 1], "x": 1}})
    assert one != identity({"a": {"x": 1, "y": [1, 2]}, "b": 2}, "another run")
    assert boundary().encode_input({}, saga="s", correlation_id="run", whose=str) == (b"{}", None)
