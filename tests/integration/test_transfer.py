"""Sagas that are exported from a journal, and imported into another one."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from fireflytx import SagaEngine, SagaStatus
from fireflytx.decorators.saga import compensation_step, saga, saga_step
from fireflytx.exceptions import (
    IdConflictError,
    NonRetryableError,
    ObserverError,
    ResultExpiredError,
    TransferError,
    UnknownIdError,
)
from fireflytx.transfer import export_sagas, import_sagas

pytestmark = pytest.mark.asyncio
# Written by the release that had the format first; never to be changed.
GOLDEN = Path(__file__).parents[1] / "conformance" / "histories" / "export-v1.jsonl"
gates: list[asyncio.Event] = []
keys: list[str] = []
starts: list[asyncio.Event] = []


@saga("order")
class Order:
    @saga_step("reserve", retry=1)
    async def reserve(self, order, context):
        context.set_data("note", "a\u2028b 漢")
        return {"amount": order.get("amount", 0)}

    @compensation_step("reserve", retry=1)
    async def release(self, reserved): ...

    @saga_step("charge", depends_on="reserve", retry=1, compensation=None)
    async def charge(self, order, context):
        keys.append(context.idempotency_key)
        if order["amount"] > 100:
            raise NonRetryableError("too much")
        if order["amount"] == 50:
            starts[-1].set()
            await gates[-1].wait()
        return {"note": context.get_data("note")}


@pytest_asyncio.fixture
async def source(tmp_path: Path) -> AsyncIterator[SagaEngine]:
    """An engine with a saga that completed, one that was undone, and one that runs."""
    gates.append(asyncio.Event())
    keys.clear()
    starts.append(asyncio.Event())
    async with SagaEngine(f"sqlite:///{tmp_path}/source.db", shutdown_timeout_ms=0) as engine:
        await engine.execute(Order, {"amount": 1}, correlation_id="done")
        await engine.execute(Order, {"amount": 101}, correlation_id="undone")
        await engine.start(Order, {"amount": 50}, correlation_id="running")
        await asyncio.wait_for(starts[-1].wait(), 20)
        yield engine


def target(tmp_path: Path, name: str = "target.db") -> SagaEngine:
    return SagaEngine(f"sqlite:///{tmp_path}/{name}", shutdown_timeout_ms=0)


async def test_what_has_ended_is_restored_exactly_and_its_ids_stay_taken(source: SagaEngine, tmp_path: Path):
    file = tmp_path / "sagas.jsonl"
    exported = await export_sagas(source, file, ["done", "undone"])
    async with target(tmp_path) as engine:
        imported = await import_sagas(engine, file)

        assert (exported.sagas, imported.sagas, imported.problem_count) == (2, 2, 0)
        for id in ("done", "undone"):
            assert await engine.history(id) == await source.history(id)
            there, here = [await (await each.get(id)).result() for each in (source, engine)]
            assert (here.status, here.steps, str(here.error)) == (there.status, there.steps, str(there.error))
        assert (await engine.verify()).is_sound
        assert (await engine.execute(Order, {"amount": 1}, correlation_id="done")).is_success
        with pytest.raises(IdConflictError):
            await engine.execute(Order, {"amount": 2}, correlation_id="done")
    assert len(keys) == 3  # nothing ran again


async def test_an_export_is_for_its_owner_s_eyes_and_overwrites_nothing(source: SagaEngine, tmp_path: Path):
    file = tmp_path / "sagas.jsonl"
    await export_sagas(source, file)

    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600
    with pytest.raises(TransferError, match="can't be written"):
        await export_sagas(source, file)
    with pytest.raises(UnknownIdError):
        await export_sagas(source, tmp_path / "other.jsonl", ["done", "nobody"])
    assert not (tmp_path / "other.jsonl").exists()


async def test_what_has_not_ended_is_refused_or_left_out_unless_it_is_to_be_taken(
    source: SagaEngine, tmp_path: Path
):
    file = tmp_path / "sagas.jsonl"
    await export_sagas(source, file)
    async with target(tmp_path) as engine:
        refused = await import_sagas(engine, file)
        nothing = await engine.list()
        left_out = await import_sagas(engine, file, unfinished="leave-out")

    assert [str(each) for each in refused.problems] == ["saga 'order' running: it has not ended (RUNNING)"]
    assert (refused.sagas, len(nothing)) == (0, 0)
    assert (left_out.sagas, left_out.left_out) == (2, 1)


async def test_what_is_taken_unfinished_goes_on_under_the_same_key(source: SagaEngine, tmp_path: Path):
    file = tmp_path / "sagas.jsonl"
    await export_sagas(source, file, ["running"])
    await source.shutdown()
    gates[-1].set()
    async with target(tmp_path) as engine:
        engine.register(Order)
        await import_sagas(engine, file, unfinished="take")
        result = await asyncio.wait_for((await engine.get("running")).result(), 20)

    assert result.steps["charge"].result == {"note": "a\u2028b 漢"}
    assert keys[2] == keys[3]


async def test_what_is_taken_goes_on_with_an_engine_that_runs_elsewhere(source: SagaEngine, tmp_path: Path):
    file = tmp_path / "sagas.jsonl"
    await export_sagas(source, file, ["running"])
    await source.shutdown()
    gates[-1].set()
    async with target(tmp_path) as engine:
        engine.register(Order)
        async with target(tmp_path) as stranger:
            await import_sagas(stranger, file, unfinished="take")
        result = await asyncio.wait_for((await engine.get("running")).result(), 20)

    assert result.is_success


async def test_an_import_can_be_done_again(source: SagaEngine, tmp_path: Path):
    file = tmp_path / "sagas.jsonl"
    await export_sagas(source, file)
    async with target(tmp_path) as engine:
        await import_sagas(engine, file, unfinished="take")
        again = await import_sagas(engine, file, unfinished="take")
    gates[-1].set()
    await (await source.get("running")).result()
    back = await import_sagas(source, file, unfinished="take")  # there it has gone on since

    assert (again.sagas, again.known, again.problem_count) == (0, 3, 0)
    assert (back.sagas, back.known, back.problem_count) == (0, 3, 0)


async def test_an_id_of_another_saga_keeps_all_out(source: SagaEngine, tmp_path: Path):
    file = tmp_path / "sagas.jsonl"
    await export_sagas(source, file, ["done", "undone"])
    async with target(tmp_path) as engine:
        await engine.execute(Order, {"amount": 7}, correlation_id="undone")
        report = await import_sagas(engine, file)

        assert (report.sagas, report.problem_count) == (0, 1)
        assert "undone: the id is there already" in str(report.problems[0])
        assert [info.correlation_id for info in await engine.list()] == ["undone"]


async def _buried(engine: SagaEngine) -> None:
    """Until nothing is listed any more; nobody tells of it."""
    for _ in itertools.count():
        if not len(await engine.list()):
            return
        await asyncio.sleep(0.1)


async def test_tombstones_move_too(tmp_path: Path):
    file = tmp_path / "sagas.jsonl"
    async with SagaEngine(f"sqlite:///{tmp_path}/source.db", retention_ms=1_000) as engine:
        await engine.execute(Order, {"amount": 1}, correlation_id="old")
        await asyncio.wait_for(_buried(engine), 30)
        report = await export_sagas(engine, file)
    async with target(tmp_path) as engine:
        await import_sagas(engine, file)

        assert (report.sagas, report.tombstones) == (0, 1)
        assert await (await engine.get("old")).status() is SagaStatus.COMPLETED
        with pytest.raises(ResultExpiredError):
            await engine.history("old")
        with pytest.raises(IdConflictError):
            await engine.execute(Order, {"amount": 2}, correlation_id="old")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda lines: lines[:-1], "the file is cut"),
        (lambda lines: lines[1:], "this is no export of sagas|does not begin"),
        (lambda lines: [lines[0], *lines[2:]], "the file holds 1 sagas and 0 tombstones, and says"),
        (
            lambda lines: [*lines[:2], lines[2].replace("too much", "too mach"), lines[3]],
            "line 3: its checksum",
        ),
        (lambda lines: [*lines[:2], lines[2][:100], lines[3]], "line 3: it has no checksum"),
        (lambda lines: [*lines, lines[1]], "line 5: the file goes on behind its end"),
        (lambda lines: ["hello"], "this is no export of sagas"),
        (lambda lines: [], "the file is cut"),
    ],
)
async def test_a_file_that_was_changed_or_cut_is_refused_whole(
    source: SagaEngine, tmp_path: Path, change: object, said: str
):
    file = tmp_path / "sagas.jsonl"
    await export_sagas(source, file, ["done", "undone"])
    changed = tmp_path / "changed.jsonl"
    lines = change(file.read_text("utf-8").split("\n")[:-1])  # type: ignore[operator]
    changed.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    async with target(tmp_path) as engine:
        report = await import_sagas(engine, changed)

        assert report.sagas == 0
        assert any(part in report.problems[0].message for part in said.split("|"))
        assert len(await engine.list()) == 0


async def test_only_journals_take_and_give(source: SagaEngine, tmp_path: Path):
    file = tmp_path / "sagas.jsonl"
    await export_sagas(source, file, ["done"])
    async with SagaEngine("memory") as memory:
        with pytest.raises(TransferError, match="this store is 'memory'"):
            await import_sagas(memory, file)
    async with SagaEngine(f"sqlite:///{tmp_path}/source.db", observer=True) as observer:
        assert (await export_sagas(observer, tmp_path / "more.jsonl")).sagas == 3
        with pytest.raises(ObserverError):
            await import_sagas(observer, file)
    with pytest.raises(TransferError, match="can't be read"):
        await import_sagas(source, tmp_path / "nothing.jsonl")
    with pytest.raises(ValueError, match="unfinished must be one of"):
        await import_sagas(source, file, unfinished="maybe")  # type: ignore[arg-type]


async def test_each_line_is_json_that_says_what_it_is(source: SagaEngine, tmp_path: Path):
    file = tmp_path / "sagas.jsonl"
    await export_sagas(source, file)
    lines = [json.loads(line) for line in file.read_text("utf-8").split("\n")[:-1]]

    assert [line["type"] for line in lines] == ["fireflytx-sagas", "saga", "saga", "saga", "end"]
    assert lines[1]["turns"][0]["facts"][0][0] == "saga-started"


async def test_a_file_of_the_first_format_is_read_for_ever(tmp_path: Path):
    gates.append(asyncio.Event())
    starts.append(asyncio.Event())
    gates[-1].set()
    async with target(tmp_path) as engine:
        engine.register(Order)
        report = await import_sagas(engine, GOLDEN, unfinished="take")
        results = [await (await engine.get(id)).result() for id in ("done", "undone", "running")]

        assert (report.sagas, report.tombstones, report.problem_count) == (3, 1, 0)
        assert [result.status for result in results] == ["COMPLETED", "COMPENSATED", "COMPLETED"]
        assert (await engine.verify()).is_sound
        with pytest.raises(ResultExpiredError):
            await engine.history("buried")
