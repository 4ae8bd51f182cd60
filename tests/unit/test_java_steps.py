"""Steps whose code is in a jar, and the jars: what the decorators and the engine refuse."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fireflytx import SagaEngine
from fireflytx.decorators.saga import compensation_step, saga, saga_step, step_events
from fireflytx.definition import definition_of
from fireflytx.exceptions import DefinitionError


@saga("mixed")
class Mixed:
    charge = saga_step("charge", executor="java", depends_on="reserve", retry=5, pivot=False)
    refund = compensation_step("charge", executor="java", retry=7)

    @saga_step("reserve")
    async def reserve(self, data: dict[str, Any]) -> dict[str, Any]:
        return {}


def test_a_step_by_itself_is_a_step_with_all_its_options():
    charge = definition_of(Mixed).step("charge")
    assert (charge.attribute, charge.kind, charge.takes_context) == ("charge", "java", True)
    assert (charge.depends_on, charge.retry) == (("reserve",), 5)


def test_a_compensation_by_itself_is_the_steps_compensation():
    undo = definition_of(Mixed).step("charge").compensation
    assert undo is not None
    assert (undo.attribute, undo.kind, undo.retry) == ("refund", "java", 7)


def test_a_step_in_java_is_inherited_and_can_be_overridden_by_a_method():
    @saga("mixed-in-python")
    class InPython(Mixed):
        @saga_step("charge")
        async def charge(self, data: dict[str, Any]) -> dict[str, Any]:
            return {}

    assert definition_of(InPython).step("charge").kind == "coroutine"
    refund = definition_of(InPython).step("charge").compensation
    assert refund is not None
    assert refund.kind == "java"


def test_a_decorator_on_top_leaves_a_step_in_java_there():
    def on_top(function: Callable[..., Any]) -> Callable[..., Any]:
        def wrapper(*args: Any) -> Any:
            return function(*args)

        wrapper.__dict__.update(function.__dict__)
        return wrapper

    @saga("wrapped")
    class Wrapped:
        @on_top
        @saga_step("charge", executor="java")
        def charge(self, data: dict[str, Any]) -> None: ...

    assert definition_of(Wrapped).step("charge").kind == "java"


def refused(make: Callable[[], object]) -> str:
    with pytest.raises(DefinitionError) as caught:
        make()
    return str(caught.value)


def test_another_executor_is_refused():
    options: Any = {"executor": "rust"}
    assert (
        refused(lambda: saga_step("a", **options))
        == "Step 'a': executor must be 'python' or 'java', got 'rust'."
    )


def test_two_steps_in_java_of_one_id_are_refused():
    def twice() -> None:
        @saga("twice")
        class Twice:
            one = saga_step("a", executor="java")
            two = saga_step("a", executor="java")

    assert refused(twice) == "Saga 'twice': step 'a' is defined twice, by the methods 'one' and 'two'."


def test_events_twice_on_a_step_in_java_are_refused():
    step = step_events("topic")(saga_step("a", executor="java"))
    assert "has @step_events twice" in refused(lambda: step_events("topic")(step))


def test_a_jar_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match=r"java_classpath: there is no 'lib/shop\.jar' in '"):
        SagaEngine("memory", java_classpath=["lib/shop.jar"])


def test_a_folder_of_jars_must_be_there(tmp_path: Path):
    SagaEngine("memory", java_classpath=[tmp_path / "*"])
    with pytest.raises(ValueError, match="java_classpath: there is no"):
        SagaEngine("memory", java_classpath=[tmp_path / "lib" / "*"])


def test_several_jars_in_one_text_are_refused():
    with pytest.raises(ValueError, match=r"give each jar or folder by itself"):
        SagaEngine("memory", java_classpath=["a.jar:b.jar"])


@pytest.mark.parametrize("classpath", ["shop.jar", Path("shop.jar")])
def test_one_jar_alone_is_refused(classpath: Any):
    with pytest.raises(TypeError, match=r"java_classpath must be several, such as \['shop.jar'\]"):
        SagaEngine("memory", java_classpath=classpath)


def test_an_observer_runs_no_steps_in_java(tmp_path: Path):
    with pytest.raises(ValueError, match="An observer runs no steps"):
        SagaEngine(f"sqlite:///{tmp_path}/sagas.db", observer=True, java_classpath=[tmp_path])
