"""Where the engine lets itself be watched. These do nothing, which is what most engines need.

Private to the package. ``otel.py`` has the ones that make spans and metrics.
"""

from __future__ import annotations

import asyncio
from contextvars import Context

from fireflytx._bridge.items import Ended, Joined, Ran, Stats, Task
from fireflytx._bridge.messages import Failure


class Beginning:
    """A saga is being started, from the call until the start is durable or refused.

    Attributes:
        trace: The headers of the trace that the saga belongs to, as a JSON object; None without one.
    """

    __slots__ = ()
    trace: bytes | None = None

    def __enter__(self) -> Beginning:
        """The beginning, which ends with the block at the latest."""
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        """It is over; ``error`` says why the saga was not started, or why nobody waits for it any more."""

    def until(self, durable: asyncio.Future[None]) -> None:
        """It is over as soon as ``durable`` is done, though the block goes on."""


class Scope:
    """One attempt, from its task to its outcome. Safe from the thread that the attempt runs in."""

    __slots__ = ()

    def succeeded(self) -> None:
        """It has returned."""

    def decided(self, verdict: bool) -> None:
        """It was a condition's, and this is its verdict."""

    def failed(self, failure: Failure) -> None:
        """It has raised, or its code could not begin. ``failure`` is all that is told of an exception."""

    def told_to_stop(self, reason: str) -> None:
        """Java has cancelled it: ``timeout``, ``saga-cancelled``, ``saga-timeout`` or ``superseded``."""

    def stopped(self) -> None:
        """It has ended since it was told to."""

    def end(self) -> None:
        """Nothing more comes; without any of the above, it was left alone with the engine's end."""


class Hooks:
    """What the engine calls while it works. None of these may raise or block.

    Attributes:
        is_on: Whether anybody watches, so that Java has to tell of more than steps need.
    """

    __slots__ = ()
    is_on: bool = False

    def beginning(self, saga: str, correlation_id: str, variables: Context) -> Beginning:
        """A saga is being started; ``variables`` are its caller's."""
        return NO_BEGINNING

    def attempt(self, task: Task, variables: Context) -> Scope:
        """An attempt begins; what its code shall see of a trace is put into ``variables``."""
        return NO_SCOPE

    def joined(self, item: Joined) -> None:
        """A start has joined a run that was there already."""

    def ended(self, item: Ended) -> None:
        """A saga has ended, or waits for a person."""

    def ran(self, item: Ran) -> None:
        """Java has run an attempt."""

    def counted(self, stats: Stats) -> None:
        """What Java has done and holds."""

    def batch(self, direction: str, items: int) -> None:
        """That many items have crossed the bridge together; ``direction`` is ``send`` or ``receive``."""

    def closed(self) -> None:
        """The engine's process is gone, and no other takes over."""


NO_BEGINNING = Beginning()
NO_SCOPE = Scope()
NO_HOOKS = Hooks()
