"""What a scenario's steps do, as its script says, and the record of it."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from tests.conformance.scenario import Json, Scenario

from fireflytx import SagaContext
from fireflytx.exceptions import NonRetryableError


class Declined(Exception):
    """Retried, as any exception is."""


class Unreachable(Exception):
    """Retried too; a second type, so that a result shows whose error it has."""


class Forbidden(NonRetryableError):
    """Not retried."""


ERRORS = {each.__name__: each for each in (Declined, Unreachable, Forbidden)}


@dataclass
class Effect:
    """A call that has begun, or what became of it."""

    call: str
    saw: Any = None
    key: str | None = None
    in_doubt: bool = False
    got: Json = field(default_factory=dict)
    results: Json = field(default_factory=dict)


class World:
    """Performs the calls of one run on the running loop.

    A call has ended when its attempt has been reported: what waits for that goes on in a later turn.
    """

    def __init__(self, scenario: Scenario) -> None:
        self._script: Mapping[str, list[Json]] = scenario.script
        self._loop = asyncio.get_running_loop()
        self._moments: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self._plain_calls: set[Future[Any]] = set()
        self._generation = 0
        self.effects: list[Effect] = []

    def has_happened(self, moment: str) -> asyncio.Event:
        """What is set once it has."""
        return self._moments[moment]

    def open(self, gate: str) -> None:
        """Let those go on that wait for it."""
        self._moments[gate].set()

    def abandon(self) -> None:
        """The engine goes down: what its calls do from now on is no effect, since nobody reports it."""
        self._generation += 1
        for call in list(self._plain_calls):
            call.cancel()

    def release(self) -> None:
        """All is over: whatever still waits goes on."""
        self.abandon()
        for moment in self._moments.values():
            moment.set()

    def ask(self, name: str, data: Json) -> Any:
        """A condition's answer."""
        self._record(Effect(name, saw=data))
        self._happens(f"{name} begins")
        try:
            return self._end(self._outcome(name, 1), data, default=True)
        finally:
            self._happens(f"{name} ends")

    def call_plainly(self, name: str, data: Json, context: SagaContext) -> Any:
        """A call in a thread, which blocks it."""
        call = asyncio.run_coroutine_threadsafe(self.call(name, data, context), self._loop)
        self._plain_calls.add(call)
        return call.result()

    async def call(self, name: str, data: Json, context: SagaContext) -> Any:
        """One attempt of a step or a compensation."""
        call, generation = f"{name} {context.attempt}", self._generation
        outcome = self._outcome(name, context.attempt)
        effect = Effect(call, data, context.idempotency_key, context.in_doubt)
        self._record(effect)
        self._happens(f"{call} begins")
        try:
            for key, value in outcome.get("set", {}).items():
                context.set_data(key, value)
            await self._wait(call, outcome, generation)
            self._look(context, outcome, effect)
            return self._end(outcome, data, default={})
        finally:
            if generation == self._generation:
                self._record(Effect(f"{call} ends"))
                self._happens(f"{call} ends")

    def _outcome(self, name: str, attempt: int) -> Json:
        outcomes = self._script.get(name) or [{}]
        return outcomes[min(attempt, len(outcomes)) - 1]

    @staticmethod
    def _look(context: SagaContext, outcome: Json, effect: Effect) -> None:
        for key in outcome.get("get", ()):
            effect.got[key] = context.get_data(key)
        for step in outcome.get("result_of", ()):
            effect.results[step] = context.result(step)

    async def _wait(self, call: str, outcome: Json, generation: int) -> None:
        if "after" not in outcome and not outcome.get("hangs"):
            return
        awaited = self._moments[outcome.get("after", f"{call} goes on")]
        while not awaited.is_set():
            try:
                await awaited.wait()
            except asyncio.CancelledError:
                if generation != self._generation:
                    raise
                self._record(Effect(f"{call} is stopped"))
                self._happens(f"{call} is stopped")
                if not outcome.get("ignores_stop"):
                    raise

    @staticmethod
    def _end(outcome: Json, data: Json, *, default: Any) -> Any:
        if raised := outcome.get("raises"):
            raise ERRORS[raised["type"]](raised.get("message", ""))
        return data if outcome.get("returns_input") else outcome.get("returns", default)

    def _record(self, effect: Effect) -> None:
        self.effects.append(effect)

    def _happens(self, moment: str) -> None:
        self._moments[moment].set()
