"""The dashboard on a real socket: its command, tokens that count once, and pages that follow a saga."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from fireflytx import SagaEngine, compensation_step, create_saga_engine, saga, saga_step
from fireflytx.dashboard.serving import CantListen, serve
from fireflytx.exceptions import NonRetryableError

pytestmark = pytest.mark.asyncio
PYTHON_FOLDER = Path(__file__).parents[3] / "python"
STEP_S = 30


class Gate:
    """Opens when the test says so."""

    opened: asyncio.Event


gate = Gate()


@saga("gated")
class Gated:
    @saga_step("first")
    async def first(self, data: dict[str, Any]) -> dict[str, Any]:
        return {"first": 1}

    @compensation_step("first", retry=1)
    async def undo(self, result: dict[str, Any]) -> None:
        raise RuntimeError("no answer")

    @saga_step("second", depends_on="first", compensation=None)
    async def second(self, data: dict[str, Any]) -> None:
        await gate.opened.wait()
        raise NonRetryableError("declined")


@asynccontextmanager
async def served(engine: SagaEngine, **options: Any) -> AsyncIterator[tuple[list[str], httpx.AsyncClient]]:
    """A dashboard that listens; what it says, and a browser at its address."""
    said: asyncio.Queue[str] = asyncio.Queue()
    lines: list[str] = []

    def say(address: str) -> None:
        lines.append(address)
        said.put_nowait(address)

    serving = asyncio.create_task(serve(engine, host="127.0.0.1", port=0, say=say, **options))
    try:
        address = httpx.URL(await asyncio.wait_for(said.get(), STEP_S))
        async with httpx.AsyncClient(
            base_url=str(address.copy_with(raw_path=b"/")), timeout=STEP_S
        ) as client:
            yield lines, client
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


async def parts(response: httpx.Response) -> AsyncIterator[dict[str, str]]:
    """The parts that a stream sends, each time all of them."""
    async for line in response.aiter_lines():
        if line.startswith("data: {") and line != "data: {}":
            yield json.loads(line.removeprefix("data: "))["parts"]


@pytest.fixture(autouse=True)
def closed_gate() -> None:
    gate.opened = asyncio.Event()


async def test_a_link_counts_once_and_another_takes_its_place() -> None:
    async with create_saga_engine() as engine, served(engine) as (said, client):
        assert (await client.get(said[0])).status_code == 200
        assert (await client.get("/")).status_code == 200
        client.cookies.clear()
        assert (await client.get(said[0])).status_code == 403
        assert len(said) == 2
        assert (await client.get(said[1])).status_code == 200


async def test_only_the_names_of_this_machine_are_answered() -> None:
    async with create_saga_engine() as engine, served(engine, host_names=("ops.example",)) as (said, client):
        await client.get(said[0])
        for host, code in (("localhost:80", 200), ("ops.example", 200), ("evil.example", 403)):
            assert (await client.get("/static/dashboard.js", headers={"host": host})).status_code == 200
            cookies = {"cookie": f"{next(iter(client.cookies.keys()))}={next(iter(client.cookies.values()))}"}
            assert (await client.get("/", headers={"host": host, **cookies})).status_code == code


async def test_a_port_that_is_taken_is_said_to_be() -> None:
    async with create_saga_engine() as engine, served(engine) as (_, client):
        with pytest.raises(CantListen, match=r"Can't listen on 127.0.0.1:\d+: .* Choose another --port"):
            await serve(engine, host="127.0.0.1", port=client.base_url.port or 0, say=lambda address: None)


async def test_an_open_page_follows_its_saga_to_the_end() -> None:
    async with create_saga_engine(shutdown_timeout_ms=0) as engine, served(engine) as (said, client):
        await client.get(said[0])
        await engine.start(Gated, correlation_id="g-1")
        phases: list[str] = []
        async with client.stream("GET", "/live/saga", params={"id": "g-1"}) as response:
            assert response.headers["content-type"].startswith("text/event-stream")
            async for now in parts(response):
                found = re.search(r'data-step="second"><title>second: ([a-z ]+)', now["graph"])
                phases.append(found.group(1) if found else "")
                if phases[-1] == "running":
                    gate.opened.set()
                if "Mark as undone" in now["actions"]:
                    break
        assert [phases[-2], phases[-1]][-1] == "failed"
        assert "running" in phases

        await engine.skip_compensation("g-1", "first", "it lapses")
        async with client.stream("GET", "/live/saga", params={"id": "g-1"}) as response:
            lines = [line async for line in response.aiter_lines()]
        assert "event: end" in lines


async def test_an_open_overview_follows_the_counts() -> None:
    async with create_saga_engine(shutdown_timeout_ms=0) as engine, served(engine) as (said, client):
        await client.get(said[0])
        async with client.stream("GET", "/live/overview") as response:
            stream = parts(response)
            assert "No sagas yet" in (await anext(stream))["overview"]
            await engine.start(Gated, correlation_id="g-1")
            async for now in stream:
                if 'href="/saga?id=g-1"' in now["overview"]:
                    break


async def test_a_stream_of_a_saga_that_is_not_there_ends() -> None:
    async with create_saga_engine() as engine, served(engine) as (said, client):
        await client.get(said[0])
        async with client.stream("GET", "/live/saga", params={"id": "nobody"}) as response:
            assert [line async for line in response.aiter_lines()] == ["retry: 1000", ""]


def dashboard_command(store: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "fireflytx.cli.main", "dashboard", "--port", "0", "--store", store],
        env={**os.environ, "PYTHONPATH": str(PYTHON_FOLDER)},
        stdout=subprocess.PIPE,
        text=True,
    )


async def test_the_command_shows_a_journal_and_passes_decisions_on(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path}/journal.db"
    gate.opened.set()
    async with SagaEngine(store, shutdown_timeout_ms=0) as engine:
        await engine.execute(Gated, correlation_id="g-1")
        command = dashboard_command(store)
        assert command.stdout is not None
        try:
            line = await asyncio.to_thread(command.stdout.readline)
            link = line.removeprefix("Open ").strip()
            assert re.fullmatch(r"http://127\.0\.0\.1:\d+/enter\?token=[\w-]{43}", link)
            async with httpx.AsyncClient(base_url=link.partition("/enter")[0], timeout=STEP_S) as client:
                await client.get(link)
                page = await client.get("/saga", params={"id": "g-1"})
                assert "undoing it was given up" in page.text
                csrf = re.search(r'name="csrf" value="(\w+)"', page.text)
                assert csrf is not None
                form = {"csrf": csrf.group(1), "id": "g-1", "step": "first", "reason": "by phone"}
                answer = await client.post("/decide", data={**form, "action": "mark-compensated"})
            assert answer.status_code == 303, answer.text
        finally:
            command.send_signal(signal.SIGINT)
            await asyncio.to_thread(command.communicate, timeout=STEP_S)
        assert command.returncode in {0, 130}
        found = await engine.inspect("g-1")
        assert (found.status, found.steps["first"].phase) == ("COMPENSATED", "COMPENSATED")
