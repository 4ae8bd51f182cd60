"""Serves a dashboard by itself, for ``fireflytx dashboard``."""

from __future__ import annotations

import asyncio
import errno
import logging
from collections.abc import Callable
from ipaddress import ip_address
from urllib.parse import quote

import uvicorn

from fireflytx.dashboard.access import Token
from fireflytx.dashboard.app import Dashboard
from fireflytx.engine import SagaEngine

_LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")
# Then open streams are cut: they would hold the end up for half a minute.
_GRACE_S = 1


class CantListen(Exception):
    """The address can't be had; the text says why."""


class _Server(uvicorn.Server):
    """Says where it listens as soon as it does."""

    def __init__(self, config: uvicorn.Config, listening: Callable[[int], None]) -> None:
        super().__init__(config)
        self._listening = listening

    async def startup(self, sockets: object = None) -> None:
        await super().startup()
        if self.started:
            self._listening(self.servers[0].sockets[0].getsockname()[1])


async def serve(
    engine: SagaEngine,
    *,
    host: str,
    port: int,
    say: Callable[[str], None],
    token: str | None = None,
    read_only: bool = False,
    host_names: tuple[str, ...] = (),
    root_path: str = "",
) -> None:
    """Serve until the program is told to stop.

    Args:
        engine: Whose sagas to show.
        host: The address to listen on.
        port: The port; 0 takes a free one.
        say: Told the address to open, with a token, and a new one whenever that has been used.
        token: What browsers have to bring; None makes one that counts once, and another after it.
        read_only: Show everything, and refuse every action.
        host_names: Names besides those of this machine that browsers may call it by.
        root_path: Where a reverse proxy shows it.

    Raises:
        CantListen: the address can't be had.
        ValueError: the token is too short.
    """
    addresses = _Addresses(host, root_path, say)
    known = Token(token, is_once=token is None, renewed=addresses.tell)
    dashboard = Dashboard(
        engine,
        token=known,
        secret=token,
        read_only=read_only,
        allowed_hosts={*_LOOPBACK_NAMES, host, *host_names},
    )
    config = uvicorn.Config(
        dashboard,
        host=host,
        port=port,
        root_path=root_path,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE_S,
    )
    server = _Server(config, lambda at: addresses.begin(at, known.value if token is None else None))
    await _run(server, host, port)


class _Addresses:
    """Says where the dashboard is, and with which token."""

    def __init__(self, host: str, root_path: str, say: Callable[[str], None]) -> None:
        self._host = f"[{host}]" if ":" in host else host
        self._root_path = root_path
        self._say = say
        self._base = ""

    def begin(self, port: int, token: str | None) -> None:
        """It listens; None leaves out a token that people have themselves."""
        self._base = f"http://{self._host}:{port}{self._root_path}"
        if token is None:
            self._say(f"{self._base}/")
        else:
            self.tell(token)

    def tell(self, token: str) -> None:
        """This is the token from now on."""
        self._say(f"{self._base}/enter?token={quote(token)}")


async def _run(server: uvicorn.Server, host: str, port: int) -> None:
    problems = _Problems()
    logging.getLogger("uvicorn.error").addHandler(problems)
    serving = asyncio.ensure_future(_served(server))
    try:
        has_listened = await asyncio.shield(serving)
    except asyncio.CancelledError:
        server.should_exit = True  # it closes its sockets itself
        await asyncio.wait([serving])
        raise
    finally:
        logging.getLogger("uvicorn.error").removeHandler(problems)
    if not has_listened:
        reason = problems.last or "see the log"
        raise CantListen(f"Can't listen on {host}:{port}: {reason}. Choose another --port.")


async def _served(server: uvicorn.Server) -> bool:
    """Serve to the end; False if it did not come to a beginning, which uvicorn ends the program for."""
    try:
        await server.serve()
    except SystemExit:
        return False
    return server.started


class _Problems(logging.Handler):
    """Keeps what the server says before it gives up."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.last = ""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.msg
        is_taken = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
        self.last = "it is taken" if is_taken else str(record.getMessage())


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
