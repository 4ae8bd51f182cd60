from __future__ import annotations

import asyncio
import contextvars
import logging
import threading

import pytest
from pydantic import BaseModel
from tests.unit.worker_bench import Bench, Json, bench, saga_of

pytestmark = pytest.mark.asyncio
VARIABLE: contextvars.ContextVar[str] = contextvars.ContextVar("VARIABLE", default="unset")
__all__ = ["bench"]

# --- cancelling ---


async def test_a_cancelled_coroutine_settles_with_its_writes(bench: Bench):
    begun = asyncio.Event()

    async def step(self, data, context):
        context.set_data("half", 1)
        begun.set()
        await asyncio.sleep(60)

    attempt = bench.begin(saga_of(step))
    await begun.wait()
    bench.worker.cancel(attempt)
    outcome = await bench.outcome()
    assert (outcome["outcome"], outcome["writes"]) == ("settled", {"half": 1})


async def test_a_coroutine_cancelled_before_its_first_line_settles(bench: Bench):
    async def step(self, data):
        raise AssertionError("must not run")

    attempt = bench.begin(saga_of(step))
    bench.worker.cancel(attempt)
    assert (await bench.outcome())["outcome"] == "settled"


async def test_a_coroutine_that_finishes_in_spite_of_its_cancelling_has_succeeded(bench: Bench):
    begun = asyncio.Event()

    async def step(self, data):
        begun.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            return {"saved": True}

    attempt = bench.begin(saga_of(step))
    await begun.wait()
    bench.worker.cancel(attempt)
    assert (await bench.outcome())["result"] == {"saved": True}


async def test_a_cancelled_thread_reports_its_real_end(bench: Bench):
    release, begun = threading.Event(), threading.Event()

    def step(self, data):
        begun.set()
        release.wait(5)
        return {"done": True}

    attempt = bench.begin(saga_of(step))
    await bench.until(begun.is_set)
    bench.worker.cancel(attempt)
    await asyncio.sleep(0)
    assert bench.outcomes == []
    release.set()
    assert (await bench.outcome())["result"] == {"done": True}


# --- attempts that are known ---


async def test_an_attempt_that_is_running_is_not_run_again(bench: Bench):
    calls = []

    async def step(self, data):
        calls.append(1)

    saga_class = saga_of(step)
    bench.begin(saga_class)
    bench.begin(saga_class)
    await bench.outcome()
    assert calls == [1]


async def test_an_attempt_is_known_until_its_outcome_is_durable(bench: Bench):
    calls = []

    async def step(self, data):
        calls.append(1)

    saga_class = saga_of(step)
    await bench.run(saga_class)
    bench.begin(saga_class)
    await asyncio.sleep(0.01)
    assert calls == [1]
    bench.worker.proved(1)
    await bench.run(saga_class)
    assert calls == [1, 1]


async def test_running_lists_the_attempts_with_their_age(bench: Bench):
    async def step(self, data):
        await asyncio.sleep(60)

    attempt = bench.begin(saga_of(step))
    ((listed, elapsed_ms),) = bench.worker.running()
    assert listed == attempt
    assert 0 <= elapsed_ms < 1000


# --- conditions ---


@pytest.mark.parametrize(("data", "verdict"), [({"code": 1}, True), ({}, False)])
async def test_a_condition_answers_with_a_verdict(bench: Bench, data: Json, verdict: bool):
    async def step(self, data):
        raise AssertionError("must not run")

    saga_class = saga_of(step, condition=lambda data: data.get("code"))
    outcome = await bench.run(saga_class, direction="condition", data=data)
    assert (outcome["outcome"], outcome["verdict"]) == ("verdict", verdict)


async def test_a_condition_that_raises_is_named_and_not_retried(bench: Bench):
    async def step(self, data):
        return {}

    saga_class = saga_of(step, condition=lambda data: data["missing"])
    error = (await bench.run(saga_class, direction="condition"))["error"]
    assert (error["type"], error["retryable"]) == ("ConditionError", False)
    assert "condition of step 'step'" in error["message"]
    assert "test_worker_attempts.py" in error["message"]
    assert "raised KeyError" in error["message"]


# --- compensations ---


async def test_a_compensation_gets_the_result_and_its_own_idempotency_key(bench: Bench):
    async def step(self, data):
        return {}

    async def undo(self, result, context):
        return {"undone": result["id"], "seen": context.get_data("id"), "key": context.idempotency_key}

    outcome = await bench.run(
        saga_of(step, undo=undo), direction="backward", data={"id": 7}, input={"id": 1}, context={}
    )
    assert outcome["result"] == {"undone": 7, "seen": 7, "key": "c:step:compensation"}


async def test_a_compensation_in_doubt_gets_an_empty_dict_whatever_its_annotation(bench: Bench):
    class Charge(BaseModel):
        charge_id: str

    async def step(self, data):
        return {}

    async def undo(self, result, context):
        return {"result": result, "in_doubt": context.in_doubt}

    undo.__annotations__["result"] = Charge
    outcome = await bench.run(saga_of(step, undo=undo), direction="backward", in_doubt=True)
    assert outcome["result"] == {"result": {}, "in_doubt": True}


@pytest.mark.parametrize(
    ("returned", "recorded"),
    [
        (None, {}),
        ({"a": 1}, {"a": 1}),
        ([1], {"returned": [1]}),
        ("text", {"returned": "text"}),
        (object(), {}),
    ],
    ids=["None", "dict", "list", "str", "object"],
)
async def test_what_a_compensation_returns_is_recorded_but_never_fails_it(
    bench: Bench, returned: object, recorded: Json
):
    async def step(self, data):
        return {}

    async def undo(self, result):
        return returned

    outcome = await bench.run(saga_of(step, undo=undo), direction="backward")
    assert (outcome["outcome"], outcome["result"]) == ("succeeded", recorded)


async def test_a_compensation_that_forgot_its_await_has_undone_nothing(bench: Bench):
    async def work():
        return None

    async def step(self, data):
        return {}

    async def undo(self, result):
        return work()

    error = (await bench.run(saga_of(step, undo=undo), direction="backward"))["error"]
    assert error["message"] == (
        "Saga 'bench': compensation of step 'step' returned a coroutine: did you forget 'await'?"
    )


# --- runs ---


async def test_the_steps_of_one_run_share_an_instance_and_two_runs_do_not(bench: Bench):
    seen: list[object] = []

    async def step(self, data):
        seen.append(self)

    saga_class = saga_of(step)
    await bench.run(saga_class, number=1)
    await bench.run(saga_class, number=2)
    await bench.run(saga_class, correlation_id="d")
    assert seen[0] is seen[1]
    assert seen[0] is not seen[2]


async def test_a_run_that_has_ended_forgets_its_instance(bench: Bench):
    seen: list[object] = []

    async def step(self, data):
        seen.append(self)

    saga_class = saga_of(step)
    await bench.run(saga_class, number=1)
    bench.runs.end("c")
    await bench.run(saga_class, number=2)
    assert seen[0] is not seen[1]


@pytest.mark.parametrize("is_async", [True, False], ids=["coroutine", "thread"])
async def test_a_step_sees_the_context_variables_of_its_run_and_leaves_them_alone(
    bench: Bench, is_async: bool
):
    async def coroutine_step(self, data):
        VARIABLE.set(VARIABLE.get() + "!")
        return {"seen": VARIABLE.get()}

    def plain_step(self, data):
        VARIABLE.set(VARIABLE.get() + "!")
        return {"seen": VARIABLE.get()}

    saga_class = saga_of(coroutine_step if is_async else plain_step)
    VARIABLE.set("caller")
    bench.runs.begin("c", saga_class, contextvars.copy_context())
    outcomes = [await bench.run(saga_class, number=number) for number in (1, 2)]
    assert [outcome["result"]["seen"] for outcome in outcomes] == ["caller!", "caller!"]


# --- the end ---


async def test_close_cancels_coroutines_and_posts_nothing_more(bench: Bench):
    cancelled = asyncio.Event()

    async def step(self, data):
        try:
            await asyncio.sleep(60)
        finally:
            cancelled.set()

    bench.begin(saga_of(step))
    await asyncio.sleep(0)
    bench.worker.close()
    await asyncio.wait_for(cancelled.wait(), 5)
    await asyncio.sleep(0)
    assert bench.outcomes == []


async def test_idle_waits_for_the_last_attempt(bench: Bench):
    release = asyncio.Event()

    async def step(self, data):
        await release.wait()

    bench.begin(saga_of(step))
    idle = asyncio.ensure_future(bench.worker.idle())
    await asyncio.sleep(0)
    assert not idle.done()
    release.set()
    await asyncio.wait_for(idle, 5)


async def test_a_compensations_result_is_told_at_debug(bench: Bench, caplog: pytest.LogCaptureFixture):
    async def step(self, data):
        return {}

    async def undo(self, result):
        return {"released": 2}

    with caplog.at_level(logging.DEBUG, "fireflytx"):
        await bench.run(saga_of(step, undo=undo), direction="backward")
    (record,) = [each for each in caplog.records if "released" in each.getMessage()]
    assert (record.correlation_id, record.saga, record.step, record.attempt) == ("c", "bench", "step", 1)
