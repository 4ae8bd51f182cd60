"""Every Python snippet of the guide, run as it is written (``guide_cases.py`` says how)."""

from __future__ import annotations

import asyncio
import functools
import re
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
import pytest_asyncio
from tests.e2e.guide_cases import BOOKED, CASES, LATER, NO_CARS, In, Refused, Runs
from tests.e2e.guide_world import Api, World, block
from tests.e2e.snippets import ROOT, execute, saga_in, snippets, step_ids

from fireflytx import SagaContext, SagaEngine, SagaResult, create_saga_engine
from fireflytx.decorators.saga import compensation_step, saga, saga_step
from fireflytx.exceptions import DefinitionError, NonRetryableError

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

GUIDE = {each.key: each.code for each in snippets(ROOT / "docs/saga-guide.md") if each.language == "python"}
PITFALL_4 = "Pitfall 4: Blocking Operations in Async Methods"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine() -> AsyncIterator[SagaEngine]:
    async with create_saga_engine(block_warning_ms=100) as engine:
        yield engine


def keys_of(kind: type) -> list[str]:
    return [key for key, case in CASES.items() if isinstance(case, kind)]


def name_of(key: str) -> str:
    return re.sub(r"\W+", "-", key.lower())


async def define(key: str, world: World, *, beside: str = "", **names: Any) -> type:
    """The saga that a snippet defines."""
    namespace = {**world.namespace(), **names}
    for code in (beside, GUIDE[key]):
        await execute(code, namespace)
    return saga_in(namespace, name_of(key))


def with_a_failing_step(saga_class: type, name: str) -> type:
    """The same saga with a last step that fails."""

    async def fail(self: Any, data: Any) -> None:
        raise NonRetryableError(LATER)

    later = saga_step("later", depends_on=step_ids(saga_class))(fail)
    return saga(f"{name}-undone")(type("Undone", (saga_class,), {"later": later}))


async def test_every_snippet_has_an_entry_in_the_table() -> None:
    assert list(GUIDE) == list(CASES)


async def test_every_test_that_the_table_names_exists() -> None:
    named = {case.test for case in CASES.values() if isinstance(case, In)}
    here = [path.read_text("utf-8") for path in Path(__file__).parent.glob("test_guide*.py")]

    assert named <= set(re.findall(r"def (test_\w+)", "\n".join(here)))


@pytest.mark.parametrize("key", keys_of(Runs))
async def test_each_saga_of_the_guide_runs(key: str, engine: SagaEngine) -> None:
    case = CASES[key]
    assert isinstance(case, Runs)
    world = World(case.answers)
    saga_class = await define(key, world, beside=case.beside)
    if case.undo:
        saga_class = with_a_failing_step(saga_class, name_of(key))

    result = await engine.execute(saga_class, case.input)

    check(case, result, world)


def check(case: Runs, result: SagaResult, world: World) -> None:
    assert result.is_success == (case.error is None), result.error
    assert str(result.error or "").endswith(case.error or "")
    assert tuple(result.compensated_steps) == case.compensated
    assert {step: result.steps[step].attempts for step in case.attempts} == case.attempts
    for step, members in case.results.items():
        assert members.items() <= (result.steps[step].result or {}).items()
    if case.calls is not None:
        assert tuple(world.calls) == case.calls


@pytest.mark.parametrize("key", keys_of(Refused))
async def test_each_mistake_of_the_guide_is_refused_when_the_class_is_made(key: str) -> None:
    case = CASES[key]
    assert isinstance(case, Refused)

    with pytest.raises(DefinitionError) as raised:
        await define(key, World())

    assert [word for word in case.words if word not in str(raised.value)] == []


async def test_the_sketched_signatures_are_those_of_steps_and_compensations(engine: SagaEngine) -> None:
    namespace: dict[str, Any] = World().namespace()
    for key in ("2. SAGA Steps #2", "3. Compensation Steps #2"):
        await execute(GUIDE[key], namespace)
    methods = {
        "do": saga_step("sketched")(namespace["step_name"]),
        "undo": compensation_step("sketched")(namespace["compensation_name"]),
    }
    sketched = saga("sketched")(type("Sketched", (), methods))

    result = await engine.execute(with_a_failing_step(sketched, "sketched"))

    assert result.compensated_steps == ["sketched"]


# --- Advanced Features ------------------------------------------------------------------------------------


async def test_steps_without_dependencies_run_side_by_side(engine: SagaEngine) -> None:
    saga_class = await define("1. Parallel Execution #1", World())

    result = await engine.execute(saga_class)

    assert list(result.steps)[-1] == "process"
    assert 1000 <= result.duration_ms < 2000


async def test_events_have_the_names_that_the_guide_gives(engine: SagaEngine) -> None:
    saga_class = await define("3. Event Publishing #1", World())
    events = []
    engine.on_event(events.append)

    await engine.execute(saga_class)

    assert [each.event_type for each in events] == ["order.process.started", "order.process.completed"]


@pytest.mark.parametrize(("order", "status"), [({"discount_code": "X"}, "COMPLETED"), ({}, "SKIPPED")])
async def test_the_condition_decides_whether_the_discount_is_asked_for(
    order: dict[str, Any], status: str, engine: SagaEngine
) -> None:
    saga_class = await define("4. Conditional Execution #1", World({"discount_service.apply": 5}))

    result = await engine.execute(saga_class, order)

    assert result.steps["apply-discount"].status == status


# --- Best Practices and Common Pitfalls -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "attempts", "message"),
    [
        (Api.RateLimitError, 3, "Rate limited: no"),
        (Api.NetworkError, 3, "Network error: no"),
        (Api.AuthenticationError, 1, "Auth failed: no"),
    ],
)
async def test_the_smart_step_is_retried_for_what_may_pass_alone(
    error: type[Exception], attempts: int, message: str, engine: SagaEngine
) -> None:
    saga_class = await define("4. Use Retry Wisely #3", World(), api=Api(error))

    result = await engine.execute(saga_class)

    assert (str(result.error), result.steps["smart-api-call"].attempts) == (message, attempts)


async def test_a_forgotten_compensation_leaves_the_step_done(
    engine: SagaEngine, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "fireflytx")
    key = "Pitfall 1: Forgetting Compensation #1"
    saga_class = with_a_failing_step(await define(key, World()), name_of(key))

    result = await engine.execute(saga_class, {"items": []})

    assert (result.compensated_steps, result.steps["reserve-inventory"].status) == ([], "COMPLETED")
    assert "step 'reserve-inventory' has no compensation" in caplog.text


async def test_a_retried_mail_has_the_same_idempotency_key(engine: SagaEngine) -> None:
    world = World({"email_service.send": [TimeoutError("sent, perhaps"), None]})
    saga_class = await define("Pitfall 3: Non-Idempotent Operations #2", world)

    await engine.execute(saga_class, {"email": "ada@example.com"}, correlation_id="run-1")

    assert (
        world.calls
        == ["email_service.send(to='ada@example.com', template='welcome', idempotency_key='run-1-email')"] * 2
    )


@pytest.mark.parametrize(
    ("key", "step", "names"),
    [
        (f"{PITFALL_4} #1", "call-api", {"requests": SimpleNamespace(get=block)}),
        ("Issue 1: SAGA Never Completes #2", "bad-step", {"time": SimpleNamespace(sleep=block)}),
    ],
)
async def test_a_blocking_step_is_warned_about(
    key: str, step: str, names: Mapping[str, Any], engine: SagaEngine, caplog: pytest.LogCaptureFixture
) -> None:
    saga_class = await define(key, World(), **names)

    await engine.execute(saga_class)

    assert f"step '{step}' has been blocking the event loop for over 100 ms" in caplog.text


async def test_the_async_client_gets_its_answer(engine: SagaEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    transport = httpx.MockTransport(lambda request: httpx.Response(200, json={"from": request.url.host}))
    monkeypatch.setattr(httpx, "AsyncClient", functools.partial(httpx.AsyncClient, transport=transport))
    saga_class = await define(f"{PITFALL_4} #2", World())

    result = await engine.execute(saga_class)

    assert result.steps["call-api"].result == {"from": "api.example.com"}


# --- Troubleshooting --------------------------------------------------------------------------------------


@pytest.mark.slow
async def test_a_slow_step_times_out_in_the_words_of_the_guide(engine: SagaEngine) -> None:
    async def never_done(data: object) -> None:
        await asyncio.Event().wait()

    # Another step fails at once, so that the slow one is not tried three times.
    failing = '@saga_step("other")\nasync def other(self, data): raise NonRetryableError("no")\n'
    saga_class = await define(
        "Issue 3: Timeout Errors #1",
        World(),
        beside=failing,
        do_work=never_done,
        NonRetryableError=NonRetryableError,
    )

    result = await engine.execute(saga_class)

    assert str(result.steps["slow-step"].error) == "Step execution timeout after 5000ms"


@pytest.mark.parametrize(
    ("key", "printed"),
    [
        ("Issue 1: SAGA Never Completes #1", ""),
        ("Issue 2: Compensation Not Running #1", "Failed step: None\nCompensated steps: []\n"),
        ("Issue 4: Context Data Lost #2", ""),
        ("Issue 4: Context Data Lost #3", ""),
    ],
)
async def test_statements_of_the_guide_run(
    key: str, printed: str, engine: SagaEngine, capsys: pytest.CaptureFixture[str]
) -> None:
    my_saga = await define("2. SAGA Steps #1", World())
    context = SagaContext()
    names = {"engine": engine, "MySaga": my_saga, "data": {}, "context": context, "order_id": "ORD-1"}

    await execute(GUIDE[key], names)

    assert capsys.readouterr().out == printed


async def test_a_value_stored_under_another_name_is_not_found() -> None:
    names: dict[str, Any] = {"context": SagaContext(), "order_id": "ORD-1"}

    await execute(GUIDE["Issue 4: Context Data Lost #3"], names)

    assert names["order_id"] is None


# --- Real-World Examples ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "printed"),
    [
        (BOOKED, "✅ Travel package booked!\n"),
        (NO_CARS, "❌ Booking failed: No cars\nAll reservations cancelled: ['book-hotel', 'book-flight']\n"),
    ],
)
async def test_the_journey_prints_what_the_guide_says(
    answers: dict[str, Any], printed: str, engine: SagaEngine, capsys: pytest.CaptureFixture[str]
) -> None:
    names = {**World(answers).namespace(), "engine": engine}

    for number in (1, 2):
        await execute(GUIDE[f"Example 1: Travel Booking System #{number}"], names)

    assert capsys.readouterr().out == printed
