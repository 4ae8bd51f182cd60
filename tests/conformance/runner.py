"""Runs a scenario through the Python API."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from tests.conformance.saga_class import other_class, saga_class
from tests.conformance.scenario import OTHER_SAGA, RESULT, Json, Scenario
from tests.conformance.world import Effect, World

from fireflytx import SagaEngine
from fireflytx.events import ParkedSaga, SagaEvent
from fireflytx.exceptions import (
    FireflyTxError,
    IdConflictError,
    NotWaitingError,
    PivotPassedError,
    UnknownSagaError,
    ValueRefusedError,
)
from fireflytx.result import SagaResult

PATIENCE_S = 20
CODES: dict[str, type[FireflyTxError]] = {
    "ID_CONFLICT": IdConflictError,
    "NOT_WAITING": NotWaitingError,
    "PIVOT_PASSED": PivotPassedError,
    "UNKNOWN_SAGA": UnknownSagaError,
    "UNKNOWN_STEP": NotWaitingError,
    "VALUE": ValueRefusedError,
}
MakeEngine = Callable[[], Awaitable[SagaEngine]]


@dataclass
class Observed:
    """What a run did, as far as it has come."""

    effects: list[Effect] = field(default_factory=list)
    events: list[SagaEvent] = field(default_factory=list)
    parked: list[ParkedSaga] = field(default_factory=list)
    result: SagaResult | None = None
    problems: list[str] = field(default_factory=list)
    waits_for: str = ""


class Told:
    """What engines have told, for whoever asks later."""

    def __init__(self) -> None:
        self._events: list[SagaEvent] = []
        self._parked: list[ParkedSaga] = []

    def listen_to(self, engine: SagaEngine) -> None:
        """Keep what the engine tells."""
        engine.on_event(self._events.append)
        engine.on_parked(self._parked.append)

    def events(self, correlation_id: str) -> list[SagaEvent]:
        """The events of a run."""
        return [each for each in self._events if each.correlation_id == correlation_id]

    def parked(self, correlation_id: str) -> list[ParkedSaga]:
        """The notices about a run."""
        return [each for each in self._parked if each.correlation_id == correlation_id]


async def run(scenario: Scenario, engine: SagaEngine, told: Told, next_engine: MakeEngine) -> Observed:
    """Run it; what it did is compared elsewhere.

    Args:
        engine: Where it begins.
        told: What listens to the engines.
        next_engine: Makes the engine that follows one that was shut down without waiting.
    """
    world = World(scenario)
    running = _Run(scenario, engine, world, next_engine)
    try:
        async with asyncio.timeout(PATIENCE_S):
            await running.to_its_end()
    except TimeoutError:
        running.seen.problems.append(f"it did not go on: it waits for {running.seen.waits_for}")
    finally:
        world.release()
    running.seen.effects = world.effects
    running.seen.events = told.events(scenario.name)
    running.seen.parked = told.parked(scenario.name)
    return running.seen


class _Run:
    def __init__(self, scenario: Scenario, engine: SagaEngine, world: World, next_engine: MakeEngine) -> None:
        self._scenario = scenario
        self._engine = engine
        self._world = world
        self._next_engine = next_engine
        self._saga = saga_class(scenario, world)
        self.seen = Observed()

    async def to_its_end(self) -> None:
        if not self._begins_with_a_start():
            await self._start({})
        for action in self._scenario.actions:
            await self._wait(action.get("when"))
            self.seen.waits_for = f"the action '{action['do']}'"
            await self._perform(action)
        self.seen.result = await self._result()
        # Everything that was told before the result is here when a later question has been answered.
        await self._engine.get(self._scenario.name)

    def _begins_with_a_start(self) -> bool:
        """Whether the first action is the start, as when it is to be refused."""
        first = self._scenario.actions[:1]
        return bool(first) and first[0]["do"] == "start" and "when" not in first[0]

    async def _wait(self, moment: str | None) -> None:
        if moment == RESULT:
            await self._result()
        elif moment is not None:
            self.seen.waits_for = f"'{moment}'"
            await self._world.has_happened(moment).wait()

    async def _result(self) -> SagaResult:
        self.seen.waits_for = "the result"
        return await (await self._engine.get(self._scenario.name)).result()

    async def _start(self, action: Json) -> None:
        saga: type | str = self._saga
        if "saga" in action:
            saga = self._other() if action["saga"] == OTHER_SAGA else action["saga"]
        given = action.get("input", self._scenario.input)
        await self._engine.start(
            saga, given, correlation_id=self._scenario.name, timeout_ms=self._scenario.timeout_ms
        )

    def _other(self) -> type:
        return other_class(f"{self._scenario.name}, {OTHER_SAGA}")

    async def _perform(self, action: Json) -> None:
        try:
            given = await self._do(action)
        except FireflyTxError as error:
            self._compare_refusal(action, error)
            return
        if "refused" in action:
            self._note(action, f"a refusal with {action['refused']['code']}", given)
        elif "gives" in action and given != action["gives"]:
            self._note(action, action["gives"], given)

    async def _do(self, action: Json) -> Any:
        match action["do"]:
            case "open":
                self._world.open(action["gate"])
            case "start":
                await self._start(action)
            case "status":
                return str(await (await self._engine.get(self._scenario.name)).status())
            case "list":
                page = await self._engine.list(status=action["status"], limit=1000)
                return any(each.correlation_id == self._scenario.name for each in page)
            case "restart":
                await self._restart()
            case call:
                arguments = {
                    key: value for key, value in action.items() if key in ("step", "result", "reason")
                }
                given = await getattr(self._engine, call)(self._scenario.name, **arguments)
                return given if isinstance(given, bool) else str(given)
        return None

    async def _restart(self) -> None:
        self._world.abandon()
        await self._engine.shutdown()
        self._engine = await self._next_engine()
        self._engine.register(self._saga)

    def _compare_refusal(self, action: Json, error: FireflyTxError) -> None:
        refused = action.get("refused")
        says = f"{type(error).__name__}: {error}"
        if refused is None:
            self._note(action, action.get("gives", "no refusal"), says)
        elif not isinstance(error, CODES[refused["code"]]):
            self._note(action, f"{refused['code']} ({CODES[refused['code']].__name__})", says)
        elif any(
            text.replace("{id}", self._scenario.name) not in str(error) for text in refused.get("says", ())
        ):
            self._note(action, f"a refusal that says {refused['says']}", says)

    def _note(self, action: Json, expected: object, seen: object) -> None:
        self.seen.problems.append(f"the action '{action['do']}': expected {expected}, seen {seen}")
