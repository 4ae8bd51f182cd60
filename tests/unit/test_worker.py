from __future__ import annotations

import asyncio
import contextvars
import json
import logging
import threading
import warnings
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from pydantic import BaseModel

from fireflytx import SagaContext
from fireflytx._bridge.items import Task
from fireflytx._bridge.messages import Attempt
from fireflytx.decorators.saga import compensation_step, saga, saga_step
from fireflytx.exceptions import NonRetryableError, RetryableError
from fireflytx.registry import Registry
from fireflytx.runs import SagaRuns
from fireflytx.worker import StepWorker

pytestmark = pytest.mark.asyncio
VARIABLE: contextvars.ContextVar[str] = contextvars.ContextVar("VARIABLE", default="unset")

Json = dict[str, Any]


class Bench:
    """A worker whose outcomes are caught."""

    def __init__(self) -> None:
        self.outcomes: list[Json] = []
        self.registry = Registry()
        self.runs = SagaRuns()
        self.worker = StepWorker(
            self._post,
            self.registry,
            self.runs,
            thread_workers=4,
            block_warning_ms=0,
            value_limit_bytes=1000,
        )

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


# --- what a step gets and gives ---


async def test_a_coroutine_step_gets_its_data_and_its_result_is_posted(bench: Bench):
    async def step(self, data):
        return {"doubled": data["n"] * 2}

    outcome = await bench.run(saga_of(step), data={"n": 21})
    assert outcome == {
        "type": "outcome",
        "attempt": ["c", "step", "forward", 1, 1],
        "outcome": "succeeded",
        "result": {"doubled": 42},
        "writes": {},
    }


async def test_a_plain_step_runs_in_a_thread(bench: Bench):
    def step(self, data):
        return {"thread": threading.current_thread().name}

    outcome = await bench.run(saga_of(step))
    assert outcome["result"]["thread"].startswith("fireflytx-step")


async def test_none_is_an_empty_result(bench: Bench):
    async def step(self, data):
        return None

    assert (await bench.run(saga_of(step)))["result"] == {}


async def test_an_annotated_step_gets_a_model_and_may_return_one(bench: Bench):
    class Order(BaseModel):
        n: int

    async def step(self, data):
        return Order(n=data.n + 1)

    step.__annotations__["data"] = Order
    assert (await bench.run(saga_of(step), data={"n": 1, "other": 2}))["result"] == {"n": 2}


async def test_a_dataclass_is_a_result(bench: Bench):
    @dataclass
    class Receipt:
        total: float

    async def step(self, data):
        return Receipt(1.5)

    assert (await bench.run(saga_of(step)))["result"] == {"total": 1.5}


async def test_input_that_does_not_fit_the_annotation_fails_without_a_retry(bench: Bench):
    class Order(BaseModel):
        n: int

    async def step(self, data):
        raise AssertionError("must not run")

    step.__annotations__["data"] = Order
    error = (await bench.run(saga_of(step), data={"n": "secret"}))["error"]
    assert (error["type"], error["retryable"]) == ("InvalidInputError", False)
    assert "secret" not in error["message"]


async def test_a_context_knows_its_attempt_and_what_is_visible(bench: Bench):
    async def step(self, data, context):
        return {
            "id": context.correlation_id,
            "key": context.idempotency_key,
            "attempt": context.attempt,
            "seen": [context.get_data("stored"), context.get_data("earlier"), context.get_data("given")],
        }

    outcome = await bench.run(
        saga_of(step),
        number=3,
        data={"given": 1, "earlier": 2},
        input={"given": 1},
        results=[("before", {"earlier": 2})],
        context={"stored": 3},
    )
    assert outcome["result"] == {"id": "c", "key": "c:step", "attempt": 3, "seen": [3, 2, 1]}


async def test_writes_travel_with_a_success_and_with_a_failure(bench: Bench):
    async def step(self, data, context: SagaContext):
        context.set_data("tried", True)
        if data:
            raise ValueError("no")

    succeeded = await bench.run(saga_of(step))
    failed = await bench.run(saga_of(step), data={"fail": 1}, number=2)
    assert (succeeded["writes"], failed["writes"]) == ({"tried": True}, {"tried": True})


async def test_writes_that_json_cannot_carry_fail_the_step_by_name(bench: Bench):
    async def step(self, data, context):
        context.set_data("handle", object())

    error = (await bench.run(saga_of(step)))["error"]
    assert (error["type"], error["retryable"]) == ("ValueRefusedError", False)
    assert "context.handle" in error["message"]


async def test_a_failed_step_keeps_its_own_error_when_its_writes_cannot_be_carried(bench: Bench):
    async def step(self, data, context):
        context.set_data("handle", object())
        raise ValueError("mine")

    outcome = await bench.run(saga_of(step))
    assert (outcome["error"]["message"], outcome["writes"]) == ("mine", {})


async def test_a_result_over_the_limit_fails_by_name_and_size(bench: Bench):
    async def step(self, data):
        return {"x": "y" * 2000}

    error = (await bench.run(saga_of(step)))["error"]
    assert error["type"] == "ValueRefusedError"
    assert "result" in error["message"]
    assert "2008" in error["message"]


# --- mistakes ---


async def test_a_returned_coroutine_asks_for_the_await_and_warns_of_nothing_else(bench: Bench):
    async def work():
        return {}

    async def step(self, data):
        return work()

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        error = (await bench.run(saga_of(step)))["error"]
    assert error["type"] == "InvalidResultError"
    assert error["message"] == "Saga 'bench': step 'step' returned a coroutine: did you forget 'await'?"


@pytest.mark.parametrize(
    "wrong", [[1], "text", 7, True, {1}, object()], ids=lambda value: type(value).__name__
)
async def test_a_result_that_is_no_mapping_fails_without_a_retry_and_names_its_type(
    bench: Bench, wrong: object
):
    async def step(self, data):
        return wrong

    error = (await bench.run(saga_of(step)))["error"]
    assert (error["type"], error["retryable"]) == ("InvalidResultError", False)
    assert f"returned {type(wrong).__name__};" in error["message"]


async def test_a_value_that_json_cannot_carry_is_named_by_its_path(bench: Bench):
    async def step(self, data):
        return {"items": [{}, {}, {"price": float("nan")}]}

    assert "result.items[2].price is NaN" in (await bench.run(saga_of(step)))["error"]["message"]


# --- failures ---


@pytest.mark.parametrize(
    ("error", "is_retryable"),
    [
        (ValueError("v"), True),
        (RetryableError("r"), True),
        (NonRetryableError("n"), False),
        (KeyError("k"), True),
    ],
    ids=lambda value: type(value).__name__,
)
async def test_a_failure_is_told_by_type_and_message(bench: Bench, error: Exception, is_retryable: bool):
    async def step(self, data):
        raise error

    told = (await bench.run(saga_of(step)))["error"]
    assert (told["type"], told["message"]) == (type(error).__name__, str(error))
    assert told["retryable"] is is_retryable


async def test_a_traceback_begins_with_the_step(bench: Bench):
    async def step(self, data):
        raise ValueError("here")

    traceback = (await bench.run(saga_of(step)))["error"]["traceback"]
    assert traceback.count('File "') == 1
    assert "test_worker.py" in traceback


async def test_a_message_is_cut_at_16_kb_and_always_valid_unicode(bench: Bench):
    async def step(self, data):
        raise ValueError("\ud800" + "ä" * 20_000)

    message = (await bench.run(saga_of(step)))["error"]["message"]
    assert len(message.encode()) <= 16 * 1024
    assert message.startswith("\\ud800ää")


async def test_an_exception_that_cannot_be_printed_is_still_a_failure(bench: Bench):
    class Broken(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    async def step(self, data):
        raise Broken

    assert "str() raised RuntimeError" in (await bench.run(saga_of(step)))["error"]["message"]


async def test_an_exception_that_is_no_exception_class_fails_the_step(bench: Bench):
    class Outcome(BaseException):
        pass

    async def step(self, data):
        raise Outcome("not an Exception")

    assert (await bench.run(saga_of(step)))["error"]["type"] == "Outcome"


async def test_system_exit_in_a_thread_fails_the_step_alone(bench: Bench):
    def step(self, data):
        raise SystemExit(3)

    assert (await bench.run(saga_of(step)))["error"]["type"] == "SystemExit"


async def test_a_step_that_cancels_itself_has_failed_and_may_be_retried(bench: Bench):
    async def step(self, data):
        raise asyncio.CancelledError

    error = (await bench.run(saga_of(step)))["error"]
    assert (error["type"], error["retryable"]) == ("CancelledError", True)


async def test_a_task_of_an_unknown_saga_fails_without_a_retry(bench: Bench):
    task = Task(Attempt("c", "s", "forward", 1, 1), "nobody", {}, 1, {}, [], {}, False)
    bench.worker.begin(task)
    error = (await bench.outcome())["error"]
    assert (error["type"], error["retryable"]) == ("UnknownSagaError", False)


async def test_a_constructor_that_raises_fails_the_step(bench: Bench):
    async def step(self, data):
        return {}

    def broken() -> object:
        raise OSError("no database")

    saga_class = saga_of(step)
    bench.registry.register(saga_class, broken)
    assert (await bench.run(saga_class))["error"]["message"] == "no database"


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
    assert "test_worker.py" in error["message"]
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
