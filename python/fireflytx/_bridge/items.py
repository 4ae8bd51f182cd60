"""The items that Java sends, decoded: one class for each row of PROTOCOL.md's table."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import orjson

from fireflytx._bridge.messages import Attempt, Failure
from fireflytx.values import decode

_ATTEMPT = re.compile(rb'"attempt":(\["(?:[^"\\]|\\.)*","(?:[^"\\]|\\.)*","[a-z]+",\d+,\d+\])')

_REQUEST = re.compile(rb'\{"type":"[a-z-]+","request":(\d+)[,}]')


@dataclass(slots=True)  # not frozen: that would double the time to make one, and there is one for each step
class Task:
    """An attempt to run now. ``input``, ``results`` and ``context`` are for methods that take a context.

    ``version`` is that of the class with which the run began, ``trace`` has the headers of the run's trace.
    ``on_input`` is the number of the run's input, if that is kept here and not in the task: ``data`` is what
    lies over it then, unless this is to undo a step.
    """

    attempt: Attempt
    saga: str
    data: dict[str, Any]
    timeout_ms: int | None
    input: dict[str, Any]
    results: list[tuple[str, dict[str, Any]]]
    context: dict[str, Any]
    in_doubt: bool
    version: str | None = None
    trace: dict[str, str] | None = None
    on_input: int | None = None
    takes_context: bool = False

    def lay_on(self, text: bytes) -> None:
        """Complete a task that came without the run's input, which is ``text`` as it was sent."""
        # It was written here, so it holds no number that needs `decode`.
        if self.attempt.direction != "backward":
            self.data = {**orjson.loads(text), **self.data}
        self.input = orjson.loads(text) if self.takes_context else self.data
        self.on_input = None


@dataclass(frozen=True, slots=True)
class Forget:
    """The run has ended whose input this process keeps under this number."""

    input: int


@dataclass(frozen=True, slots=True)
class Cancel:
    """An attempt to cancel, and why."""

    attempt: Attempt
    reason: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The end of a saga that ``request`` waits for; ``result`` in its wire form."""

    request: int
    result: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Found:
    """The saga that a ``get`` asked for."""

    request: int
    saga: str
    status: str


@dataclass(frozen=True, slots=True)
class CancelAnswer:
    """Whether the saga will be cancelled."""

    request: int
    accepted: bool


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of sagas, each in its wire form; ``cursor`` asks for the next one, None behind the last."""

    request: int
    sagas: list[dict[str, Any]]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that has happened to a saga, each fact in its wire form."""

    request: int
    facts: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found when everything in the store was read; ``problems`` are the first of them, as sent."""

    request: int
    sagas: int
    facts: int
    problem_count: int
    problems: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Transferred:
    """What became of an export or an import; ``problems`` are the first of them, as sent."""

    request: int
    sagas: int
    tombstones: int
    known: int
    left_out: int
    problem_count: int
    problems: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Inspected:
    """How a saga stands, in its wire form; None if it still has the version asked about."""

    request: int
    inspection: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Counted:
    """How many sagas there are, each count in its wire form."""

    request: int
    counts: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Stopped:
    """Nothing is handed out any more, and what ran in Java has ended."""

    request: int


@dataclass(frozen=True, slots=True)
class Refused:
    """A request, or with ``saga`` alone a definition, that Java does not accept.

    ``status`` is that of a saga which is no longer kept.
    """

    request: int | None
    saga: str | None
    code: str
    message: str
    status: str | None = None


@dataclass(frozen=True, slots=True)
class NeedDefinition:
    """Java doesn't know the saga that ``request`` wants to start."""

    request: int
    saga: str


@dataclass(frozen=True, slots=True)
class Event:
    """What a step or a saga published. ``fact`` is which of the saga's facts it tells of, from 1.

    ``redact`` names the fields of its values that nobody may see.
    """

    event_type: str
    topic: str
    saga: str
    correlation_id: str
    fact: int
    step: str | None
    attempt: int | None
    at_ms: int
    key: str | None = None
    headers: dict[str, str] | None = None
    duration_ms: int | None = None
    payload: dict[str, Any] | None = None
    result: dict[str, Any] | None = None
    error: dict[str, str] | None = None
    context: dict[str, Any] | None = None
    left_out: list[str] | None = None
    redact: list[str] | None = None

    @property
    def id(self) -> str:
        """The event's id: no other event tells of this fact."""
        return f"{self.correlation_id}/{self.fact}"


@dataclass(frozen=True, slots=True)
class Publish(Event):
    """An event that is kept until it has been published; ``position`` is its place in what Java hands out."""

    position: int = 0


@dataclass(frozen=True, slots=True)
class AllPublished:
    """Every event has been published that was there when this was asked."""

    request: int


@dataclass(frozen=True, slots=True)
class Parked:
    """A saga that needs a person, for these steps."""

    correlation_id: str
    saga: str
    status: str
    steps: list[str]


@dataclass(frozen=True, slots=True)
class Log:
    """One line of Java's log."""

    level: str
    logger: str
    message: str
    correlation_id: str | None
    saga: str | None
    step: str | None
    attempt: int | None


@dataclass(frozen=True, slots=True)
class Joined:
    """A start, with the headers ``caller``, has joined a run that began with the headers ``trace``."""

    correlation_id: str
    saga: str
    caller: dict[str, str]
    trace: dict[str, str] | None


@dataclass(frozen=True, slots=True)
class Ended:
    """A saga that has ended, or waits for a person; it began, or went on after a person, at ``since_ms``."""

    correlation_id: str
    saga: str
    status: str
    since_ms: int
    at_ms: int
    failed_step: str | None
    error_type: str | None
    trace: dict[str, str] | None


@dataclass(frozen=True, slots=True)
class Ran:
    """An attempt that Java has run itself.

    ``verdict`` is that of a condition, ``error`` why it failed, ``reason`` why it was told to stop.
    """

    attempt: Attempt
    saga: str
    started_us: int
    duration_us: int
    outcome: str
    error: dict[str, str] | None
    verdict: bool | None
    reason: str | None
    trace: dict[str, str] | None

    @property
    def failure(self) -> Failure | None:
        """Why it failed, if it did."""
        if self.error is None:
            return None
        type_, message, traceback = (self.error.get(name, "") for name in ("type", "message", "traceback"))
        return Failure(type_, message, traceback, retryable=False)


@dataclass(frozen=True, slots=True)
class Stats:
    """What the engine's process has done since it began, and holds; ``sagas`` by their names, as sent."""

    request: int
    process: int
    sagas: dict[str, dict[str, Any]]
    queued: int
    out: int
    appends: int
    append_us: int


@dataclass(frozen=True, slots=True)
class Ping:
    """Java wants to know when everything queued before this has been handled."""

    ping: int


Answer: TypeAlias = (
    Finished
    | Found
    | CancelAnswer
    | Listed
    | Facts
    | Inspected
    | Counted
    | Verified
    | Transferred
    | Stopped
    | AllPublished
    | Stats
)
Watched: TypeAlias = Joined | Ended | Ran
Item: TypeAlias = (
    Task
    | Forget
    | Cancel
    | Answer
    | Refused
    | NeedDefinition
    | Event
    | Publish
    | Parked
    | Log
    | Ping
    | Watched
)


class BadItem(ValueError):
    """An item that can't be decoded.

    Attributes:
        attempt: Its attempt, if it is a task whose name could be read.
        request: The number of the request that it answers, if it is an answer.
    """

    def __init__(self, message: str, attempt: Attempt | None, request: int | None = None) -> None:
        super().__init__(message)
        self.attempt = attempt
        self.request = request


def decode_item(line: bytes) -> Item:
    """The item in ``line``.

    Raises:
        BadItem: the line isn't one of PROTOCOL.md's items, or holds a value that Python can't hold exactly.
    """
    try:
        fields = decode(line)
        return _DECODERS[fields["type"]](fields)
    except Exception as error:  # whatever is wrong with one item must not harm the rest of its batch
        raise BadItem(_complaint(error), _task_attempt(line), _request(line)) from error


def _complaint(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"no such field or type: {error.args[0]!r}"
    return f"{type(error).__name__}: {error}"


def _task_attempt(line: bytes) -> Attempt | None:
    """The attempt of a task, found without decoding the values beside it."""
    found = _ATTEMPT.search(line) if line.startswith(b'{"type":"task"') else None
    return Attempt(*orjson.loads(found.group(1))) if found else None


def _request(line: bytes) -> int | None:
    """The number of the request that an item answers, found in the same way."""
    found = _REQUEST.match(line)
    return int(found.group(1)) if found else None


def _task(fields: Mapping[str, Any]) -> Task:
    get, data = fields.get, fields["data"]
    return Task(
        Attempt._make(fields["attempt"]),
        fields["saga"],
        data,
        get("timeout_ms"),
        get("input", data),
        [(step, result) for step, result in get("results") or ()],
        get("context") or {},
        bool(get("in_doubt")),
        get("version"),
        get("trace"),
        get("on_input"),
        "context" in fields,
    )


def _event_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    needed = ("event_type", "topic", "saga", "correlation_id", "fact", "at_ms")
    optional = ("step", "attempt", "key", "headers")
    carried = ("duration_ms", "payload", "result", "error", "context", "left_out", "redact")
    return {name: fields[name] for name in needed} | {name: fields.get(name) for name in optional + carried}


def _log(fields: Mapping[str, Any]) -> Log:
    return Log(
        level=fields["level"],
        logger=fields["logger"],
        message=fields["message"],
        correlation_id=fields.get("correlation_id"),
        saga=fields.get("saga"),
        step=fields.get("step"),
        attempt=fields.get("attempt"),
    )


def _refused(fields: Mapping[str, Any]) -> Refused:
    return Refused(
        fields.get("request"), fields.get("saga"), fields["code"], fields["message"], fields.get("status")
    )


def _ended(fields: Mapping[str, Any]) -> Ended:
    return Ended(
        correlation_id=fields["correlation_id"],
        saga=fields["saga"],
        status=fields["status"],
        since_ms=fields["since_ms"],
        at_ms=fields["at_ms"],
        failed_step=fields.get("failed_step"),
        error_type=fields.get("error_type"),
        trace=fields.get("trace"),
    )


def _ran(fields: Mapping[str, Any]) -> Ran:
    return Ran(
        attempt=Attempt._make(fields["attempt"]),
        saga=fields["saga"],
        started_us=fields["started_us"],
        duration_us=fields["duration_us"],
        outcome=fields["outcome"],
        error=fields.get("error"),
        verdict=fields.get("verdict"),
        reason=fields.get("reason"),
        trace=fields.get("trace"),
    )


_DECODERS: Mapping[str, Callable[[Mapping[str, Any]], Item]] = {
    "task": _task,
    "forget": lambda f: Forget(f["input"]),
    "cancel": lambda f: Cancel(Attempt._make(f["attempt"]), f["reason"]),
    "finished": lambda f: Finished(f["request"], f["result"]),
    "found": lambda f: Found(f["request"], f["saga"], f["status"]),
    "cancel-answer": lambda f: CancelAnswer(f["request"], f["accepted"]),
    "listed": lambda f: Listed(f["request"], f["sagas"], f.get("cursor")),
    "facts": lambda f: Facts(f["request"], f["facts"]),
    "inspected": lambda f: Inspected(f["request"], f.get("inspection")),
    "counted": lambda f: Counted(f["request"], f["counts"]),
    "stopped": lambda f: Stopped(f["request"]),
    "verified": lambda f: Verified(f["request"], f["sagas"], f["facts"], f["problem_count"], f["problems"]),
    "transferred": lambda f: Transferred(
        f["request"],
        f["sagas"],
        f["tombstones"],
        f["known"],
        f["left_out"],
        f["problem_count"],
        f["problems"],
    ),
    "refused": _refused,
    "need-definition": lambda f: NeedDefinition(f["request"], f["saga"]),
    "event": lambda f: Event(**_event_fields(f)),
    "publish": lambda f: Publish(**_event_fields(f), position=f["position"]),
    "all-published": lambda f: AllPublished(f["request"]),
    "parked": lambda f: Parked(f["correlation_id"], f["saga"], f["status"], f["steps"]),
    "log": _log,
    "ping": lambda f: Ping(f["ping"]),
    "joined": lambda f: Joined(f["correlation_id"], f["saga"], f["caller"], f.get("trace")),
    "ended": _ended,
    "ran": _ran,
    "stats": lambda f: Stats(**{name: f[name] for name in Stats.__slots__}),
}
