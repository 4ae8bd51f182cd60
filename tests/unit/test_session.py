from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any

import pytest
import pytest_asyncio
from tests.fake_engine import FakeEngine

from fireflytx._bridge import messages
from fireflytx._bridge.messages import BATCH_LIMIT_BYTES, Attempt
from fireflytx._bridge.session import OUTBOX_LIMIT_BYTES, Session, Welcome
from fireflytx.exceptions import ProtocolError

pytestmark = pytest.mark.asyncio


class FakeParty:
    """Python's side: remembers what it hears."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.proofs: list[int] = []
        self.errors: list[BaseException] = []
        self.welcomes: list[Welcome] = []
        self.freshness: list[int | None] = []
        self.attempts: list[tuple[Attempt, int]] = []

    def log_level(self) -> str:
        return "INFO"

    def running(self) -> Iterable[tuple[Attempt, int]]:
        return self.attempts

    def definitions(self) -> Iterable[Mapping[str, Any]]:
        return [{"name": "order", "steps": []}]

    def hear(self, line: bytes) -> None:
        self.lines.append(line)

    def welcomed(self, welcome: Welcome, asked_s: float) -> None:
        self.welcomes.append(welcome)

    def fresh(self, proved_ms: int | None) -> None:
        self.freshness.append(proved_ms)

    def proved(self, durable_position: int) -> None:
        self.proofs.append(durable_position)

    def broken(self, error: BaseException) -> None:
        self.errors.append(error)


class Talk:
    """A session with a fake engine."""

    def __init__(self) -> None:
        self.engine = FakeEngine()
        self.party = FakeParty()
        self.session = Session(
            self.engine.dial,
            self.party,
            credits={"coroutine": 5, "thread": 2},
            settle_ms=100,
            value_limit_bytes=1000,
            store="memory",
        )

    async def begin(self) -> None:
        await self.session.open()
        self.session.begin()


@pytest_asyncio.fixture
async def talk() -> AsyncIterator[Talk]:
    talk = Talk()
    yield talk
    talk.session.close()
    await asyncio.sleep(0)


def ping(number: int) -> bytes:
    return messages.pong(number)


def pongs(engine: FakeEngine) -> list[int]:
    return [item["ping"] for item in engine.heard if item["type"] == "pong"]


async def test_a_session_begins_with_hello_then_definitions_then_recover(talk: Talk):
    await talk.begin()
    assert [item["type"] for item in talk.engine.heard] == ["define", "recover"]
    assert talk.engine.hellos[0][0]["settle_ms"] == 100


async def test_hello_lists_the_attempts_that_are_running(talk: Talk):
    talk.party.attempts = [(Attempt("c", "s", "forward", 1, 1), 120)]
    await talk.begin()
    assert talk.engine.hellos[0][1] == [
        {"type": "running", "attempt": ["c", "s", "forward", 1, 1], "elapsed_ms": 120}
    ]


async def test_a_wrong_version_is_told_by_open(talk: Talk):
    talk.engine.refuse = lambda method: {"code": "wrong-version", "message": "1 is not 2"}
    with pytest.raises(ProtocolError, match="1 is not 2"):
        await talk.session.open()


async def test_items_of_one_turn_of_the_loop_travel_in_one_batch(talk: Talk):
    await talk.begin()
    for number in range(100):
        talk.session.post(ping(number))
    await talk.engine.until(lambda: pongs(talk.engine))
    assert pongs(talk.engine) == list(range(100))
    assert len(talk.engine.batches[-1].split("\x1e")) == 100


async def test_a_batch_is_cut_before_it_passes_a_megabyte(talk: Talk):
    await talk.begin()
    big = b'{"type":"big","x":"' + b"x" * 400_000 + b'"}'
    for _ in range(5):
        talk.session.post(big)
    await talk.engine.until(lambda: sum(item["type"] == "big" for item in talk.engine.heard) == 5)
    assert max(map(len, talk.engine.batches)) <= BATCH_LIMIT_BYTES


async def test_an_item_over_a_megabyte_travels_alone(talk: Talk):
    await talk.begin()
    talk.session.post(ping(1))
    talk.session.post(b'{"type":"big","x":"' + b"x" * 1_500_000 + b'"}')
    talk.session.post(ping(2))
    await talk.engine.until(lambda: 2 in pongs(talk.engine))
    assert [len(batch.split("\x1e")) for batch in talk.engine.batches[-3:]] == [1, 1, 1]


async def test_a_position_is_durable_when_its_batch_is_covered(talk: Talk):
    await talk.begin()
    talk.engine.is_durable = False
    proof = talk.session.durable(talk.session.post(ping(1)))
    await talk.engine.until(lambda: pongs(talk.engine))
    assert not proof.done()
    talk.engine.make_durable()
    await asyncio.wait_for(proof, 5)


async def test_what_is_durable_already_is_proved_at_once(talk: Talk):
    await talk.begin()
    position = talk.session.post(ping(1))
    await asyncio.wait_for(talk.session.durable(position), 5)
    assert talk.session.durable(position).done()


async def test_items_are_heard_before_the_proof_that_came_with_them(talk: Talk):
    await talk.begin()
    talk.engine.is_durable = False
    proof = talk.session.durable(talk.session.post(ping(1)))
    await talk.engine.until(lambda: pongs(talk.engine))
    talk.engine.say({"type": "refused"})
    heard: list[int] = []
    proof.add_done_callback(lambda _: heard.append(len(talk.party.lines)))
    talk.engine.make_durable()
    await asyncio.wait_for(proof, 5)
    await asyncio.sleep(0)
    assert heard == [1]


async def test_a_send_whose_answer_was_lost_is_repeated_and_has_one_effect(talk: Talk):
    await talk.begin()
    talk.engine.lose_answers["send"] = 2
    talk.session.post(ping(7))
    await talk.engine.until(lambda: talk.engine.lose_answers["send"] == 0)
    await asyncio.wait_for(talk.session.durable(talk.session.post(ping(8))), 5)
    assert pongs(talk.engine) == [7, 8]
    assert talk.engine.sends.count(talk.engine.sends[2]) == 3


async def test_a_batch_whose_answer_was_lost_is_heard_once(talk: Talk):
    await talk.begin()
    await talk.engine.until(lambda: talk.party.proofs)
    talk.engine.lose_answers["receive"] = 1
    talk.engine.say({"type": "ping", "ping": 1})
    await talk.engine.until(lambda: talk.party.lines)
    talk.engine.say({"type": "ping", "ping": 2})
    await talk.engine.until(lambda: len(talk.party.lines) > 1)
    assert [json.loads(line)["ping"] for line in talk.party.lines] == [1, 2]


async def test_a_broken_socket_does_not_repeat_hello(talk: Talk):
    await talk.begin()
    talk.engine.lose_answers.update(send=1, receive=1)
    await asyncio.wait_for(talk.session.durable(talk.session.post(ping(1))), 5)
    assert len(talk.engine.hellos) == 1


async def test_a_forgotten_session_begins_anew_with_everything_that_is_not_durable(talk: Talk):
    await talk.begin()
    talk.engine.is_durable = False
    first = talk.session.durable(talk.session.post(ping(1)))
    await talk.engine.until(lambda: pongs(talk.engine))
    held = talk.engine.batches[-1]
    talk.engine.forget_session()
    talk.engine.is_durable = True
    await asyncio.wait_for(first, 5)
    assert len(talk.engine.hellos) == 2
    again = talk.engine.batches[3:]
    assert [json.loads(batch)["type"] for batch in again] == ["define", "pong", "recover"]
    assert again[1] == held


async def test_what_is_posted_while_the_session_is_lost_arrives_behind_the_new_hello(talk: Talk):
    await talk.begin()
    talk.engine.forget_session()
    await asyncio.wait_for(talk.session.durable(talk.session.post(ping(5))), 5)
    assert pongs(talk.engine) == [5]
    assert len(talk.engine.hellos) == 2


async def test_a_session_that_was_never_durable_does_not_leave_its_recover_to_the_next_one(talk: Talk):
    talk.engine.is_durable = False
    await talk.begin()
    talk.session.post(ping(1))
    await talk.engine.until(lambda: pongs(talk.engine))
    before = len(talk.engine.heard)
    talk.engine.forget_session()
    talk.engine.is_durable = True
    await asyncio.wait_for(talk.session.durable(talk.session.post(ping(2))), 5)
    assert [item["type"] for item in talk.engine.heard[before:]] == ["define", "pong", "pong", "recover"]


async def test_what_was_not_sent_yet_goes_before_recover_too(talk: Talk):
    await talk.begin()
    await talk.engine.until(lambda: talk.party.proofs)
    talk.session.close()
    talk.session.post(ping(1))
    before = len(talk.engine.heard)
    await talk.begin()
    assert [item["type"] for item in talk.engine.heard[before:]] == ["define", "pong", "recover"]


async def test_a_closed_session_begins_again_with_everything_that_is_not_durable(talk: Talk):
    await talk.begin()
    talk.engine.is_durable = False
    proof = talk.session.durable(talk.session.post(ping(1)))
    await talk.engine.until(lambda: pongs(talk.engine))
    talk.session.close()
    talk.engine.is_durable = True
    await talk.begin()
    await asyncio.wait_for(proof, 5)
    assert pongs(talk.engine) == [1, 1]
    assert talk.party.errors == []


async def test_receive_counts_batches_from_one_in_each_session(talk: Talk):
    await talk.begin()
    await talk.engine.until(lambda: talk.party.proofs)
    talk.engine.forget_session()
    await talk.engine.until(lambda: len(talk.engine.hellos) == 2)
    talk.engine.say({"type": "ping", "ping": 1})
    await talk.engine.until(lambda: talk.party.lines)
    first = next(each for each in talk.engine.receives if each["session"] == talk.engine.session)
    assert first["batch"] == 1


async def test_every_receive_grants_the_credits(talk: Talk):
    await talk.begin()
    await talk.engine.until(lambda: talk.engine.receives)
    assert talk.engine.receives[0]["credits"] == {"coroutine": 5, "thread": 2}


async def test_a_call_that_java_refuses_for_good_breaks_the_session(talk: Talk):
    await talk.begin()
    defect = {"code": "internal", "message": "a defect"}
    talk.engine.refuse = lambda method: defect if method == "send" else None
    talk.session.post(ping(1))
    await talk.engine.until(lambda: talk.party.errors)
    assert "a defect" in str(talk.party.errors[0])


async def test_a_connection_that_breaks_under_every_call_breaks_the_session(talk: Talk):
    await talk.begin()
    talk.engine.lose_answers["send"] = 1000
    talk.session.post(ping(1))
    await talk.engine.until(lambda: talk.party.errors)
    assert isinstance(talk.party.errors[0], ProtocolError)


async def test_there_is_no_room_while_too_many_bytes_are_not_durable(talk: Talk):
    await talk.begin()
    talk.engine.is_durable = False
    for _ in range(OUTBOX_LIMIT_BYTES // 1_000_000 + 1):
        talk.session.post(b'{"type":"big","x":"' + b"x" * 1_000_000 + b'"}')
    room = talk.session.room()
    await talk.engine.until(lambda: len(talk.engine.batches) > 10)
    assert not room.done()
    talk.engine.is_durable = True
    talk.engine.make_durable()
    await asyncio.wait_for(room, 5)


async def test_close_leaves_no_task(talk: Talk):
    await talk.begin()
    talk.session.close()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == {asyncio.current_task()}
