"""One connection to the gateway that outlives its sockets: a call whose socket broke is made again.

Making a call again is safe because every call carries a number, and Java gives a number that it knows its
first answer.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from fireflytx.exceptions import ProtocolError

_MOST_LOSSES = 5
_DIALLING_S = 10.0


class Connection(Protocol):
    """What a link needs of a connection; ``gateway.GatewayConnection`` is the real one."""

    async def call(self, method: str, text: bytes) -> bytes:
        """The answer to one call; raises ConnectionError if the socket broke before it came."""
        ...

    def close(self) -> None:
        """Let go of the socket."""


Dial = Callable[[], Awaitable[Connection]]


class Link:
    """Calls over one connection at a time, opened when first needed and opened again when it breaks."""

    def __init__(self, dial: Dial) -> None:
        self._dial = dial
        self._connection: Connection | None = None

    async def call(self, method: str, text: bytes) -> bytes:
        """The answer to a call.

        Raises:
            ConnectionError: the gateway can't be reached for 10 s.
            ProtocolError: the connection broke five times in a row under this very call.
        """
        for _ in range(_MOST_LOSSES):
            connection = self._connection or await self._open()
            try:
                return await connection.call(method, text)
            except ConnectionError:
                self._connection = None
        raise ProtocolError(
            f"The engine closed the connection {_MOST_LOSSES} times under one call of {method!r}, "
            f"which has {len(text)} bytes."
        )

    async def _open(self) -> Connection:
        # Imported here: tenacity costs 20 ms, and a session that never breaks needs it once.
        from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_delay, wait_random_exponential

        attempts = AsyncRetrying(
            retry=retry_if_exception_type(OSError),
            wait=wait_random_exponential(multiplier=0.01, max=0.5),
            stop=stop_after_delay(_DIALLING_S),
            reraise=True,
        )
        connection: Connection = await attempts(self._dial)
        self._connection = connection
        return connection

    def close(self) -> None:
        """Close the connection, if there is one."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
