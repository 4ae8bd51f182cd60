"""A password in the guide's user registration, and everywhere that somebody could find it."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing, nullcontext
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr
from tests.integration import canary
from tests.integration.canary import CANARY, Watch
from tests.integration.processes import run_script

from fireflytx import SagaContext, SagaEngine, SagaStatus, compensation_step, saga, saga_step, step_events
from fireflytx.codec import AesGcmCodec
from fireflytx.exceptions import ValueRefusedError

pytestmark = pytest.mark.asyncio

KEY = bytes(range(32))
ANN = {"email": "ann@example.com", "name": "Ann", "password": CANARY}
STORES = ["memory", "redacted", "encrypted"]


def engine_for(kind: str, folder: Path) -> SagaEngine:
    if kind == "memory":
        return SagaEngine("memory")
    codec = AesGcmCodec({"test": KEY}) if kind == "encrypted" else None
    return SagaEngine(f"sqlite:///{folder}/journal.db", codec=codec)


class Registration(BaseModel):
    email: str
    password: SecretStr


@saga("registration")
class Careless:
    """Does all that one should not do with a password."""

    @step_events("users", include_payload=True, include_timing=True, publish_on_retry=True)
    @saga_step("create-account", retry=2, backoff_ms=0)
    async def create(self, user: Registration, context: SagaContext) -> dict[str, Any]:
        password = user.password.get_secret_value()
        context.set_data("token", SecretStr(f"token of {password}"))
        if context.attempt == 1:
            raise ConnectionError(f"POST https://auth/?password={password}")
        return {"account": {"id": 7, "key": SecretStr(password)}}

    @compensation_step("create-account")
    async def delete(self, account: dict[str, Any], context: SagaContext) -> dict[str, Any]:
        assert account["account"]["key"] == CANARY
        return {**account, "token": context.get_data("token")}

    @saga_step(
        "send-mail", depends_on="create-account", retry=1, condition=lambda data: data["password"] == CANARY
    )
    async def mail(self, data: dict[str, Any], context: SagaContext) -> None:
        try:
            raise ValueError({"sent": data})
        except ValueError as error:
            note = RuntimeError(f"mail for {data['password']!r} failed: {context.get_data('token')}")
            note.add_note(f"data: {data}")
            raise note from error


def assert_nowhere(texts: dict[str, str]) -> None:
    assert [name for name, text in texts.items() if CANARY in text] == []
    assert all(texts.values())


@pytest.mark.parametrize("kind", STORES)
@pytest.mark.parametrize("broken", ["nothing", "auth0", "mail"])
async def test_the_password_of_the_guides_registration_is_shown_nowhere(
    kind: str, broken: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    module = canary.example("user_registration")

    async def quote_the_password(**given: Any) -> Any:
        raise RuntimeError(f"no account with {given['password']}: {given!r}")

    if broken == "auth0":
        module.auth0.create_user = quote_the_password
    async with engine_for(kind, tmp_path) as engine:
        watch = Watch(engine)
        failing = module.email_service.failing(RuntimeError(f"mail for {CANARY}"))
        with watch.watching(), failing if broken == "mail" else nullcontext():
            result = await engine.execute(module.UserRegistrationSaga, ANN, correlation_id="ann")
        texts = await watch.texts("ann")
    output = capfd.readouterr()

    assert result.is_success is (broken == "nothing")
    texts.pop("events")  # the guide's registration publishes none
    assert_nowhere(texts)
    assert CANARY not in output.out + output.err
    holding = {name for name, text in canary.files(tmp_path).items() if CANARY.encode() in text}
    # Redacting hides a value from people and not from the file; docs/secrets.md says so.
    assert bool(holding) is (kind == "redacted")


@pytest.mark.parametrize("kind", ["memory", "encrypted"])
async def test_a_secret_in_input_result_context_events_and_errors_is_shown_nowhere(
    kind: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    user = Registration(email="ann@example.com", password=SecretStr(CANARY))
    async with engine_for(kind, tmp_path) as engine:
        watch = Watch(engine)
        with watch.watching():
            result = await engine.execute(Careless, user, correlation_id="ann")
        texts = await watch.texts("ann")
    output = capfd.readouterr()

    assert result.status is SagaStatus.COMPENSATED
    assert result.steps["create-account"].result == {"account": {"id": 7, "key": CANARY}}
    assert str(result.error) == "mail for '***' failed: ***"
    assert result.error is not None
    assert "data: {" in result.error.traceback
    assert [event.payload for event in watch.events][-1] == {
        "email": "ann@example.com",
        "password": "***",
    }
    assert_nowhere(texts)
    assert CANARY not in output.out + output.err
    assert [name for name, text in canary.files(tmp_path).items() if CANARY.encode() in text] == []


async def test_a_journal_without_a_codec_refuses_a_secret_where_it_arises(tmp_path: Path) -> None:
    @saga("leaks")
    class Leaks:
        @saga_step("give", retry=3)
        async def give(self, data: dict[str, Any], context: SagaContext) -> dict[str, Any]:
            if data.get("store"):
                context.set_data("token", SecretStr(CANARY))
            return {"nested": [{"password": SecretStr(CANARY)}]}

    async with engine_for("redacted", tmp_path) as engine:
        with pytest.raises(ValueRefusedError) as refused:
            await engine.execute(Leaks, Registration(email="x", password=SecretStr(CANARY)))
        assert str(refused.value) == (
            "Saga 'leaks': input.password is a SecretStr, and would be kept in plain text: give the engine a "
            "codec, which encrypts it (docs/secrets.md), or pass a reference to the secret instead."
        )
        returned = await engine.execute(Leaks)
        stored = await engine.execute(Leaks, {"store": True})

    assert "step 'give': result.nested[0].password is a SecretStr" in str(returned.error)
    assert "step 'give': context.token is a SecretStr" in str(stored.error)
    assert returned.steps["give"].attempts == stored.steps["give"].attempts == 1
    assert [name for name, text in canary.files(tmp_path).items() if CANARY.encode() in text] == []


async def test_the_engines_own_redact_counts_for_every_saga(tmp_path: Path) -> None:
    @saga("plain")
    class Plain:
        @step_events("t", include_payload=True)
        @saga_step("fail", retry=1)
        async def fail(self, data: dict[str, Any]) -> None:
            raise ValueError(f"IBAN {data['customer']['IBAN']}")

    async with SagaEngine("memory", redact=["iban"]) as engine:
        watch = Watch(engine)
        result = await engine.execute(Plain, {"customer": {"IBAN": CANARY}})

    assert str(result.error) == "IBAN ***"
    assert watch.events[0].payload == {"customer": {"IBAN": "***"}}


async def test_the_names_lie_beside_the_run_for_viewers_that_do_not_have_its_class(tmp_path: Path) -> None:
    async with engine_for("encrypted", tmp_path) as engine:
        await engine.execute(Careless, Registration(email="x", password=SecretStr(CANARY)))
    with closing(sqlite3.connect(tmp_path / "journal.db")) as journal:
        [(definition,)] = journal.execute("SELECT body FROM definitions").fetchall()
    assert json.loads(definition)["redact"] == ["password"]


_EVERYTHING_ON = """
import logging, time
logging.basicConfig(level=logging.DEBUG)

from fireflytx import run
from fireflytx.decorators.saga import compensation_step, saga, saga_step
from fireflytx.exceptions import NonRetryableError

@saga("noisy", redact=["password"])
class Noisy:
    @saga_step("slow")
    def slow(self, data):
        return {"password": data["password"]}

    @compensation_step("slow")
    def undo(self, data, context):
        context.set_data("password", data["password"])
        return data

    @saga_step("block", depends_on="slow", retry=1)
    async def block(self, data):
        time.sleep(0.7)  # asyncio's debug mode and the watchdog tell of it
        raise NonRetryableError("no " + data["password"])

print(run(Noisy, {"password": "PASSWORD"}, store="memory"))
"""


async def test_debug_modes_and_a_program_that_logs_everything_show_nothing(tmp_path: Path) -> None:
    output, errors = await asyncio.to_thread(run_script, _EVERYTHING_ON.replace("PASSWORD", CANARY), tmp_path)
    assert "COMPENSATED" in output
    assert "DEBUG" in errors
    assert "holds the event loop" in errors or "took" in errors
    assert CANARY not in output + errors
    assert CANARY[-8:] not in output + errors  # asyncio shortens what it shows
