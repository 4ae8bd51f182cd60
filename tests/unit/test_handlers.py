"""What a run is told whose class has changed since it began."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.worker_bench import Bench, bench

from fireflytx._bridge.items import Task
from fireflytx._bridge.messages import Attempt
from fireflytx.decorators.saga import saga, saga_step

pytestmark = pytest.mark.asyncio
__all__ = ["bench"]


@saga("order", version=2)
class Order:
    @saga_step("charge")
    async def charge(self, order):
        return {}


async def missing(bench: Bench, step: str = "charge", direction: str = "forward", **fields: Any) -> str:
    """Why the code that this task needs is not there."""
    outcome = await bench.run(Order, step, direction=direction, **{"version": "2", **fields})
    assert outcome["outcome"] == "missing"
    return outcome["message"]


async def test_a_task_of_an_unknown_saga_misses_its_class(bench: Bench):
    bench.worker.begin(Task(Attempt("c", "s", "forward", 1, 1), "nobody", {}, 1, {}, [], {}, False))
    assert (await bench.outcome())["message"] == (
        "Saga 'nobody' is not registered in this process. Register its class and call retry_step, or decide "
        "with complete_step or fail_step."
    )


async def test_a_step_that_is_gone_is_named_with_what_there_is(bench: Bench):
    assert await missing(bench, "charg") == (
        f"This run of saga 'order' began with a step 'charg', which {__name__}.Order does not have any more. "
        "Did you mean 'charge'? Steps: charge. Bring it back and call retry_step, or decide with "
        "complete_step or fail_step."
    )


async def test_a_condition_that_is_gone_is_named(bench: Bench):
    message = await missing(bench, direction="condition")
    assert message.startswith("This run of saga 'order' began with a condition of step 'charge', which ")


async def test_a_compensation_that_is_gone_is_named_with_the_decisions_about_it(bench: Bench):
    assert await missing(bench, direction="backward") == (
        f"This run of saga 'order' began with a compensation of step 'charge', which {__name__}.Order does "
        "not have any more. Bring it back and call retry_compensation, or decide with mark_compensated or "
        "skip_compensation."
    )


async def test_a_run_of_another_version_does_not_run_this_one(bench: Bench):
    assert await missing(bench, version="1") == (
        f"This run of saga 'order' began with version '1'; {__name__}.Order has version '2'. Register the "
        "class with version '1' again and call retry_step, or decide with complete_step or fail_step."
    )


async def test_a_run_without_a_version_does_not_run_one(bench: Bench):
    assert "began without a version" in await missing(bench, version=None)


async def test_a_run_of_this_version_runs(bench: Bench):
    assert (await bench.run(Order, "charge", version="2"))["outcome"] == "succeeded"
