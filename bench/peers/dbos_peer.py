"""DBOS: a workflow of steps, with the compensations in an ``except`` as its documentation shows them."""

# pyright: reportMissingImports=false
from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from dbos import DBOS, DBOSConfig, SetWorkflowID

from bench.actions import Actions, Declined
from bench.peers import Setting
from bench.workloads import Step, Workload

Call = Callable[..., Awaitable[Any]]


class Runner:
    """Runs the workload as an async workflow. All settings are defaults, but the log level."""

    def __init__(self, setting: Setting, store: str) -> None:
        self._order = setting.workload.order
        self._workflow = _workflow(setting.workload, setting.actions)
        url = f"sqlite:///{setting.folder.absolute()}/dbos.sqlite"
        if store == "postgres":
            url = f"postgresql://{setting.postgres_url}"
        DBOS(
            config=DBOSConfig(
                name="bench",
                system_database_url=url,
                application_version="bench",  # else a hash of the source, for which it is read at each start
                log_level="CRITICAL",
            )
        )

    async def start(self) -> None:
        """Launch it; that migrates the database, and recovers what this executor left unfinished."""
        await asyncio.to_thread(DBOS.launch)

    async def run_saga(self, number: int) -> bool:
        """Run one workflow."""
        with SetWorkflowID(f"saga-{number}"):
            completed: bool = await self._workflow(self._order(number))
        return completed

    async def stop(self) -> None:
        """Destroy it."""
        await asyncio.to_thread(DBOS.destroy)


def _workflow(workload: Workload, actions: Actions) -> Call:
    layers = list(workload.layers())
    acts = {step.name: _act(step, actions) for step in workload.steps}
    undos = {step.name: _undo(step, actions) for step in workload.steps if step.is_undone}

    async def run(order: dict[str, Any]) -> bool:
        done: list[str] = []
        try:
            for layer in layers:
                await _all(acts[step.name](order) for step in layer)
                done += [step.name for step in layer]
        except Declined:
            for name in reversed(done):
                if name in undos:
                    await undos[name]()
            return False
        return True

    workflow: Call = DBOS.workflow(name=f"bench-{workload.name}")(run)
    return workflow


async def _all(calls: Any) -> None:
    calls = list(calls)
    if len(calls) == 1:
        await calls[0]
    else:
        await asyncio.gather(*calls)


def _act(step: Step, actions: Actions) -> Call:
    async def act(order: dict[str, Any]) -> dict[str, Any]:
        return await actions.act(step, order)

    registered: Call = DBOS.step(name=step.name)(act)
    return registered


def _undo(step: Step, actions: Actions) -> Call:
    async def undo() -> None:
        await actions.undo(step)

    registered: Call = DBOS.step(name=f"undo_{step.name}")(undo)
    return registered
