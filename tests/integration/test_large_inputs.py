"""Inputs that are kept in Python: steps must not be able to tell."""

from __future__ import annotations

import copy
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from fireflytx import SagaContext, SagaEngine, SagaStatus, compensation_step, saga, saga_step
from fireflytx._bridge import messages
from fireflytx.codec import AesGcmCodec
from fireflytx.exceptions import IdConflictError, NonRetryableError
from fireflytx.runs import SagaRuns

pytestmark = pytest.mark.asyncio

SEEN: list[tuple[str, dict[str, Any], dict[str, Any]]] = []
INPUT = {"z": 1.10, "n": 1, "big": 2**63, "text": 'ü\u2028\\"', "pad": "x" * 20_000, "items": [{"k": None}]}


def see(step: str, data: dict[str, Any], ctx: SagaContext) -> None:
    SEEN.append((step, copy.deepcopy(data), copy.deepcopy(dict(ctx.input))))
    data.get("items", []).append("changed by a step")
    data["spoiled"] = True


@saga("scan")
class Scan:
    @saga_step("read")
    async def read(self, data: dict[str, Any], ctx: SagaContext) -> dict[str, Any]:
        see("read", data, ctx)
        return {"n": 2, "pages": 3}

    @compensation_step("read")
    async def unread(self, data: dict[str, Any], ctx: SagaContext) -> None:
        see("unread", data, ctx)

    @saga_step("file", depends_on=["read"])
    def file(self, data: dict[str, Any], ctx: SagaContext) -> dict[str, Any]:
        see("file", data, ctx)
        return {"place": "A1"}

    @saga_step("tell", depends_on=["file"], condition=lambda data: data["place"] == "A1")
    async def tell(self, data: dict[str, Any]) -> None:
        SEEN.append(("tell", dict(data), {}))
        if data["text"] == "fail":
            raise ValueError("nobody listens")


@pytest_asyncio.fixture
async def engine(tmp_path: Path) -> AsyncIterator[SagaEngine]:
    SEEN.clear()
    async with SagaEngine(store=f"sqlite:///{tmp_path}/journal.db") as engine:
        yield engine


def check(given: dict[str, Any]) -> None:
    read = {"n": 2, "pages": 3}
    merged = given | read
    expected = {"read": given, "file": merged, "tell": given | {"place": "A1"} | read, "unread": read}
    for step, data, seen_input in SEEN:
        assert list(data.items()) == list(expected[step].items()), step
        assert seen_input in (given, {}), step


async def test_each_step_gets_its_own_whole_input(engine: SagaEngine):
    result = await engine.execute(Scan, INPUT)
    assert result.is_success
    assert [step for step, *_ in SEEN] == ["read", "file", "tell"]
    check(INPUT)


async def test_a_compensation_sees_the_whole_input(engine: SagaEngine):
    given = INPUT | {"text": "fail"}
    result = await engine.execute(Scan, given)
    assert result.status is SagaStatus.COMPENSATED
    assert {step for step, *_ in SEEN} == {"read", "file", "tell", "unread"}
    check(given)


async def test_an_encrypted_input_is_kept_as_it_was_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    SEEN.clear()
    kept: list[tuple[int | None, bytes]] = []
    keep = SagaRuns.keep_input

    def watching(runs: SagaRuns, correlation_id: str, text: bytes) -> int | None:
        kept.append((keep(runs, correlation_id, text), text))
        return kept[-1][0]

    monkeypatch.setattr(SagaRuns, "keep_input", watching)
    codec = AesGcmCodec({"test": bytes(32)})
    async with SagaEngine(store=f"sqlite:///{tmp_path}/journal.db", codec=codec) as engine:
        assert (await engine.execute(Scan, INPUT)).is_success
    check(INPUT)
    ((number, text),) = kept
    assert number is not None
    assert b"xxxx" not in text


async def test_the_input_does_not_cross_again(engine: SagaEngine, monkeypatch: pytest.MonkeyPatch):
    await engine.initialize()
    received = 0
    split = messages.split

    def counting(text: bytes) -> tuple[dict[str, Any], list[bytes]]:
        nonlocal received
        received += len(text)
        return split(text)

    monkeypatch.setattr(messages, "split", counting)
    await (await engine.start(Scan, INPUT)).result()
    assert received < 10_000
    runs = engine._life._runtime._runs  # type: ignore[union-attr]
    await engine.execute(Scan, {**INPUT, "text": "another"})
    assert not runs._inputs


async def test_an_input_that_was_dropped_is_asked_for(engine: SagaEngine, monkeypatch: pytest.MonkeyPatch):
    await engine.initialize()
    monkeypatch.setattr("fireflytx.runs.SagaRuns.kept_input", lambda *_: None)
    result = await engine.execute(Scan, INPUT | {"text": "fail"})
    assert result.status is SagaStatus.COMPENSATED
    check(INPUT | {"text": "fail"})


async def test_a_start_that_is_refused_changes_nothing_for_the_run_that_has_the_id(engine: SagaEngine):
    @saga("waits")
    class Waits:
        @saga_step("pay", pivot=True)
        async def pay(self, data: dict[str, Any]) -> None: ...

        @saga_step("ship", depends_on=["pay"], retry=1)
        async def ship(self, data: dict[str, Any]) -> dict[str, Any]:
            if not trucks:
                raise NonRetryableError("no truck")
            return {"same": data == INPUT}

    trucks: list[str] = []
    assert (await engine.execute(Waits, INPUT, correlation_id="w-1")).status is SagaStatus.PARKED
    with pytest.raises(IdConflictError):
        await engine.execute(Waits, INPUT | {"n": 99}, correlation_id="w-1")
    trucks.append("truck")
    await engine.retry_step("w-1", "ship")
    result = await (await engine.get("w-1")).result()
    assert result.steps["ship"].result == {"same": True}


async def test_a_new_java_process_brings_the_input(engine: SagaEngine):
    await engine.initialize()
    process = engine._life._runtime._host._jvm.pid  # type: ignore[union-attr]

    @saga("killed")
    class Killed:
        @saga_step("first")
        async def first(self, data: dict[str, Any]) -> None:
            if not SEEN:
                SEEN.append(("killed", {}, {}))
                os.kill(process, signal.SIGKILL)

        @saga_step("second", depends_on=["first"])
        async def second(self, data: dict[str, Any], ctx: SagaContext) -> dict[str, Any]:
            return {"same": data == INPUT and ctx.input == INPUT}

    result = await engine.execute(Killed, INPUT)
    assert result.steps["second"].result == {"same": True}
