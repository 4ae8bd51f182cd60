"""An engine from its first use to its end: its loop, the runtime that serves it, and when it is over.

The public engine is a thin object over this. Nothing in the background holds the public engine, so that the
engine's own end can be noticed and end everything else.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import os
import threading
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from fireflytx._tasks import background
from fireflytx.boundary import Boundary
from fireflytx.events import Listeners, ParkedSaga, SagaEvent
from fireflytx.exceptions import EngineClosedError
from fireflytx.options import EngineOptions
from fireflytx.queries import HistoryFact
from fireflytx.registry import Registry
from fireflytx.runtime import Runtime
from fireflytx.telemetry import hooks_of

T = TypeVar("T")

_inherited: list[Runtime] = []
"""A parent process's runtimes, kept: ending one would disturb the parent's loop, which a fork shares."""


class EngineLife:
    """What a ``SagaEngine`` is made of; starts nothing and needs no loop until it is used."""

    def __init__(self, options: EngineOptions) -> None:
        self.registry = Registry(options.redact, encrypts=options.codec is not None)
        self.boundary = Boundary(
            self.registry,
            codec=options.codec,
            is_durable=options.location.is_durable,
            limit_bytes=options.value_limit_bytes,
        )
        self.listeners: Listeners[SagaEvent] = Listeners()
        self.parked_listeners: Listeners[ParkedSaga] = Listeners()
        self._options = options
        self._hooks = hooks_of(options.telemetry)
        self._binding = threading.Lock()
        self._pid = os.getpid()
        self._home: asyncio.AbstractEventLoop | None = None
        self._runtime: Runtime | None = None
        self._starting: asyncio.Task[Runtime] | None = None
        self._is_closed = False

    def register(self, saga_class: type, factory: Callable[[], Any] | None = None) -> None:
        """Make a class known here, and to a process that runs: unfinished sagas may wait for it."""
        self.registry.register(saga_class, factory)
        home = self._home
        if self._runtime is None or home is None or os.getpid() != self._pid:
            return  # a process that starts is told of every class
        if home is _running_loop():
            self._define_all()  # now, so that what is asked next finds the class
        else:
            with contextlib.suppress(RuntimeError):  # the loop has closed, and the process ended with it
                home.call_soon_threadsafe(self._define_all)

    def _define_all(self) -> None:
        if self._runtime is not None:
            self._runtime.calls.define_all()

    async def call(self, work: Callable[[Runtime], Awaitable[T]]) -> T:
        """Do ``work`` with a runtime that is up, on the engine's own loop, whichever loop asks.

        Raises:
            EngineClosedError: the engine was shut down, or its loop has closed.
            EngineError: no engine process could be started.
        """
        self._leave_parent()
        self._check_is_open()

        async def work_with_runtime() -> T:
            runtime = await self._ready()
            runtime.follow_log_level()
            return await work(runtime)

        return await self._at_home(work_with_runtime)

    async def history(self, correlation_id: str, after: int = 0) -> tuple[HistoryFact, ...]:
        """What has happened to a saga, without its first ``after`` facts, decoded."""
        answer = await self.call(lambda runtime: runtime.calls.history(correlation_id, after))
        opened = self.boundary.opened_fact
        return tuple(HistoryFact.from_wire(opened(fact, correlation_id)) for fact in answer.facts)

    async def shutdown(self) -> None:
        """End everything, running steps first within ``shutdown_timeout_ms``. Can be called again.

        Raises:
            EngineError: called by a step, which it would wait for.
        """
        self._leave_parent()
        if self._runtime is not None:
            self._runtime.refuse_to_wait_for_its_caller()
        self._is_closed = True
        if self._home is None:
            return
        here = asyncio.get_running_loop()
        if self._home is here or self._home.is_running():
            await self._at_home(self._shutdown)
        else:
            self.abandon()

    def abandon(self) -> None:
        """End everything without waiting; for a finalizer, in whichever thread and state of the loop."""
        if os.getpid() != self._pid:
            return
        self._is_closed = True
        runtime, self._runtime = self._runtime, None
        if runtime is None or self._home is None:
            return
        if self._home.is_running():
            with contextlib.suppress(
                RuntimeError
            ):  # closed in between: then its generators have ended the runtime
                self._home.call_soon_threadsafe(runtime.close_soon)
        else:
            runtime.kill_now()

    # --- loops and processes ------------------------------------------------------------------------------

    async def _at_home(self, make_work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        here = asyncio.get_running_loop()
        with self._binding:
            home = self._home = self._home or here
        if home is here:
            return await make_work()
        if not home.is_running():
            raise EngineClosedError(
                "This engine belongs to the event loop that used it first, and that loop "
                f"{'has closed' if home.is_closed() else 'is not running'}. "
                "Make a SagaEngine in the loop that uses it."
            )
        return await self._from_another_loop(make_work(), home)

    async def _from_another_loop(self, work: Coroutine[Any, Any, T], home: asyncio.AbstractEventLoop) -> T:
        try:
            return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, home))
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            raise EngineClosedError(
                "The event loop that this engine belongs to ended during the call."
            ) from None

    def _leave_parent(self) -> None:
        """In a forked child, begin with nothing: process, sockets and loop are the parent's."""
        if os.getpid() == self._pid:
            return
        self._pid = os.getpid()
        if self._runtime is not None:
            _inherited.append(self._runtime)
        self._home = self._runtime = self._starting = None
        self._binding = threading.Lock()
        self._hooks = hooks_of(self._options.telemetry)  # what the parent holds is not held here

    # --- the runtime --------------------------------------------------------------------------------------

    async def _ready(self) -> Runtime:
        self._check_is_open()
        if self._runtime is not None:
            return self._runtime
        if self._starting is None:
            # In a context of its own: what works for all must not see the variables of the first who called.
            self._starting = background(self._start(), name="fireflytx-start", context=contextvars.Context())
        # Shielded: a caller that gives up must not take the start away from the others.
        return await asyncio.shield(self._starting)

    async def _start(self) -> Runtime:
        runtime = Runtime(
            self._options,
            self.registry,
            self.listeners,
            self.parked_listeners,
            self.boundary,
            self._on_lost,
            self._hooks,
        )
        try:
            await runtime.start()
        finally:
            self._starting = None
        if self._is_closed:  # forgotten meanwhile; shutdown waits for a start
            await runtime.close(0)
            self._check_is_open()
        self._runtime = runtime
        self._define_all()  # what was registered while it started
        return runtime

    def _on_lost(self, runtime: Runtime) -> None:
        if self._runtime is runtime:
            self._runtime = None

    async def _shutdown(self) -> None:
        if self._starting is not None:
            await asyncio.wait([self._starting])
        runtime, self._runtime = self._runtime, None
        if runtime is not None:
            await runtime.close(self._options.shutdown_timeout_ms)
        self.listeners.close()
        self.parked_listeners.close()

    def _check_is_open(self) -> None:
        if self._is_closed:
            raise EngineClosedError("This engine was shut down. Make a new SagaEngine.")


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
