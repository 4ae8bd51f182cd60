"""Fixtures for the tests of the engine's process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from tests.unit.fake_java import FakeJava

from fireflytx._bridge.jvm import Jvm, JvmOptions


@pytest.fixture(autouse=True)
def no_start_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands in for Java here must not be asked to fill the user's cache."""
    monkeypatch.setenv("FIREFLYTX_CACHE", "off")


@pytest.fixture
def fake_java(tmp_path: Path) -> FakeJava:
    return FakeJava(tmp_path)


@pytest_asyncio.fixture
async def start_jvm() -> AsyncIterator[Callable[[JvmOptions], Awaitable[Jvm]]]:
    """Starts engines and makes sure that none outlives its test."""
    started: list[Jvm] = []

    async def start_one(options: JvmOptions) -> Jvm:
        started.append(await Jvm.start(options))
        return started[-1]

    yield start_one
    for jvm in started:
        jvm.kill_now()
