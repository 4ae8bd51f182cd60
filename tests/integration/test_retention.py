"""What is left of a saga that ended long ago."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from fireflytx import SagaEngine, SagaStatus
from fireflytx.decorators.saga import saga, saga_step
from fireflytx.exceptions import IdConflictError, ResultExpiredError


@saga("order")
class Order:
    @saga_step("reserve")
    async def reserve(self, order):
        return {"shelf": 7}


@pytest.mark.asyncio
async def test_a_result_expires_and_its_id_stays_taken(tmp_path: Path):
    async with SagaEngine(f"sqlite:///{tmp_path}/sagas.db", retention_ms=1_000) as engine:
        handle = await engine.start(Order, {"book": 1}, correlation_id="o-1")
        assert (await handle.result()).is_success
        while len(await engine.list()):  # noqa: ASYNC110 - the journal has its own time
            await asyncio.sleep(0.1)

        with pytest.raises(ResultExpiredError, match="Saga 'order' o-1 ended as COMPLETED") as expired:
            await handle.result()
        assert expired.value.status == SagaStatus.COMPLETED
        with pytest.raises(ResultExpiredError):
            await engine.execute(Order, {"book": 1}, correlation_id="o-1")
        with pytest.raises(ResultExpiredError):
            await engine.history("o-1")
        with pytest.raises(IdConflictError):
            await engine.start(Order, {"book": 2}, correlation_id="o-1")
        await engine.start(Order, {"book": 1}, correlation_id="o-1")
        assert await (await engine.get("o-1")).status() == SagaStatus.COMPLETED
        assert not await engine.cancel("o-1")
