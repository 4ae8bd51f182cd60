"""The spans that sagas leave, as an application's exporter gets them."""

from __future__ import annotations

import asyncio
import os
import textwrap
from pathlib import Path
from typing import Any

import pytest
from opentelemetry import baggage, trace
from opentelemetry import context as otel_context
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from opentelemetry.trace import StatusCode
from tests.integration.processes import engines_of, kill, run_script, script
from tests.integration.recorder import Recorder, events, short

from fireflytx import SagaEngine, SagaStatus, compensation_step, create_saga_engine, saga, saga_step
from fireflytx.exceptions import IdConflictError

pytestmark = pytest.mark.asyncio


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


class World:
    """What the steps below do."""

    recorder: Recorder
    broken = False
    begun: asyncio.Event
    release: asyncio.Event


world = World()


@pytest.fixture(autouse=True)
def _afresh(recorder: Recorder) -> None:
    world.recorder, world.broken = recorder, False
    world.begun, world.release = asyncio.Event(), asyncio.Event()


@saga("order")
class Order:
    @saga_step("reserve", compensation=None)
    async def reserve(self, order: dict[str, Any]) -> dict[str, Any]:
        with world.recorder.tracer.start_as_current_span("query"):
            await asyncio.sleep(0)
        return {"reservation": "R-1"}

    @saga_step("charge", depends_on="reserve", compensation=None)
    def charge(self, order: dict[str, Any]) -> None:
        with world.recorder.tracer.start_as_current_span("payment"):
            pass


@saga("slow")
class Slow:
    @saga_step("wait", compensation=None)
    async def wait(self, data: dict[str, Any]) -> None:
        world.begun.set()
        await world.release.wait()


@saga("refused")
class Refused:
    @saga_step("reserve")
    async def reserve(self, order: dict[str, Any]) -> None:
        pass

    @compensation_step("reserve")
    async def free(self, reserved: dict[str, Any]) -> None:
        pass

    @saga_step("charge", depends_on="reserve", retry=2, backoff_ms=1)
    async def charge(self, order: dict[str, Any]) -> None:
        raise ConnectionError("the bank is closed")


@saga("parking")
class Parking:
    @saga_step("transfer", retry=1, timeout_ms=50, in_doubt="park")
    async def transfer(self, data: dict[str, Any]) -> None:
        if world.broken:
            await asyncio.sleep(60)


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
    assert whole.start_time and whole.end_time and last.start_time and last.end_time
    assert whole.start_time - ms <= (recorder.span("order/reserve").start_time or 0)
    assert last.end_time <= whole.end_time + ms


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
    async with create_saga_engine(telemetry=recorder.telemetry) as engine:
        engine.on_parked(lambda parked: seen.append(trace.get_current_span().get_span_context().is_valid))
        world.broken = True
        await engine.execute(Parking)
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


# --- across time and processes ---


async def test_a_second_start_of_an_id_leads_to_the_first_ones_trace(recorder: Recorder):
    async with create_saga_engine(telemetry=recorder.telemetry) as engine:
        for _ in range(2):
            with recorder.tracer.start_as_current_span("request"):
                await engine.execute(Order, correlation_id="o-1")
    first, second = recorder.spans("start order")
    assert short(second.attributes)["joined"] is True
    assert [link.context.span_id for link in second.links] == [first.get_span_context().span_id]
    assert first.links == ()
    assert len(recorder.spans("saga order")) == 1


async def test_a_parked_saga_that_is_retried_goes_on_in_its_trace(recorder: Recorder):
    world.broken = True
    async with create_saga_engine(telemetry=recorder.telemetry) as engine:
        await engine.execute(Parking, correlation_id="p-1")
        world.broken = False
        await engine.retry_step("p-1", "transfer", "the bank has opened")
        assert (await (await engine.get("p-1")).result()).status is SagaStatus.COMPLETED
    parked, completed = recorder.spans("saga parking")
    assert parked.status.description is not None
    assert parked.status.description.startswith("PARKED")
    assert completed.status.status_code is StatusCode.UNSET
    assert parked.end_time is not None
    assert completed.start_time is not None
    assert parked.end_time <= completed.start_time
    assert len({span.get_span_context().trace_id for span in recorder.spans()}) == 1
    assert {recorder.parent(span) for span in (parked, completed)} == {"start parking"}


async def test_a_run_outlives_the_death_of_its_java_process_in_one_trace(recorder: Recorder, tmp_path: Path):
    async with SagaEngine(f"sqlite:///{tmp_path}/s.db", telemetry=recorder.telemetry) as engine:
        waiting = asyncio.ensure_future(engine.execute(Slow))
        await world.begun.wait()
        kill(*engines_of(os.getpid()))
        world.release.set()
        await waiting
    assert recorder.names() == ["start slow", "saga slow", "slow/wait"]
    assert len({span.get_span_context().trace_id for span in recorder.spans()}) == 1
    assert "fireflytx.joined" not in dict(recorder.span("start slow").attributes or {})


FIRST_PROGRAM = """
import asyncio, os, signal
from opentelemetry import baggage, context
from opentelemetry.sdk.trace import TracerProvider
from fireflytx import SagaEngine, saga, saga_step
from fireflytx.telemetry import Telemetry

@saga("slow")
class Slow:
    @saga_step("wait", compensation=None)
    async def wait(self, data):
        os.kill(os.getpid(), signal.SIGKILL)

async def main():
    provider = TracerProvider()
    telemetry = Telemetry(tracer_provider=provider, baggage=True)
    context.attach(baggage.set_baggage("tenant", "acme"))
    with provider.get_tracer("application").start_as_current_span("request") as span:
        print(format(span.get_span_context().trace_id, "032x"), flush=True)
        engine = SagaEngine("sqlite:///s.db", telemetry=telemetry)
        await engine.execute(Slow, correlation_id="s-1")

asyncio.run(main())
"""


async def test_a_program_that_is_started_again_goes_on_with_the_trace_and_the_baggage(tmp_path: Path):
    first = script(FIRST_PROGRAM, tmp_path)
    printed, _ = first.communicate(timeout=60)
    seen: list[object] = []

    @saga("slow")
    class Again:
        @saga_step("wait", compensation=None)
        async def wait(self, data: dict[str, Any]) -> None:
            seen.append(baggage.get_baggage("tenant"))

    recorder = Recorder(baggage=True)
    async with SagaEngine(f"sqlite:///{tmp_path}/s.db", telemetry=recorder.telemetry) as engine:
        engine.register(Again)
        await (await engine.get("s-1")).result()
    assert seen == ["acme"]
    assert recorder.names() == ["saga slow", "slow/wait"]
    assert {format(span.get_span_context().trace_id, "032x") for span in recorder.spans()} == {
        printed.strip()
    }
    assert len({span.parent.span_id for span in recorder.spans() if span.parent}) == 1
    assert short(recorder.span("slow/wait").attributes)["attempt"] == 2


async def test_baggage_stays_out_of_the_journal_unless_it_is_asked_for(recorder: Recorder, tmp_path: Path):
    token = otel_context.attach(baggage.set_baggage("tenant", "a-secret-tenant"))
    try:
        async with SagaEngine(f"sqlite:///{tmp_path}/s.db", telemetry=recorder.telemetry) as engine:
            await engine.execute(Order)
    finally:
        otel_context.detach(token)
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("s.db*"))
    assert b"traceparent" in kept
    assert b"a-secret-tenant" not in kept


async def test_the_history_tells_the_trace_of_a_run(recorder: Recorder):
    async with create_saga_engine(telemetry=recorder.telemetry) as engine:
        result = await engine.execute(Order)
        first = (await engine.history(result.correlation_id))[0]
    context = recorder.span("start order").get_span_context()
    assert first.data["traceparent"].startswith(f"00-{context.trace_id:032x}-{context.span_id:016x}-")


# --- with little or nothing to write to ---


async def test_a_trace_that_is_not_sampled_leaves_no_span_and_stays_so_in_its_attempts():
    recorder = Recorder(ALWAYS_OFF)
    sampled: list[bool] = []

    @saga("silent")
    class Silent:
        @saga_step("a", compensation=None)
        async def a(self, data: dict[str, Any]) -> None:
            context = trace.get_current_span().get_span_context()
            sampled.append(context.trace_flags.sampled)

    async with create_saga_engine(telemetry=recorder.telemetry) as engine:
        await engine.execute(Silent, correlation_id="s-1")
        await engine.execute(Silent, correlation_id="s-1")
        await engine.execute(Refused)
    assert sampled == [False]
    assert recorder.spans() == []


async def test_without_an_sdk_sagas_run_and_nothing_is_kept_of_a_trace():
    async with create_saga_engine(telemetry=True) as engine:
        world.broken = True
        result = await engine.execute(Refused)
        first = (await engine.history(result.correlation_id))[0]
    assert result.status is SagaStatus.COMPENSATED
    assert "traceparent" not in first.data


async def test_a_saga_that_began_without_telemetry_has_a_trace_for_each_attempt(
    recorder: Recorder, tmp_path: Path
):
    store = f"sqlite:///{tmp_path}/s.db"
    engine = SagaEngine(store, shutdown_timeout_ms=0)
    await engine.start(Slow, correlation_id="s-1")
    await world.begun.wait()
    await engine.shutdown()
    world.release.set()
    async with SagaEngine(store, telemetry=recorder.telemetry) as engine:
        engine.register(Slow)
        await (await engine.get("s-1")).result()
    assert {span.name: span.parent for span in recorder.spans()} == {"saga slow": None, "slow/wait": None}


BLOCKED = textwrap.dedent("""
    import asyncio, sys

    class Blocker:
        asked = []
        def find_spec(self, name, path=None, target=None):
            if name.split(".")[0] == "opentelemetry":
                self.asked.append(name)
                raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    sys.meta_path.insert(0, Blocker())
    from fireflytx import create_saga_engine, saga, saga_step
    import fireflytx.telemetry

    @saga("order")
    class Order:
        @saga_step("a", compensation=None)
        async def a(self, data): return {}

    async def main():
        async with create_saga_engine() as engine:
            print((await engine.execute(Order)).status, Blocker.asked)

    asyncio.run(main())
    try:
        create_saga_engine(telemetry=True)
    except ImportError as error:
        print(error)
""")


async def test_without_opentelemetry_nothing_asks_for_it_unless_telemetry_does(tmp_path: Path):
    printed, _ = await asyncio.to_thread(run_script, BLOCKED, tmp_path)
    ran, refused = printed.splitlines()
    assert ran == "COMPLETED []"
    assert refused == (
        "telemetry needs OpenTelemetry (No module named 'opentelemetry'). "
        "Install it with: pip install 'fireflytx[otel]'"
    )
