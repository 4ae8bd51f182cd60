"""The public engine: make one, execute sagas, shut it down."""

from __future__ import annotations

import contextvars
import os
import weakref
from collections.abc import AsyncGenerator, Callable, Iterable
from datetime import datetime
from types import TracebackType
from typing import Any, TypeVar

from fireflytx._checks import field_names
from fireflytx.calls import Start
from fireflytx.codec import Codec
from fireflytx.context import new_correlation_id
from fireflytx.definition import definition_of
from fireflytx.events import Listener, ParkedSaga, SagaEvent
from fireflytx.exceptions import ObserverError
from fireflytx.life import EngineLife
from fireflytx.lookups import Lookups
from fireflytx.options import EngineOptions, check_correlation_id, check_text, check_timeout, several
from fireflytx.progress import follow
from fireflytx.publishers.base import Publisher
from fireflytx.publishing import check_publishers
from fireflytx.queries import HistoryFact, SagaInfo, SagaPage, query
from fireflytx.report import JournalProblem, JournalReport
from fireflytx.result import SagaResult, SagaStatus
from fireflytx.runtime import Runtime
from fireflytx.telemetry import Telemetry

L = TypeVar("L", bound=Listener[SagaEvent])
P = TypeVar("P", bound=Listener[ParkedSaga])


class SagaEngine(Lookups):
    """Executes sagas. Making one starts nothing; the first use starts its Java process.

    An engine belongs to the event loop that uses it first; calls from the loops of other threads are passed
    on to it. Nobody has to shut it down: it ends with its loop, when it is collected, and with the process.

    Args:
        store: Where sagas are kept. ``"sqlite:///sagas.db"`` is a file below the current folder,
            ``"sqlite:////var/lib/shop/sagas.db"`` an absolute one; ``"memory"`` keeps them as long as the
            engine lives. None asks ``FIREFLYTX_STORE``, and then means ``.fireflytx/journal.db`` below the
            current folder. Several engines on one machine may share a file.
        java: A Java home or executable, 17 or newer; None looks in ``FIREFLYTX_JAVA_HOME``, the bundled
            runtime (``fireflytx[jre]``), ``JAVA_HOME`` and ``PATH``.
        settle_ms: How long an attempt that was given up may take to end before its step is parked.
        thread_workers: The most plain ``def`` steps that run at once; the others wait in Java.
        max_in_flight: The most ``async def`` steps that run at once.
        block_warning_ms: A step that holds the event loop for longer is warned about; None or 0 never warns.
        value_limit_bytes: The most that one input, result or set of context values may take as JSON; at most
            2 MiB.
        retention_ms: How long the journal keeps a saga that has ended; after that only its id and its status
            are known, for 30 days. At least 1 000; None means 7 days. Not with ``"memory"``.
        observer: Look at a journal without running anything in it. ``list``, ``count``, ``inspect``,
            ``history``, ``get``, ``status``, ``result`` and ``verify`` work, also while other engines run its
            sagas; ``cancel`` and a person's decisions go to the engine that runs the saga, or, if it has
            ended, to one that can (NoEngineError if there is none). Everything else raises ObserverError. A
            journal that is not there is a StoreError.
        start_timeout_ms: How long the Java process may take to start.
        shutdown_timeout_ms: How long ``shutdown`` lets running steps finish.
        jvm_args: Further options for the JVM, such as ``("-Xmx1g",)``.
        java_classpath: Jars and folders of classes with the steps that have ``executor="java"``; ``lib/*`` is
            every jar in a folder.
        publishers: Who takes the events of ``step_events`` and ``saga_events`` to their readers, each all of
            them and in order (``fireflytx.publishers``). Events are kept in the store until then.
        telemetry: True makes traces and metrics with OpenTelemetry's global providers, a Telemetry with those
            that it names (``fireflytx[otel]``).
        redact: Fields to mask wherever a value of any saga is shown, as ``@saga(redact=...)`` for one saga.
        codec: Encrypts what the engine keeps, such as ``fireflytx.codec.AesGcmCodec``; see docs/secrets.md.

    Raises:
        ImportError: telemetry is wanted, and OpenTelemetry is not installed.
        StoreNotSupportedError: this version doesn't have the store.
        TypeError: a number is not an integer.
        ValueError: a number is out of its range.
    """

    def __init__(
        self,
        store: str | None = None,
        *,
        java: str | None = None,
        settle_ms: int = 30_000,
        thread_workers: int = 32,
        max_in_flight: int = 10_000,
        block_warning_ms: int | None = 500,
        value_limit_bytes: int = 2 * 1024 * 1024,
        retention_ms: int | None = None,
        observer: bool = False,
        start_timeout_ms: int = 30_000,
        shutdown_timeout_ms: int = 10_000,
        jvm_args: Iterable[str] = (),
        java_classpath: Iterable[str | os.PathLike[str]] = (),
        publishers: Iterable[Publisher] = (),
        telemetry: Telemetry | bool | None = None,
        redact: Iterable[str] = (),
        codec: Codec | None = None,
    ) -> None:
        self._options = EngineOptions(
            store=store,
            java=java,
            settle_ms=settle_ms,
            thread_workers=thread_workers,
            max_in_flight=max_in_flight,
            block_warning_ms=block_warning_ms,
            value_limit_bytes=value_limit_bytes,
            retention_ms=retention_ms,
            observer=observer,
            start_timeout_ms=start_timeout_ms,
            shutdown_timeout_ms=shutdown_timeout_ms,
            jvm_args=several("jvm_args", jvm_args),
            java_classpath=several("java_classpath", java_classpath),
            publishers=check_publishers(publishers),
            telemetry=telemetry,
            redact=field_names("SagaEngine", redact),
            codec=codec,
        )
        self._life = EngineLife(self._options)
        weakref.finalize(self, self._life.abandon)

    async def initialize(self) -> None:
        """Start the engine now and not with the first saga. Optional; can be called again, by several tasks.

        Sagas that an earlier engine left unfinished in the store go on now, if their classes are registered;
        the others when they are.

        Raises:
            StoreError: the store can't be opened.
            EngineError: Java was not found or did not start, or the engine was shut down.
        """
        await self._life.call(_nothing)

    async def shutdown(self) -> None:
        """End the engine: running steps may finish within ``shutdown_timeout_ms``. Can be called again.

        Whoever still waits for a saga gets an EngineClosedError.

        Raises:
            EngineError: a step calls it, which it would wait for.
        """
        await self._life.shutdown()

    async def __aenter__(self) -> SagaEngine:
        """The engine, initialized."""
        await self.initialize()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Shut down."""
        await self.shutdown()

    def register(self, saga_class: type, factory: Callable[[], Any] | None = None) -> None:
        """Make a saga class known: it can be executed by its name, and its unfinished runs go on.

        Args:
            saga_class: A class with ``@saga``.
            factory: Makes an instance for each saga run; needed if the constructor takes arguments.

        Raises:
            DefinitionError: it is no saga, another class has its name, or a factory is missing or no factory.
        """
        self._refuse_if_observer("register")
        self._life.register(saga_class, factory)

    def on_event(self, listener: L) -> L:
        """Call ``listener`` with every SagaEvent that ``step_events`` publish. Works as a decorator.

        Args:
            listener: A plain or async function of one SagaEvent. It gets events in order; if it raises, that
                is logged.

        Returns:
            ``listener``.

        Raises:
            TypeError: it can't be called with one argument.
        """
        self._refuse_if_observer("on_event")
        self._life.listeners.add(listener)
        return listener

    def on_parked(self, listener: P) -> P:
        """Call ``listener`` with a ParkedSaga whenever a saga needs a person. Works as a decorator.

        Args:
            listener: A plain or async function of one ParkedSaga; if it raises, that is logged.

        Returns:
            ``listener``.

        Raises:
            TypeError: it can't be called with one argument.
        """
        self._refuse_if_observer("on_parked")
        self._life.parked_listeners.add(listener)
        return listener

    async def execute(
        self,
        saga: type | str,
        input: object = None,
        *,
        correlation_id: str | None = None,
        timeout_ms: int | None = None,
    ) -> SagaResult:
        """Run a saga to its end and return the result; a failed saga is a result too, not an exception.

        If the caller is cancelled, the saga goes on.

        Args:
            saga: A class with ``@saga``, or the name of a registered one.
            input: A mapping, a pydantic model or a dataclass; None is ``{}``.
            correlation_id: The run's id, up to 200 printable characters; None makes a UUIDv7. An id that was
                used before joins that run.
            timeout_ms: A limit for the whole saga, after which it is compensated.

        Raises:
            UnknownSagaError: no class of that name is registered.
            DefinitionError: the class is no saga.
            ValueRefusedError: JSON can't carry the input, it is too large, or a secret needs a codec.
            CodecError: the codec could not encrypt the input.
            IdConflictError: the id was used with another saga or input.
            ResultExpiredError: the saga ended so long ago that its result is no longer kept.
            StoreError: the store can't be opened.
            EngineError: the engine could not start, was shut down, or was lost.
        """
        self._refuse_if_observer("execute")
        start = self._start_of(saga, input, correlation_id, timeout_ms)
        return SagaResult.from_wire(await self._life.call(lambda runtime: runtime.calls.execute(start)))

    execute_by_class = execute
    execute_saga_class = execute

    async def start(
        self,
        saga: type | str,
        input: object = None,
        *,
        correlation_id: str | None = None,
        timeout_ms: int | None = None,
    ) -> SagaHandle:
        """Start a saga and return a handle as soon as the start is durable.

        Arguments and errors are those of ``execute``.
        """
        self._refuse_if_observer("start")
        start = self._start_of(saga, input, correlation_id, timeout_ms)
        await self._life.call(lambda runtime: runtime.calls.start(start))
        return SagaHandle(self, start.correlation_id, start.registration.definition.name)

    async def get(self, correlation_id: str) -> SagaHandle:
        """The handle of a saga run that was started before.

        Raises:
            UnknownIdError: no run has this id.
        """
        check_correlation_id(correlation_id)
        found = await self._life.call(lambda runtime: runtime.calls.find(correlation_id))
        return SagaHandle(self, correlation_id, found.saga)

    async def cancel(self, correlation_id: str, reason: str = "") -> bool:
        """Cancel a saga, which compensates what it has done.

        Returns:
            Whether it is being cancelled, by this call or an earlier one; False if it compensates for another
            reason, or had ended.

        Raises:
            UnknownIdError: no run has this id.
            PivotPassedError: it has passed its pivot and only goes forward.
            NoEngineError: this is an observer, and no engine runs the saga.
        """
        check_correlation_id(correlation_id)
        check_text("reason", reason)
        return await self._life.call(lambda runtime: runtime.calls.cancel(correlation_id, reason))

    async def retry_step(self, correlation_id: str, step: str, reason: str = "") -> SagaStatus:
        """Try a parked step again, with all its retries.

        This and the decisions below are a person's. Each is kept in the run's history with who took it (the
        user of this process) and why.

        Returns:
            How the saga stands then; ``(await engine.get(id)).result()`` waits for its end.

        Raises:
            UnknownIdError: no run has this id.
            NotWaitingError: the step does not wait for this.
            NoEngineError: the saga's class is not registered here, and no engine that has it is there.
        """
        return await self._resolve("retry-step", correlation_id, step, reason)

    async def complete_step(self, correlation_id: str, step: str, result: object, reason: str) -> SagaStatus:
        """Declare a parked step done, with the result that it would have returned.

        Raises:
            ValueRefusedError: JSON can't carry the result.
        """
        check_text("step", step)
        check_correlation_id(correlation_id)
        boundary = self._life.boundary
        # Whoever shows the result has to know of the secrets in it, by the saga's name.
        saga = (await self.get(correlation_id)).saga if boundary.takes_secrets else ""
        text = boundary.encode(
            result, what="result", whose=lambda: f"Step '{step}'", saga=saga, correlation_id=correlation_id
        )
        return await self._resolve("complete-step", correlation_id, step, reason, text)

    async def fail_step(self, correlation_id: str, step: str, reason: str) -> SagaStatus:
        """Declare that a parked step had no effect; its saga turns back. Refused behind the pivot."""
        return await self._resolve("fail-step", correlation_id, step, reason)

    async def retry_compensation(self, correlation_id: str, reason: str = "") -> SagaStatus:
        """Try every compensation of a run that was given up again, with all its retries."""
        return await self._resolve("retry-compensation", correlation_id, None, reason)

    async def mark_compensated(self, correlation_id: str, step: str, reason: str) -> SagaStatus:
        """Declare a step undone, by hand, whose compensation was given up."""
        return await self._resolve("mark-compensated", correlation_id, step, reason)

    async def skip_compensation(self, correlation_id: str, step: str, reason: str) -> SagaStatus:
        """Let a step whose compensation was given up stay as it is."""
        return await self._resolve("skip-compensation", correlation_id, step, reason)

    async def _resolve(
        self, resolution: str, correlation_id: str, step: str | None, reason: str, result: bytes | None = None
    ) -> SagaStatus:
        check_correlation_id(correlation_id)
        check_text("reason", reason)
        if step is not None:
            check_text("step", step)
        found = await self._life.call(
            lambda runtime: runtime.calls.resolve(
                correlation_id, resolution, step=step, result=result, reason=reason
            )
        )
        return SagaStatus(found.status)

    async def list(
        self,
        *,
        status: SagaStatus | str | None = None,
        saga: type | str | None = None,
        since: datetime | None = None,
        limit: int = 100,
        cursor: str | None = None,
    ) -> SagaPage:
        """The saga runs that the store keeps, the latest start first.

        Args:
            status: Only those that stand so.
            saga: Only those of this class or name, registered or not.
            since: Only those that started then or later; a datetime with a time zone.
            limit: The most on one page, from 1 to 1 000.
            cursor: The ``next_cursor`` of the page before.

        Raises:
            TypeError: an argument has the wrong type.
            ValueError: an argument is out of its range, or ``since`` has no time zone.
        """
        name = definition_of(saga).name if isinstance(saga, type) else saga
        if name is not None:
            check_text("saga", name)
        asked = query(status=status, saga=name, since=since, limit=limit, cursor=cursor)
        listed = await self._life.call(lambda runtime: runtime.calls.list(asked))
        return SagaPage(tuple(map(SagaInfo.from_wire, listed.sagas)), listed.cursor)

    async def history(self, correlation_id: str) -> tuple[HistoryFact, ...]:
        """Everything that has happened to a saga run, in order.

        Raises:
            UnknownIdError: no run has this id.
            ResultExpiredError: the saga ended so long ago that its history is no longer kept.
        """
        check_correlation_id(correlation_id)
        return await self._life.history(correlation_id)

    async def verify(self) -> JournalReport:
        """Read everything in the store and check it, beside the sagas that run.

        Every row's checksum, that no saga lacks a fact, and that its facts lead to where it stands; SQLite's
        own check of its pages first. Problems are told and not raised.

        Raises:
            StoreError: the store can't be read at all.
        """
        found = await self._life.call(lambda runtime: runtime.calls.verify())
        problems = tuple(map(JournalProblem.from_wire, found.problems))
        return JournalReport(found.sagas, found.facts, found.problem_count, problems)

    def _refuse_if_observer(self, call: str) -> None:
        if self._options.observer:
            raise ObserverError(
                f"This engine observes '{self._options.location.journal}'; {call} is for engines that run "
                "its sagas. Make a SagaEngine without observer=True."
            )

    def _start_of(
        self, saga: type | str, input: object, correlation_id: str | None, timeout_ms: int | None
    ) -> Start:
        if correlation_id is not None:
            check_correlation_id(correlation_id)
        check_timeout(timeout_ms)
        registration = self._life.registry.resolve(saga)
        name = registration.definition.name
        # Made here, before the first send: a start that is sent twice is still one saga.
        run_id = correlation_id or new_correlation_id()
        text, input_hash = self._life.boundary.encode_input(
            input, saga=name, correlation_id=run_id, whose=lambda: f"Saga '{name}'"
        )
        return Start(
            registration=registration,
            correlation_id=run_id,
            input=text,
            input_hash=input_hash,
            is_new_id=correlation_id is None,
            timeout_ms=timeout_ms,
            variables=contextvars.copy_context(),
        )


class SagaHandle:
    """One saga run, to be waited for, looked at or cancelled. Comes from ``engine.start`` and ``engine.get``.

    Attributes:
        correlation_id: The run's id.
        saga: The saga's name.
    """

    def __init__(self, engine: SagaEngine, correlation_id: str, saga: str) -> None:
        # The handle holds the engine: as long as somebody may ask for the result, the engine must not be
        # collected.
        self._engine = engine
        self.correlation_id = correlation_id
        self.saga = saga

    def __repr__(self) -> str:
        """The handle's saga and id."""
        return f"SagaHandle(saga={self.saga!r}, correlation_id={self.correlation_id!r})"

    async def result(self) -> SagaResult:
        """Wait for the saga's end and return its result, at once if it has ended.

        Raises:
            UnknownSagaError: the saga has not ended, and its class is not registered here.
            ResultExpiredError: it ended so long ago that its result is no longer kept.
            EngineError: the engine was shut down or lost meanwhile.
        """
        life = self._engine._life
        return SagaResult.from_wire(
            await life.call(lambda runtime: runtime.calls.result(self.correlation_id))
        )

    async def status(self) -> SagaStatus:
        """The saga's status now; RUNNING and COMPENSATING occur only here."""
        found = await self._engine._life.call(lambda runtime: runtime.calls.find(self.correlation_id))
        return SagaStatus(found.status)

    def events(self) -> AsyncGenerator[HistoryFact, None]:
        """The saga's history as it happens: ``async for fact in handle.events()``.

        Begins with what has happened already, and ends when the saga has ended or waits for a person. Works
        for every saga, with events or without, and for observers.

        Raises:
            ResultExpiredError: it ended so long ago that its history is no longer kept.
            EngineError: the engine was shut down or lost meanwhile.
        """
        history = self._engine._life.history
        return follow(self.status, lambda known: history(self.correlation_id, known), self.result)

    async def cancel(self, reason: str = "") -> bool:
        """Cancel the saga; the same as ``engine.cancel``."""
        return await self._engine.cancel(self.correlation_id, reason)


def create_saga_engine(**options: Any) -> SagaEngine:
    """An engine for tests, which keeps its sagas in memory.

    Args:
        **options: The options of ``SagaEngine``, without ``store``.
    """
    return SagaEngine(store="memory", **options)


async def _nothing(runtime: Runtime) -> None:
    """What ``initialize`` does with a runtime that is up."""
