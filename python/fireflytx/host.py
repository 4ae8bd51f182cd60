"""The process that an engine runs in: its start, its end, and with a journal the next one in its place.

Private to the package.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Protocol

from fireflytx._bridge import messages
from fireflytx._bridge.gateway import GatewayConnection
from fireflytx._bridge.jvm import READY_TAG, Jvm, JvmExit, JvmOptions
from fireflytx._bridge.session import Party, Session, Welcome
from fireflytx._tasks import background
from fireflytx.exceptions import EngineError, JavaNotFoundError, OutcomeUnknown, StoreError
from fireflytx.logs import LOGGER, extras
from fireflytx.options import EngineOptions
from fireflytx.ownership import WorkerLock
from fireflytx.store import StoreLocation

_FENCED = 75  # Main.java
_STOOD_STILL = "This engine stood still for so long that another one has taken over its sagas"
_MOST_STARTS = 5
_LONGEST_PAUSE_S = 5
_MOST_DEATHS = 10
_DEATHS_COUNT_FOR_S = 60.0


class Guest(Party, Protocol):
    """Who is served: a session's party that outlives the process."""

    def resumed(self) -> None:
        """Another process has taken over, and knows all that was said."""

    def lost(self, make_error: Callable[[str | None], OutcomeUnknown]) -> None:
        """The process is gone, and no other takes over; each error is about the run of an id, if any."""


class EngineHost:
    """The engine's process and its session, for as long as there is one. Belongs to the running loop.

    With a journal, a process that dies is replaced by another, which takes over its sagas; the steps that run
    here don't notice. Without one, all that it ran is lost with it.

    Args:
        options: The engine's options.
        guest: Who is served.

    Attributes:
        session: The conversation with whichever process there is.
    """

    def __init__(self, options: EngineOptions, guest: Guest) -> None:
        self._options = options
        self._guest = guest
        self._jvm: Jvm | None = None
        self._is_over = False
        self._resuming: asyncio.Task[None] | None = None
        self._lock: WorkerLock | None = None
        self._deaths_s: deque[float] = deque(maxlen=_MOST_DEATHS)
        self.session = Session(
            self._dial,
            guest,
            credits=options.credits,
            settle_ms=options.settle_ms,
            value_limit_bytes=options.value_limit_bytes,
            store=options.location.wire,
            store_options=options.store_options,
            tracing=options.has_telemetry,
        )

    async def start(self) -> None:
        """Start the first process and begin the session.

        Raises:
            StoreError: The store can't be opened.
            EngineError: Java was not found, did not start, or speaks another protocol.
        """
        if not self._options.observer:
            self._options.location.prepare()
        welcome = await self._bring_up()
        LOGGER.debug("Engine %s is ready on Java %s.", welcome.engine, welcome.java, extra=extras())
        if self._options.observer:
            LOGGER.info("The sagas in '%s' are observed.", self._options.location.journal, extra=extras())
        elif self._options.location.is_durable:
            self._tell_what_is_left(welcome.unfinished)

    def broken(self, error: BaseException) -> None:
        """The session has ended by ``error``: the process is gone, or of no use any more."""
        if self._jvm is not None and self._jvm.died.done():
            self._on_death(self._jvm.died)
        else:
            self._fall(f"The conversation with the engine broke, and it was stopped: {error}")

    async def stop(self, timeout_ms: int) -> None:
        """End the session and the process, which gets ``timeout_ms`` to end by itself."""
        self._end()
        if self._jvm is not None:
            await self._jvm.stop(timeout_ms)
        self._let_go()

    def kill_now(self) -> None:
        """End both at once, silently; also from other threads while the loop doesn't run."""
        self._end()
        if self._jvm is not None:
            self._jvm.kill_now()
        self._let_go()

    def _end(self) -> None:
        self._is_over = True
        if self._resuming is not None and not self._resuming.get_loop().is_closed():
            self._resuming.cancel()
        self.session.close()

    def _tell_what_is_left(self, unfinished: int) -> None:
        rest = f"{unfinished}; each goes on when its class is registered" if unfinished else "none"
        journal = self._options.location.journal
        LOGGER.info("Sagas are kept in '%s'. Unfinished: %s.", journal, rest, extra=extras())

    # --- one process --------------------------------------------------------------------------------------

    async def _bring_up(self) -> Welcome:
        jvm = self._jvm = await Jvm.start(self._jvm_options())
        try:
            welcome = await self._open()
        except BaseException:
            self.session.close()
            jvm.kill_now()
            raise
        self.session.begin()
        jvm.died.add_done_callback(self._on_death)
        return welcome

    def _jvm_options(self) -> JvmOptions:
        options = self._options
        return JvmOptions(
            java=options.java,
            start_timeout_ms=options.start_timeout_ms,
            jvm_args=options.jvm_args,
            java_classpath=options.java_classpath,
            engine_args=("--journal",) if options.location.is_durable else (),
        )

    async def _open(self) -> Welcome:
        try:
            welcome = await self.session.open()
        except messages.CallRefused as refusal:
            if refusal.code == "store":
                raise StoreError(refusal.reason) from None
            raise
        check_store(welcome, self._options.location)
        self._hold(welcome.owner)
        return welcome

    def _hold(self, owner: int) -> None:
        """Show other engines that this process lives, even while its Java is being replaced.

        Args:
            owner: The number by which the journal knows the engine, 0 where it owns nothing.
        """
        journal = self._options.location.journal
        if journal is None or owner == 0 or (self._lock is not None and self._lock.owner == owner):
            return
        self._let_go()
        self._lock = WorkerLock(journal, owner)

    def _let_go(self) -> None:
        lock, self._lock = self._lock, None
        if lock is not None:
            lock.release()

    async def _dial(self) -> GatewayConnection:
        assert self._jvm is not None
        if self._jvm.died.done():
            exit: JvmExit = self._jvm.died.result()
            raise EngineError(f"The engine's process {exit}.{_last_output(exit)}")
        return await GatewayConnection.open(self._jvm.port, self._jvm.token)

    # --- the next one -------------------------------------------------------------------------------------

    def _on_death(self, died: asyncio.Future[JvmExit]) -> None:
        if not died.cancelled():
            exit = died.result()
            if exit.exit_code == _FENCED:
                self._fall(_STOOD_STILL, exit, then="it joins again")
            else:
                self._fall(f"The engine's process {exit}", exit)

    def _fall(
        self, what: str, exit: JvmExit | None = None, *, then: str = "another one takes over its sagas"
    ) -> None:
        """The process is gone: here it is decided what becomes of its sagas."""
        if self._is_over or self._resuming is not None:
            return
        self.session.close()
        if not self._options.location.is_durable:
            self._lose(f"{what}; its sagas are lost with it. The next call starts a new one.", exit)
        elif self._dies_too_often():
            self._lose(f"{what}; {_MOST_DEATHS} have died within a minute. {self._what_is_kept()}", exit)
        else:
            LOGGER.warning("%s; %s.", what, then, extra=extras())
            self._resuming = background(self._resume(what, exit), name="fireflytx-resume")

    def _dies_too_often(self) -> bool:
        now_s = asyncio.get_running_loop().time()
        self._deaths_s.append(now_s)
        return len(self._deaths_s) == _MOST_DEATHS and now_s - self._deaths_s[0] < _DEATHS_COUNT_FOR_S

    async def _resume(self, what: str, exit: JvmExit | None) -> None:
        try:
            if self._jvm is not None:
                self._jvm.kill_now()  # it may live, without a conversation
            welcome = await self._bring_up_again()
        except Exception as error:
            self._resuming = None
            self._lose(f"{what}, and no other could take over: {error} {self._what_is_kept()}", exit)
        else:
            self._resuming = None
            LOGGER.info(
                "Another engine process has taken over. Unfinished sagas: %d.",
                welcome.unfinished,
                extra=extras(),
            )
            self._guest.resumed()

    async def _bring_up_again(self) -> Welcome:
        from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_random_exponential

        attempts = AsyncRetrying(
            retry=retry_if_exception(_may_pass),
            wait=wait_random_exponential(multiplier=0.1, max=_LONGEST_PAUSE_S),
            stop=stop_after_attempt(_MOST_STARTS),
            reraise=True,
        )
        return await attempts(self._bring_up)

    def _what_is_kept(self) -> str:
        return f"Its sagas are kept in '{self._options.location.journal}' for the next engine there."

    def _lose(self, message: str, exit: JvmExit | None) -> None:
        self._is_over = True
        self._let_go()
        code = None if exit is None else exit.exit_code
        stderr = "" if exit is None else exit.stderr_tail
        text = message + _last_output(exit)
        self._guest.lost(lambda id: OutcomeUnknown(text, correlation_id=id, exit_code=code, stderr=stderr))


def _may_pass(error: BaseException) -> bool:
    return isinstance(error, EngineError | OSError) and not isinstance(error, JavaNotFoundError)


def check_store(welcome: Welcome, location: StoreLocation) -> None:
    """Make sure that the engine keeps sagas where it was told to: jars of an older build don't know the wish.

    Raises:
        StoreError: it keeps them elsewhere.
    """
    if location.is_durable == (welcome.store == "memory"):
        raise StoreError(
            f"The engine keeps sagas in {welcome.store}, not where it was told to. Its jars are of another "
            "build than this package; run 'make build' in a checkout, or install the wheel again."
        )


def _last_output(exit: JvmExit | None) -> str:
    lines = exit.stderr_tail.splitlines() if exit is not None else []
    said = "\n".join(line for line in lines if not line.startswith(READY_TAG))
    return f" Its last output:\n{said}" if said else ""
