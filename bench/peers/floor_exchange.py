"""A floor: the same bytes to and from a Java process, which answers them and decides nothing."""

from __future__ import annotations

import asyncio
import itertools
import os
import subprocess

from bench.exchanges import Exchange, waves
from bench.peers import ECHO_CLASSES, JAVA_VARIABLE, Setting


class Runner:
    """Exchanges messages with ``Echo.java``, which with the store ``sync`` first syncs each batch."""

    def __init__(self, setting: Setting, store: str) -> None:
        self._workload = setting.workload
        self._actions = setting.actions
        self._waves = waves(setting.workload)
        self._log = [str(setting.folder / "log")] if store == "sync" else []
        self._echo: subprocess.Popen[bytes] | None = None
        self._link = _Link()

    async def start(self) -> None:
        """Start the Java process and connect to it."""
        self._echo = _start_echo(self._log)
        assert self._echo.stdout is not None
        port = int(await asyncio.to_thread(self._echo.stdout.readline))
        await asyncio.get_running_loop().create_connection(lambda: self._link, "127.0.0.1", port)

    async def run_saga(self, number: int) -> bool:
        """Exchange what one saga exchanges, and run its steps."""
        order = self._workload.order(number)
        for wave in self._waves:
            await asyncio.gather(*(self._exchange(each, order) for each in wave))
        return self._workload.completes

    async def stop(self) -> None:
        """Close the connection; the Java process ends with it."""
        self._link.close()
        if self._echo is not None:
            await asyncio.to_thread(self._echo.wait)

    async def _exchange(self, exchange: Exchange, order: dict[str, object]) -> None:
        await self._link.ask(exchange)
        for step in exchange.acts:
            if not step.fails:
                await self._actions.act(step, order)
        for step in exchange.undoes:
            await self._actions.undo(step)


def _start_echo(arguments: list[str]) -> subprocess.Popen[bytes]:
    command = [os.environ[JAVA_VARIABLE], "-XX:+UseSerialGC", "-cp", str(ECHO_CLASSES), "Echo", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE)


class _Link(asyncio.Protocol):
    """Sends at once what has come together in one turn of the event loop."""

    def __init__(self) -> None:
        self._numbers = itertools.count()
        self._waiting: dict[bytes, asyncio.Future[None]] = {}
        self._unsent: list[bytes] = []
        self._rest: list[bytes] = []
        self._transport: asyncio.Transport | None = None

    def ask(self, exchange: Exchange) -> asyncio.Future[None]:
        """Send a message; done when its answer is there."""
        loop = asyncio.get_running_loop()
        if not self._unsent:
            loop.call_soon(self._flush)
        number = b"%d" % next(self._numbers)
        self._unsent.append(b"%s %d %s\n" % (number, exchange.down_bytes, b"u" * exchange.up_bytes))
        answered = self._waiting[number] = loop.create_future()
        return answered

    def close(self) -> None:
        """Close the connection."""
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._rest.append(data)
        if b"\n" not in data:
            return
        *lines, rest = b"".join(self._rest).split(b"\n")
        self._rest = [rest]
        for line in lines:
            self._waiting.pop(line[: line.index(b" ")]).set_result(None)

    def _flush(self) -> None:
        assert self._transport is not None
        self._transport.write(b"".join(self._unsent))
        self._unsent.clear()
