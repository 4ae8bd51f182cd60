"""Whether another engine may have taken over the sagas of this one, which stood still for too long.

Private to the package. A process that was frozen (SIGSTOP, a suspended container) goes on in the middle of
what it did, and knows nothing of the time between. So nothing of a user's code begins unless the engine has
shown a moment ago that it owns what it runs.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from fireflytx.exceptions import EngineError

# Another engine waits for 6 s without a sign of life before it takes over.
FRESH_FOR_S = 3.0
_MS = 1000


class TakenOverError(EngineError):
    """Another engine runs this one's sagas now: an attempt that has not begun must not begin any more."""


class Freshness:
    """When the engine's ownership was last proved, by this process's monotonic clock.

    Args:
        ask: Asks the engine for another proof; the next batch brings it.
    """

    def __init__(self, ask: Callable[[], object]) -> None:
        self._ask = ask
        self._owner: int | None = None
        self._offset_s = 0.0
        self._proved_s: float | None = None
        self._waiting: list[asyncio.Future[None]] = []

    def begin(self, owner: int, java_ms: int, asked_s: float) -> None:
        """A session has begun: with which owner, and Java's clock in the answer to what was asked then.

        Both clocks are the machine's, but need not begin at the same time. The offset errs so that a proof
        looks too old, and never too new.
        """
        self._offset_s = asked_s - java_ms / _MS
        is_another = self._owner is not None and self._owner != owner
        self._owner = owner
        if is_another:
            self._release(lambda waiting: waiting.set_exception(_taken_over()))
        elif self._waiting:
            self._ask()

    def note(self, proved_ms: int | None) -> None:
        """A batch says when ownership was proved, by Java's clock; None if nobody can take over."""
        self._proved_s = None if proved_ms is None else proved_ms / _MS + self._offset_s
        if self._waiting and self.is_stale():
            self._ask()
        else:
            self._release(lambda waiting: waiting.set_result(None))

    def _release(self, settle: Callable[[asyncio.Future[None]], None]) -> None:
        released, self._waiting = self._waiting, []
        for waiting in released:
            if not waiting.done():
                settle(waiting)

    def is_stale(self) -> bool:
        """Whether the last proof is too old to begin anything."""
        return self._proved_s is not None and time.monotonic() - self._proved_s > FRESH_FOR_S

    async def proved(self) -> None:
        """Wait until ownership is proved again.

        Raises:
            TakenOverError: another engine has taken over.
        """
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        if len(self._waiting) == 1:
            self._ask()
        await future


def _taken_over() -> TakenOverError:
    return TakenOverError("Another engine has taken over this attempt's saga.")
