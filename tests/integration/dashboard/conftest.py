from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
from tests.integration.dashboard.visits import TOKEN, Slow, Transfer, Trip, client_of, warehouse

from fireflytx import SagaEngine, create_saga_engine
from fireflytx.dashboard import Dashboard


@pytest.fixture(autouse=True)
def closed_warehouse() -> None:
    warehouse.is_open = False


@pytest_asyncio.fixture
async def engine() -> AsyncIterator[SagaEngine]:
    async with create_saga_engine(shutdown_timeout_ms=0) as engine:
        for cls in (Trip, Transfer, Slow):
            engine.register(cls)
        yield engine


@pytest_asyncio.fixture
async def stranger(engine: SagaEngine) -> AsyncIterator[httpx.AsyncClient]:
    dashboard = Dashboard(engine, token=TOKEN, allowed_hosts=["127.0.0.1"])
    async with client_of(dashboard) as client:
        yield client


@pytest_asyncio.fixture
async def browser(stranger: httpx.AsyncClient) -> httpx.AsyncClient:
    assert (await stranger.get("/enter", params={"token": TOKEN})).status_code == 200
    return stranger
