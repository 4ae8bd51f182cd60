"""Traces across time and processes, and telemetry that has nothing to write to."""

from __future__ import annotations

import asyncio
import os
import textwrap
from pathlib import Path
from typing import Any

import pytest
from opentelemetry import baggage, trace
from opentelemetry import context as otel_context
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from opentelemetry.trace import StatusCode
from tests.integration.processes import engines_of, kill, run_script, script
from tests.integration.recorder import Recorder, short
from tests.integration.traced import Order, Parking, Refused, Slow, world

from fireflytx import SagaEngine, SagaStatus, create_saga_engine, saga, saga_step
from fireflytx.telemetry import Telemetry

pytestmark = pytest.mark.asyncio


@pytest.fixture
def recorder() -> Recorder:
    recorder = Recorder()
    world.begin_afresh(recorder)
    return recorder


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


def files_in(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


async def test_baggage_stays_out_of_the_journal_unless_it_is_asked_for(recorder: Recorder, tmp_path: Path):
    token = otel_context.attach(baggage.set_baggage("tenant", "a-secret-tenant"))
    try:
        async with SagaEngine(f"sqlite:///{tmp_path}/s.db", telemetry=recorder.telemetry) as engine:
            await engine.execute(Order)
    finally:
        otel_context.detach(token)
    kept = b"".join(map(Path.read_bytes, files_in(tmp_path)))
    assert b"traceparent" in kept
    assert b"a-secret-tenant" not in kept


async def test_the_history_tells_the_trace_of_a_run(recorder: Recorder):
    async with create_saga_engine(telemetry=recorder.telemetry) as engine:
        result = await engine.execute(Order)
        first = (await engine.history(result.correlation_id))[0]
    context = recorder.span("start order").get_span_context()
    assert first.data["traceparent"].startswith(f"00-{context.trace_id:032x}-{context.span_id:016x}-")


class _Broken(SpanProcessor):
    def on_start(self, span: Any, parent_context: Any = None) -> None:
        raise RuntimeError("the collector is not configured")

    def on_end(self, span: Any) -> None:
        raise RuntimeError("the collector is not configured")


async def test_a_tracer_that_raises_harms_no_saga_and_is_complained_of_once(
    recorder: Recorder, caplog: pytest.LogCaptureFixture
):
    provider = TracerProvider()
    provider.add_span_processor(_Broken())
    async with create_saga_engine(telemetry=Telemetry(tracer_provider=provider)) as engine:
        assert (await engine.execute(Order)).is_success
        assert (await engine.execute(Refused)).status is SagaStatus.COMPENSATED
    complaints = [each for each in caplog.records if "telemetry" in each.message]
    assert len(complaints) == len({each.message for each in complaints}) > 0
    assert all("the collector is not configured" in str(each.exc_info) for each in complaints)


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


async def test_without_an_sdk_sagas_run_and_nothing_is_kept_of_a_trace(recorder: Recorder):
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
