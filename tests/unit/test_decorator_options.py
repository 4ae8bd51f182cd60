"""Mistakes in what is handed to the decorators, and the sentence that names each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from fireflytx.decorators.saga import compensation_step, saga, saga_step, step_events
from fireflytx.exceptions import DefinitionError


def step(step_id: str = "a", **options: Any) -> Any:
    """A step method, made outside any class."""

    def method(self: Any, data: Any) -> None: ...

    return saga_step(step_id, **options)(method)


def undo(step_id: str = "a", **options: Any) -> Any:
    """A compensation method, made outside any class."""

    def method(self: Any, data: Any) -> None: ...

    return compensation_step(step_id, **options)(method)


def refused(make: Callable[[], object]) -> str:
    with pytest.raises(DefinitionError) as caught:
        make()
    return str(caught.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"retry": 0}, "Step 'a': retry must be at least 1, got 0."),
        ({"retry": "3"}, "Step 'a': retry must be an integer, got '3'."),
        ({"retry": True}, "Step 'a': retry must be an integer, got True."),
        ({"retry": 2**31}, "Step 'a': retry must be at most 2147483647, got 2147483648."),
        ({"timeout_ms": -5}, "Step 'a': timeout_ms must be at least 1, got -5."),
        ({"timeout_ms": 1.5}, "Step 'a': timeout_ms must be an integer, got 1.5."),
        ({"timeout_ms": None}, "Step 'a': timeout_ms must be an integer, got None."),
        ({"backoff_ms": -1}, "Step 'a': backoff_ms must be at least 0, got -1."),
        ({"pivot": "yes"}, "Step 'a': pivot must be True or False, got 'yes'."),
        (
            {"in_doubt": "hope"},
            "Step 'a': in_doubt must be 'compensate', 'fail' or 'park', got 'hope'.",
        ),
        ({"event_type": ""}, "Step 'a': event_type must be a non-empty string, got ''."),
        (
            {"compensation": "undo"},
            "Step 'a': compensation can only be None, which says that there is nothing to undo. "
            "To undo the step, decorate a method with @compensation_step.",
        ),
        (
            {"condition": "x"},
            "Step 'a': condition must be a function of the step's input, got 'x'.",
        ),
        (
            {"condition": lambda: True},
            "Step 'a': condition must take one argument, the step's input as a dict.",
        ),
        (
            {"depends_on": 7},
            "Step 'a': depends_on must be a step id or a list of step ids, got 7.",
        ),
        (
            {"depends_on": ["b", None]},
            "Step 'a': depends_on must be a step id or a list of step ids, got None.",
        ),
        (
            {"depends_on": {"b", "c"}},
            "Step 'a': depends_on must have an order; write a list instead of a set.",
        ),
    ],
)
def test_a_bad_option_of_a_step_is_named(options: dict[str, Any], message: str) -> None:
    assert refused(lambda: step(**options)) == message


def test_a_method_in_the_place_of_a_step_id_is_named() -> None:
    message = refused(lambda: step(depends_on=[step("b")]))

    assert message == "Step 'a': depends_on must be a step id or a list of step ids, got the function method."


@pytest.mark.parametrize("name", ["", None, 7, "x" * 201, "\ud800", "a\nb"])
def test_a_step_id_that_is_no_short_text_is_refused(name: Any) -> None:
    message = refused(lambda: step(name))

    assert message.startswith("@saga_step: the step's id must be a string of 1 to 200 printable characters")


def test_an_async_condition_is_refused() -> None:
    async def condition(data: dict[str, Any]) -> bool:
        return True

    assert "condition is async; it must answer at once" in refused(lambda: step(condition=condition))


def test_a_bad_option_of_a_compensation_is_named() -> None:
    assert refused(lambda: undo(retry=0)) == "Compensation of step 'a': retry must be at least 1, got 0."


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"timeout_ms": 0}, "Saga 's': timeout_ms must be at least 1, got 0."),
        ({"timeout_ms": "1"}, "Saga 's': timeout_ms must be an integer, got '1'."),
        ({"layer_concurrency": 0}, "Saga 's': layer_concurrency must be at least 1, got 0."),
        (
            {"compensation": "random"},
            "Saga 's': compensation must be 'sequential' or 'parallel', got 'random'.",
        ),
        ({"version": 1.5}, "Saga 's': version must be a string or an integer, got 1.5."),
        ({"version": True}, "Saga 's': version must be a string or an integer, got True."),
        ({"version": "1\n"}, "Saga 's': version must be 1 to 64 printable characters."),
        ({"redact": "password"}, "Saga 's': redact must be a list of field names, got 'password'."),
        ({"redact": ["a", 7]}, "Saga 's': each name in redact must be a non-empty string, got 7."),
        (
            {"redact": ["card.number"]},
            "Saga 's': redact has 'card.number'; it names fields at any depth, not paths: write 'number'.",
        ),
        ({"version": "\ud800"}, "Saga 's': version holds half a surrogate pair, which is not valid Unicode."),
    ],
)
def test_a_bad_option_of_a_saga_is_named(options: dict[str, Any], message: str) -> None:
    assert refused(lambda: saga("s", **options)) == message


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"topic": ""}, "@step_events: topic must be a non-empty string, got ''."),
        ({"topic": "t", "event_type": 7}, "@step_events: event_type must be a non-empty string, got 7."),
        (
            {"topic": "t", "include_timing": 1},
            "@step_events: include_timing must be True or False, got 1.",
        ),
    ],
)
def test_a_bad_option_of_events_is_named(options: dict[str, Any], message: str) -> None:
    assert refused(lambda: step_events(**options)) == message


def no_data(self: Any) -> None: ...
def too_many(self: Any, data: Any, context: Any, more: Any) -> None: ...
def keyword_needed(self: Any, data: Any, *, more: Any) -> None: ...
def keyword_context(self: Any, data: Any, *, context: Any = None) -> None: ...
def anything(*args: Any, **kwargs: Any) -> None: ...


@pytest.mark.parametrize(
    ("function", "found"),
    [
        (no_data, "no_data(self)"),
        (too_many, "too_many(self, data, context, more)"),
        (keyword_needed, "keyword_needed(self, data, more)"),
        (keyword_context, "keyword_context(self, data, context=…)"),
        (anything, "anything(*args, **kwargs)"),
    ],
)
def test_a_method_that_can_not_be_called_shows_the_signature_that_is_wanted(
    function: Callable[..., Any], found: str
) -> None:
    message = refused(lambda: saga_step("a")(function))

    assert message == (
        f"Step 'a': the method must be written as (self, data) or (self, data, context), found {found}."
    )


def test_a_third_parameter_with_a_default_is_allowed() -> None:
    def method(self: Any, data: Any, context: Any, more: int = 1) -> None: ...

    assert saga_step("a")(method) is not None


@pytest.mark.parametrize("wrap", [classmethod, staticmethod, property])
def test_a_step_on_top_of_another_kind_of_method_is_refused(wrap: Any) -> None:
    message = refused(lambda: saga_step("a")(wrap(no_data)))

    assert message == (
        f"Step 'a' is a {wrap.__name__}; a saga's methods are plain ones: remove that decorator."
    )


def test_a_class_can_not_be_a_step() -> None:
    assert "decorates a type; decorate a function" in refused(lambda: saga_step("a")(int))


def test_a_generator_is_refused() -> None:
    def generator(self: Any, data: Any) -> Any:
        yield {}

    assert "is a generator, as it contains 'yield'" in refused(lambda: saga_step("a")(generator))


def test_an_async_generator_is_refused() -> None:
    async def generator(self: Any, data: Any) -> Any:
        yield {}

    assert "is a generator, as it contains 'yield'" in refused(lambda: saga_step("a")(generator))
