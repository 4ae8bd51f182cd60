"""What a saga run owns in this process: its instance of the class, and its caller's context variables."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from contextvars import Context
from typing import Any

_MOST_RUNS = 10_000


class SagaRun:
    """One run of one saga.

    Args:
        factory: Makes the saga's instance when the first step needs it.
        variables: The context variables that the steps see; each attempt gets a copy.
    """

    __slots__ = ("_factory", "_instance", "variables")

    def __init__(self, factory: Callable[[], Any], variables: Context) -> None:
        self._factory = factory
        self._instance: Any = None
        self.variables = variables

    @property
    def instance(self) -> Any:
        """The run's instance of the saga class, the same for all its steps in this process."""
        if self._instance is None:
            self._instance = self._factory()
        return self._instance


class SagaRuns:
    """The runs that go on, by correlation id.

    Not every end is seen here (nobody may be waiting for it), so the oldest are dropped beyond 10 000. A
    dropped one that does go on gets a fresh instance, as after a restart.
    """

    def __init__(self) -> None:
        self._runs: OrderedDict[str, SagaRun] = OrderedDict()

    def begin(self, correlation_id: str, factory: Callable[[], Any], variables: Context) -> SagaRun:
        """The run of this id; made here unless it goes on already."""
        run = self._runs.get(correlation_id)
        if run is None:
            run = self._runs[correlation_id] = SagaRun(factory, variables)
            if len(self._runs) > _MOST_RUNS:
                self._runs.popitem(last=False)
        return run

    def resume(self, correlation_id: str, factory: Callable[[], Any]) -> SagaRun:
        """The run of this id, for an attempt of it; one that began elsewhere sees no context variables."""
        run = self._runs.get(correlation_id)
        return run or self.begin(correlation_id, factory, Context())

    def end(self, correlation_id: str) -> None:
        """Forget the run."""
        self._runs.pop(correlation_id, None)
