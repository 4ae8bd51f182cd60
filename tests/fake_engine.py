"""The engine's side of the session protocol, in process and without sockets, with faults on request."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

Json = dict[str, Any]


class FakeEngine:
    """Answers ``hello``, ``send`` and ``receive`` as PROTOCOL.md says, and remembers what it heard.

    Attributes:
        hellos: The header and the items of every hello.
        heard: Every item of every new batch, in order.
        batches: The body of every new batch, as text.
        sends: The sequence number of every send call, repeated ones too.
        is_durable: Whether what it hears becomes durable at once.
        lose_answers: How many of the next answers of each method are lost on their way, connection and all.
    """

    def __init__(self) -> None:
        self.hellos: list[tuple[Json, list[Json]]] = []
        self.heard: list[Json] = []
        self.batches: list[str] = []
        self.sends: list[int] = []
        self.receives: list[Json] = []
        self.is_durable = True
        self.lose_answers = {"hello": 0, "send": 0, "receive": 0}
        self.refuse: Callable[[str], Json | None] = lambda method: None
        self.session = ""
        self.connections = 0
        self._seq = 0
        self._batch = 0
        self._batch_text = ""
        self._durable_upto = 0
        self._told_durable_upto = 0
        self._unsaid: list[str] = []
        self._changed = asyncio.Event()

    async def dial(self) -> FakeConnection:
        """A new connection."""
        self.connections += 1
        return FakeConnection(self)

    def say(self, *items: Json | str) -> None:
        """Put items into the next batch that is received."""
        self._unsaid += [item if isinstance(item, str) else json.dumps(item) for item in items]
        self._changed.set()

    def make_durable(self) -> None:
        """Everything heard so far is durable from now on."""
        self._durable_upto = self._seq
        self._changed.set()

    def forget_session(self) -> None:
        """As if another hello had replaced the session."""
        self.session = "another"
        self._changed.set()

    async def until(self, condition: Callable[[], object]) -> None:
        """Let the loop run until ``condition`` holds."""
        async with asyncio.timeout(5):
            while not condition():  # noqa: ASYNC110 - each turn of the loop may be the one
                await asyncio.sleep(0)

    async def heard_of(self, kind: str) -> Json:
        """The first item of this type, as soon as it is there."""
        await self.until(lambda: any(item["type"] == kind for item in self.heard))
        return next(item for item in self.heard if item["type"] == kind)

    async def answer(self, method: str, text: bytes) -> bytes:
        first, *lines = text.decode().split("\x1e")
        header = json.loads(first)
        if (error := self.refuse(method)) is not None:
            return json.dumps({"error": error}).encode()
        calls = {"hello": self._hello, "send": self._send, "receive": self._receive}
        answer = await calls[method](header, lines)
        if self.lose_answers[method]:
            self.lose_answers[method] -= 1
            raise ConnectionError("lost")
        return answer.encode()

    async def _hello(self, header: Json, lines: list[str]) -> str:
        self.hellos.append((header, [json.loads(line) for line in lines]))
        self.session = header["session"]
        self._seq = self._batch = self._durable_upto = self._told_durable_upto = 0
        self._changed.set()
        about = {"engine": "0.1.0", "java": "17", "store": "memory"}
        return json.dumps({"protocol": 1, "session": self.session, **about})

    async def _send(self, header: Json, lines: list[str]) -> str:
        if header["session"] != self.session:
            return _refusal("no-session")
        self.sends.append(header["seq"])
        if header["seq"] == self._seq + 1:
            self._seq += 1
            self.batches.append("\x1e".join(lines))
            self.heard += [json.loads(line) for line in lines]
            if self.is_durable:
                self.make_durable()
        elif header["seq"] != self._seq:
            return _refusal("out-of-order")
        return json.dumps({"received": self._seq})

    async def _receive(self, header: Json, lines: list[str]) -> str:
        self.receives.append(header)
        if header["session"] == self.session and header["batch"] == self._batch:
            return self._batch_text
        while header["session"] == self.session and not self._has_news():
            self._changed.clear()
            await self._changed.wait()
        if header["session"] != self.session:
            return _refusal("no-session")
        return self._build(header["batch"])

    def _has_news(self) -> bool:
        return bool(self._unsaid) or self._durable_upto > self._told_durable_upto

    def _build(self, number: int) -> str:
        self._told_durable_upto = self._durable_upto
        header = json.dumps({"batch": number, "durable_upto": self._durable_upto})
        self._batch, self._batch_text = number, "\x1e".join([header, *self._unsaid])
        self._unsaid = []
        return self._batch_text


class FakeConnection:
    """A connection to a FakeEngine that breaks when the engine loses an answer."""

    def __init__(self, engine: FakeEngine) -> None:
        self._engine = engine
        self.is_closed = False

    async def call(self, method: str, text: bytes) -> bytes:
        if self.is_closed:
            raise ConnectionError("closed")
        try:
            return await self._engine.answer(method, text)
        except ConnectionError:
            self.is_closed = True
            raise

    def close(self) -> None:
        self.is_closed = True


def _refusal(code: str) -> str:
    return json.dumps({"error": {"code": code, "message": f"the fake engine says {code}"}})
