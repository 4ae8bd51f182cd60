"""Sagas whose values are encrypted: killed, taken over, with a key that is missing, and with another key."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr
from tests.integration.canary import CANARY, files
from tests.integration.processes import engines_of, kill, script

from fireflytx import SagaContext, SagaEngine, SagaHandle, SagaStatus, compensation_step, saga, saga_step
from fireflytx.codec import AesGcmCodec, Encrypted, Place
from fireflytx.exceptions import DefinitionError, IdConflictError

pytestmark = pytest.mark.asyncio

OLD_KEY, NEW_KEY = bytes(range(32)), bytes(range(32, 64))
OLD = AesGcmCodec({"2026-05": OLD_KEY})
NEW = AesGcmCodec({"2026-11": NEW_KEY})
BOTH = AesGcmCodec(
    {"2026-05": OLD_KEY, "2026-11": NEW_KEY}, "2026-11", identity_key=AesGcmCodec.identity_key_of(OLD_KEY)
)


class Gate:
    """Holds steps back until it is opened, and notes what they did."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.begun = asyncio.Event()
        self.open = asyncio.Event()
        self.undoing_fails = True


gate: Gate


@pytest.fixture(autouse=True)
def _fresh_gate() -> None:
    global gate
    gate = Gate()


class User(BaseModel):
    name: str
    password: SecretStr


ANN = {"name": "ann", "password": CANARY}


@saga("registration", redact=["password"])
class Registration:
    @saga_step("create", compensation=None)
    async def create(self, user: User, context: SagaContext) -> dict[str, Any]:
        gate.calls.append("create")
        context.set_data("token", {"of": user.name})
        return {"account": 7, "key": user.password}

    @saga_step("confirm", depends_on="create", retry=1)
    async def confirm(self, user: dict[str, Any], context: SagaContext) -> dict[str, Any]:
        gate.calls.append("confirm")
        gate.begun.set()
        await gate.open.wait()
        return {**user, "token": context.get_data("token"), "before": context.result("create")["key"]}


@saga("hard-to-undo", redact=["password"])
class HardToUndo:
    @saga_step("create")
    async def create(self, user: dict[str, Any]) -> dict[str, Any]:
        return {"password": user["password"]}

    @compensation_step("create", retry=1)
    async def delete(self, created: dict[str, Any]) -> None:
        gate.calls.append(f"delete {created['password']}")
        if gate.undoing_fails:
            raise RuntimeError(f"no answer for {created['password']}")

    @saga_step("fail", depends_on="create", retry=1)
    async def fail(self, user: dict[str, Any]) -> None:
        raise ValueError(f"no place for {user['name']}")


def engine_on(folder: Path, codec: AesGcmCodec | None, **options: Any) -> SagaEngine:
    return SagaEngine(f"sqlite:///{folder}/journal.db", codec=codec, **options)


async def started_and_left(folder: Path, codec: AesGcmCodec | None) -> None:
    """A saga that an engine has begun and could not finish."""
    async with engine_on(folder, codec, shutdown_timeout_ms=0) as engine:
        await engine.start(Registration, ANN, correlation_id="ann")
        await gate.begun.wait()


async def parked(engine: SagaEngine, correlation_id: str = "ann") -> SagaHandle:
    """The saga once it waits for a person."""
    told = asyncio.Event()
    engine.on_parked(lambda saga: told.set())
    engine.register(Registration)
    await engine.initialize()
    await told.wait()
    return await engine.get(correlation_id)


DONE = {**ANN, "account": 7, "key": CANARY, "token": {"of": "ann"}, "before": CANARY}


async def test_a_saga_goes_on_in_another_java_process_when_its_own_is_killed(tmp_path: Path) -> None:
    async with engine_on(tmp_path, OLD) as engine:
        running = asyncio.ensure_future(engine.execute(Registration, ANN, correlation_id="ann"))
        await gate.begun.wait()
        kill(*engines_of(os.getpid()))
        gate.open.set()
        result = await running

    assert result.steps["confirm"].result == DONE
    assert gate.calls == ["create", "confirm"]
    assert not any(CANARY.encode() in data for data in files(tmp_path).values())


_OTHER_PROCESS = """
import asyncio
from tests.integration import test_encrypted as t

async def main():
    t.gate = t.Gate()
    engine = t.engine_on(t.Path({folder!r}), t.OLD)
    running = asyncio.ensure_future(engine.execute(t.Registration, t.ANN, correlation_id="ann"))
    await t.gate.begun.wait()
    print("running")
    await running

asyncio.run(main())
"""


async def test_another_process_with_the_key_finishes_what_a_killed_one_began(tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    journal.mkdir()
    root = Path(__file__).parents[2]
    text = f"import sys; sys.path.insert(0, {str(root)!r})" + _OTHER_PROCESS.format(folder=str(journal))
    process = script(text, tmp_path)
    try:
        assert process.stdout is not None
        assert await asyncio.to_thread(process.stdout.readline) == "running\n"
    finally:
        process.kill()
        _, errors = process.communicate()

    gate.open.set()
    async with engine_on(journal, BOTH) as engine:
        engine.register(Registration)
        result = await (await engine.get("ann")).result()
    assert result.steps["confirm"].result == DONE
    assert gate.calls == ["confirm"]
    assert CANARY not in errors


@pytest.mark.parametrize(
    ("codec", "why"),
    [
        (NEW, "it is encrypted with key '2026-05', which this codec does not have. Its keys: 2026-11."),
        (None, "it is encrypted with key '2026-05', and this engine has no codec."),
    ],
)
async def test_a_saga_whose_key_is_missing_waits_for_it_and_goes_on_with_it(
    codec: AesGcmCodec | None, why: str, tmp_path: Path
) -> None:
    await started_and_left(tmp_path, OLD)
    gate.open.set()
    async with engine_on(tmp_path, codec) as without:
        waiting = await (await parked(without)).result()
        [info] = await without.list()
        history = await without.history("ann")
    async with engine_on(tmp_path, BOTH) as engine:
        engine.register(Registration)
        await engine.retry_step("ann", "confirm", "the key is back")
        result = await (await engine.get("ann")).result()

    assert waiting.status is info.status is SagaStatus.PARKED
    assert str(waiting.error) == (
        "Step 'confirm' waits for a person. Its last error: Saga 'registration': the data of step 'confirm' "
        "can't be read: 'name' can't be decoded: "
        f"{why} Bring the key back and call retry_step, or decide with complete_step or fail_step."
    )
    assert history[0].name == "saga-started"
    assert waiting.steps["create"].result == {
        "account": f"can't be decoded: {why}",
        "key": f"can't be decoded: {why}",
    }
    assert result.steps["confirm"].result == DONE
    assert gate.calls == ["create", "confirm", "confirm"]


async def test_a_saga_whose_key_is_lost_can_be_decided(tmp_path: Path) -> None:
    await started_and_left(tmp_path, OLD)
    async with engine_on(tmp_path, NEW) as engine:
        handle = await parked(engine)
        await engine.complete_step("ann", "confirm", {"by hand": CANARY}, "the key is lost")
        result = await handle.result()

    assert result.is_success
    assert result.steps["confirm"].result == {"by hand": CANARY}
    assert not any(CANARY.encode() in data for data in files(tmp_path).values())


async def test_a_saga_whose_key_is_missing_can_be_cancelled(tmp_path: Path) -> None:
    await started_and_left(tmp_path, OLD)
    async with engine_on(tmp_path, None) as engine:
        handle = await parked(engine)
        assert await handle.cancel("the key is lost")
        # Whether its last attempt did anything is for a person to say, as without a codec.
        await engine.fail_step("ann", "confirm", "nothing was confirmed")
        assert (await handle.result()).status is SagaStatus.COMPENSATED


async def test_an_undoing_whose_key_is_missing_waits_for_it_and_goes_on_with_it(tmp_path: Path) -> None:
    async with engine_on(tmp_path, OLD) as engine:
        first = await engine.execute(HardToUndo, ANN, correlation_id="ann")
        assert (first.status, first.failed_compensations) == (SagaStatus.COMPENSATION_FAILED, ["create"])
        assert str(first.error) == "no place for ann"
    gate.undoing_fails = False
    async with engine_on(tmp_path, NEW) as engine:
        engine.register(HardToUndo)
        await engine.retry_compensation("ann")
        second = await (await engine.get("ann")).result()
        assert second.status is SagaStatus.COMPENSATION_FAILED
        assert "can't be decoded: it is encrypted with key '2026-05'" in str(second.error)
        history = await engine.history("ann")
        assert [fact async for fact in (await engine.get("ann")).events()] == list(history)
        [told] = [fact for fact in history if fact.name == "attempt-failed"][-1:]
    async with engine_on(tmp_path, BOTH) as engine:
        engine.register(HardToUndo)
        await engine.retry_compensation("ann")
        last = await (await engine.get("ann")).result()

    assert (last.status, last.compensated_steps) == (SagaStatus.COMPENSATED, ["create"])
    assert gate.calls == [f"delete {CANARY}"] * 2
    assert told.name == "attempt-failed"


async def test_a_start_that_is_repeated_joins_the_run_also_behind_a_rotation(tmp_path: Path) -> None:
    await started_and_left(tmp_path, OLD)
    gate.open.set()
    async with engine_on(tmp_path, BOTH) as engine:
        again = await engine.execute(Registration, dict(reversed(ANN.items())), correlation_id="ann")
        with pytest.raises(IdConflictError):
            await engine.execute(Registration, {**ANN, "name": "bob"}, correlation_id="ann")
        same = await engine.execute(
            Registration, User(name="ann", password=SecretStr(CANARY)), correlation_id="ann"
        )
    assert again == same
    assert gate.calls == ["create", "confirm", "confirm"]


async def test_a_saga_that_began_without_a_codec_goes_on_with_one(tmp_path: Path) -> None:
    await started_and_left_plain(tmp_path)
    gate.open.set()
    async with engine_on(tmp_path, OLD) as engine:
        engine.register(Plain)
        result = await (await engine.get("ann")).result()
    assert result.steps["end"].result == {"name": "ann", "begun": True}


@saga("plain")
class Plain:
    @saga_step("begin", compensation=None)
    async def begin(self, data: dict[str, Any]) -> dict[str, Any]:
        return {"begun": True}

    @saga_step("end", depends_on="begin")
    async def end(self, data: dict[str, Any]) -> dict[str, Any]:
        gate.begun.set()
        await gate.open.wait()
        return data


async def started_and_left_plain(folder: Path) -> None:
    async with engine_on(folder, None, shutdown_timeout_ms=0) as engine:
        await engine.start(Plain, {"name": "ann"}, correlation_id="ann")
        await gate.begun.wait()


async def test_whoever_looks_without_the_key_sees_what_can_be_seen(tmp_path: Path) -> None:
    async with engine_on(tmp_path, OLD) as engine:
        await engine.execute(HardToUndo, ANN, correlation_id="ann")
    async with engine_on(tmp_path, None, observer=True) as looker:
        [info] = await looker.list()
        result = await (await looker.get("ann")).result()
        failures = [fact.data["error"] for fact in await looker.history("ann") if "error" in fact.data]
    async with engine_on(tmp_path, OLD, observer=True) as reader:
        read = await (await reader.get("ann")).result()
        told = [fact.data["error"]["message"] for fact in await reader.history("ann") if "error" in fact.data]

    unreadable = "can't be decoded: it is encrypted with key '2026-05', and this engine has no codec."
    assert info.status is SagaStatus.COMPENSATION_FAILED
    assert result.error is not None
    assert (result.error.type, str(result.error)) == ("ValueError", unreadable)
    assert {(each["type"], each["message"]) for each in failures} == {
        ("ValueError", unreadable),
        ("RuntimeError", unreadable),
    }
    assert read.steps["create"].result == {"password": CANARY}
    assert told == ["no place for ann", "no answer for ***"]


async def test_a_step_in_java_is_refused_by_name(tmp_path: Path) -> None:
    @saga("mixed")
    class Mixed:
        charge = saga_step("charge", executor="java")

    async with engine_on(tmp_path, OLD) as engine:
        for use in (engine.register, engine.execute):
            with pytest.raises(DefinitionError, match="step 'charge' runs in Java, which can't read what"):
                await use(Mixed) if use == engine.execute else use(Mixed)  # type: ignore[misc]


class Stumbling:
    """A codec whose key service does not answer the second time that it encrypts."""

    def __init__(self) -> None:
        self.encoded = 0

    def encode(self, text: bytes, place: Place) -> Encrypted:
        self.encoded += 1
        if self.encoded == 2:
            raise TimeoutError(CANARY)
        return OLD.encode(text, place)

    def decode(self, encrypted: Encrypted, place: Place) -> bytes:
        return OLD.decode(encrypted, place)

    def identity(self, text: bytes, correlation_id: str) -> str:
        return OLD.identity(text, correlation_id)


async def test_a_step_whose_result_cannot_be_encrypted_is_tried_again() -> None:
    @saga("echo")
    class Echo:
        @saga_step("echo", backoff_ms=0)
        async def echo(self, data: dict[str, Any]) -> dict[str, Any]:
            return data

    async with SagaEngine("memory", codec=Stumbling()) as engine:
        result = await engine.execute(Echo, {"a": 1}, correlation_id="e")
        [failure] = [fact for fact in await engine.history("e") if "error" in fact.data]
    assert (result.steps["echo"].result, result.steps["echo"].attempts) == ({"a": 1}, 2)
    assert failure.data["error"] == {
        "type": "CodecError",
        "message": "The codec could not encrypt a value: TimeoutError.",
    }
