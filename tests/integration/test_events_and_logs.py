"""What can be watched of a saga: its events and its log records."""

from __future__ import annotations

import asyncio
import logging

import pytest

from fireflytx import SagaEngine, SagaEvent
from fireflytx.decorators.saga import saga, saga_step, step_events

pytestmark = pytest.mark.asyncio


@saga("observed")
class Observed:
    @step_events(topic="orders", include_timing=True, include_payload=True, publish_on_retry=True)
    @saga_step("process-order", retry=2, backoff_ms=1)
    async def process(self, data, context):
        if data.get("fail") or (data.get("flaky") and context.attempt == 1):
            raise ValueError("no")
        return {"processed": True}

    @saga_step("quiet", depends_on="process-order")
    async def quiet(self, data):
        return {}


async def test_listeners_get_the_events_of_a_step_in_order(engine: SagaEngine):
    events: list[SagaEvent] = []
    engine.on_event(events.append)
    await engine.execute(Observed, correlation_id="o-1")
    assert [event.event_type for event in events] == ["order.process.started", "order.process.completed"]
    done = events[-1]
    about = (done.topic, done.saga, done.step, done.correlation_id, done.attempt)
    assert about == ("orders", "observed", "process-order", "o-1", 1)
    assert done.payload is not None
    assert done.duration_ms is not None


async def test_a_retry_and_a_final_failure_are_events_too(engine: SagaEngine):
    types: list[str] = []
    engine.on_event(lambda event: types.append(event.event_type))
    await engine.execute(Observed, {"fail": True})
    assert types[0] == "order.process.started"
    assert types.count("order.process.retrying") == 1
    assert types[-1] == "order.process.failed"


async def test_an_async_listener_is_called_for_one_event_after_the_other(engine: SagaEngine):
    seen: list[str] = []
    both = asyncio.Event()

    @engine.on_event
    async def slow(event: SagaEvent) -> None:
        await asyncio.sleep(0.02 if not seen else 0)
        seen.append(event.event_type)
        if len(seen) == 2:
            both.set()

    await engine.execute(Observed)
    await asyncio.wait_for(both.wait(), 5)
    assert seen == ["order.process.started", "order.process.completed"]


async def test_a_failing_listener_breaks_nothing(engine: SagaEngine, caplog: pytest.LogCaptureFixture):
    @engine.on_event
    def broken(event: SagaEvent) -> None:
        raise RuntimeError("listener")

    with caplog.at_level(logging.ERROR, "fireflytx"):
        assert (await engine.execute(Observed)).is_success
    assert sum("listener failed" in each.getMessage() for each in caplog.records) == 2


async def test_debug_tells_the_whole_story_with_extras(engine: SagaEngine, caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.DEBUG, "fireflytx"):
        await engine.execute(Observed, correlation_id="story")
    story = [each for each in caplog.records if getattr(each, "correlation_id", None) == "story"]
    assert {"process-order", "quiet"} <= {each.step for each in story}
    assert all(hasattr(each, name) for each in story for name in ("saga", "step", "attempt"))


async def test_without_debug_java_is_silent(engine: SagaEngine, caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.WARNING, "fireflytx"):
        await engine.execute(Observed)
    assert caplog.records == []
