"""FireflyTX."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bench.actions import Actions, Declined
from bench.peers import Setting
from bench.workloads import Step, Workload
from fireflytx import SagaEngine
from fireflytx.decorators.saga import compensation_step, saga, saga_step
from fireflytx.exceptions import NonRetryableError


class Runner:
    """Runs the workload as a saga class, on an engine with default options."""

    def __init__(self, setting: Setting, store: str) -> None:
        self._workload = setting.workload
        self._saga = _saga_class(setting.workload, setting.actions)
        journal = setting.folder.absolute() / "journal.db"
        self._engine = SagaEngine("memory" if store == "memory" else f"sqlite:///{journal}")

    async def start(self) -> None:
        """Start the engine; it goes on with unfinished sagas of this class."""
        self._engine.register(self._saga)
        await self._engine.initialize()

    async def run_saga(self, number: int) -> bool:
        """Run one saga."""
        result = await self._engine.execute(self._saga, self._workload.order(number))
        return result.is_success

    async def stop(self) -> None:
        """Shut the engine down."""
        await self._engine.shutdown()


def _saga_class(workload: Workload, actions: Actions) -> type:
    members: dict[str, Any] = {}
    for step in workload.steps:
        members[step.name] = _act(step, actions)
        if step.is_undone:
            members[f"undo_{step.name}"] = _undo(step, actions)
    return saga(f"bench-{workload.name}")(type("MeasuredSaga", (), members))


def _act(step: Step, actions: Actions) -> Callable[..., Any]:
    async def act(self: object, data: dict[str, Any]) -> dict[str, Any]:
        try:
            return await actions.act(step, data)
        except Declined as declined:
            raise NonRetryableError(str(declined)) from None

    waived: dict[str, Any] = {} if step.is_undone else {"compensation": None}
    return saga_step(step.name, depends_on=step.depends_on, **waived)(act)


def _undo(step: Step, actions: Actions) -> Callable[..., Any]:
    async def undo(self: object, result: dict[str, Any]) -> None:
        await actions.undo(step)

    return compensation_step(step.name)(undo)
