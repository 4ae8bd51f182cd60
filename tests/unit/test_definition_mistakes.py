"""Mistakes in a saga class, and the sentence that names each."""

from __future__ import annotations

import functools
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


def test_an_overriding_step_without_its_decorator_is_refused() -> None:
    base = type("Base", (), {"charge": step("a")})
    message = refused(lambda: saga_class(base, charge=lambda self, data: {}))

    assert message == (
        "Saga 's': S.charge overrides step 'a' but has lost its decorator: "
        'write @saga_step("a") above it, or give it another name.'
    )


def test_an_overriding_compensation_without_its_decorator_is_refused() -> None:
    base = type("Base", (), {"charge": step("a"), "refund": undo("a")})
    message = refused(lambda: saga_class(base, refund=lambda self, data: {}))

    assert message == (
        "Saga 's': S.refund overrides the compensation of step 'a' but has lost its decorator: "
        'write @compensation_step("a") above it, or give it another name.'
    )


def test_two_methods_of_one_name_are_refused() -> None:
    def make() -> None:
        @saga("s")
        class S:
            @saga_step("a")
            def same(self, data: Any) -> None: ...

            @saga_step("b")  # type: ignore[no-redef]
            def same(self, data: Any) -> None: ...  # noqa: F811

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


@pytest.mark.parametrize("wrap", [classmethod, staticmethod, property, functools.cached_property])
def test_a_step_inside_another_kind_of_method_is_refused(wrap: Any) -> None:
    message = refused(lambda: saga_class(a=wrap(step())))

    assert message == (
        f"Saga 's': S.a is step 'a' inside a {wrap.__name__}; "
        "a saga's methods are plain ones: remove that decorator."
    )
