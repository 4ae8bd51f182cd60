"""Decorated methods stay plain methods: what a unit test of a saga may do with them."""

from __future__ import annotations

import dataclasses
import inspect
from typing import Any

import pydantic
import pytest

from fireflytx.context import SagaContext
from fireflytx.decorators.saga import compensation_step, saga, saga_step


class Receipt(pydantic.BaseModel):
    number: int


@dataclasses.dataclass
class Parcel:
    weight: int


@saga("order")
class Order:
    @saga_step("plain")
    async def plain(self, data: Any) -> Any:
        """Do it."""
        return {"seen": data, "total": 7}

    @saga_step("with-context")
    async def with_context(self, data: Any, context: SagaContext) -> Any:
        return {"total": context.get_data("total"), "step": context.step, "id": context.correlation_id}

    @saga_step("sync")
    def sync(self, data: Any, run: Any) -> Any:
        return {"amount": run.get_data("amount")}

    @saga_step("model")
    def model(self, data: Any) -> Any:
        return Receipt(number=5)

    @saga_step("dataclass")
    def record(self, data: Any) -> Any:
        return Parcel(weight=2)

    @saga_step("nothing")
    def nothing(self, data: Any) -> Any: ...

    @saga_step("list")
    def wrong(self, data: Any) -> Any:
        return [1]

    @compensation_step("plain")
    async def undo(self, result: Any, context: SagaContext) -> Any:
        return {"undone": context.get_data("total")}


@pytest.fixture
def context() -> SagaContext:
    return SagaContext(correlation_id="test-123")


@pytest.mark.asyncio
async def test_a_method_without_a_context_is_called_without_one() -> None:
    assert await Order().plain({"a": 1}) == {"seen": {"a": 1}, "total": 7}


@pytest.mark.asyncio
async def test_a_context_that_the_method_does_not_take_is_accepted(context: SagaContext) -> None:
    assert await Order().plain({"a": 1}, context) == {"seen": {"a": 1}, "total": 7}  # type: ignore[call-arg]


@pytest.mark.asyncio
async def test_a_context_by_keyword_is_accepted(context: SagaContext) -> None:
    await Order().plain(data={}, context=context)  # type: ignore[call-arg]

    assert context.get_data("total") == 7


@pytest.mark.asyncio
async def test_the_context_sees_the_result_of_a_step_that_does_not_take_it(context: SagaContext) -> None:
    await Order().plain({}, context)  # type: ignore[call-arg]

    assert (context.get_data("total"), context.result("plain")["total"]) == (7, 7)


@pytest.mark.asyncio
async def test_the_next_step_sees_the_result_of_the_one_before(context: SagaContext) -> None:
    await Order().plain({}, context)  # type: ignore[call-arg]

    assert (await Order().with_context({}, context))["total"] == 7


@pytest.mark.asyncio
async def test_a_context_that_is_needed_and_not_given_is_made() -> None:
    result = await Order().with_context({})  # type: ignore[call-arg]

    assert (result["step"], len(result["id"])) == ("with-context", 36)


def test_a_context_that_is_made_sees_the_input() -> None:
    assert Order().sync({"amount": 3}) == {"amount": 3}  # type: ignore[call-arg]


def test_a_plain_method_is_called_without_await(context: SagaContext) -> None:
    assert Order().sync({}, context) == {"amount": None}


def test_the_context_goes_by_any_name(context: SagaContext) -> None:
    Order().sync({}, run=context)

    assert context.result("sync") == {"amount": None}


@pytest.mark.parametrize(
    ("method", "step_id", "seen"),
    [
        ("model", "model", {"number": 5}),
        ("record", "dataclass", {"weight": 2}),
        ("nothing", "nothing", {}),
    ],
)
def test_the_context_sees_every_kind_of_result(
    method: str, step_id: str, seen: dict[str, Any], context: SagaContext
) -> None:
    getattr(Order(), method)({}, context)

    assert context.result(step_id) == seen


def test_what_is_no_result_is_given_back_and_not_seen(context: SagaContext) -> None:
    assert Order().wrong({}, context) == [1]  # type: ignore[call-arg]
    with pytest.raises(KeyError):
        context.result("list")


@pytest.mark.asyncio
async def test_a_compensation_sees_the_result_that_it_is_given() -> None:
    assert await Order().undo({"total": 9}) == {"undone": 9}  # type: ignore[call-arg]


@pytest.mark.asyncio
async def test_a_compensation_leaves_the_result_of_its_step_alone(context: SagaContext) -> None:
    await Order().plain({}, context)  # type: ignore[call-arg]
    await Order().undo({}, context)

    assert context.result("plain")["total"] == 7


def test_a_call_without_data_is_the_usual_type_error() -> None:
    with pytest.raises(TypeError, match="missing a required argument: 'data'"):
        Order().sync()  # type: ignore[call-arg]


def test_an_exception_comes_out_as_it_is() -> None:
    @saga_step("a")
    def method(self: Any, data: Any) -> Any:
        raise LookupError("as it is")

    with pytest.raises(LookupError, match="as it is"):
        method(None, {})


def test_a_method_keeps_its_name_signature_and_docstring() -> None:
    assert (Order.plain.__name__, Order.plain.__doc__, list(inspect.signature(Order.plain).parameters)) == (
        "plain",
        "Do it.",
        ["self", "data"],
    )


def test_a_coroutine_method_is_still_a_coroutine_function() -> None:
    assert inspect.iscoroutinefunction(Order().plain)
    assert not inspect.iscoroutinefunction(Order().sync)


def test_the_data_may_be_called_context() -> None:
    @saga_step("a")
    def method(self: Any, context: Any) -> Any:
        return {"seen": context}

    assert method(None, {"x": 1}) == {"seen": {"x": 1}}
