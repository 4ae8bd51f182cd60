"""Starts the engine as a child process and guards it: one `Jvm` is one process, from its start to its end."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from fireflytx._bridge.cache_folder import OFF, cache_folder
from fireflytx._bridge.java import Java, find_java
from fireflytx._bridge.process import JvmExit, JvmProcess
from fireflytx._bridge.start_cache import StartCache, leaves_cache_alone
from fireflytx.exceptions import EngineStartError
from fireflytx.logs import process_logger

__all__ = ["Jvm", "JvmExit", "JvmOptions"]

_logger = process_logger()

_MAIN_CLASS = "dev.fireflytx.bridge.Main"
READY_TAG = "FIREFLYTX-READY "
_TOKEN_BYTES = 32
_RETRY_DELAY_S = 0.2
# By then a program that only runs a saga or two has done so.
_MAKE_CACHE_AFTER_S = 3.0
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
    # Machine code early, and in small pieces: engines live shorter than servers (docs/adr/0014).
    "-XX:Tier4InvocationThreshold=1000",
    "-XX:Tier4MinInvocationThreshold=200",
    "-XX:Tier4CompileThreshold=3000",
    "-XX:InlineSmallCode=200",
    "-XX:FreqInlineSize=80",
)
# SQLite's library is native; from then on Java prints a warning about that, and will refuse it one day.
_FIRST_TO_ASK_FOR_NATIVE_ACCESS = 25
_NATIVE_ACCESS = "--enable-native-access=ALL-UNNAMED"


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


@dataclass(frozen=True, slots=True)
class _Requisites:
    """What a start needs, beside the user's options.

    Attributes:
        java: The Java that was found.
        jars: The engine's jars.
        jvm_defaults: The options that every start has.
        cache: What makes starts quicker; None where there can't be one.
    """

    java: Java
    jars: list[str]
    jvm_defaults: list[str]
    cache: StartCache | None

    def command(self, options: JvmOptions) -> list[str]:
        """Returns what to run; may read a cache, and so take some hundredths of a second."""
        cached = [] if self.cache is None else self.cache.options()
        jvm = [*self.jvm_defaults, *cached, *options.jvm_args]
        class_path = os.pathsep.join([*self.jars, *options.java_classpath])
        main = [_MAIN_CLASS, "--parent-pid", str(os.getpid()), *options.engine_args]
        return [self.java.path, *jvm, "-cp", class_path, *main]


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
        threads = ThreadPoolExecutor(max_workers=1, thread_name_prefix="fireflytx-start")
        try:
            loop = asyncio.get_running_loop()
            preparing = loop.run_in_executor(threads, _prepare, options)
            importing = loop.run_in_executor(threads, _import_what_comes_next)
            starter = _Starter(*await preparing, options)
            process, announcement, token = await starter.start()
            await importing
        finally:
            threads.shutdown(wait=False)
        return cls(process, announcement, token, options, starter.cache)

    def __init__(
        self,
        process: JvmProcess,
        announcement: _Announcement,
        token: str,
        options: JvmOptions,
        cache: StartCache | None,
    ) -> None:
        """Wraps a process that is ready; use `start`."""
        self._process = process
        self._stop_timeout_ms = options.stop_timeout_ms
        self._cache = cache
        self.pid = process.pid
        self.port = announcement.port
        self.token = token
        self.java_version = announcement.java
        self.engine_version = announcement.engine
        self.died: asyncio.Future[JvmExit] = process.died
        if cache is not None:
            self.died.add_done_callback(partial(_distrust_after_crash, cache))
            asyncio.get_running_loop().call_later(_MAKE_CACHE_AFTER_S, cache.make)

    async def stop(self, timeout_ms: int | None = None) -> None:
        """Ends the process: closes its input, waits, terminates, waits, kills, reaps. Can be called again.

        Args:
            timeout_ms: How long it may take to end by itself; None means the option `stop_timeout_ms`.
                At most 4 s more pass until it has been killed.
        """
        await self._process.stop(self._stop_timeout_ms if timeout_ms is None else timeout_ms)
        if self._cache is not None:
            self._cache.make()

    def kill_now(self) -> None:
        """Kills and reaps the process silently before it returns; from any thread or finalizer, any time."""
        self._process.kill_now()

    def abandon(self) -> None:
        """Closes this process's copies of the descriptors; a forked child does so by itself at once."""
        self._process.abandon()


class _Starter:
    """Starts one engine, in as many attempts as make sense, before one deadline."""

    def __init__(self, requisites: _Requisites, command: list[str], options: JvmOptions) -> None:
        self._requisites = requisites
        self._command = command
        self._options = options
        self._loop = asyncio.get_running_loop()
        self._deadline_s = self._loop.time() + options.start_timeout_ms / 1000
        self.cache = requisites.cache

    async def start(self) -> tuple[JvmProcess, _Announcement, str]:
        try:
            return await self._attempt()
        except _DiedEarly as early:
            if not early.may_pass():
                raise self._died(early) from None
            if early.exit.is_crash and self.cache is not None and self.cache.discard():
                self._command = self._requisites.command(self._options)
        await asyncio.sleep(_RETRY_DELAY_S)
        try:
            return await self._attempt()
        except _DiedEarly as early:
            raise self._died(early) from None

    def _died(self, early: _DiedEarly) -> EngineStartError:
        exit = early.exit
        return EngineStartError(
            f"{self._wanted()}, but it {exit} before it was ready.{_quoted(exit.stderr_tail)}"
        )

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
                f"{self._wanted()}, but it was not ready after {self._options.start_timeout_ms} ms and was "
                f"killed. On a slow machine, raise the option start_timeout_ms.{_quoted(process.tail)}"
            )
        return ready.result()

    def _wanted(self) -> str:
        java = self._requisites.java
        return f"The engine should start with Java {java.full_version} at {java.path}"


def _prepare(options: JvmOptions) -> tuple[_Requisites, list[str]]:
    """Finds what a start needs; off the loop, since it can take a while."""
    requisites = _requisites(options)
    return requisites, requisites.command(options)


def _requisites(options: JvmOptions) -> _Requisites:
    folder = options.jars_folder or Path(__file__).parent.parent / "_java"
    jars = sorted(str(jar) for jar in folder.glob("*.jar"))
    if not jars:
        raise EngineStartError(f"The engine's jars should be in {folder}, but none are: {_HOW_TO_GET_JARS}")
    java = find_java(options.java)
    kept_in = cache_folder()
    defaults = [*_JVM_DEFAULTS, f"-Dfireflytx.cache={kept_in or OFF}"]
    if java.version >= _FIRST_TO_ASK_FOR_NATIVE_ACCESS:
        defaults.append(_NATIVE_ACCESS)
    if kept_in is None or not leaves_cache_alone(options.jvm_args):
        return _Requisites(java, jars, defaults, None)
    return _Requisites(java, jars, defaults, StartCache(kept_in, java, jars, defaults))


def _import_what_comes_next() -> None:
    """While Java starts: the loop would stand still for these imports later."""
    import py4j.protocol  # noqa: F401
    import tenacity  # noqa: F401


def _distrust_after_crash(cache: StartCache, died: asyncio.Future[JvmExit]) -> None:
    if not died.cancelled() and died.result().is_crash:
        cache.discard()


def _quoted(output: str) -> str:
    return f" Its last output:\n{output}" if output else " It printed nothing."
