"""The metrics of engines, as an application's reader and a Prometheus server get them."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.sdk.metrics import MeterProvider
from prometheus_client import start_http_server
from tests.integration.processes import engines_of, kill
from tests.integration.recorder import Recorder, short, until

from fireflytx import SagaEngine, SagaStatus, create_saga_engine, saga, saga_step
from fireflytx.exceptions import NonRetryableError
from fireflytx.telemetry import Telemetry

pytestmark = pytest.mark.asyncio

release = threading.Event()
broken = [False]


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture(autouse=True)
def _afresh() -> Iterator[None]:
    release.clear()
    broken[0] = False
    yield
    release.set()


@saga("order")
class Order:
    @saga_step("reserve", retry=3, backoff_ms=1, compensation=None)
    async def reserve(self, order: dict[str, Any], context: Any) -> None:
        if order.get("flaky") and context.attempt < 3:
            raise ConnectionError("busy")
        if order.get("refused"):
            raise NonRetryableError("no")


@saga("blocking")
class Blocking:
    @saga_step("wait", timeout_ms=20_000, compensation=None)
    def wait(self, data: dict[str, Any]) -> None:
        release.wait(20)


@saga("parking")
class Parking:
    @saga_step("transfer", retry=1, timeout_ms=50, in_doubt="park")
    async def transfer(self, data: dict[str, Any]) -> None:
        if broken[0]:
            await asyncio.sleep(60)


async def test_sagas_are_counted_by_name_and_by_how_they_end(recorder: Recorder):
    async with create_saga_engine(telemetry=recorder.telemetry) as engine:
        for _ in range(2):  # the second one joins the first
            await engine.execute(Order, correlation_id="o-1")
        await engine.execute(Order)
        await engine.execute(Order, {"refused": True})
    # No wait: what is left to be told is told before the engine has ended.
    assert recorder.value("fireflytx.saga.started", saga="order") == 3
    assert recorder.value("fireflytx.saga.finished", saga="order", status="COMPLETED") == 2
    assert recorder.value("fireflytx.saga.finished", saga="order", status="COMPENSATED") == 1
    assert recorder.value("fireflytx.saga.active", saga="order") == 0


async def test_what_is_in_flight_and_what_waits_for_a_place_can_be_seen(recorder: Recorder):
    async with create_saga_engine(telemetry=recorder.telemetry, thread_workers=1) as engine:
        running = [await engine.start(Blocking) for _ in range(3)]
        await until(lambda: recorder.value("fireflytx.attempt.queued") == 2)
        assert recorder.value("fireflytx.attempt.running") == 1
        assert recorder.value("fireflytx.saga.active", saga="blocking") == 3
        release.set()
        for handle in running:
            await handle.result()
        await until(lambda: recorder.value("fireflytx.saga.active", saga="blocking") == 0)
        assert recorder.value("fireflytx.attempt.queued") == 0


async def test_a_saga_that_waits_for_a_person_is_parked_until_it_goes_on(recorder: Recorder):
    broken[0] = True
    async with create_saga_engine(telemetry=recorder.telemetry) as engine:
        await engine.execute(Parking, correlation_id="p-1")
        await until(lambda: recorder.value("fireflytx.saga.parked", saga="parking") == 1)
        assert recorder.value("fireflytx.saga.active", saga="parking") == 1
        broken[0] = False
        await engine.retry_step("p-1", "transfer")
        assert (await (await engine.get("p-1")).result()).status is SagaStatus.COMPLETED
        await until(lambda: recorder.value("fireflytx.saga.parked", saga="parking") == 0)


async def test_durations_are_in_seconds_and_lead_to_the_spans_of_their_attempts(recorder: Recorder):
    async with create_saga_engine(telemetry=recorder.telemetry) as engine:
        await engine.execute(Order, {"refused": True})
    (point,) = recorder.points("fireflytx.step.duration")
    assert short(point.attributes) == {
        "saga": "order",
        "step": "reserve",
        "direction": "forward",
        "outcome": "failed",
        "type": "NonRetryableError",
    }
    assert point.count == 1
    assert 0 < point.sum < 1
    assert point.explicit_bounds[0] == 0.001
    (span,) = recorder.spans("order/reserve")
    assert point.exemplars[0].span_id == span.get_span_context().span_id


async def test_attempts_after_the_first_are_retries(recorder: Recorder):
    async with create_saga_engine(telemetry=recorder.telemetry) as engine:
        await engine.execute(Order, {"flaky": True})
    assert recorder.value("fireflytx.step.retries", saga="order", step="reserve") == 2


async def test_syncs_of_the_journal_and_batches_of_the_bridge_are_measured(
    recorder: Recorder, tmp_path: Path
):
    async with SagaEngine(f"sqlite:///{tmp_path}/s.db", telemetry=recorder.telemetry) as engine:
        await engine.execute(Order)
    assert recorder.value("fireflytx.journal.syncs") >= 2
    assert 0 < recorder.value("fireflytx.journal.sync.time") < 5
    batches = {
        short(point.attributes)["direction"]: point
        for point in recorder.points("fireflytx.bridge.batch.size")
    }
    assert set(batches) == {"send", "receive"}
    assert all(0 < point.count <= point.sum for point in batches.values())


async def test_engines_of_one_program_add_up_and_leave_nothing_behind(recorder: Recorder):
    async with (
        create_saga_engine(telemetry=recorder.telemetry) as one,
        create_saga_engine(telemetry=recorder.telemetry) as other,
    ):
        await one.start(Blocking)
        await other.start(Blocking)
        await until(lambda: recorder.value("fireflytx.saga.active", saga="blocking") == 2)
        release.set()
    assert recorder.value("fireflytx.saga.started", saga="blocking") == 2
    assert recorder.value("fireflytx.saga.active", saga="blocking") == 0


async def test_an_engine_that_is_shut_down_holds_nothing_any_more(recorder: Recorder):
    broken[0] = True
    async with create_saga_engine(telemetry=recorder.telemetry) as engine:
        await engine.execute(Parking)
    assert recorder.value("fireflytx.saga.started", saga="parking") == 1
    assert recorder.value("fireflytx.saga.parked", saga="parking") == 0
    assert recorder.value("fireflytx.saga.active", saga="parking") == 0


async def test_counts_go_on_when_another_java_process_begins_to_count_at_zero(
    recorder: Recorder, tmp_path: Path
):
    async with SagaEngine(f"sqlite:///{tmp_path}/s.db", telemetry=recorder.telemetry) as engine:
        await engine.execute(Order)
        waiting = asyncio.ensure_future(engine.execute(Blocking))
        await until(lambda: recorder.value("fireflytx.saga.active", saga="blocking") == 1)
        kill(*engines_of(os.getpid()))
        release.set()
        await waiting
        await engine.execute(Order)
    assert recorder.value("fireflytx.saga.started", saga="order") == 2
    assert recorder.value("fireflytx.saga.finished", saga="order") == 2
    assert recorder.value("fireflytx.saga.finished", saga="blocking") == 1
    assert recorder.value("fireflytx.saga.active") == 0


async def test_a_prometheus_server_can_scrape_all_of_it():
    meter_provider = MeterProvider([PrometheusMetricReader()])
    server, thread = start_http_server(0, addr="127.0.0.1")
    try:
        async with create_saga_engine(telemetry=Telemetry(meter_provider=meter_provider)) as engine:
            await engine.execute(Order, {"flaky": True})
        async with httpx.AsyncClient() as client:
            page = (await client.get(f"http://127.0.0.1:{server.server_port}/metrics")).text
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        meter_provider.shutdown()
    lines = [without_scope(line) for line in page.splitlines() if line.startswith("fireflytx_")]
    assert 'fireflytx_saga_started_total{fireflytx_saga="order"} 1.0' in lines
    assert 'fireflytx_saga_finished_total{fireflytx_saga="order",fireflytx_status="COMPLETED"} 1.0' in lines
    assert 'fireflytx_saga_active{fireflytx_saga="order"} 0.0' in lines
    assert {line.split("{")[0].split(" ")[0] for line in lines} >= {
        "fireflytx_saga_parked",
        "fireflytx_attempt_queued",
        "fireflytx_attempt_running",
        "fireflytx_step_duration_seconds_bucket",
        "fireflytx_step_retries_total",
        "fireflytx_journal_syncs_total",
        "fireflytx_journal_sync_time_seconds_total",
        "fireflytx_bridge_batch_size_bucket",
    }


def without_scope(line: str) -> str:
    """A line without the labels that name the library and its version."""
    name, _, rest = line.partition("{")
    labels, _, value = rest.partition("}")
    own = [label for label in labels.split(",") if label and not label.startswith("otel_scope_")]
    return f"{name}{{{','.join(own)}}}{value}"
