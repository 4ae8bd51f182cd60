"""The texts that cross the bridge: headers, and the items that Python sends.

``protocol/PROTOCOL.md`` defines them. A text is a header, then items, with a separator between. Values
(inputs, results, context) come in as JSON bytes and go out unchanged; ``items.py`` has what Java sends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from fireflytx.exceptions import ProtocolError

PROTOCOL_VERSION = 1
BATCH_LIMIT_BYTES = 1024 * 1024
FRAME_LIMIT_BYTES = 8 * 1024 * 1024

SEPARATOR = b"\x1e"
"""The record separator (RFC 7464): no JSON text has it, and py4j, which escapes line breaks, lets it be."""

RECOVER = b'{"type":"recover"}'
PROVE = b'{"type":"prove"}'


class Attempt(NamedTuple):
    """The name of one attempt; ``direction`` is ``condition``, ``forward`` or ``backward``."""

    correlation_id: str
    step: str
    direction: str
    number: int
    fence: int


class Failure(NamedTuple):
    """Why an attempt failed, as Java journals it."""

    type: str
    message: str
    traceback: str
    retryable: bool


class CallRefused(ProtocolError):
    """Java answered a whole call with an error.

    Attributes:
        code: Which one (PROTOCOL.md, Transport).
        reason: Java's own words.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"The engine refused a call ({code}): {message}")
        self.code = code
        self.reason = message


# --- texts ------------------------------------------------------------------------------------------------


def join(header: bytes, items: bytes) -> bytes:
    """A text of ``header`` and ``items``, which are joined already (or nothing)."""
    return header + SEPARATOR + items if items else header


def split(text: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """The header and the items of an answer.

    Raises:
        CallRefused: the header carries an error.
        ProtocolError: it does not begin with a header.
    """
    first, *items = text.split(SEPARATOR)
    header = _header(first)
    if "error" in header:
        raise _refusal(header["error"])
    return header, items


def _header(text: bytes) -> dict[str, Any]:
    try:
        header = orjson.loads(text)
    except orjson.JSONDecodeError:
        header = None
    if not isinstance(header, dict):
        raise ProtocolError(
            f"The engine's answer has no header: {len(text)} bytes that are not a JSON object."
        )
    return header


def _refusal(error: object) -> CallRefused:
    fields = error if isinstance(error, dict) else {}
    return CallRefused(str(fields.get("code", "internal")), str(fields.get("message", "no message")))


# --- headers ----------------------------------------------------------------------------------------------


def hello_header(
    *,
    sdk: str,
    session: str,
    log_level: str,
    settle_ms: int,
    value_limit_bytes: int,
    credits: Mapping[str, int],
    store: str,
    replaces: int,
    store_options: Mapping[str, object] | None = None,
    tracing: bool = False,
) -> bytes:
    """The header that begins a session.

    ``store_options`` say how the store is kept; with ``tracing`` Java tells of more than steps need.
    """
    return orjson.dumps(
        {
            "protocol": PROTOCOL_VERSION,
            "sdk": sdk,
            "session": session,
            "log_level": log_level,
            "settle_ms": settle_ms,
            "value_limit_bytes": value_limit_bytes,
            "credits": credits,
            "store": store,
            "replaces": replaces,
            **(store_options or {}),
            **({"tracing": True} if tracing else {}),
        }
    )


def send_header(session: str, seq: int) -> bytes:
    """The header of batch ``seq`` to Java."""
    return orjson.dumps({"session": session, "seq": seq})


def receive_header(session: str, batch: int, credits: Mapping[str, int]) -> bytes:
    """The header that asks for ``batch``, with the attempts that may be out at once by kind."""
    return orjson.dumps({"session": session, "batch": batch, "credits": credits})


# --- items ------------------------------------------------------------------------------------------------


def running(attempt: Attempt, elapsed_ms: int) -> bytes:
    """An attempt that is running while ``hello`` is said."""
    return _item("running", attempt=tuple(attempt), elapsed_ms=elapsed_ms)


def define(definition: Mapping[str, Any]) -> bytes:
    """A saga's definition, in its wire form."""
    return _item("define", definition=definition)


def start(
    request: int,
    saga: str,
    correlation_id: str,
    input: bytes,
    *,
    input_hash: str | None = None,
    is_new_id: bool = False,
    kept: int | None = None,
    timeout_ms: int | None,
    watch: bool,
    trace: bytes | None = None,
) -> bytes:
    """Start a saga, in a trace with these headers; with ``watch`` its end is answered with ``finished``.

    ``input_hash`` tells a start that is repeated where the input's text doesn't, since it is encrypted;
    ``is_new_id`` says that nobody can have used the id before, ``kept`` is the number of an input that tasks
    need not bring.
    """
    fields: dict[str, Any] = {"request": request, "saga": saga, "correlation_id": correlation_id}
    fields["input"] = orjson.Fragment(input)
    if input_hash is not None:
        fields["input_hash"] = input_hash
    if is_new_id:
        fields["new_id"] = True
    if kept is not None:
        fields["kept"] = kept
    if timeout_ms is not None:
        fields["timeout_ms"] = timeout_ms
    if trace is not None:
        fields["trace"] = orjson.Fragment(trace)
    return _item("start", **fields, watch=watch)


def watch(request: int, correlation_id: str) -> bytes:
    """Ask for the end of a saga, whether it comes later or is there already."""
    return _item("watch", request=request, correlation_id=correlation_id)


def get(request: int, correlation_id: str) -> bytes:
    """Ask which saga has this id, and its status."""
    return _item("get", request=request, correlation_id=correlation_id)


def cancel(request: int, correlation_id: str, reason: str) -> bytes:
    """Ask for a saga to be cancelled, which compensates it."""
    return _item("cancel", request=request, correlation_id=correlation_id, reason=reason)


def list_sagas(request: int, query: Mapping[str, Any]) -> bytes:
    """Ask which sagas there are; ``query`` has ``limit`` and whatever of the other fields narrows it."""
    return _item("list", request=request, **query)


def resolve(
    request: int,
    correlation_id: str,
    resolution: str,
    *,
    step: str | None,
    result: bytes | None,
    by: str,
    reason: str,
) -> bytes:
    """A person's decision about a step that waits for one, or about all whose compensation failed."""
    fields: dict[str, Any] = {"request": request, "correlation_id": correlation_id}
    if step is not None:
        fields["step"] = step
    fields["resolution"] = resolution
    if result is not None:
        fields["result"] = orjson.Fragment(result)
    return _item("resolve", **fields, by=by, reason=reason)


def history(request: int, correlation_id: str, after: int = 0) -> bytes:
    """Ask for what has happened to a saga, without its first ``after`` facts."""
    fields = {"after": after} if after else {}
    return _item("history", request=request, correlation_id=correlation_id, **fields)


def inspect(request: int, correlation_id: str, newer_than: int) -> bytes:
    """Ask how a saga stands, unless it still has the version ``newer_than``; 0 asks in any case."""
    known = {"newer_than": newer_than} if newer_than else {}
    return _item("inspect", request=request, correlation_id=correlation_id, **known)


def count(request: int) -> bytes:
    """Ask how many sagas there are, by name and status."""
    return _item("count", request=request)


def verify(request: int) -> bytes:
    """Ask for everything in the store to be read and checked."""
    return _item("verify", request=request)


def stats(request: int) -> bytes:
    """Ask what the engine has done and holds."""
    return _item("stats", request=request)


def export_sagas(request: int, path: str, correlation_ids: Sequence[str]) -> bytes:
    """Ask for sagas to be written to a file; no ids means everything in the store."""
    chosen = {"correlation_ids": list(correlation_ids)} if correlation_ids else {}
    return _item("export", request=request, path=path, **chosen)


def import_sagas(request: int, path: str, unfinished: str) -> bytes:
    """Ask for the sagas of a file to be added to the store."""
    return _item("import", request=request, path=path, unfinished=unfinished)


def stop(request: int) -> bytes:
    """Ask that nothing more is handed out, and to hear when what runs in Java has ended."""
    return _item("stop", request=request)


def succeeded(attempt: Attempt, result: bytes, writes: bytes) -> bytes:
    """The outcome of an attempt that returned."""
    return _outcome(attempt, "succeeded", result=orjson.Fragment(result), writes=orjson.Fragment(writes))


def failed(attempt: Attempt, error: Failure, writes: bytes) -> bytes:
    """The outcome of an attempt that raised."""
    return _outcome(attempt, "failed", error=error._asdict(), writes=orjson.Fragment(writes))


def verdict(attempt: Attempt, verdict: bool) -> bytes:
    """What a step's condition answered."""
    return _outcome(attempt, "verdict", verdict=verdict)


def missing(attempt: Attempt, message: str) -> bytes:
    """The outcome of an attempt whose code is not in this process."""
    return _outcome(attempt, "missing", message=message)


def settled(attempt: Attempt, writes: bytes) -> bytes:
    """The outcome of an attempt that ended because it was cancelled."""
    return _outcome(attempt, "settled", writes=orjson.Fragment(writes))


def published(fence: int, up_to: int) -> bytes:
    """All events up to this position have arrived that the process of this fence has handed out."""
    return _item("published", fence=fence, up_to=up_to)


def wait_published(request: int) -> bytes:
    """Ask to hear when no event waits any more to be published."""
    return _item("wait-published", request=request)


def need_input(attempt: Attempt) -> bytes:
    """Ask for a whole task: the input that it lies on is not here any more."""
    return _item("need-input", attempt=tuple(attempt))


def pong(ping: int) -> bytes:
    """The answer to a ping."""
    return _item("pong", ping=ping)


def log_level(level: str) -> bytes:
    """The lowest level of Java's log lines that Python still wants."""
    return _item("log-level", level=level)


def fits_a_frame(item: bytes) -> bool:
    """Whether Java accepts ``item``: py4j doubles each backslash, so short texts can make long lines."""
    room = FRAME_LIMIT_BYTES - 1024
    return len(item) < room // 2 or len(item) + item.count(b"\\") < room


def _outcome(attempt: Attempt, outcome: str, **fields: Any) -> bytes:
    return orjson.dumps({"type": "outcome", "attempt": tuple(attempt), "outcome": outcome, **fields})


def _item(kind: str, **fields: Any) -> bytes:
    return orjson.dumps({"type": kind, **fields})
