"""A worker whose outcomes are caught, for the tests of its parts."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest_asyncio

from fireflytx._bridge.items import Task
from fireflytx._bridge.messages import Attempt
from fireflytx.boundary import Boundary
from fireflytx.decorators.saga import compensation_step, saga, saga_step
from fireflytx.freshness import Freshness
from fireflytx.registry import Registry
from fireflytx.runs import SagaRuns
from fireflytx.worker import StepWorker

Json = dict[str, Any]


class Bench:
    """A worker whose outcomes are caught."""

    def __init__(self) -> None:
        self.outcomes: list[Json] = []
        self.registry = Registry()
        self.runs = SagaRuns()
        self.proofs_asked = 0
        self.freshness = Freshness(self._ask_for_proof)
        self.worker = StepWorker(
            self._post,
            self.registry,
            self.runs,
            self.freshness,
            thread_workers=4,
            block_warning_ms=0,
            boundary=Boundary(self.registry, limit_bytes=1000),
        )

    def _ask_for_proof(self) -> None:
        self.proofs_asked += 1

    def _post(self, item: bytes) -> int:
        self.outcomes.append(json.loads(item))
        return len(self.outcomes)

    def begin(
        self, saga_class: type, step: str = "step", *, direction: str = "forward", **fields: Any
    ) -> Attempt:
        registration = self.registry.register(saga_class)
        attempt = Attempt(fields.pop("correlation_id", "c"), step, direction, fields.pop("number", 1), 1)
        task: Json = {
            "data": {},
            "timeout_ms": 1000,
            "results": [],
            "context": {},
            "in_doubt": False,
            **fields,
        }
        task.setdefault("input", task["data"])
        self.worker.begin(Task(attempt, registration.definition.name, **task))
        return attempt

    async def outcome(self) -> Json:
        """The next outcome."""
        await self.until(lambda: self.outcomes)
        return self.outcomes.pop(0)

    async def run(self, saga_class: type, step: str = "step", **fields: Any) -> Json:
        self.begin(saga_class, step, **fields)
        return await self.outcome()

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(5):
            while not condition():  # noqa: ASYNC110 - threads are waited for as well
                await asyncio.sleep(0.001)


@pytest_asyncio.fixture
async def bench() -> AsyncIterator[Bench]:
    bench = Bench()
    yield bench
    bench.worker.close()
    await asyncio.sleep(0)


def saga_of(step: Callable[..., Any], *, undo: Callable[..., Any] | None = None, **options: Any) -> type:
    """A saga with the one step ``step``."""
    members: Json = {"do": saga_step("step", **options)(step)}
    if undo is not None:
        members["undo"] = compensation_step("step")(undo)
    return saga("bench")(type("BenchSaga", (), members))
