from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextvars import copy_context
from typing import Any

import pytest
import pytest_asyncio
from tests.fake_engine import FakeEngine

from fireflytx._bridge import items
from fireflytx._bridge.session import Session, Welcome
from fireflytx.calls import Calls, Start
from fireflytx.decorators.saga import saga
from fireflytx.exceptions import (
    DefinitionError,
    EngineClosedError,
    EngineError,
    IdConflictError,
    OutcomeUnknown,
    PivotPassedError,
    ProtocolError,
    UnknownIdError,
    UnknownSagaError,
)
from fireflytx.registry import Registry
from fireflytx.runs import SagaRuns

pytestmark = pytest.mark.asyncio


@saga("order")
class Order:
    pass


class Office:
    """Calls over a session with a fake engine; also the session's party."""

    def __init__(self) -> None:
        self.engine = FakeEngine()
        self.registry = Registry()
        self.session = Session(
            self.engine.dial, self, credits={}, settle_ms=1, value_limit_bytes=1, store="memory"
        )
        self.calls = Calls(self.session, self.registry, SagaRuns())
        self.definitions = self.calls.definitions

    def log_level(self) -> str:
        return "INFO"

    def running(self) -> list[Any]:
        return []

    def welcomed(self, welcome: Welcome, asked_s: float) -> None:
        pass

    def fresh(self, proved_ms: int | None) -> None:
        pass

    def proved(self, durable_position: int) -> None:
        pass

    def broken(self, error: BaseException) -> None:
        raise error

    def hear(self, line: bytes) -> None:
        item = items.decode_item(line)
        if isinstance(item, items.Refused):
            self.calls.hear_refusal(item)
        elif isinstance(item, items.NeedDefinition):
            self.calls.hear_need(item)
        else:
            self.calls.hear(item)  # type: ignore[arg-type]

    def start(self, correlation_id: str = "o-1") -> Start:
        return Start(self.registry.register(Order), correlation_id, b'{"n":1}', None, copy_context())


@pytest_asyncio.fixture
async def office() -> AsyncIterator[Office]:
    office = Office()
    await office.session.open()
    office.session.begin()
    yield office
    office.session.close()
    await asyncio.sleep(0)


def result_of(correlation_id: str) -> dict[str, Any]:
    return {"correlation_id": correlation_id, "saga": "order", "status": "COMPLETED"}


async def test_execute_defines_the_saga_starts_it_and_waits_for_its_end(office: Office):
    waiting = asyncio.ensure_future(office.calls.execute(office.start()))
    start = await office.engine.heard_of("start")
    office.engine.say({"type": "finished", "request": start["request"], "result": result_of("o-1")})
    assert await waiting == result_of("o-1")
    assert [item["type"] for item in office.engine.heard] == ["recover", "define", "start"]
    assert (start["input"], start["watch"]) == ({"n": 1}, True)


async def test_a_saga_is_defined_once(office: Office):
    await office.calls.start(office.start("a"))
    await office.calls.start(office.start("b"))
    assert [item["type"] for item in office.engine.heard].count("define") == 1


async def test_start_returns_when_it_is_durable(office: Office):
    office.engine.is_durable = False
    waiting = asyncio.ensure_future(office.calls.start(office.start()))
    await office.engine.heard_of("start")
    assert not waiting.done()
    office.engine.make_durable()
    await asyncio.wait_for(waiting, 5)


async def test_a_definition_that_java_needs_is_sent_before_the_same_start(office: Office):
    office.engine.is_durable = False
    waiting = asyncio.ensure_future(office.calls.start(office.start()))
    start = await office.engine.heard_of("start")
    office.engine.say({"type": "need-definition", "request": start["request"], "saga": "order"})
    office.engine.make_durable()  # of the start that was not accepted
    await office.engine.until(lambda: len(office.engine.heard) == 5)
    assert not waiting.done()
    assert office.engine.heard[3]["type"] == "define"
    assert office.engine.heard[4] == start
    office.engine.make_durable()
    await asyncio.wait_for(waiting, 5)


async def test_a_definition_that_java_needs_twice_is_an_unknown_saga(office: Office):
    waiting = asyncio.ensure_future(office.calls.execute(office.start()))
    start = await office.engine.heard_of("start")
    need = {"type": "need-definition", "request": start["request"], "saga": "order"}
    office.engine.say(need, need)
    with pytest.raises(UnknownSagaError, match="'order'"):
        await waiting


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("unknown-saga", UnknownSagaError),
        ("unknown-id", UnknownIdError),
        ("id-conflict", IdConflictError),
        ("pivot-passed", PivotPassedError),
        ("malformed", ProtocolError),
        ("closing", EngineClosedError),
        ("something-new", EngineError),
    ],
)
async def test_a_refusal_is_an_error_of_its_own(office: Office, code: str, error: type[Exception]):
    waiting = asyncio.ensure_future(office.calls.cancel("o-1", "why"))
    request = (await office.engine.heard_of("cancel"))["request"]
    office.engine.say({"type": "refused", "request": request, "code": code, "message": "because"})
    with pytest.raises(error, match="because"):
        await waiting


async def test_a_refused_start_fails_although_its_batch_is_durable(office: Office):
    office.engine.is_durable = False
    waiting = asyncio.ensure_future(office.calls.start(office.start()))
    request = (await office.engine.heard_of("start"))["request"]
    office.engine.say(
        {"type": "refused", "request": request, "code": "id-conflict", "message": "other input"}
    )
    office.engine.make_durable()
    with pytest.raises(IdConflictError):
        await waiting


async def test_a_refused_definition_fails_the_starts_of_its_saga(
    office: Office, caplog: pytest.LogCaptureFixture
):
    waiting = asyncio.ensure_future(office.calls.execute(office.start()))
    await office.engine.heard_of("start")
    refusal = {
        "type": "refused",
        "saga": "order",
        "code": "invalid-definition",
        "message": "step 'a' is defined twice",
    }
    office.engine.say(refusal)
    with pytest.raises(DefinitionError, match="defined twice"):
        await waiting
    assert "defined twice" in caplog.text


async def test_find_and_cancel_give_their_answers(office: Office):
    finding = asyncio.ensure_future(office.calls.find("o-1"))
    cancelling = asyncio.ensure_future(office.calls.cancel("o-1", ""))
    get, cancel = await office.engine.heard_of("get"), await office.engine.heard_of("cancel")
    office.engine.say(
        {"type": "cancel-answer", "request": cancel["request"], "accepted": False},
        {"type": "found", "request": get["request"], "saga": "order", "status": "RUNNING"},
    )
    assert (await finding).status == "RUNNING"
    assert await cancelling is False


async def test_an_answer_that_nobody_waits_for_is_ignored(office: Office):
    waiting = asyncio.ensure_future(office.calls.execute(office.start("gone")))
    start = await office.engine.heard_of("start")
    waiting.cancel()
    await asyncio.wait([waiting])
    office.engine.say({"type": "finished", "request": start["request"], "result": result_of("gone")})
    await office.calls.start(office.start("next"))


async def test_another_engine_is_asked_what_the_one_before_left_unanswered(office: Office):
    executing = asyncio.ensure_future(office.calls.execute(office.start()))
    finding = asyncio.ensure_future(office.calls.find("o-2"))
    await office.engine.heard_of("get")
    await asyncio.wait_for(office.session.durable(office.session.last_position), 5)
    before = len(office.engine.heard)
    office.calls.ask_again()
    await office.engine.until(lambda: len(office.engine.heard) == before + 2)
    assert office.engine.heard[before:] == [
        {"type": "watch", "request": 1, "correlation_id": "o-1"},
        {"type": "get", "request": 2, "correlation_id": "o-2"},
    ]
    executing.cancel()
    finding.cancel()


async def test_what_is_not_durable_is_not_asked_twice(office: Office):
    office.engine.is_durable = False
    executing = asyncio.ensure_future(office.calls.execute(office.start()))
    await office.engine.heard_of("start")
    before = office.session.last_position
    office.calls.ask_again()
    assert office.session.last_position == before
    executing.cancel()


async def test_a_class_that_is_registered_later_is_defined_once(office: Office):
    office.start()
    office.calls.define_all()
    office.calls.define_all()
    await office.engine.heard_of("define")
    await asyncio.wait_for(office.session.durable(office.session.last_position), 5)
    assert [item["type"] for item in office.engine.heard].count("define") == 1


async def test_listings_and_histories_are_given_as_java_tells_them(office: Office):
    listing = asyncio.ensure_future(office.calls.list({"limit": 1}))
    asked = await office.engine.heard_of("list")
    assert asked == {"type": "list", "request": 1, "limit": 1}
    office.engine.say({"type": "listed", "request": 1, "sagas": [{"saga": "order"}], "cursor": "7"})
    assert await listing == items.Listed(1, [{"saga": "order"}], "7")
    telling = asyncio.ensure_future(office.calls.history("o-1"))
    await office.engine.heard_of("history")
    office.engine.say({"type": "facts", "request": 2, "facts": [{"fact": "saga-parked"}]})
    assert await telling == items.Facts(2, [{"fact": "saga-parked"}])


async def test_a_loss_fails_everything_that_is_waited_for_with_errors_of_their_own(office: Office):
    office.engine.is_durable = False
    waiting = [
        asyncio.ensure_future(office.calls.execute(office.start("a"))),
        asyncio.ensure_future(office.calls.start(office.start("b"))),
        asyncio.ensure_future(office.calls.find("c")),
    ]
    await office.engine.heard_of("get")
    office.calls.fail_all(lambda run: OutcomeUnknown("gone", correlation_id=run))
    errors = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(error) for error in errors] == [OutcomeUnknown] * 3
    assert len({id(error) for error in errors}) == 3


async def test_a_loss_names_the_run_that_a_call_may_have_started_or_changed(office: Office):
    waiting = [
        asyncio.ensure_future(office.calls.execute(office.start("a"))),
        asyncio.ensure_future(office.calls.result("b")),
        asyncio.ensure_future(office.calls.cancel("c", "")),
        asyncio.ensure_future(office.calls.resolve("d", "retry-step", step="s", reason="")),
        asyncio.ensure_future(office.calls.history("e")),
    ]
    await office.engine.heard_of("history")
    office.calls.fail_all(lambda run: OutcomeUnknown("gone", correlation_id=run))
    errors = await asyncio.gather(*waiting, return_exceptions=True)
    assert [error.correlation_id for error in errors] == ["a", "b", "c", "d", None]


async def test_a_caller_without_room_fails_when_the_engine_is_lost(office: Office):
    office.engine.is_durable = False
    for _ in range(17):
        office.session.post(b'{"type":"big","x":"' + b"x" * 1_000_000 + b'"}')
    waiting = asyncio.ensure_future(office.calls.execute(office.start()))
    await asyncio.sleep(0)
    assert "start" not in json.dumps([item["type"] for item in office.engine.heard])
    office.calls.fail_all(lambda _: OutcomeUnknown("gone"))
    with pytest.raises(OutcomeUnknown):
        await waiting
