"""The spans that one run of a saga leaves, as an application's exporter gets them."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.trace import StatusCode
from tests.integration.recorder import Recorder, events, short
from tests.integration.traced import Order, Parking, Refused, Slow, world

from fireflytx import SagaEngine, create_saga_engine, saga, saga_step
from fireflytx.exceptions import IdConflictError

pytestmark = pytest.mark.asyncio


@pytest.fixture
def recorder() -> Recorder:
    recorder = Recorder()
    world.begin_afresh(recorder)
    return recorder


# --- one run ---


async def test_a_run_is_one_trace_below_its_caller_and_steps_spans_hang_below_their_attempts(
    recorder: Recorder,
):
    async with create_saga_engine(telemetry=recorder.telemetry) as engine:
        with recorder.tracer.start_as_current_span("request"):
            await engine.execute(Order, correlation_id="o-1")
    tree = {span.name: recorder.parent(span) for span in recorder.spans()}
    assert tree == {
        "request": None,
        "start order": "request",
        "saga order": "start order",
        "order/reserve": "start order",
        "query": "order/reserve",
        "order/charge": "start order",
        "payment": "order/charge",
    }
    assert len({span.get_span_context().trace_id for span in recorder.spans()}) == 1


async def test_spans_say_what_they_are_about(recorder: Recorder):
    async with create_saga_engine(telemetry=recorder.telemetry) as engine:
        await engine.execute(Order, correlation_id="o-1")
    about = {"fireflytx.saga": "order", "fireflytx.correlation_id": "o-1"}
    assert dict(recorder.span("start order").attributes or {}) == about
    assert dict(recorder.span("saga order").attributes or {}) == {**about, "fireflytx.status": "COMPLETED"}
    assert dict(recorder.span("order/charge").attributes or {}) == {
        **about,
        "fireflytx.step": "charge",
        "fireflytx.direction": "forward",
        "fireflytx.attempt": 1,
        "fireflytx.executor": "python",
        "fireflytx.outcome": "succeeded",
    }
    assert {span.status.status_code for span in recorder.spans()} == {StatusCode.UNSET}


async def test_the_span_of_a_saga_reaches_from_its_start_to_its_end(recorder: Recorder):
    async with create_saga_engine(telemetry=recorder.telemetry) as engine:
        await engine.execute(Order)
    whole, last = recorder.span("saga order"), recorder.span("order/charge")
    ms = 1_000_000  # Java tells whole milliseconds
    assert (whole.start_time or 0) - ms <= (recorder.span("order/reserve").start_time or 0)
    assert 0 < (last.end_time or 0) <= (whole.end_time or 0) + ms


async def test_a_run_without_a_caller_s_span_is_a_trace_of_its_own(recorder: Recorder):
    async with create_saga_engine(telemetry=recorder.telemetry) as engine:
        await engine.execute(Order)
        await engine.execute(Order)
    first, second = recorder.spans("start order")
    assert (first.parent, second.parent) == (None, None)
    assert first.get_span_context().trace_id != second.get_span_context().trace_id


async def test_runs_side_by_side_do_not_mix_their_traces(recorder: Recorder):
    async def one(engine: SagaEngine) -> None:
        with recorder.tracer.start_as_current_span("request") as span:
            await engine.execute(Order)
            assert trace.get_current_span() is span

    async with create_saga_engine(telemetry=recorder.telemetry) as engine:
        await asyncio.gather(*(one(engine) for _ in range(20)))
    by_trace: dict[int, list[str]] = {}
    for span in recorder.spans():
        by_trace.setdefault(span.get_span_context().trace_id, []).append(span.name)
    assert len(by_trace) == 20
    assert {tuple(sorted(names)) for names in by_trace.values()} == {
        ("order/charge", "order/reserve", "payment", "query", "request", "saga order", "start order")
    }


async def test_the_loop_of_the_engine_never_sees_a_span(recorder: Recorder):
    seen: list[bool] = []
    world.broken = True
    engine = create_saga_engine(telemetry=recorder.telemetry)
    engine.on_parked(lambda parked: seen.append(trace.get_current_span().get_span_context().is_valid))
    with recorder.tracer.start_as_current_span("request"):
        await engine.execute(Parking)  # which also starts the engine
    await engine.shutdown()
    assert seen == [False]
    assert not trace.get_current_span().get_span_context().is_valid


# --- what goes wrong ---


async def test_a_failed_attempt_records_its_exception_and_the_next_one_says_that_it_is_another(
    recorder: Recorder,
):
    async with create_saga_engine(telemetry=recorder.telemetry) as engine:
        await engine.execute(Refused)
    first, second = recorder.spans("refused/charge")
    (recorded,) = first.events
    assert recorded.name == "exception"
    assert short(recorded.attributes)["type"] == "ConnectionError"
    assert short(recorded.attributes)["message"] == "the bank is closed"
    assert "in charge" in short(recorded.attributes)["stacktrace"]
    assert (first.status.status_code, first.status.description) == (StatusCode.ERROR, "the bank is closed")
    assert events(second) == ["fireflytx.retry", "exception"]
    assert [short(span.attributes)["attempt"] for span in (first, second)] == [1, 2]
    assert short(second.attributes)["outcome"] == "failed"


async def test_a_compensation_has_a_span_and_the_saga_s_span_says_why_it_was_undone(recorder: Recorder):
    async with create_saga_engine(telemetry=recorder.telemetry) as engine:
        await engine.execute(Refused)
    undoing, whole = recorder.span("refused/reserve compensation"), recorder.span("saga refused")
    assert short(undoing.attributes)["direction"] == "backward"
    assert recorder.parent(undoing) == "start refused"
    assert whole.status.description == "COMPENSATED: ConnectionError at step 'charge'"
    about = short(whole.attributes)
    assert (about["failed_step"], about["type"], about["status"]) == (
        "charge",
        "ConnectionError",
        "COMPENSATED",
    )


async def test_an_attempt_that_takes_too_long_says_so(recorder: Recorder):
    world.broken = True
    async with create_saga_engine(telemetry=recorder.telemetry) as engine:
        await engine.execute(Parking)
    span = recorder.span("parking/transfer")
    assert events(span) == ["fireflytx.timeout"]
    assert (short(span.attributes)["outcome"], short(span.attributes)["type"]) == ("timeout", "timeout")
    assert span.status.status_code is StatusCode.ERROR


async def has_timed_out(engine: SagaEngine, correlation_id: str) -> bool:
    return "attempt-timed-out" in {fact.name for fact in await engine.history(correlation_id)}


async def test_a_thread_that_takes_too_long_goes_on_with_its_span(recorder: Recorder):
    go_on = threading.Event()

    @saga("threaded")
    class Threaded:
        @saga_step("work", retry=1, timeout_ms=50, compensation=None)
        def work(self, data: dict[str, Any]) -> None:
            go_on.wait(20)

    async with create_saga_engine(telemetry=recorder.telemetry) as engine:
        handle = await engine.start(Threaded)
        while not await has_timed_out(engine, handle.correlation_id):  # noqa: ASYNC110 - a history sets no event
            await asyncio.sleep(0.01)
        assert recorder.spans("threaded/work") == []
        go_on.set()
        await handle.result()
    span = recorder.span("threaded/work")
    assert events(span) == ["fireflytx.timeout"]
    assert short(span.attributes)["outcome"] == "succeeded"


async def test_an_attempt_that_is_cancelled_has_stopped_and_not_failed(recorder: Recorder):
    async with create_saga_engine(telemetry=recorder.telemetry) as engine:
        handle = await engine.start(Slow)
        await world.begun.wait()
        await handle.cancel("enough")
        await handle.result()
    span = recorder.span("slow/wait")
    assert events(span) == ["fireflytx.cancel"]
    assert short(span.events[0].attributes)["reason"] == "saga-cancelled"
    assert short(span.attributes)["outcome"] == "stopped"
    assert span.status.status_code is StatusCode.UNSET


@pytest.mark.parametrize("verdict", [True, False])
async def test_a_condition_has_a_span_with_its_verdict(recorder: Recorder, verdict: bool):
    @saga("conditional")
    class Conditional:
        @saga_step("gift", condition=lambda data: data["wrap"], compensation=None)
        async def gift(self, data: dict[str, Any]) -> None:
            pass

    async with create_saga_engine(telemetry=recorder.telemetry) as engine:
        await engine.execute(Conditional, {"wrap": verdict})
    asked = recorder.span("conditional/gift condition")
    assert (short(asked.attributes)["verdict"], short(asked.attributes)["direction"]) == (
        verdict,
        "condition",
    )
    assert len(recorder.spans("conditional/gift")) == verdict


async def test_a_condition_that_raises_records_it(recorder: Recorder):
    @saga("conditional")
    class Conditional:
        @saga_step("gift", condition=lambda data: data["missing"], compensation=None)
        async def gift(self, data: dict[str, Any]) -> None:
            pass

    async with create_saga_engine(telemetry=recorder.telemetry) as engine:
        await engine.execute(Conditional)
    asked = recorder.span("conditional/gift condition")
    assert (short(asked.attributes)["type"], short(asked.attributes)["outcome"]) == (
        "ConditionError",
        "failed",
    )


async def test_a_saga_whose_instance_can_t_be_made_leaves_a_failed_attempt(recorder: Recorder):
    def factory() -> Order:
        raise ConnectionError("no database")

    async with create_saga_engine(telemetry=recorder.telemetry) as engine:
        engine.register(Order, factory)
        await engine.execute(Order)
    spans = recorder.spans("order/reserve")
    assert len(spans) == 3
    assert {short(span.attributes)["type"] for span in spans} == {"ConnectionError"}


async def test_a_start_that_is_refused_says_why(recorder: Recorder):
    async with create_saga_engine(telemetry=recorder.telemetry) as engine:
        await engine.execute(Order, {"n": 1}, correlation_id="o-1")
        with pytest.raises(IdConflictError):
            await engine.execute(Order, {"n": 2}, correlation_id="o-1")
    first, second = recorder.spans("start order")
    assert "error.type" not in dict(first.attributes or {})
    assert dict(second.attributes or {})["error.type"] == "IdConflictError"


async def test_a_step_that_the_end_of_the_engine_leaves_alone_ends_its_span(recorder: Recorder):
    engine = create_saga_engine(telemetry=recorder.telemetry, shutdown_timeout_ms=50)
    await engine.start(Slow)
    await world.begun.wait()
    await engine.shutdown()
    assert short(recorder.span("slow/wait").attributes)["outcome"] == "abandoned"
