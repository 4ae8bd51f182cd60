from __future__ import annotations

import asyncio
import threading
import warnings
from dataclasses import dataclass

import pytest
from pydantic import BaseModel
from tests.unit.worker_bench import Bench, bench, saga_of

from fireflytx import SagaContext
from fireflytx.exceptions import NonRetryableError, RetryableError

pytestmark = pytest.mark.asyncio
__all__ = ["bench"]

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
        values: list[object] = []
        context.set_data("handles", values)
        values.append(object())

    error = (await bench.run(saga_of(step)))["error"]
    assert (error["type"], error["retryable"]) == ("ValueRefusedError", False)
    assert error["message"].startswith("Saga 'bench': step 'step': context.handles[0] is a object;")


async def test_a_failed_step_keeps_its_own_error_when_its_writes_cannot_be_carried(bench: Bench):
    async def step(self, data, context):
        values: list[object] = []
        context.set_data("handles", values)
        values.append(object())
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

    message = (await bench.run(saga_of(step)))["error"]["message"]
    assert message == "Saga 'bench': step 'step': result.items[2].price is NaN; JSON has no such number."


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


async def test_a_constructor_that_raises_fails_the_step(bench: Bench):
    async def step(self, data):
        return {}

    def broken() -> object:
        raise OSError("no database")

    saga_class = saga_of(step)
    bench.registry.register(saga_class, broken)
    assert (await bench.run(saga_class))["error"]["message"] == "no database"
