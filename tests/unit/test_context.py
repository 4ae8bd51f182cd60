from __future__ import annotations

import threading
import time
import uuid
from typing import Any

import pytest

from fireflytx.context import SagaContext, new_correlation_id
from fireflytx.exceptions import ResultNotVisibleError, ValueRefusedError


def test_a_context_of_its_own_gets_a_fresh_version_7_uuid() -> None:
    assert uuid.UUID(SagaContext().correlation_id).version == 7


def test_two_contexts_never_share_an_id() -> None:
    assert SagaContext().correlation_id != SagaContext().correlation_id


def test_a_correlation_id_begins_with_the_time_in_milliseconds() -> None:
    before_ms = time.time_ns() // 1_000_000
    stamp_ms = uuid.UUID(new_correlation_id()).int >> 80

    assert before_ms <= stamp_ms <= time.time_ns() // 1_000_000


def test_a_correlation_id_has_the_variant_of_the_rfc() -> None:
    assert uuid.UUID(new_correlation_id()).variant == uuid.RFC_4122


def test_the_idempotency_key_is_the_id_and_the_step() -> None:
    assert SagaContext("run-1", step="charge").idempotency_key == "run-1:charge"


def test_a_given_idempotency_key_is_kept() -> None:
    assert SagaContext("run-1", step="charge", idempotency_key="k").idempotency_key == "k"


# One source after the other gets the key; the newest must win over all before it.
SOURCES: list[tuple[str, dict[str, Any]]] = [
    ("the saga's input", {"input": {"key": "the saga's input"}}),
    ("a farther result", {"results": [("near", {}), ("far", {"key": "a farther result"})]}),
    ("a nearer result", {"results": [("near", {"key": "a nearer result"}), ("far", {"key": "x"})]}),
    ("its own step's result", {"own_result": {"key": "its own step's result"}}),
    ("a stored value", {"data": {"key": "a stored value"}}),
]


@pytest.mark.parametrize("count", range(1, len(SOURCES) + 1))
def test_get_data_asks_the_nearest_source_first(count: int) -> None:
    arguments: dict[str, Any] = {}
    for _, source in SOURCES[:count]:
        arguments |= source

    assert SagaContext(step="own", **arguments).get_data("key") == SOURCES[count - 1][0]


def test_what_this_attempt_stored_comes_before_what_others_stored() -> None:
    context = SagaContext(data={"key": "old"})
    context.set_data("key", "new")

    assert context.get_data("key") == "new"


def test_get_data_gives_the_default_for_a_key_that_nobody_has() -> None:
    assert SagaContext().get_data("missing", []) == []


def test_get_data_finds_a_none_that_somebody_stored() -> None:
    assert SagaContext(data={"key": None}).get_data("key", "default") is None


def test_set_data_keeps_the_values_of_earlier_attempts_apart() -> None:
    earlier = {"seen": 1}
    context = SagaContext(data=earlier)
    context.set_data("seen", 2)

    assert earlier == {"seen": 1}
    assert context._writes == {"seen": 2}


def test_a_key_that_is_no_string_is_refused() -> None:
    with pytest.raises(ValueRefusedError, match="must be a string, got a int"):
        SagaContext().set_data(7, "x")  # type: ignore[arg-type]


def test_a_value_that_json_cannot_carry_is_refused_where_it_is_set() -> None:
    context = SagaContext(saga="order", step="charge")

    with pytest.raises(ValueRefusedError) as caught:
        context.set_data("seen", {"ids": {1, 2}})

    assert str(caught.value).startswith("Saga 'order': step 'charge': context.seen.ids is a set;")
    assert (caught.value.path, context.get_data("seen")) == ("context.seen.ids", None)


def test_a_result_is_found_by_its_step() -> None:
    assert SagaContext(results=[("reserve", {"id": 1})]).result("reserve") == {"id": 1}


def test_a_compensation_sees_the_result_of_its_own_step() -> None:
    assert SagaContext(step="charge", own_result={"id": 1}).result("charge") == {"id": 1}


def test_a_result_that_is_not_visible_names_those_that_are() -> None:
    context = SagaContext(step="ship", results=[("charge", {}), ("reserve", {})])

    with pytest.raises(ResultNotVisibleError, match=r"'ship' sees no result of 'audit'.*: charge, reserve\."):
        context.result("audit")


def test_a_result_that_is_not_visible_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        SagaContext().result("audit")


def test_the_input_is_there_without_any_result() -> None:
    assert SagaContext(input={"a": 1}, results=[("x", {"a": 2})]).input == {"a": 1}


def test_the_text_of_a_context_has_no_values() -> None:
    assert "secret" not in repr(SagaContext("run-1", saga="order", input={"a": "secret"}))


def test_values_stored_by_several_threads_are_all_there() -> None:
    context = SagaContext()
    start = threading.Barrier(4)

    def store(worker: int) -> None:
        start.wait()
        for number in range(200):
            context.set_data(f"{worker}-{number}", number)
            context.get_data("missing")

    threads = [threading.Thread(target=store, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(context._writes) == 800
