"""What a saga does, from Python to Java and back."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from typing import Any

import pytest

from fireflytx import SagaContext, SagaEngine, SagaStatus, StepStatus
from fireflytx.decorators.saga import compensation_step, saga, saga_step
from fireflytx.exceptions import NonRetryableError

pytestmark = pytest.mark.asyncio

Json = dict[str, Any]


class Shop:
    """The services of the tutorial: they remember what they were asked for."""

    def __init__(self) -> None:
        self.log: list[str] = []


shop = Shop()


@pytest.fixture(autouse=True)
def _empty_shop() -> None:
    shop.log.clear()


@saga("e-commerce-order")
class OrderSaga:
    @saga_step("validate-order", retry=3, timeout_ms=5000)
    async def validate_order(self, order_data):
        if not order_data.get("customer_id"):
            raise ValueError("Missing customer_id")
        total = sum(item["price"] * item["quantity"] for item in order_data["items"])
        return {"validation_id": f"VAL-{order_data['order_id']}", "total_amount": total}

    @saga_step("reserve-inventory", depends_on=["validate-order"])
    async def reserve_inventory(self, order_data, context: SagaContext):
        ids = [f"RES-{item['product_id']}" for item in order_data["items"]]
        shop.log += [f"reserve {each}" for each in ids]
        context.set_data("reservation_ids", ids)
        return {"reservations": ids}

    @compensation_step("reserve-inventory")
    async def release_inventory(self, reservation_result, context: SagaContext):
        shop.log += [f"release {each}" for each in context.get_data("reservation_ids", [])]
        return {"released": len(reservation_result["reservations"])}

    @saga_step("charge-payment", depends_on=["reserve-inventory"], retry=2, backoff_ms=1)
    async def charge_payment(self, order_data, context: SagaContext):
        if order_data["payment_method"] == "declined":
            raise RuntimeError("Payment declined")
        shop.log.append(f"charge {context.get_data('total_amount')}")
        return {"charge_id": "CH-1"}

    @compensation_step("charge-payment")
    async def refund_payment(self, charge_result, context: SagaContext):
        shop.log.append(f"refund {charge_result['charge_id']}")

    @saga_step("send-confirmation", depends_on=["charge-payment"], compensation=None)
    async def send_confirmation(self, order_data, context: SagaContext):
        shop.log.append(f"mail {context.get_data('total_amount')}")
        return {"email_sent": True}


def an_order(**changes: Any) -> Json:
    items = [
        {"product_id": "P1", "quantity": 2, "price": 29.5},
        {"product_id": "P2", "quantity": 1, "price": 41},
    ]
    order = {"order_id": "ORD-1", "customer_id": "C-1", "payment_method": "card", "items": items}
    return {**order, **changes}


async def test_the_tutorials_order_succeeds(engine: SagaEngine):
    result = await engine.execute_by_class(OrderSaga, an_order())
    assert result.is_success
    assert list(result.steps) == [
        "validate-order",
        "reserve-inventory",
        "charge-payment",
        "send-confirmation",
    ]
    assert shop.log == ["reserve RES-P1", "reserve RES-P2", "charge 100.0", "mail 100.0"]


async def test_the_tutorials_declined_payment_releases_the_inventory(engine: SagaEngine):
    result = await engine.execute_saga_class(OrderSaga, an_order(payment_method="declined"))
    assert result.status is SagaStatus.COMPENSATED
    assert (result.failed_step, str(result.error)) == ("charge-payment", "Payment declined")
    assert result.compensated_steps == ["reserve-inventory"]
    assert shop.log == ["reserve RES-P1", "reserve RES-P2", "release RES-P1", "release RES-P2"]


async def test_the_record_of_a_failed_step_has_attempts_and_the_users_traceback(engine: SagaEngine):
    result = await engine.execute(OrderSaga, an_order(payment_method="declined"))
    step = result.steps["charge-payment"]
    assert (step.status, step.attempts) == (StepStatus.FAILED, 2)
    assert step.error is not None
    assert "in charge_payment" in step.error.traceback
    assert "fireflytx/" not in step.error.traceback


async def test_a_registered_saga_is_executed_by_its_name(engine: SagaEngine):
    engine.register(OrderSaga)
    assert (await engine.execute("e-commerce-order", an_order())).saga == "e-commerce-order"


async def test_a_step_sees_the_input_and_the_results_before_it_nearest_first(engine: SagaEngine):
    @saga("invoice")
    class Invoice:
        @saga_step("tax")
        async def tax(self, data):
            return {"tax": data["subtotal"] // 10, "note": "tax"}

        @saga_step("shipping", depends_on="tax")
        async def shipping(self, data):
            return {"shipping": 5, "note": "shipping"}

        @saga_step("total", depends_on=["tax", "shipping"])
        async def total(self, data):
            return {"total": data["subtotal"] + data["tax"] + data["shipping"], "note": data["note"]}

    result = await engine.execute(Invoice, {"subtotal": 100})
    assert result.steps["total"].result == {"total": 115, "note": "shipping"}


async def test_numbers_and_texts_come_back_as_they_went_in(engine: SagaEngine):
    values = {
        "price": 1.1,
        "zero": -0.0,
        "largest": 2**63 - 1,
        "text": 'ä \\ "\n\r\t \U0001f680',
        "empty": {},
    }

    @saga("echo")
    class Echo:
        @saga_step("echo")
        async def echo(self, data):
            return data

    result = await engine.execute(Echo, values)
    assert repr(result.steps["echo"].result) == repr(values)


@pytest.mark.parametrize("is_async", [True, False], ids=["coroutines", "threads"])
async def test_steps_without_dependencies_run_at_the_same_time(engine: SagaEngine, is_async: bool):
    together = threading.Barrier(3)

    def meet(self, data):
        together.wait(10)
        return {}

    async def meet_in_a_loop(self, data):
        await asyncio.to_thread(together.wait, 10)
        return {}

    method = meet_in_a_loop if is_async else meet
    steps = {name: saga_step(name)(method) for name in ("a", "b", "c")}
    result = await engine.execute(saga("meeting")(type("Meeting", (), dict(steps))))
    assert result.is_success


@pytest.mark.parametrize(("code", "status"), [("X", StepStatus.COMPLETED), (None, StepStatus.SKIPPED)])
async def test_a_condition_decides_whether_a_step_runs(
    engine: SagaEngine, code: str | None, status: StepStatus
):
    @saga("discount")
    class Discount:
        @saga_step("apply", condition=lambda data: data.get("code") is not None)
        async def apply(self, data):
            return {"applied": data["code"]}

        @saga_step("after", depends_on="apply")
        async def after(self, data):
            return {"saw": data.get("applied")}

    result = await engine.execute(Discount, {"code": code})
    assert result.steps["apply"].status is status
    assert result.steps["after"].result == {"saw": code}


async def test_a_step_is_tried_again_with_the_same_key_and_what_it_wrote(engine: SagaEngine):
    seen: list[tuple[int, str, int]] = []

    @saga("flaky")
    class Flaky:
        @saga_step("try", retry=3, backoff_ms=1)
        async def attempt(self, data, context):
            count = context.get_data("count", 0) + 1
            context.set_data("count", count)
            seen.append((context.attempt, context.idempotency_key, count))
            if count < 3:
                raise OSError("not yet")

    result = await engine.execute(Flaky, correlation_id="flaky-1")
    assert result.is_success
    assert seen == [(1, "flaky-1:try", 1), (2, "flaky-1:try", 2), (3, "flaky-1:try", 3)]


async def test_a_non_retryable_error_ends_a_step_at_once(engine: SagaEngine):
    @saga("refused")
    class Refused:
        @saga_step("ask", retry=5)
        async def ask(self, data):
            raise NonRetryableError("Auth failed")

    result = await engine.execute(Refused)
    assert (result.steps["ask"].attempts, str(result.error)) == (1, "Auth failed")


async def test_a_coroutine_over_its_timeout_is_cancelled_and_named_by_the_guides_words(engine: SagaEngine):
    cancelled = asyncio.Event()

    @saga("slow")
    class Slow:
        @saga_step("sleep", timeout_ms=50, retry=1)
        async def sleep(self, data):
            try:
                await asyncio.sleep(60)
            finally:
                cancelled.set()

    result = await engine.execute(Slow)
    assert str(result.error) == "Step execution timeout after 50ms"
    assert cancelled.is_set()


async def test_a_thread_over_its_timeout_is_undone_only_after_it_has_ended(engine: SagaEngine):
    events: list[str] = []

    @saga("stubborn")
    class Stubborn:
        @saga_step("work", timeout_ms=50, retry=2, backoff_ms=1)
        def work(self, data):
            events.append("begin")
            time.sleep(0.3)
            events.append("end")

        @compensation_step("work")
        async def undo(self, result):
            events.append("undo")

    await engine.execute(Stubborn)
    begins = [at for at, event in enumerate(events) if event == "begin"]
    assert all(events[at + 1] == "end" for at in begins)
    assert "undo" not in events[: events.index("end")]


async def test_a_sibling_in_flight_is_waited_for_and_undone_with_its_real_result(engine: SagaEngine):
    failed = asyncio.Event()
    undone: list[Json] = []

    @saga("siblings")
    class Siblings:
        @saga_step("fail", retry=1)
        async def fail(self, data):
            failed.set()
            raise ValueError("no")

        @saga_step("slow")
        async def slow(self, data):
            await failed.wait()
            await asyncio.sleep(0.1)
            return {"id": 7}

        @compensation_step("slow")
        async def undo(self, result):
            undone.append(result)

    result = await engine.execute(Siblings)
    assert undone == [{"id": 7}]
    assert (result.failed_step, result.compensated_steps) == ("fail", ["slow"])


async def test_a_cancelled_saga_is_undone(engine: SagaEngine):
    begun = asyncio.Event()

    @saga("long")
    class Long:
        @saga_step("first")
        async def first(self, data):
            return {}

        @compensation_step("first")
        async def undo(self, result):
            return None

        @saga_step("wait", depends_on="first", timeout_ms=60_000)
        async def wait(self, data):
            begun.set()
            await asyncio.sleep(60)

    handle = await engine.start(Long)
    await asyncio.wait_for(begun.wait(), 10)
    assert await handle.status() is SagaStatus.RUNNING
    assert await handle.cancel("changed my mind")
    result = await handle.result()
    assert (result.status, result.failed_step) == (SagaStatus.COMPENSATED, None)
    assert "first" in result.compensated_steps


async def test_a_saga_over_its_own_timeout_is_undone(engine: SagaEngine):
    @saga("endless")
    class Endless:
        @saga_step("wait")
        async def wait(self, data):
            await asyncio.sleep(60)

    result = await engine.execute(Endless, timeout_ms=50)
    assert result.status is SagaStatus.COMPENSATED


@pytest.mark.parametrize("width", [1, 200], ids=["chain", "side by side"])
async def test_200_steps_finish(engine: SagaEngine, width: int):
    async def step(self, data):
        return {}

    members = {
        f"s{n}": saga_step(f"s{n}", depends_on=[] if width > 1 or n == 0 else [f"s{n - 1}"])(step)
        for n in range(200)
    }
    result = await engine.execute(saga(f"wide-{width}")(type("Wide", (), dict(members))))
    assert (result.is_success, len(result.steps)) == (True, 200)


async def test_who_gives_up_waiting_and_asks_again_leaves_one_request_behind(engine: SagaEngine):
    gate = asyncio.Event()

    async def wait(self: object, data: object) -> None:
        await gate.wait()

    handle = await engine.start(saga("patient")(type("Patient", (), {"do": saga_step("do")(wait)})))
    for _ in range(50):
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(handle.result(), 0.001)
    runtime = engine._life._runtime
    assert runtime is not None
    assert len(runtime.calls._requests._open) == 1
    gate.set()
    assert (await handle.result()).is_success
    assert len(runtime.calls._requests._open) == 0
