"""What the engine says of a user's mistakes while sagas run."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from typing import Any

import pytest

from fireflytx import SagaEngine, create_saga_engine
from fireflytx.decorators.saga import compensation_step, saga, saga_step
from fireflytx.exceptions import (
    DefinitionError,
    EngineClosedError,
    IdConflictError,
    OutcomeUnknown,
    StoreNotSupportedError,
    UnknownIdError,
    UnknownSagaError,
    ValueRefusedError,
)

pytestmark = pytest.mark.asyncio


@saga("echo")
class Echo:
    @saga_step("echo")
    async def echo(self, data):
        return data


async def test_a_blocked_loop_is_told_while_it_is_blocked(caplog: pytest.LogCaptureFixture):
    said_while_blocked: list[str] = []

    @saga("blocking")
    class Blocking:
        @saga_step("block")
        async def block(self, data):
            end_s = time.monotonic() + 5
            while not said_while_blocked and time.monotonic() < end_s:
                time.sleep(0.01)  # noqa: ASYNC251 - the mistake that this is about
                said_while_blocked.extend(each.getMessage() for each in caplog.records)

    with caplog.at_level(logging.WARNING, "fireflytx"):
        async with create_saga_engine(block_warning_ms=100) as engine:
            await engine.execute(Blocking)
    assert "Saga 'blocking': step 'block' has been blocking the event loop" in said_while_blocked[0]
    assert "test_mistakes.py" in said_while_blocked[0]


async def test_a_task_that_a_step_has_started_is_told_under_the_steps_name(caplog: pytest.LogCaptureFixture):
    def block() -> None:
        end_s = time.monotonic() + 5
        while not caplog.records and time.monotonic() < end_s:
            time.sleep(0.01)

    async def blocking() -> None:
        block()

    @saga("gathering")
    class Gathering:
        @saga_step("gather")
        async def gather(self, data):
            await asyncio.gather(asyncio.sleep(0), blocking())

    with caplog.at_level(logging.WARNING, "fireflytx"):
        async with create_saga_engine(block_warning_ms=100) as engine:
            await engine.execute(Gathering)
    assert "Saga 'gathering': step 'gather' has been blocking the event loop" in caplog.messages[0]
    assert "test_mistakes.py" in caplog.messages[0]


async def test_a_step_without_a_compensation_is_told_once_for_each_class(caplog: pytest.LogCaptureFixture):
    @saga("hint")
    class Hint:
        @saga_step("reserve")
        async def reserve(self, data):
            return {}

        @saga_step("waived", depends_on="reserve", compensation=None)
        async def waived(self, data):
            return {}

        @saga_step("charge", depends_on="waived")
        async def charge(self, data):
            return {}

    engine = SagaEngine()
    with caplog.at_level(logging.INFO, "fireflytx"):
        engine.register(Hint)
        engine.register(Hint)
    (record,) = [each for each in caplog.records if "has no compensation" in each.getMessage()]
    assert "step 'reserve'" in record.getMessage()


async def test_an_unknown_name_is_answered_with_the_nearest_one():
    engine = SagaEngine()
    engine.register(Echo)
    with pytest.raises(UnknownSagaError, match="Did you mean 'echo'"):
        await engine.execute("ecko")


async def test_a_class_without_saga_is_refused_by_name():
    class Plain:
        pass

    with pytest.raises(DefinitionError, match="Plain"):
        await SagaEngine().execute(Plain)


async def test_two_classes_of_one_name_are_refused_and_both_are_named():
    @saga("echo")
    class Other:
        pass

    engine = SagaEngine()
    engine.register(Echo)
    with pytest.raises(DefinitionError, match=r"test_mistakes\.Echo and .*Other"):
        engine.register(Other)


async def test_a_class_that_was_loaded_again_replaces_itself(engine: SagaEngine):
    def load(answer: str) -> type:
        @saga("reloaded")
        class Reloaded:
            @saga_step("say")
            async def say(self, data):
                return {"answer": answer}

        return Reloaded

    results = [await engine.execute(load(answer)) for answer in ("old", "new")]
    assert [result.steps["say"].result for result in results] == [{"answer": "old"}, {"answer": "new"}]


async def test_a_constructor_with_arguments_asks_for_a_factory(engine: SagaEngine):
    @saga("with-arguments")
    class WithArguments:
        def __init__(self, prefix):
            self.prefix = prefix

        @saga_step("say")
        async def say(self, data):
            return {"said": self.prefix}

    with pytest.raises(DefinitionError, match="factory="):
        engine.register(WithArguments)
    engine.register(WithArguments, factory=lambda: WithArguments("hi"))
    assert (await engine.execute(WithArguments)).steps["say"].result == {"said": "hi"}


@pytest.mark.parametrize(
    "value", [float("nan"), {1, 2}, object(), 2**70], ids=["NaN", "set", "object", "70 bits"]
)
async def test_an_input_that_json_cannot_carry_is_refused_with_its_path(value: Any):
    with pytest.raises(ValueRefusedError, match=r"input\.items\[1\]"):
        await SagaEngine().execute(Echo, {"items": [1, value]})


async def test_an_input_over_the_limit_is_refused_by_size():
    with pytest.raises(ValueRefusedError, match="2097152"):
        await SagaEngine().execute(Echo, {"x": "y" * 2_100_000})


async def test_an_input_just_under_the_limit_goes_through(engine: SagaEngine):
    data = {"x": "\\" * 1_000_000}
    assert (await engine.execute(Echo, data)).steps["echo"].result == data


async def test_a_store_that_is_not_there_yet_is_refused_by_name():
    with pytest.raises(StoreNotSupportedError, match=r"'postgresql://db/sagas'"):
        SagaEngine("postgresql://db/sagas")


async def test_the_store_variable_counts(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FIREFLYTX_STORE", "postgresql://x")
    with pytest.raises(StoreNotSupportedError, match="postgresql"):
        SagaEngine()


@pytest.mark.parametrize(
    ("option", "error"),
    [
        ({"thread_workers": 0}, ValueError),
        ({"settle_ms": "1"}, TypeError),
        ({"max_in_flight": True}, TypeError),
    ],
)
async def test_a_bad_option_is_refused_when_the_engine_is_made(
    option: dict[str, Any], error: type[Exception]
):
    with pytest.raises(error, match=next(iter(option))):
        SagaEngine(**option)


async def test_an_engine_used_after_shutdown_says_so(engine: SagaEngine):
    await engine.shutdown()
    with pytest.raises(EngineClosedError, match="shut down"):
        await engine.execute(Echo)


async def test_the_same_id_joins_and_another_input_is_a_conflict(engine: SagaEngine):
    first = await engine.execute(Echo, {"a": 1, "b": 2}, correlation_id="same")
    second = await engine.execute(Echo, {"b": 2, "a": 1}, correlation_id="same")
    assert second.steps["echo"].result == first.steps["echo"].result
    with pytest.raises(IdConflictError):
        await engine.execute(Echo, {"a": 2}, correlation_id="same")


async def test_an_unknown_id_is_refused(engine: SagaEngine):
    with pytest.raises(UnknownIdError):
        await engine.get("nobody")
    with pytest.raises(UnknownIdError):
        await engine.cancel("nobody")


async def test_a_caller_that_gives_up_leaves_the_saga_running(engine: SagaEngine):
    release, done = asyncio.Event(), asyncio.Event()

    @saga("patient")
    class Patient:
        @saga_step("wait")
        async def wait(self, data):
            await release.wait()
            done.set()
            return {}

        @compensation_step("wait")
        async def undo(self, result):
            return None

    waiting = asyncio.ensure_future(engine.execute(Patient, correlation_id="patient-1"))
    handle = None
    while handle is None:
        try:
            handle = await engine.get("patient-1")
        except UnknownIdError:
            await asyncio.sleep(0.01)
    waiting.cancel()
    await asyncio.wait([waiting])
    release.set()
    assert (await handle.result()).is_success
    assert done.is_set()


async def test_run_refuses_a_running_loop():
    from fireflytx import run

    with pytest.raises(RuntimeError, match="SagaEngine"):
        run(Echo)


async def test_an_engine_whose_background_tasks_were_cancelled_by_other_code_does_not_hang(
    engine: SagaEngine,
):
    class_ = saga("left-alone")(type("LeftAlone", (), {"do": saga_step("do")(_nothing)}))
    await engine.execute(class_)
    for task in asyncio.all_tasks():
        if task.get_name().startswith("fireflytx-session"):
            task.cancel()
    async with asyncio.timeout(10):
        with contextlib.suppress(OutcomeUnknown):
            await engine.execute(class_)
        assert (await engine.execute(class_)).is_success


async def test_a_step_that_raises_generator_exit_has_failed_at_once(engine: SagaEngine):
    async def leave(self: object, data: object) -> None:
        raise GeneratorExit

    class_ = saga("leaves")(type("Leaves", (), {"do": saga_step("do", retry=1)(leave)}))
    async with asyncio.timeout(10):
        result = await engine.execute(class_)
    assert result.error is not None
    assert (result.failed_step, result.error.type) == ("do", "GeneratorExit")


@pytest.mark.parametrize("kind", ["coroutine", "thread"])
async def test_a_shutdown_inside_a_step_is_refused_and_waits_for_nothing(kind: str):
    engine = create_saga_engine()

    async def on_the_loop(self: object, data: object) -> None:
        await engine.shutdown()

    def in_a_thread(self: object, data: object) -> None:
        asyncio.run(engine.shutdown())

    step = on_the_loop if kind == "coroutine" else in_a_thread
    class_ = saga("closes")(type("Closes", (), {"close": saga_step("close", retry=1)(step)}))
    async with asyncio.timeout(5):
        result = await engine.execute(class_)
    await engine.shutdown()
    assert "Saga 'closes': step 'close' called shutdown(), which waits for running steps" in str(result.error)


async def test_a_step_may_shut_down_another_engine(engine: SagaEngine):
    async def nest(self: object, data: object) -> None:
        async with create_saga_engine() as inner:
            await inner.execute(Echo)

    class_ = saga("nests")(type("Nests", (), {"nest": saga_step("nest")(nest)}))
    assert (await engine.execute(class_)).is_success


async def _nothing(self: object, data: object) -> None:
    pass
