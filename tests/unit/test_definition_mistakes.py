"""Each mistake in a saga class, and the sentence that the person who made it reads."""

from __future__ import annotations

import functools
import re
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


def saga_class(*bases: type, **attributes: Any) -> type:
    """A class decorated as saga 's'."""
    return saga("s")(type("S", bases, attributes))


def refused(make: Callable[[], object]) -> str:
    with pytest.raises(DefinitionError) as caught:
        make()
    return str(caught.value)


# --- arguments -------------------------------------------------------------------------------------------------


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


@pytest.mark.parametrize("name", ["", None, 7, "x" * 201, "\ud800"])
def test_a_step_id_that_is_no_short_text_is_refused(name: Any) -> None:
    message = refused(lambda: step(name))

    assert message.startswith("@saga_step: the step's id must be a non-empty string of at most 200 characters")


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


# --- the decorators themselves ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("decorator", "usage"),
    [
        (saga_step, '@saga_step needs the step\'s id in parentheses: write @saga_step("step-id").'),
        (step_events, '@step_events needs the topic in parentheses: write @step_events("topic").'),
        (saga, '@saga needs the saga\'s name in parentheses: write @saga("order").'),
    ],
)
def test_a_decorator_without_parentheses_says_how_it_is_written(decorator: Any, usage: str) -> None:
    class Target:
        pass

    assert refused(lambda: decorator(Target)) == usage


def test_saga_belongs_on_a_class() -> None:
    message = refused(lambda: saga("s")(lambda: None))  # type: ignore[type-var]

    assert message == "Saga 's': @saga belongs on a class, not on a function."


def test_a_method_can_not_be_two_steps() -> None:
    message = refused(lambda: saga_step("b")(step("a")))

    assert message == "Step 'b': the method is already step 'a'; decorate it once."


def test_a_step_can_not_be_a_compensation_too() -> None:
    message = refused(lambda: compensation_step("b")(step("a")))

    assert message == "Compensation of step 'b': the method is already step 'a'; decorate it once."


def test_events_given_twice_are_refused() -> None:
    message = refused(lambda: step_events("t")(step_events("t")(step())))

    assert message == "The method 'method' has @step_events twice; keep one."


def test_events_without_a_step_are_refused() -> None:
    def method(self: Any, data: Any) -> None: ...

    message = refused(lambda: saga_class(a=step_events("t")(method)))

    assert message == "Saga 's': S.a has @step_events but is no step: add @saga_step."


def test_events_on_a_compensation_are_refused() -> None:
    message = refused(lambda: saga_class(a=step(), b=step_events("t")(undo())))

    assert message == "Saga 's': 'b' is a compensation, but @step_events belongs on a step."


def test_an_event_type_without_events_is_refused() -> None:
    message = refused(lambda: saga_class(a=step(event_type="x")))

    assert "step 'a' has event_type='x' but publishes nothing: add @step_events" in message


def test_two_event_types_are_refused() -> None:
    message = refused(lambda: saga_class(a=step_events("t", event_type="y")(step(event_type="x"))))

    assert "step 'a' has two event types, 'x' in @saga_step and 'y' in @step_events" in message


# --- methods ---------------------------------------------------------------------------------------------------


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
        "Step 'a': the method must be written as (self, data) or (self, data, context), " f"found {found}."
    )


def test_a_third_parameter_with_a_default_is_allowed() -> None:
    def method(self: Any, data: Any, context: Any, more: int = 1) -> None: ...

    assert saga_step("a")(method)


@pytest.mark.parametrize("wrap", [classmethod, staticmethod, property])
def test_a_step_on_top_of_another_kind_of_method_is_refused(wrap: Any) -> None:
    message = refused(lambda: saga_step("a")(wrap(no_data)))

    assert message == (
        f"Step 'a' is a {wrap.__name__}; a saga's methods are plain ones: remove that decorator."
    )


@pytest.mark.parametrize("wrap", [classmethod, staticmethod, property, functools.cached_property])
def test_a_step_inside_another_kind_of_method_is_refused(wrap: Any) -> None:
    message = refused(lambda: saga_class(a=wrap(step())))

    assert message == (
        f"Saga 's': S.a is step 'a' inside a {wrap.__name__}; "
        "a saga's methods are plain ones: remove that decorator."
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


# --- classes ---------------------------------------------------------------------------------------------------


def test_a_step_that_is_defined_twice_names_both_methods() -> None:
    message = refused(lambda: saga_class(x=step("a"), y=step("a")))

    assert message == "Saga 's': step 'a' is defined twice, by the methods 'x' and 'y'."


def test_an_unknown_dependency_names_the_nearest_step_and_all() -> None:
    message = refused(lambda: saga_class(a=step("reserve"), b=step("ship", depends_on="reserv")))

    assert message == (
        "Saga 's': step 'ship' depends on 'reserv', which is not defined. "
        "Did you mean 'reserve'? Steps: reserve, ship."
    )


def test_a_circle_is_named_step_by_step() -> None:
    message = refused(lambda: saga_class(a=step("a", depends_on="b"), b=step("b", depends_on="a")))

    assert message == "Saga 's': the steps depend on each other in a circle: a -> b -> a."


def test_two_pivots_are_refused() -> None:
    message = refused(lambda: saga_class(a=step("a", pivot=True), b=step("b", pivot=True)))

    assert message == "Saga 's': steps 'a' and 'b' are both pivots; a saga has at most one."


def test_a_compensation_of_an_unknown_step_names_the_nearest_step_and_all() -> None:
    message = refused(lambda: saga_class(a=step("reserve-inventory"), b=step("x"), release=undo("reserve")))

    assert message == (
        "Saga 's': 'release' is the compensation of step 'reserve', which is not defined. "
        "Did you mean 'x'? Steps: reserve-inventory, x."
    )


def test_a_compensation_in_a_class_without_steps_says_so() -> None:
    message = refused(lambda: saga_class(release=undo("reserve")))

    assert message.endswith("step 'reserve', which is not defined. The saga has no steps.")


def test_two_compensations_of_one_step_are_refused() -> None:
    message = refused(lambda: saga_class(a=step(), x=undo(), y=undo()))

    assert message == "Saga 's': step 'a' has two compensations, the methods 'x' and 'y'; keep one."


@pytest.mark.parametrize(
    ("inherited", "decorator"),
    [(step("b"), '@saga_step("b")'), (undo("b"), '@compensation_step("b")')],
    ids=["step", "compensation"],
)
def test_an_overriding_method_without_its_decorator_is_refused(inherited: Any, decorator: str) -> None:
    base = type("Base", (), {"a": step("b"), "m": inherited} if "comp" in decorator else {"m": inherited})
    message = refused(lambda: saga_class(base, m=no_data))

    assert re.search(r"S\.m overrides .*step 'b' but has lost its decorator", message)
    assert f"write {decorator} above it" in message


def test_two_methods_of_one_name_are_refused() -> None:
    def make() -> None:
        @saga("s")
        class S:
            @saga_step("a")
            def same(self, data: Any) -> None: ...

            @saga_step("b")
            def same(self, data: Any) -> None: ...  # type: ignore[no-redef]  # noqa: F811

    assert refused(make) == (
        "Step 'b': the method 'same' would replace step 'a', which has the same name in this class. "
        "Rename one of the two methods."
    )


def test_a_class_that_is_run_again_in_a_notebook_is_no_mistake() -> None:
    code = "@saga('s')\nclass S:\n  @saga_step('a')\n  def a(self, data): ...\n"
    namespace = {"saga": saga, "saga_step": saga_step}

    for _ in range(2):
        exec(code, namespace)


def test_every_finding_is_a_value_error() -> None:
    assert issubclass(DefinitionError, ValueError)
