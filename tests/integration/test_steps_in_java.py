"""Sagas with steps in both languages: Python is the parent, and some steps are code in a jar."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.integration.processes import engines_of, kill
from tests.integration.recorder import Recorder, short

import fireflytx
from fireflytx import SagaContext, SagaEngine, SagaStatus, create_saga_engine
from fireflytx.decorators.saga import compensation_step, saga, saga_step, step_events
from fireflytx.events import SagaEvent
from fireflytx.exceptions import DefinitionError

pytestmark = pytest.mark.asyncio

SOURCE = Path(__file__).parent / "java_steps" / "Till.java"


@pytest.fixture(scope="module")
def till(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A jar with steps, made as a Java project makes one."""
    classes = tmp_path_factory.mktemp("till")
    jars = Path(fireflytx.__file__).parent / "_java" / "*"
    subprocess.run(["javac", "--release", "17", "-cp", jars, "-d", classes, SOURCE], check=True)
    services = classes / "META-INF/services"
    services.mkdir(parents=True)
    (services / "dev.fireflytx.engine.saga.StepProvider").write_text("till.Till\n")
    jar = classes.parent / "till.jar"
    subprocess.run(["jar", "--create", "--file", jar, "-C", classes, "."], check=True)
    return jar


@saga("mixed")
class Mixed:
    @saga_step("reserve")
    async def reserve(self, order):
        return {"item": "chair"}

    @saga_step("charge", depends_on="reserve", executor="java")
    async def charge(self, order):
        return {"charge_id": "ch-test", "seen": order}

    refund = compensation_step("charge", executor="java")

    @saga_step("ship", depends_on="charge", retry=1)
    async def ship(self, order, context: SagaContext):
        if order.get("lost"):
            raise ValueError("Lost")
        return {"got": order["charge_id"], "by": context.get_data("charged_by")}


@saga("gated")
class Gated:
    gate = step_events("gates", publish_on_start=True)(
        saga_step("gated", executor="java", timeout_ms=20_000, compensation=None)
    )

    @saga_step("after", depends_on="gated")
    async def after(self, data):
        return {"after": True}


def effects(folder: Path) -> list[str]:
    file = folder / "effects"
    return file.read_text().splitlines() if file.exists() else []


async def until(condition: Any) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - a file sets no event
            await asyncio.sleep(0.005)


async def test_data_flows_from_python_to_java_and_back(till: Path):
    async with create_saga_engine(java_classpath=[till]) as engine:
        result = await engine.execute(Mixed, {"item": "lamp"})
    assert result.steps["charge"].result == {"charge_id": "ch-chair", "seen": {"item": "chair"}}
    assert result.steps["ship"].result == {"got": "ch-chair", "by": "Java"}


async def test_steps_in_java_have_spans_in_the_trace_of_their_saga(till: Path, tmp_path: Path):
    recorder = Recorder()
    order = {"item": "lamp", "lost": True, "folder": str(tmp_path)}
    async with create_saga_engine(java_classpath=[till], telemetry=recorder.telemetry) as engine:
        await engine.execute(Mixed, order)
    charged, undone = recorder.span("mixed/charge"), recorder.span("mixed/charge compensation")
    for span in (charged, undone):
        assert recorder.parent(span) == "start mixed"
        assert short(span.attributes)["executor"] == "java"
        assert short(span.attributes)["outcome"] == "succeeded"
    assert [span.name for span in recorder.spans() if span.name.startswith("mixed/")] == [
        "mixed/reserve",
        "mixed/charge",
        "mixed/ship",
        "mixed/charge compensation",
    ]
    points = recorder.points("fireflytx.step.duration")
    assert {short(point.attributes)["direction"] for point in points} == {"forward", "backward"}


async def test_a_failure_in_python_undoes_what_java_did(till: Path, tmp_path: Path):
    order = {"item": "lamp", "lost": True, "folder": str(tmp_path)}
    async with create_saga_engine(java_classpath=[till]) as engine:
        result = await engine.execute(Mixed, order, correlation_id="m-1")
    assert result.status is SagaStatus.COMPENSATED
    assert result.compensated_steps == ["charge"]
    assert effects(tmp_path) == ["refund ch-chair m-1:charge:compensation"]


async def test_a_step_in_java_is_retried_as_the_class_says(till: Path):
    @saga("retried")
    class Retried:
        flaky = saga_step("flaky", executor="java", retry=2, backoff_ms=0)

    async with create_saga_engine(java_classpath=[till]) as engine:
        result = await engine.execute(Retried)
    assert (result.steps["flaky"].result, result.steps["flaky"].attempts) == ({"attempt": 2}, 2)


async def test_an_error_in_java_is_the_sagas_error(till: Path):
    @saga("failing")
    class Failing:
        flaky = saga_step("flaky", executor="java", retry=1)

    async with create_saga_engine(java_classpath=[till]) as engine:
        result = await engine.execute(Failing)
    assert (result.failed_step, str(result.error)) == ("flaky", "Not yet")
    assert result.error is not None
    assert result.error.type == "IllegalStateException"
    assert "till.Till.flaky" in result.error.traceback


async def test_a_condition_in_python_skips_a_step_in_java(till: Path):
    @saga("skipping")
    class Skipping:
        flaky = saga_step("flaky", executor="java", condition=lambda data: data["wanted"])

    async with create_saga_engine(java_classpath=[till]) as engine:
        result = await engine.execute(Skipping, {"wanted": False})
    assert result.steps["flaky"].status == "SKIPPED"


async def test_events_of_a_step_in_java_are_published(till: Path, tmp_path: Path):
    (tmp_path / "go").touch()
    seen: list[str] = []
    async with create_saga_engine(java_classpath=[till]) as engine:

        @engine.on_event
        def hear(event: SagaEvent) -> None:
            seen.append(event.event_type)

        await engine.execute(Gated, {"folder": str(tmp_path)})
    assert seen == ["gated.started", "gated.completed"]


async def test_shutting_down_lets_a_step_in_java_finish(till: Path, tmp_path: Path):
    store = f"sqlite:///{tmp_path}/sagas.db"
    async with SagaEngine(store, java_classpath=[till]) as engine:
        await engine.start(Gated, {"folder": str(tmp_path)}, correlation_id="g-1")
        await until(lambda: effects(tmp_path))
        ending = asyncio.ensure_future(engine.shutdown())
        await asyncio.sleep(0)
        (tmp_path / "go").touch()
        await ending
    async with SagaEngine(store, java_classpath=[till]) as engine:
        engine.register(Gated)
        result = await (await engine.get("g-1")).result()
    assert result.is_success
    assert effects(tmp_path) == ["gated g-1:gated"]


async def test_a_step_that_died_with_its_java_runs_again_under_its_key(till: Path, tmp_path: Path):
    async with SagaEngine(f"sqlite:///{tmp_path}/sagas.db", java_classpath=[till]) as engine:
        running = asyncio.ensure_future(
            engine.execute(Gated, {"folder": str(tmp_path)}, correlation_id="g-1")
        )
        await until(lambda: effects(tmp_path))
        kill(*engines_of(os.getpid()))
        await until(lambda: len(effects(tmp_path)) == 2)
        (tmp_path / "go").touch()
        result = await running
    assert result.is_success
    assert effects(tmp_path) == ["gated g-1:gated"] * 2


async def test_a_step_that_no_jar_has_is_an_error_that_says_where_to_name_one():
    wanted = "no StepProvider was found. Put its jar on the class path (in Python, SagaEngine(java_classpath="
    async with create_saga_engine() as engine:
        with pytest.raises(DefinitionError, match=re.escape(wanted)):
            await engine.execute(Mixed, {"item": "lamp"})


async def test_a_misspelt_step_in_java_names_the_nearest_one(till: Path, caplog: pytest.LogCaptureFixture):
    @saga("misspelt")
    class Misspelt:
        chrage = saga_step("chrage", executor="java")

    with caplog.at_level(logging.CRITICAL, "fireflytx"):
        async with create_saga_engine(java_classpath=[till]) as engine:
            with pytest.raises(DefinitionError, match="Did you mean 'charge'"):
                await engine.execute(Misspelt)


async def test_a_run_that_began_in_python_waits_for_a_person_when_its_step_moves_to_java(
    till: Path, tmp_path: Path
):
    store = f"sqlite:///{tmp_path}/sagas.db"

    def version_in_python() -> type:
        @saga("moved")
        class Moved:
            @saga_step("flaky")
            async def work(self, data):
                await asyncio.sleep(60)

        return Moved

    def version_in_java() -> type:
        @saga("moved")
        class Moved:
            work = saga_step("flaky", executor="java")

        return Moved

    async with SagaEngine(store, shutdown_timeout_ms=0) as engine:
        await engine.start(version_in_python(), correlation_id="m-1")
    async with SagaEngine(store, java_classpath=[till]) as engine:
        engine.register(version_in_java())
        result = await (await engine.get("m-1")).result()
    assert result.status is SagaStatus.PARKED
    assert "began when the step 'flaky' was Python's" in str(result.error)


async def test_a_method_stands_in_for_java_in_a_unit_test():
    assert await Mixed().charge({"item": "x"}) == {"charge_id": "ch-test", "seen": {"item": "x"}}


async def test_a_step_without_a_method_says_so_when_it_is_called():
    with pytest.raises(TypeError, match="Compensation of step 'charge' runs in Java and has no method here"):
        Mixed().refund({})
