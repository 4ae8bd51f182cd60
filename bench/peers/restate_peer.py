"""Restate: a handler of durable runs, with a list of compensations as its documentation shows them."""

# pyright: reportMissingImports=false
from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import restate
from hypercorn.asyncio import serve
from hypercorn.config import Config

from bench.actions import Actions, Declined
from bench.peers import RESTATE_SERVER, Setting
from bench.workloads import Step, Workload

_WAIT_S = 0.01
_PORTS = ("ingress", "admin", "node", "service")


class Runner:
    """Starts a server, serves a service to it, and calls that through the server's ingress."""

    def __init__(self, setting: Setting, store: str) -> None:
        self._folder = setting.folder.absolute()
        self._order = setting.workload.order
        self._service = restate.Service("Bench")
        self._service.handler("run")(_handler(setting.workload, setting.actions))
        self._over = asyncio.Event()
        self._server: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        """Start the server and the service, after a crash on the ports of before; register what is new."""
        is_new = not (self._folder / "ports.json").exists()
        self._ports = _ports(self._folder / "ports.json")
        self._server = _start_server(self._folder, self._ports)
        self._serving = asyncio.create_task(self._serve())
        ingress = f"http://127.0.0.1:{self._ports['ingress']}"
        self._http = aiohttp.ClientSession(
            ingress, connector=aiohttp.TCPConnector(limit=0), timeout=aiohttp.ClientTimeout(None)
        )
        await self._until_healthy(f"http://127.0.0.1:{self._ports['admin']}/health")
        if is_new:
            await self._register()
        await self._until_healthy(f"{ingress}/restate/health")

    async def run_saga(self, number: int) -> bool:
        """Call the handler, and wait for its answer."""
        # Not by the SDK's client: its httpx takes ten times the processor time with 256 calls at once.
        async with self._http.post("/Bench/run", json=self._order(number)) as answer:
            answer.raise_for_status()
            completed: bool = await answer.json()
            return completed

    async def stop(self) -> None:
        """End the service and the server."""
        await self._http.close()
        self._over.set()
        await self._serving
        if self._server is not None:
            self._server.terminate()
            await asyncio.to_thread(self._server.wait)

    async def _serve(self) -> None:
        config = Config()
        config.bind = [f"127.0.0.1:{self._ports['service']}"]
        config.h2_max_concurrent_streams = 2**31 - 1
        config.keep_alive_max_requests = 2**31 - 1
        config.loglevel = "ERROR"
        await serve(restate.app([self._service]), config, shutdown_trigger=self._over.wait, mode="asgi")

    async def _register(self) -> None:
        admin = f"http://127.0.0.1:{self._ports['admin']}/deployments"
        service = {"uri": f"http://127.0.0.1:{self._ports['service']}"}
        async with self._http.post(admin, json=service) as answer:
            answer.raise_for_status()

    async def _until_healthy(self, url: str) -> None:
        async with asyncio.timeout(60):
            while not await self._is_healthy(url):  # noqa: ASYNC110 - it is another process
                await asyncio.sleep(_WAIT_S)

    async def _is_healthy(self, url: str) -> bool:
        try:
            async with self._http.get(url) as answer:
                is_ok: bool = answer.ok
                return is_ok
        except aiohttp.ClientConnectionError:
            return False


def _ports(file: Path) -> dict[str, int]:
    if not file.exists():
        sockets = [socket.create_server(("127.0.0.1", 0)) for _ in _PORTS]
        found = [each.getsockname()[1] for each in sockets]
        for each in sockets:
            each.close()
        file.write_text(json.dumps(dict(zip(_PORTS, found, strict=True))))
    ports: dict[str, int] = json.loads(file.read_text())
    return ports


def _start_server(folder: Path, ports: dict[str, int]) -> subprocess.Popen[bytes]:
    settings = {
        "RESTATE_LISTEN_MODE": "tcp",
        "RESTATE_BIND_IP": "127.0.0.1",
        "RESTATE_BIND_PORT": str(ports["node"]),
        "RESTATE_INGRESS__BIND_PORT": str(ports["ingress"]),
        "RESTATE_ADMIN__BIND_PORT": str(ports["admin"]),
        "RESTATE_DISABLE_TELEMETRY": "true",
        "RESTATE_LOG_FILTER": "error",
    }
    # The program itself: npm's wrapper would add the memory and the start of a Node.js.
    command = [_program(), "--no-logo", "--node-name", "bench", "--base-dir", str(folder / "restate")]
    with (folder / "restate.log").open("ab") as log:
        return subprocess.Popen(command, env=os.environ | settings, stdout=log, stderr=log)


def _program() -> str:
    modules = RESTATE_SERVER.parents[1] / "@restatedev"
    return str(next(modules.glob("restate-server-*/bin/restate-server")))


def _handler(workload: Workload, actions: Actions) -> Callable[..., Awaitable[bool]]:
    layers = list(workload.layers())

    async def run(context: restate.Context, order: dict[str, Any]) -> bool:
        done: list[Step] = []
        try:
            for layer in layers:
                await _all([_act(context, actions, step, order) for step in layer])
                done += layer
        except restate.TerminalError:
            for step in reversed(done):
                if step.is_undone:
                    await context.run_typed(f"undo_{step.name}", actions.undo, step=step)
            return False
        return True

    # The SDK reads the types of input and output from the annotations, and can't resolve their texts.
    run.__annotations__ = {"context": restate.Context, "order": dict[str, Any], "return": bool}
    return run


def _act(context: restate.Context, actions: Actions, step: Step, order: dict[str, Any]) -> Any:
    async def act() -> dict[str, Any]:
        try:
            return await actions.act(step, order)
        except Declined as declined:
            raise restate.TerminalError(str(declined)) from None

    return context.run_typed(step.name, act)


async def _all(runs: list[Any]) -> None:
    if len(runs) > 1:
        await restate.gather(*runs)
    for run in runs:
        await run
