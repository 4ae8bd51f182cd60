"""A password in the guide's user registration, and everywhere that somebody could find it."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing, nullcontext
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr
from tests.integration import canary
from tests.integration.canary import CANARY, Watch
from tests.integration.processes import run_script
from tests.integration.recorder import until

from fireflytx import (
    SagaContext,
    SagaEngine,
    SagaStatus,
    compensation_step,
    saga,
    saga_events,
    saga_step,
    step_events,
)
from fireflytx.cloud_event import CloudEvent
from fireflytx.codec import AesGcmCodec
from fireflytx.exceptions import NonRetryableError, ValueRefusedError
from fireflytx.publishers import InProcess

pytestmark = pytest.mark.asyncio

KEY = bytes(range(32))
ANN = {"email": "ann@example.com", "name": "Ann", "password": CANARY}
EVERYTHING: dict[str, Any] = {f"include_{what}": True for what in ("timing", "payload", "result", "context")}
STORES = ["memory", "redacted", "encrypted"]


def engine_for(kind: str, folder: Path, **options: Any) -> SagaEngine:
    if kind == "memory":
        return SagaEngine("memory", **options)
    codec = AesGcmCodec({"test": KEY}) if kind == "encrypted" else None
    return SagaEngine(f"sqlite:///{folder}/journal.db", codec=codec, **options)


class Registration(BaseModel):
    email: str
    password: SecretStr


@saga_events("sagas", include_payload=True, include_result=True, include_context=True)
@saga("registration")
class Careless:
    """Does all that one should not do with a password."""

    @step_events("users", publish_on_retry=True, publish_on_compensation=True, **EVERYTHING)
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

    @step_events("mails", **EVERYTHING)
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


def assert_nowhere(texts: dict[str, str], empty: Sequence[str] = ()) -> None:
    assert [name for name, text in texts.items() if CANARY in text] == []
    assert all(text for name, text in texts.items() if name not in empty)


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
    watch = Watch()
    async with engine_for(kind, tmp_path, **watch.options) as engine:
        failing = module.email_service.failing(RuntimeError(f"mail for {CANARY}"))
        with watch.watching(engine), failing if broken == "mail" else nullcontext():
            result = await engine.execute(module.UserRegistrationSaga, ANN, correlation_id="ann")
        texts = await watch.texts("ann")
    output = capfd.readouterr()

    assert result.is_success is (broken == "nothing")
    assert watch.events == watch.published == []  # the guide's registration has none
    assert_nowhere({**texts, **watch.sent()}, empty=["events", "published"])
    assert CANARY not in output.out + output.err
    holding = {name for name, text in canary.files(tmp_path).items() if CANARY.encode() in text}
    # Redacting hides a value from people and not from the file; docs/secrets.md says so.
    assert bool(holding) is (kind == "redacted")


@pytest.mark.parametrize("kind", ["memory", "encrypted"])
async def test_a_secret_in_input_result_context_events_and_errors_is_shown_nowhere(
    kind: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    user = Registration(email="ann@example.com", password=SecretStr(CANARY))
    watch = Watch()
    async with engine_for(kind, tmp_path, **watch.options) as engine:
        with watch.watching(engine):
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
    assert_nowhere({**texts, **watch.sent()})
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

    watch = Watch()
    async with SagaEngine("memory", redact=["iban"], **watch.options) as engine:
        with watch.watching(engine):
            result = await engine.execute(Plain, {"customer": {"IBAN": CANARY}})

    assert str(result.error) == "IBAN ***"
    assert watch.events[0].payload == {"customer": {"IBAN": "***"}}
    assert watch.published[0].data["payload"] == {"customer": {"IBAN": "***"}}
    assert watch.recorder.span("plain/fail").status.description == "IBAN ***"


@pytest.mark.parametrize("kind", ["memory", "encrypted"])
async def test_a_publisher_gets_decoded_values_and_spans_tell_what_logs_do(kind: str, tmp_path: Path) -> None:
    user = Registration(email="ann@example.com", password=SecretStr(CANARY))
    watch = Watch()
    async with engine_for(kind, tmp_path, **watch.options) as engine:
        await engine.execute(Careless, user, correlation_id="ann")

    told = {event.type: event.data for event in watch.published}
    account = {"account": {"id": 7, "key": "***"}}
    masked_user = {"email": "ann@example.com", "password": "***"}
    assert told["account.create.completed"]["payload"] == masked_user
    assert told["account.create.completed"]["result"] == account
    assert told["mail.send.failed"]["context"] == {"token": "***"}
    assert told["mail.send.failed"]["payload"] == {**masked_user, **account}
    assert told["mail.send.failed"]["error"] == {
        "type": "RuntimeError",
        "message": "mail for '***' failed: ***",
    }
    assert told["registration.saga.compensated"]["payload"] == masked_user

    span = watch.recorder.span("registration/send-mail")
    exception = dict(next(event.attributes for event in span.events if event.name == "exception") or {})
    hidden = "(encrypted)" if kind == "encrypted" else "mail for '***' failed: ***"
    assert span.status.description == exception["exception.message"] == hidden
    assert ("data: {" in str(exception["exception.stacktrace"])) is (kind == "memory")


@pytest.mark.parametrize("kind", ["redacted", "encrypted"])
async def test_who_publishes_for_another_engine_masks_without_the_sagas_class(
    kind: str, tmp_path: Path
) -> None:
    @saga_events("sagas", include_result=True)
    @saga("elsewhere", redact=["password"])
    class Elsewhere:
        @step_events("steps", include_payload=True)
        @saga_step("only")
        async def only(self, data: dict[str, Any]) -> dict[str, Any]:
            return {"given": data}

    def refuse(event: CloudEvent) -> None:
        raise ConnectionError("nobody listens")

    given = {"name": "ann", "password": CANARY}
    async with engine_for(kind, tmp_path, publishers=[InProcess(refuse)]) as engine:
        await engine.execute(Elsewhere, given)
    watch = Watch()
    async with engine_for(kind, tmp_path, **watch.options):
        await until(lambda: len(watch.published) == 4)

    told = {event.type: event.data for event in watch.published}
    assert told["only.completed"]["payload"] == {"name": "ann", "password": "***"}
    assert told["elsewhere.saga.completed"]["result"] == {
        "only": {"given": {"name": "ann", "password": "***"}}
    }


@pytest.mark.parametrize("kind", ["redacted", "encrypted"])
async def test_who_looks_from_outside_without_the_class_or_the_key_sees_no_secret(
    kind: str, tmp_path: Path
) -> None:
    @saga("elsewhere", redact=["password"])
    class Elsewhere:
        @saga_step("give")
        async def give(self, data: dict[str, Any], context: SagaContext) -> dict[str, Any]:
            context.set_data("password", data["password"])
            return {"given": data}

        @compensation_step("give", retry=1)
        async def take(self, data: dict[str, Any]) -> None:
            raise NonRetryableError(f"can't take {data['given']}")

        @saga_step("fail", depends_on="give", compensation=None)
        async def fail(self, data: dict[str, Any]) -> None:
            raise NonRetryableError(f"no {data['password']}")

    async with engine_for(kind, tmp_path) as engine:
        given = {"name": "ann", "password": CANARY}
        result = await engine.execute(Elsewhere, given, correlation_id="ann")
    store = f"sqlite:///{tmp_path}/journal.db"
    async with SagaEngine(store, observer=True) as observer:
        seen = {name: await window(observer, "ann") for name, window in canary.WINDOWS.items()}
    commands = (["show", "ann"], ["history", "ann", "--json"], ["list", "--json"], ["list"])
    for words in commands:
        ran = await asyncio.to_thread(run_command, [*words, "--store", store])
        seen[" ".join(words)] = ran

    assert result.status is SagaStatus.COMPENSATION_FAILED
    assert_nowhere(seen)
    assert ("can't be decoded" in seen["pages"]) is (kind == "encrypted")
    assert '"password": "***"' in seen["pages"]


def run_command(words: Sequence[str]) -> str:
    command = [sys.executable, "-m", "fireflytx.cli.main", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return done.stdout + done.stderr


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
