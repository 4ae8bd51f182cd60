"""The conversation with the engine: ``hello``, batches out, batches in (PROTOCOL.md, Sessions).

Everything that Python says goes through one task and one connection, everything that it hears through
another. A socket that breaks is replaced and the same call made again; a session that Java no longer knows is
begun anew with all that is held, and so is one with another engine process that takes over a journal.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import secrets
import time
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from fireflytx._bridge import messages
from fireflytx._bridge.link import Dial, Link
from fireflytx._bridge.outbox import Batch, Outbox
from fireflytx._tasks import background
from fireflytx._version import __version__
from fireflytx.exceptions import ProtocolError

OUTBOX_LIMIT_BYTES = 16 * 1024 * 1024
_CANCELLED_FOR_GOOD_S = 1.0


class Party(Protocol):
    """Who speaks on Python's side: what a ``hello`` has to tell, and who hears the items."""

    def log_level(self) -> str:
        """The lowest level of Java's log lines that are wanted."""
        ...

    def running(self) -> Iterable[tuple[messages.Attempt, int]]:
        """Every attempt that is running now, with its age in milliseconds."""
        ...

    def definitions(self) -> Iterable[Mapping[str, Any]]:
        """Every saga that may run here, in wire form."""
        ...

    def hear(self, line: bytes) -> None:
        """Take one item, in order. Must not raise and must not block."""

    def welcomed(self, welcome: Welcome, asked_s: float) -> None:
        """A session has begun; its ``hello`` was said at ``asked_s``, by this process's monotonic clock."""

    def fresh(self, proved_ms: int | None) -> None:
        """When the engine last knew that it owns its sagas, by Java's monotonic clock; before a batch."""

    def exchanged(self, direction: str, items: int) -> None:
        """So many items, at least one, have crossed by one ``send`` or ``receive``; told with ``tracing``."""

    def proved(self, durable_position: int) -> None:
        """Everything posted up to this position is durable; called behind the items of the same batch."""

    def broken(self, error: BaseException) -> None:
        """The conversation has ended by an error that it can't mend."""


@dataclass(frozen=True, slots=True)
class Welcome:
    """What Java said of itself in its answer to ``hello``."""

    engine: str
    java: str
    store: str
    """``memory``, or where sagas are kept."""
    unfinished: int
    """How many sagas of the store have not ended, and are run by no other engine."""
    owner: int
    """The engine's number among the owners of the store."""
    fence: int
    """Another one for every engine process of a journal."""
    monotonic_ms: int
    """Java's monotonic clock."""

    @classmethod
    def from_wire(cls, answer: Mapping[str, Any]) -> Welcome:
        """The welcome in an answer to ``hello``."""
        engine, java, store = (str(answer.get(name)) for name in ("engine", "java", "store"))
        unfinished, owner, fence, monotonic_ms = (
            int(answer.get(name) or 0) for name in ("unfinished", "owner", "fence", "monotonic_ms")
        )
        return cls(engine, java, store, unfinished, owner, fence, monotonic_ms)


class Session:
    """One session after another with one engine process.

    Args:
        dial: Opens a connection to the gateway.
        party: Python's side.
        credits: The attempts that may be out at once, by kind.
        settle_ms: How long Java waits for the end of an attempt that it gave up.
        value_limit_bytes: The most that a step's merged input may take as JSON.
        store: Where Java keeps sagas: ``memory``, or the absolute path of a journal.
        store_options: How it keeps them, as PROTOCOL.md says; what is left out Java decides.
        tracing: Whether Java tells what traces need, and the party hears of each batch.
    """

    def __init__(
        self,
        dial: Dial,
        party: Party,
        *,
        credits: Mapping[str, int],
        settle_ms: int,
        value_limit_bytes: int,
        store: str,
        store_options: Mapping[str, object] | None = None,
        tracing: bool = False,
    ) -> None:
        self._out, self._in = Link(dial), Link(dial)
        self._party = party
        self._credits = dict(credits)
        self._settle_ms = settle_ms
        self._value_limit_bytes = value_limit_bytes
        self._store = store
        self._store_options = store_options
        self._tracing = tracing
        self._id = ""
        self._owner = 0
        self._outbox = Outbox()
        self._wake = asyncio.Event()
        self._greeted = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._crowded: deque[asyncio.Future[None]] = deque()
        self._unproved: list[tuple[int, int, asyncio.Future[None]]] = []
        self._order = itertools.count()

    async def open(self) -> Welcome:
        """Say hello, then what hello's order asks for; after ``close`` again, with all that is held.

        Raises:
            CallRefused: Java can't open the store, or speaks another protocol.
            ProtocolError: the answer makes no sense.
            ConnectionError: the gateway can't be reached.
        """
        return await self._greet()

    def begin(self) -> None:
        """Speak and listen in the background until closed; ``party.broken`` hears what else ends it."""
        for work in (self._speak(), self._listen()):
            task = background(work, name="fireflytx-session")
            task.add_done_callback(self._ended)
            self._tasks.append(task)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if task not in self._tasks:
            return  # it was closed, and its end is no news
        if task.cancelled():
            # By other code. A loop that is about to close does so too; then there is no later.
            task.get_loop().call_later(_CANCELLED_FOR_GOOD_S, self._cancelled_by_others)
        elif (error := task.exception()) is not None:
            self._party.broken(error)

    def _cancelled_by_others(self) -> None:
        if self._tasks:
            self._party.broken(RuntimeError("other code has cancelled the engine's background tasks"))

    def post(self, item: bytes) -> int:
        """Say ``item`` with everything else of this turn of the loop; return its position."""
        position = self._outbox.post(item)
        self._wake.set()
        return position

    @property
    def last_position(self) -> int:
        """The position of the last item that was posted."""
        return self._outbox.last_position

    @property
    def durable_position(self) -> int:
        """Everything posted up to this position is durable."""
        return self._outbox.durable_position

    def room(self) -> asyncio.Future[None] | None:
        """None if another request may be posted; else done as soon as few enough bytes are on their way."""
        if not self._is_full():
            return None
        room: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._crowded.append(room)
        return room

    def durable(self, position: int) -> asyncio.Future[None]:
        """Done as soon as everything posted up to ``position`` is durable."""
        proof: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if position > self._outbox.durable_position:
            heapq.heappush(self._unproved, (position, next(self._order), proof))
        else:
            proof.set_result(None)
        return proof

    def _is_full(self) -> bool:
        return self._outbox.size_bytes > OUTBOX_LIMIT_BYTES

    def close(self) -> None:
        """Stop speaking and listening and close both connections; what was waited for stays open."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            if not task.get_loop().is_closed():
                task.cancel()
        self._out.close()
        self._in.close()

    # --- speaking -----------------------------------------------------------------------------------------

    async def _greet(self) -> Welcome:
        self._greeted.clear()
        self._id = secrets.token_hex(16)
        header = messages.hello_header(
            sdk=__version__,
            session=self._id,
            log_level=self._party.log_level(),
            settle_ms=self._settle_ms,
            value_limit_bytes=self._value_limit_bytes,
            credits=self._credits,
            store=self._store,
            replaces=self._owner,
            store_options=self._store_options,
            tracing=self._tracing,
        )
        running = messages.SEPARATOR.join(itertools.starmap(messages.running, self._party.running()))
        asked_s = time.monotonic()
        answer, _ = messages.split(await self._out.call("hello", messages.join(header, running)))
        welcome = Welcome.from_wire(answer)
        self._owner = welcome.owner
        definitions = [messages.define(each) for each in self._party.definitions()]
        for batch in self._outbox.begin_session(definitions, messages.RECOVER):
            await self._transmit(batch)
        self._greeted.set()
        self._wake.set()  # items may have been posted while the old session failed
        self._party.welcomed(welcome, asked_s)
        return welcome

    async def _speak(self) -> None:
        while True:
            try:
                await self._speak_in_one_session()
            except messages.CallRefused as refusal:
                if refusal.code != "no-session":
                    raise
                await self._greet()

    async def _speak_in_one_session(self) -> None:
        while True:
            await self._wake.wait()
            if not self._greeted.is_set():
                await self._greet()
            self._wake.clear()
            while (batch := self._outbox.cut()) is not None:
                await self._transmit(batch)

    async def _transmit(self, batch: Batch) -> None:
        header = messages.send_header(self._id, batch.seq)
        answer, _ = messages.split(await self._out.call("send", messages.join(header, batch.body)))
        if self._tracing:
            self._party.exchanged("send", batch.body.count(messages.SEPARATOR) + 1)
        if answer.get("received") != batch.seq:
            raise ProtocolError(
                f"The engine confirmed batch {answer.get('received')} instead of {batch.seq}."
            )

    # --- listening ----------------------------------------------------------------------------------------

    async def _listen(self) -> None:
        while True:
            await self._greeted.wait()
            session = self._id
            try:
                await self._listen_in(session)
            except messages.CallRefused as refusal:
                if refusal.code != "no-session":
                    raise
                self._ask_for_a_new_session(session)

    def _ask_for_a_new_session(self, refused: str) -> None:
        """Let the speaking task say hello again, unless it did so already: only it may use its connection."""
        if refused == self._id:
            self._greeted.clear()
            self._wake.set()

    async def _listen_in(self, session: str) -> None:
        for batch in itertools.count(1):
            answer, lines = await self._receive(session, batch)
            if session != self._id:
                return  # the new session hands out again what this batch held, and counts batches anew
            self._party.fresh(answer.get("fresh_ms"))
            if self._tracing and lines:
                self._party.exchanged("receive", len(lines))
            self._take(lines, answer.get("durable_upto", 0))

    async def _receive(self, session: str, batch: int) -> tuple[dict[str, Any], list[bytes]]:
        header = messages.receive_header(session, batch, self._credits)
        while True:
            answer, lines = messages.split(await self._in.call("receive", header))
            if not answer.get("superseded"):
                break
        if answer.get("batch") != batch:
            raise ProtocolError(f"The engine sent batch {answer.get('batch')} instead of {batch}.")
        return answer, lines

    def _take(self, lines: Iterable[bytes], durable_upto: int) -> None:
        for line in lines:
            self._party.hear(line)
        # Behind the items: a refusal must be known before what it refuses counts as durable.
        self._prove(durable_upto)

    def _prove(self, durable_upto: int) -> None:
        position = self._outbox.confirm(durable_upto)
        while self._unproved and self._unproved[0][0] <= position:
            _grant(heapq.heappop(self._unproved)[2])
        while self._crowded and not self._is_full():
            _grant(self._crowded.popleft())
        self._party.proved(position)


def _grant(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)
