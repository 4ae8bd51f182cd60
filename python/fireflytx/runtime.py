"""All that lives as long as an engine can be reached: its process, the worker, what is waited for.

Private to the package. A runtime never holds the public engine, so that a forgotten engine can be collected.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from typing import Any

from fireflytx._bridge import items, messages
from fireflytx._bridge.session import Welcome
from fireflytx._sealed import TAG_BYTES
from fireflytx._tasks import background
from fireflytx.boundary import Boundary
from fireflytx.calls import Calls
from fireflytx.events import Listeners, ParkedSaga, SagaEvent, log
from fireflytx.exceptions import (
    CodecError,
    EngineClosedError,
    EngineError,
    FireflyTxError,
    InvalidInputError,
    OutcomeUnknown,
    ValueRefusedError,
)
from fireflytx.freshness import Freshness
from fireflytx.host import EngineHost
from fireflytx.logs import LOGGER, extras, pass_on, wanted_level
from fireflytx.options import EngineOptions
from fireflytx.publishing import Publishing
from fireflytx.registry import Registry
from fireflytx.runs import SagaRuns
from fireflytx.telemetry.hooks import Hooks
from fireflytx.worker import StepWorker

_QUICK_STOP_MS = 2_000
_LONGEST_PUBLISHING_S = 2
_COUNT_EVERY_S = 1.0
_MS = 1000


class Runtime:
    """An engine's process, or with a journal one after the other, and its worker.

    Belongs to the loop that makes it.

    Args:
        options: The engine's options.
        registry: The saga classes; shared with the engine.
        listeners: Who hears the events; shared with the engine.
        parked_listeners: Who hears of sagas that need a person; shared with the engine.
        boundary: Where values come from and go to; shared with the engine.
        on_lost: Called once if the process is lost and no other takes over, before anybody is told.
        hooks: Who watches.

    Attributes:
        calls: What the engine can ask.
    """

    def __init__(
        self,
        options: EngineOptions,
        registry: Registry,
        listeners: Listeners[SagaEvent],
        parked_listeners: Listeners[ParkedSaga],
        boundary: Boundary,
        on_lost: Callable[[Runtime], None],
        hooks: Hooks,
    ) -> None:
        self._options = options
        self._hooks = hooks
        self._counting: asyncio.Task[None] | None = None
        self._listeners = listeners
        self._parked_listeners = parked_listeners
        self._boundary = boundary
        self._on_lost = on_lost
        self._is_over = False
        self._is_closed = False
        self._closing: asyncio.Task[None] | None = None
        self._guard_has_ended = False
        self._guard = self._until_the_loop_closes()
        self._log_level = wanted_level()
        self._runs = runs = SagaRuns()
        self._host = EngineHost(options, self)
        self._session = self._host.session
        self._freshness = Freshness(lambda: self._session.post(messages.PROVE))
        self._worker = StepWorker(
            self._session.post,
            registry,
            runs,
            self._freshness,
            thread_workers=options.thread_workers,
            block_warning_ms=options.block_warning_ms or 0,
            boundary=boundary,
            hooks=hooks,
        )
        place = options.location.journal
        self._publishing = Publishing(
            options.publishers, self._session.post, None if place is None else str(place)
        )
        self.calls = Calls(self._session, registry, runs, hooks)
        self._handlers = self._handlers_by_type()

    async def start(self) -> None:
        """Start the process and begin the session.

        Raises:
            EngineError: Java was not found, did not start, can't open the store, or speaks another protocol.
        """
        await self._guard.__anext__()
        try:
            await self._host.start()
        except BaseException:
            self.kill_now()
            self.close_soon()
            raise
        if self._hooks.is_on:
            self._counting = background(self._count(), name="fireflytx-count")

    def refuse_to_wait_for_its_caller(self) -> None:
        """An EngineError if the caller is a step that ``close`` would wait for."""
        if task := self._worker.calling_task():
            raise EngineError(
                f"Saga '{task.saga}': step '{task.attempt.step}' called shutdown(), which waits for running "
                "steps, and so for this one. Shut the engine down where it was made."
            )

    async def close(self, grace_ms: int) -> None:
        """End everything; running steps get ``grace_ms`` to finish. Can be called again, by several tasks."""
        if self._is_closed:
            return
        self.close_soon(grace_ms)
        if self._closing is not None:
            await asyncio.wait([self._closing])
        if not self._is_closed:  # a loop that ends cancels all tasks, this one maybe before it has begun
            await self._close(0)

    def close_soon(self, grace_ms: int = 0) -> None:
        """Begin to end everything, without waiting. On the loop alone."""
        if self._closing is None and not self._is_closed:
            self._closing = background(self._close(grace_ms), name="fireflytx-close")

    def kill_now(self) -> None:
        """End everything at once, silently; for finalizers, other threads and a loop that doesn't run."""
        self._is_over = True
        self._worker.close()
        self._publishing.kill_now()
        self._host.kill_now()
        self._hooks.closed()

    def follow_log_level(self) -> None:
        """Tell Java if the level of the ``fireflytx`` logger has changed."""
        if wanted_level() != self._log_level:
            self._session.post(messages.log_level(self.log_level()))

    # --- the session's party ------------------------------------------------------------------------------

    def log_level(self) -> str:
        """See ``session.Party``."""
        self._log_level = wanted_level()
        return self._log_level

    def running(self) -> Iterable[tuple[messages.Attempt, int]]:
        """See ``session.Party``."""
        return self._worker.running()

    def definitions(self) -> Iterable[Mapping[str, Any]]:
        """See ``session.Party``."""
        return self.calls.definitions()

    def hear(self, line: bytes) -> None:
        """See ``session.Party``."""
        try:
            item = items.decode_item(line)
            is_sealed = TAG_BYTES in line
            if type(item) is items.Task and item.on_input is not None:
                kept = self._runs.kept_input(item.on_input)
                if kept is None:
                    self._session.post(messages.need_input(item.attempt))
                    return
                item.lay_on(kept.text)
                is_sealed = is_sealed or kept.is_sealed
            if is_sealed:
                self._hear_sealed(item)
            else:
                self._handlers[type(item)](item)
        except items.BadItem as error:
            self._hear_a_bad_item(error)
        except Exception:
            LOGGER.exception(
                "An item of the engine could not be handled; this is a defect of FireflyTX.", extra=extras()
            )

    def welcomed(self, welcome: Welcome, asked_s: float) -> None:
        """See ``session.Party``."""
        self._freshness.begin(welcome.owner, welcome.monotonic_ms, asked_s)
        self._publishing.begin(welcome.fence)

    def fresh(self, proved_ms: int | None) -> None:
        """See ``session.Party``."""
        self._freshness.note(proved_ms)

    def exchanged(self, direction: str, items: int) -> None:
        """See ``session.Party``."""
        self._hooks.batch(direction, items)

    def proved(self, durable_position: int) -> None:
        """See ``session.Party``."""
        self._worker.proved(durable_position)
        self.follow_log_level()

    def broken(self, error: BaseException) -> None:
        """See ``session.Party``."""
        self._host.broken(error)

    # --- the host's guest ---------------------------------------------------------------------------------

    def resumed(self) -> None:
        """See ``host.Guest``."""
        self.calls.ask_again()

    def lost(self, make_error: Callable[[str | None], OutcomeUnknown]) -> None:
        """See ``host.Guest``."""
        if self._is_over:
            return
        self._is_over = True
        self._on_lost(self)
        LOGGER.error("%s", make_error(None), extra=extras())
        self.calls.fail_all(make_error)
        self.close_soon()

    # --- items --------------------------------------------------------------------------------------------

    def _handlers_by_type(self) -> Mapping[type, Callable[[Any], None]]:
        return {
            items.Task: self._worker.begin,
            items.Forget: lambda item: self._runs.forget_input(item.input),
            items.Cancel: lambda item: self._worker.cancel(item.attempt, item.reason),
            items.Finished: self.calls.hear,
            items.Found: self.calls.hear,
            items.CancelAnswer: self.calls.hear,
            items.Listed: self.calls.hear,
            items.Facts: self.calls.hear,
            items.Inspected: self.calls.hear,
            items.Counted: self.calls.hear,
            items.Verified: self.calls.hear,
            items.Transferred: self.calls.hear,
            items.Stopped: self.calls.hear,
            items.Refused: self.calls.hear_refusal,
            items.NeedDefinition: self.calls.hear_need,
            items.Event: self._hear_event,
            items.Publish: self._hear_publish,
            items.AllPublished: self.calls.hear,
            items.Parked: lambda item: self._parked_listeners.publish(ParkedSaga.from_item(item)),
            items.Log: pass_on,
            items.Ping: self._answer_ping,
            items.Joined: self._hooks.joined,
            items.Ended: self._hooks.ended,
            items.Ran: lambda item: self._hooks.ran(self._boundary.shown_ran(item)),
            items.Stats: self.calls.hear,
        }

    def _hear_sealed(self, item: items.Item) -> None:
        """The same for an item with values that have to be decoded first; a task needs all of them."""
        try:
            opened = self._boundary.opened(item)
        except CodecError as error:
            assert isinstance(item, items.Task)
            self._worker.miss(item, error)
        else:
            self._handlers[type(opened)](opened)

    def _hear_event(self, item: items.Event) -> None:
        self._listeners.publish(log(SagaEvent.from_item(self._boundary.shown_event(item))))

    def _hear_publish(self, item: items.Publish) -> None:
        self._publishing.hear(self._boundary.shown_event(item))

    def _answer_ping(self, item: items.Ping) -> None:
        self._session.post(messages.pong(item.ping))

    def _hear_a_bad_item(self, error: items.BadItem) -> None:
        if error.request is not None:
            self.calls.hear_unreadable(error.request, ValueRefusedError(f"The answer can't be read: {error}"))
            return
        if error.attempt is None:
            LOGGER.error("An item of the engine could not be read: %s", error, extra=extras())
            return
        step = error.attempt.step
        self._worker.refuse(
            error.attempt, InvalidInputError(f"The input of step '{step}' can't be read: {error}")
        )

    async def _count(self) -> None:
        while not self._is_over:
            await asyncio.sleep(_COUNT_EVERY_S)
            with contextlib.suppress(FireflyTxError):  # the call that waits for a process is told, or nobody
                self._hooks.counted(await self.calls.stats())

    # --- the end ------------------------------------------------------------------------------------------

    async def _until_the_loop_closes(self) -> AsyncGenerator[None, None]:
        """Stays at its ``yield``: a loop closes its generators before itself, which ends a forgotten one."""
        try:
            yield
        finally:
            self._guard_has_ended = True
            await self.close(0)

    async def _close(self, grace_ms: int) -> None:
        try:
            if not self._is_over:
                await self._finish_steps(grace_ms)
            await self._publishing.close()
            self._is_over = True
            self.calls.fail_all(lambda _: _closed())
            self._worker.close()
            if self._counting is not None:
                self._counting.cancel()
            await self._host.stop(_QUICK_STOP_MS)
        finally:
            self.kill_now()  # nothing is left to kill, unless the above was cancelled
            self._is_closed = True
            if not self._guard_has_ended:
                await self._guard.aclose()

    async def _finish_steps(self, grace_ms: int) -> None:
        """Let what runs end and its outcomes be written, within the limit."""
        with contextlib.suppress(TimeoutError, FireflyTxError):
            async with asyncio.timeout(grace_ms / _MS):
                await self.calls.stop()
                await self._worker.idle()
                await self._session.durable(self._session.last_position)
                if self._hooks.is_on:
                    self._hooks.counted(await self.calls.stats())
                await self._listeners.drain()
                await self._parked_listeners.drain()
                await self._finish_publishing()

    async def _finish_publishing(self) -> None:
        """Give events that wait a moment; a broker that is down must not hold up an end."""
        if self._options.publishers:
            async with asyncio.timeout(_LONGEST_PUBLISHING_S):
                await self.calls.all_published()


def _closed() -> EngineClosedError:
    return EngineClosedError("The engine was shut down while this was being waited for.")
