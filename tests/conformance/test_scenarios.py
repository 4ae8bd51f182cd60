"""Every scenario, through the Python API, on every store."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from tests.conformance.checks import problems
from tests.conformance.runner import Told, run
from tests.conformance.saga_class import saga_class
from tests.conformance.scenario import Scenario, every_scenario

from fireflytx import SagaEngine
from fireflytx.exceptions import DefinitionError

pytestmark = pytest.mark.integration

SCENARIOS = every_scenario()
RUNS = [(each, store) for each in SCENARIOS if not each.is_refused for store in each.stores]
# Nobody waits for a step when an engine ends: an attempt that runs is lost, as when the process is killed.
AT_ONCE = {"shutdown_timeout_ms": 0}

EngineOf = Callable[[Scenario, str], Awaitable[SagaEngine]]


@pytest.fixture(scope="module")
def told() -> dict[str, Told]:
    """What the engines on each store have told."""
    return {"memory": Told(), "sqlite": Told()}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine_of(
    tmp_path_factory: pytest.TempPathFactory, told: dict[str, Told]
) -> AsyncIterator[EngineOf]:
    """An engine for a scenario: one for all on a store, unless it needs one of its own."""
    folder = tmp_path_factory.mktemp("journals")
    engines: dict[str, SagaEngine] = {}
    own: list[SagaEngine] = []

    async def make(scenario: Scenario, store: str) -> SagaEngine:
        if not needs_own_engine(scenario):
            engines[store] = engines.get(store) or new_engine(url(folder, store, "shared"), told[store])
            return engines[store]
        own.append(new_engine(url(folder, store, scenario.name), told[store], **scenario.engine))
        return own[-1]

    yield make
    for engine in (*engines.values(), *own):
        await engine.shutdown()


def needs_own_engine(scenario: Scenario) -> bool:
    return bool(scenario.engine) or scenario.restarts


def url(folder: Path, store: str, name: str) -> str:
    return store if store == "memory" else f"sqlite:///{folder}/{name}.db"


def new_engine(store: str, told: Told, **options: int) -> SagaEngine:
    engine = SagaEngine(store, **AT_ONCE, **options)
    told.listen_to(engine)
    return engine


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(("scenario", "store"), RUNS, ids=[f"{each.name}-on-{store}" for each, store in RUNS])
async def test_scenario(scenario: Scenario, store: str, engine_of: EngineOf, told: dict[str, Told]):
    engine = await engine_of(scenario, store)
    seen = await run(scenario, engine, told[store], lambda: engine_of(scenario, store))
    if found := problems(scenario, seen):
        listed = "".join(f"\n  - {each}" for each in found)
        pytest.fail(f"Scenario '{scenario.name}' on {store}: {scenario.shows}{listed}", pytrace=False)


REFUSED = [each for each in SCENARIOS if each.is_refused]


@pytest.mark.parametrize("scenario", REFUSED, ids=[each.name for each in REFUSED])
def test_refused_definition(scenario: Scenario):
    with pytest.raises(DefinitionError) as error:
        saga_class(scenario, None)
    for text in scenario.expect["refused"]:
        assert text in str(error.value), f"Scenario '{scenario.name}': {scenario.shows}"
