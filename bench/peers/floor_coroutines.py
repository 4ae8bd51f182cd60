"""A floor: the same coroutines, without anything."""

from __future__ import annotations

import asyncio

from bench.actions import Declined
from bench.peers import Setting


class Runner:
    """Calls the steps' coroutines, layer by layer, and undoes them when one fails."""

    def __init__(self, setting: Setting, store: str) -> None:
        self._workload = setting.workload
        self._actions = setting.actions
        self._layers = list(setting.workload.layers())

    async def start(self) -> None:
        """There is nothing to start."""

    async def run_saga(self, number: int) -> bool:
        """Run one saga."""
        order = self._workload.order(number)
        try:
            for layer in self._layers:
                await asyncio.gather(*(self._actions.act(step, order) for step in layer))
        except Declined:
            for step in self._workload.undone:
                await self._actions.undo(step)
            return False
        return True

    async def stop(self) -> None:
        """There is nothing to stop."""
