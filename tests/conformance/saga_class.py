"""A scenario's definition as a decorated class."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tests.conformance.scenario import Json, Scenario, compensations
from tests.conformance.world import World

from fireflytx import SagaContext
from fireflytx.decorators.saga import compensation_step, saga, saga_step, step_events

Method = Callable[..., Any]


def saga_class(scenario: Scenario, world: World | None) -> type:
    """The class; its methods do what the world says.

    Raises:
        DefinitionError: The definition is wrong.
    """
    options = {key: value for key, value in scenario.definition.items() if key not in ("name", "steps")}
    steps = scenario.definition["steps"]
    methods = {name: each for index, step in enumerate(steps) for name, each in _methods(index, step, world)}
    cls = type("ScenarioSaga", (), methods)
    return saga(scenario.definition.get("name", scenario.name), **options)(cls)


def other_class(name: str) -> type:
    """Another saga, for starts that want it."""
    return saga(name)(type("OtherSaga", (), {}))


def _methods(index: int, step: Json, world: World | None) -> Iterator[tuple[str, Method]]:
    yield f"step_{index}", _step(step, world)
    for number, compensation in enumerate(compensations(step)):
        options = {key: value for key, value in compensation.items() if key != "plain"}
        method = _method(f"undo {step['id']}", bool(compensation.get("plain")), world)
        yield f"compensation_{index}_{number}", compensation_step(step["id"], **options)(method)


def _step(step: Json, world: World | None) -> Method:
    others = {"id", "condition", "compensation", "events", "plain"}
    options = {key: value for key, value in step.items() if key not in others}
    if step.get("condition"):
        options["condition"] = lambda data: world.ask(f"if {step['id']}", data) if world else True
    method = saga_step(step["id"], **options)(_method(step["id"], bool(step.get("plain")), world))
    return step_events(**step["events"])(method) if "events" in step else method


def _method(name: str, plain: bool, world: World | None) -> Method:
    async def call(self: Any, data: Any, context: SagaContext) -> Any:
        assert world is not None
        return await world.call(name, data, context)

    def call_plainly(self: Any, data: Any, context: SagaContext) -> Any:
        assert world is not None
        return world.call_plainly(name, data, context)

    return call_plainly if plain else call
