"""``@step_events`` and ``@saga_events``: what they note, and what they refuse."""

from __future__ import annotations

from typing import Any

import pytest

from fireflytx import saga, saga_events, saga_step, step_events
from fireflytx.definition import definition_of
from fireflytx.exceptions import DefinitionError


def test_everything_that_step_events_takes_reaches_the_wire():
    @saga("s")
    class S:
        @step_events(
            "orders",
            event_type="order.paid",
            key="{saga}:{correlation_id}",
            headers={"team": "payments"},
            include_timing=True,
            include_payload=True,
            include_result=True,
            include_context=True,
            publish_on_start=False,
            publish_on_success=False,
            publish_on_failure=False,
            publish_on_retry=True,
            publish_on_compensation=True,
        )
        @saga_step("pay")
        async def pay(self, order): ...

    assert definition_of(S).to_wire()["steps"][0]["events"] == {
        "topic": "orders",
        "event_type": "order.paid",
        "include_timing": True,
        "include_payload": True,
        "include_result": True,
        "include_context": True,
        "key": "{saga}:{correlation_id}",
        "headers": {"team": "payments"},
        "publish_on_start": False,
        "publish_on_success": False,
        "publish_on_failure": False,
        "publish_on_retry": True,
        "publish_on_compensation": True,
    }


def below() -> type:
    @saga("s")
    @saga_events("sagas", key="{saga}", include_result=True, publish_on_parked=False)
    class S:
        @saga_step("a")
        async def a(self, data): ...

    return S


def above() -> type:
    @saga_events("sagas", key="{saga}", include_result=True, publish_on_parked=False)
    @saga("s")
    class S:
        @saga_step("a")
        async def a(self, data): ...

    return S


@pytest.mark.parametrize("make", [below, above])
def test_saga_events_may_stand_above_or_below_saga(make: Any):
    assert definition_of(make()).to_wire()["events"] == {
        "topic": "sagas",
        "include_timing": False,
        "include_payload": False,
        "include_result": True,
        "key": "{saga}",
        "publish_on_start": True,
        "publish_on_success": True,
        "publish_on_failure": True,
        "publish_on_compensation": True,
        "publish_on_parked": False,
    }


def test_a_subclass_publishes_about_itself_only_if_it_says_so():
    @saga("child")
    class Child(above()): ...  # type: ignore[misc]

    assert "events" not in definition_of(Child).to_wire()


def test_what_is_published_does_not_change_the_hash_of_a_definition():
    @saga("s")
    class Silent:
        @saga_step("a")
        async def a(self, data): ...

    assert definition_of(Silent).definition_hash == definition_of(above()).definition_hash


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"key": "{order}"}, "key knows no field '{order}'; it may use {saga}, {step} and {correlation_id}."),
        ({"key": "{saga"}, "key has a brace that belongs to no field"),
        ({"key": "a\nb"}, "key holds a control character"),
        ({"key": ""}, "key must be a non-empty string"),
        ({"key": 7}, "key must be a non-empty string, got 7"),
        ({"headers": ["team"]}, "headers must be a mapping of strings, got a list"),
        ({"headers": {"team": 7}}, "headers must hold strings alone, got 7"),
        ({"headers": {"": "x"}}, "a header's name must be a string of 1 to 200 printable characters"),
        ({"headers": {"x": "a\r\nb"}}, "header 'x' holds a control character"),
        ({"include_result": 1}, "include_result must be True or False"),
        ({"publish_on_compensation": "yes"}, "publish_on_compensation must be True or False"),
    ],
)
def test_a_wrong_option_is_refused_when_the_method_is_decorated(options: dict[str, Any], complaint: str):
    with pytest.raises(DefinitionError) as refused:
        step_events("orders", **options)
    assert str(refused.value).startswith("@step_events: ")
    assert complaint in str(refused.value)


def test_a_sagas_key_may_not_use_a_step():
    with pytest.raises(DefinitionError, match=r"it may use \{saga\} and \{correlation_id\}\."):
        saga_events("sagas", key="{step}")


def test_saga_events_belongs_on_a_class():
    with pytest.raises(DefinitionError, match="belongs on a saga's class, not on a function"):
        saga_events("sagas")(lambda: None)  # type: ignore[type-var]


def test_step_events_on_a_class_names_saga_events():
    with pytest.raises(DefinitionError, match="write @saga_events"):
        step_events("orders")(int)


def test_a_class_has_saga_events_once():
    with pytest.raises(DefinitionError, match="has @saga_events twice"):
        saga_events("sagas")(above())
