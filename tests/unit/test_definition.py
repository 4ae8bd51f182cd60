from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from fireflytx.context import SagaContext
from fireflytx.decorators.saga import compensation_step, saga, saga_step, step_events
from fireflytx.definition import SagaDefinition, definition_of
from fireflytx.exceptions import NotASagaError


@dataclasses.dataclass
class Order:
    id: str


@saga("order", timeout_ms=60_000, layer_concurrency=2, compensation="parallel")
class OrderSaga:
    @saga_step("reserve", retry=1, timeout_ms=5, backoff_ms=0)
    async def reserve(self, order: Order, context: SagaContext) -> dict[str, Any]:
        return {}

    @compensation_step("reserve", retry=9, timeout_ms=8, backoff_ms=7)
    def release(self, data: Any) -> None: ...

    @step_events(topic="order-events", include_timing=True, publish_on_retry=True)
    @saga_step(
        "charge",
        depends_on=["reserve"],
        pivot=True,
        in_doubt="park",
        condition=lambda data: True,
        event_type="charged",
    )
    def charge(self, data: dict[str, Any]) -> None: ...


STEPS = definition_of(OrderSaga).to_wire()["steps"]


def test_a_saga_has_the_wire_form_of_the_protocol() -> None:
    wire = definition_of(OrderSaga).to_wire()

    assert {**wire, "steps": None} == {
        "name": "order",
        "version": None,
        "timeout_ms": 60_000,
        "layer_concurrency": 2,
        "compensation": "parallel",
        "redact": [],
        "steps": None,
    }


def test_a_step_with_a_compensation_has_the_wire_form_of_the_protocol() -> None:
    assert STEPS[0] == {
        "id": "reserve",
        "depends_on": [],
        "kind": "coroutine",
        "takes_context": True,
        "retry": 1,
        "timeout_ms": 5,
        "backoff_ms": 0,
        "condition": False,
        "pivot": False,
        "in_doubt": "compensate",
        "compensation": {
            "kind": "thread",
            "takes_context": False,
            "retry": 9,
            "timeout_ms": 8,
            "backoff_ms": 7,
        },
        "events": None,
    }


def test_a_step_with_events_has_the_wire_form_of_the_protocol() -> None:
    assert STEPS[1] == {
        "id": "charge",
        "depends_on": ["reserve"],
        "kind": "thread",
        "takes_context": False,
        "retry": 3,
        "timeout_ms": 30_000,
        "backoff_ms": 100,
        "condition": True,
        "pivot": True,
        "in_doubt": "park",
        "compensation": None,
        "events": {
            "topic": "order-events",
            "event_type": "charged",
            "include_timing": True,
            "include_payload": False,
            "publish_on_start": True,
            "publish_on_success": True,
            "publish_on_failure": True,
            "publish_on_retry": True,
        },
    }


def test_a_step_is_found_by_its_id() -> None:
    assert definition_of(OrderSaga).step("charge").attribute == "charge"


def test_an_unknown_step_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        definition_of(OrderSaga).step("ship")


def test_a_saga_without_steps_is_a_saga() -> None:
    @saga("empty")
    class Empty:
        pass

    assert definition_of(Empty).steps == ()


def test_the_function_of_a_step_is_the_undecorated_method() -> None:
    assert definition_of(OrderSaga).step("charge").function(OrderSaga(), {}) is None


class Base:
    @saga_step("first")
    def one(self, data: Any) -> Any:
        return {"by": "base"}

    @saga_step("second", depends_on="first")
    def two(self, data: Any) -> Any: ...


@saga("derived")
class Derived(Base):
    @saga_step("third", depends_on="second")
    def three(self, data: Any) -> Any: ...

    @saga_step("first", retry=7)
    def one(self, data: Any) -> Any:
        return {"by": "derived"}


def test_inherited_steps_come_first_and_keep_their_order() -> None:
    assert [step.id for step in definition_of(Derived).steps] == ["first", "second", "third"]


def test_an_overriding_method_replaces_the_step() -> None:
    first = definition_of(Derived).step("first")

    assert (first.retry, first.function(Derived(), {})) == (7, {"by": "derived"})


def test_a_subclass_needs_a_saga_decorator_of_its_own() -> None:
    class Child(Derived):
        pass

    with pytest.raises(NotASagaError, match=r"Child inherits from the saga Derived .* its own @saga"):
        definition_of(Child)


def test_a_plain_class_is_told_how_to_become_a_saga() -> None:
    with pytest.raises(
        NotASagaError, match=r'Base is not a saga: decorate the class with @saga\("its-name"\)'
    ):
        definition_of(Base)


def test_an_instance_in_the_place_of_its_class_is_named() -> None:
    with pytest.raises(NotASagaError, match="an instance of OrderSaga; pass the class itself"):
        definition_of(OrderSaga())  # type: ignore[arg-type]


def test_functions_written_outside_the_class_are_found_by_their_attribute() -> None:
    @saga_step("a")
    async def written_outside(self: Any, data: Any) -> Any: ...

    @saga("s")
    class S:
        inside = written_outside

    assert definition_of(S).step("a").attribute == "inside"


def loud(function: Callable[..., Any]) -> Callable[..., Any]:
    import functools

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        calls.append(function.__name__)
        return function(*args, **kwargs)

    return wrapper


calls: list[str] = []


@saga("decorated")
class DecoratedSaga:
    @loud
    @saga_step("above")
    def above(self, data: Any) -> Any: ...

    @saga_step("below")
    @loud
    async def below(self, data: Any) -> Any:
        return {"done": True}


def test_a_decorator_above_the_step_is_run_by_the_engine_too() -> None:
    calls.clear()
    definition_of(DecoratedSaga).step("above").function(DecoratedSaga(), {})

    assert calls == ["above"]


def test_a_plain_wrapper_of_a_coroutine_function_is_a_coroutine_step() -> None:
    assert definition_of(DecoratedSaga).step("below").kind == "coroutine"


@pytest.mark.asyncio
async def test_a_plain_wrapper_of_a_coroutine_function_is_awaited() -> None:
    assert await definition_of(DecoratedSaga).step("below").function(DecoratedSaga(), {}) == {"done": True}


def one_step(**options: Any) -> SagaDefinition:
    @saga("s")
    class S:
        @saga_step("a", **options)
        def a(self, data: Any) -> None: ...

    return definition_of(S)


def test_a_number_is_a_version_by_its_digits() -> None:
    assert definition_of(saga("s", version=2)(type("S", (), {}))).to_wire()["version"] == "2"


def test_the_hash_is_the_same_for_the_same_graph_and_policies() -> None:
    assert one_step(retry=2).definition_hash == one_step(retry=2).definition_hash


def test_another_policy_gives_another_hash() -> None:
    assert one_step(retry=2).definition_hash != one_step(retry=3).definition_hash


def test_the_kind_of_a_method_is_no_part_of_the_hash() -> None:
    @saga("s")
    class S:
        @saga_step("a")
        async def another_name(self, data: Any, context: SagaContext) -> None: ...

    assert definition_of(S).definition_hash == one_step().definition_hash
