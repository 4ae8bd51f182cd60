"""Sagas in scripts without asyncio."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fireflytx.result import SagaResult


def run(
    saga: type,
    input: object = None,
    *,
    correlation_id: str | None = None,
    timeout_ms: int | None = None,
    **engine_options: Any,
) -> SagaResult:
    """Run one saga to its end in an engine of its own, and return the result.

    Args:
        saga: A class with ``@saga``.
        input: A mapping, a pydantic model or a dataclass; None is ``{}``.
        correlation_id: The run's id; None makes one.
        timeout_ms: A limit for the whole saga.
        **engine_options: The options of ``SagaEngine``.

    Raises:
        RuntimeError: an event loop is running already; use ``SagaEngine`` there.
        FireflyTxError: as ``SagaEngine.execute``.
    """
    _check_no_loop_runs()
    return asyncio.run(_run(saga, input, correlation_id, timeout_ms, engine_options))


async def _run(
    saga: type,
    input: object,
    correlation_id: str | None,
    timeout_ms: int | None,
    engine_options: dict[str, Any],
) -> SagaResult:
    from fireflytx import SagaEngine

    async with SagaEngine(**engine_options) as engine:
        return await engine.execute(saga, input, correlation_id=correlation_id, timeout_ms=timeout_ms)


def _check_no_loop_runs() -> None:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise RuntimeError(
        "fireflytx.run is for scripts, and an event loop is running here. "
        "Use 'async with SagaEngine() as engine: await engine.execute(...)' instead."
    )
