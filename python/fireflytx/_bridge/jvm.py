"""Starts the engine as a child process and guards it: one `Jvm` is one process, from its start to its end."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fireflytx._bridge.java import Java, find_java
from fireflytx._bridge.process import JvmExit, JvmProcess
from fireflytx.exceptions import EngineStartError
from fireflytx.logs import process_logger

__all__ = ["Jvm", "JvmExit", "JvmOptions"]

_logger = process_logger()

_MAIN_CLASS = "dev.fireflytx.bridge.Main"
READY_TAG = "FIREFLYTX-READY "
_TOKEN_BYTES = 32
_ATTEMPTS = 2
_RETRY_DELAY_S = 0.2
_PORT_NOT_BOUND = "java.net.BindException"

_HOW_TO_GET_JARS = (
    "run `make build` in a source checkout, or reinstall the package: pip install --force-reinstall fireflytx"
)

# Before jvm_args, so that the last word is the user's.
_JVM_DEFAULTS = (
    "-Xmx512m",
    "-XX:+UseSerialGC",  # a small heap and one busy thread: others only add threads and memory
    "-XX:+ExitOnOutOfMemoryError",  # a dead engine is noticed and replaced, one that lost a thread is not
    "-XX:-UsePerfData",  # its file in the temporary folder outlives a kill
    "-Dfile.encoding=UTF-8",
)


@dataclass(frozen=True, slots=True)
class JvmOptions:
    """How the engine's process is started and stopped.

    Attributes:
        java: A Java home or `java` executable; None looks for one (see `find_java`).
        jars_folder: The folder with the engine's jars; None means the package's own.
        start_timeout_ms: How long the engine may take until it is ready, a second attempt included.
        stop_timeout_ms: How long it may take to end by itself before it is terminated.
        jvm_args: Options for the JVM, after the defaults (among them `-Xmx512m`).
        java_classpath: Jars and folders with steps in Java, behind the engine's own.
        engine_args: Arguments for the engine's main class.
    """

    java: str | None = None
    jars_folder: Path | None = None
    start_timeout_ms: int = 30_000
    stop_timeout_ms: int = 5_000
    jvm_args: tuple[str, ...] = ()
    java_classpath: tuple[str, ...] = ()
    engine_args: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Announcement:
    """What the engine says of itself when it is ready."""

    port: int
    java: str
    engine: str

    @classmethod
    def parse(cls, text: str) -> _Announcement:
        try:
            fields = json.loads(text)
            return cls(int(fields["port"]), str(fields["java"]), str(fields["engine"]))
        except (ValueError, KeyError, TypeError):
            raise EngineStartError(
                "The Java engine said that it is ready in a form that this SDK does not know. "
                f"Its jars belong to another version: {_HOW_TO_GET_JARS}"
            ) from None


class _DiedEarly(Exception):
    """The process ended before it was ready."""

    def __init__(self, exit: JvmExit) -> None:
        super().__init__(str(exit))
        self.exit = exit

    def may_pass(self) -> bool:
        """Whether another start may fare better: this one was killed (memory?), or a port was taken."""
        return self.exit.exit_code < 0 or _PORT_NOT_BOUND in self.exit.stderr_tail


class Jvm:
    """A running engine process that is ready to be connected to. Belongs to the loop that started it.

    Attributes:
        pid: The process id.
        port: The port that it listens on, at 127.0.0.1.
        token: What a connection has to show. A secret: whoever holds it can run code in the JVM.
        java_version: The full version of the Java that runs it, such as `17.0.15`.
        engine_version: The engine's own version.
        died: Done with a `JvmExit` as soon as the process has ended, for whatever reason.
    """

    @classmethod
    async def start(cls, options: JvmOptions) -> Jvm:
        """Returns an engine that has announced itself.

        Tries a second time where that may help: if the process was killed by a signal, or a port was taken.
        Everything else fails at once. Cancelled, it leaves no process behind.

        Raises:
            JavaNotFoundError: There is no Java 17 or newer.
            EngineStartError: The jars are missing, the process ended early, or it was not ready in time. The
                message has the exit code and the last lines that it printed.
        """
        if os.name != "posix":
            raise EngineStartError("FireflyTX runs on Linux and macOS. On Windows, use it inside WSL.")
        java, class_path = await _off_the_loop(options)
        starter = _Starter(java, class_path, options)
        return cls(*await starter.start(), options)

    def __init__(
        self, process: JvmProcess, announcement: _Announcement, token: str, options: JvmOptions
    ) -> None:
        """Wraps a process that is ready; use `start`."""
        self._process = process
        self._stop_timeout_ms = options.stop_timeout_ms
        self.pid = process.pid
        self.port = announcement.port
        self.token = token
        self.java_version = announcement.java
        self.engine_version = announcement.engine
        self.died: asyncio.Future[JvmExit] = process.died

    async def stop(self, timeout_ms: int | None = None) -> None:
        """Ends the process: closes its input, waits, terminates, waits, kills, reaps. Can be called again.

        Args:
            timeout_ms: How long it may take to end by itself; None means the option `stop_timeout_ms`.
                At most 4 s more pass until it has been killed.
        """
        await self._process.stop(self._stop_timeout_ms if timeout_ms is None else timeout_ms)

    def kill_now(self) -> None:
        """Kills and reaps the process silently before it returns; from any thread or finalizer, any time."""
        self._process.kill_now()

    def abandon(self) -> None:
        """Closes this process's copies of the descriptors; a forked child does so by itself at once."""
        self._process.abandon()


class _Starter:
    """Starts one engine, in as many attempts as make sense, before one deadline."""

    def __init__(self, java: Java, class_path: str, options: JvmOptions) -> None:
        self._java = java
        self._command = _command(java, class_path, options)
        self._timeout_ms = options.start_timeout_ms
        self._loop = asyncio.get_running_loop()
        self._deadline_s = self._loop.time() + options.start_timeout_ms / 1000

    async def start(self) -> tuple[JvmProcess, _Announcement, str]:
        from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_fixed

        attempts = AsyncRetrying(
            retry=retry_if_exception(lambda error: isinstance(error, _DiedEarly) and error.may_pass()),
            stop=stop_after_attempt(_ATTEMPTS),
            wait=wait_fixed(_RETRY_DELAY_S),
            reraise=True,
        )
        try:
            return await attempts(self._attempt)
        except _DiedEarly as early:
            raise EngineStartError(
                f"{self._wanted()}, but it {early.exit} before it was ready.{_quoted(early.exit.stderr_tail)}"
            ) from None

    async def _attempt(self) -> tuple[JvmProcess, _Announcement, str]:
        ready: asyncio.Future[str] = self._loop.create_future()
        process = self._spawn(ready)
        token = secrets.token_hex(_TOKEN_BYTES)
        process.write(token.encode() + b"\n")
        try:
            return process, _Announcement.parse(await self._first_of(ready, process)), token
        except BaseException:
            process.kill_now()
            raise

    def _spawn(self, ready: asyncio.Future[str]) -> JvmProcess:
        def look_for_the_announcement(line: str) -> None:
            if line.startswith(READY_TAG) and not ready.done():
                ready.set_result(line.removeprefix(READY_TAG))

        try:
            return JvmProcess(self._command, on_stdout=look_for_the_announcement)
        except OSError as error:
            raise EngineStartError(f"{self._wanted()}, but it could not be run: {error.strerror}.") from error

    async def _first_of(self, ready: asyncio.Future[str], process: JvmProcess) -> str:
        left_s = max(0.0, self._deadline_s - self._loop.time())
        awaited: set[asyncio.Future[Any]] = {ready, process.died}
        await asyncio.wait(awaited, timeout=left_s, return_when=asyncio.FIRST_COMPLETED)
        if process.died.done():
            raise _DiedEarly(process.died.result())
        if not ready.done():
            raise EngineStartError(
                f"{self._wanted()}, but it was not ready after {self._timeout_ms} ms and was killed. On a "
                f"slow machine, raise the option start_timeout_ms.{_quoted(process.tail)}"
            )
        return ready.result()

    def _wanted(self) -> str:
        return f"The engine should start with Java {self._java.full_version} at {self._java.path}"


async def _off_the_loop(options: JvmOptions) -> tuple[Java, str]:
    """Finds what a start needs in a thread that ends with its work, since it can take a while."""
    threads = ThreadPoolExecutor(max_workers=1, thread_name_prefix="fireflytx-find-java")
    try:
        return await asyncio.get_running_loop().run_in_executor(threads, _requisites, options)
    finally:
        threads.shutdown(wait=False)


def _requisites(options: JvmOptions) -> tuple[Java, str]:
    import py4j.protocol  # noqa: F401 - both are needed soon, and the loop would stand still for their import
    import tenacity  # noqa: F401

    folder = options.jars_folder or Path(__file__).parent.parent / "_java"
    jars = sorted(str(jar) for jar in folder.glob("*.jar"))
    if not jars:
        raise EngineStartError(f"The engine's jars should be in {folder}, but none are: {_HOW_TO_GET_JARS}")
    return find_java(options.java), os.pathsep.join([*jars, *options.java_classpath])


def _command(java: Java, class_path: str, options: JvmOptions) -> list[str]:
    main = (_MAIN_CLASS, "--parent-pid", str(os.getpid()))
    return [java.path, *_JVM_DEFAULTS, *options.jvm_args, "-cp", class_path, *main, *options.engine_args]


def _quoted(output: str) -> str:
    return f" Its last output:\n{output}" if output else " It printed nothing."
