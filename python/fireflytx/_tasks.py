"""Tasks that live in the background of somebody else's event loop."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def background(
    work: Coroutine[Any, Any, T],
    *,
    name: str,
    context: contextvars.Context | None = None,
    loop: asyncio.AbstractEventLoop | None = None,
) -> asyncio.Task[T]:
    """Run ``work`` on the running loop as a task that ends without noise.

    To find that loop is a system call in some versions of Python: who makes many tasks names it.

    A user may close the loop without letting its tasks end; asyncio then logs each task that is still
    pending. Such a task is of no use to the user, so the message (asyncio's own switch, used by ``gather``
    too) is off.
    """
    task = (loop or asyncio.get_running_loop()).create_task(work, name=name, context=context)
    task._log_destroy_pending = False  # type: ignore[attr-defined]
    return task
