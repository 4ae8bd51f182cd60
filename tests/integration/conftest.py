from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from fireflytx import SagaEngine, create_saga_engine


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "/integration/" in item.path.as_posix():
            item.add_marker(pytest.mark.integration)


@pytest_asyncio.fixture
async def engine() -> AsyncIterator[SagaEngine]:
    async with create_saga_engine() as engine:
        yield engine
