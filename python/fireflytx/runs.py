"""What a saga run owns in this process: its instance, its caller's context variables, a large input."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from contextvars import Context
from typing import Any, NamedTuple

from fireflytx._sealed import TAG_BYTES

_MOST_RUNS = 10_000

# Smaller inputs come with each task: to keep one costs more.
_LEAST_KEPT_BYTES = 4_096
_MOST_KEPT_BYTES = 32 * 1024 * 1024
_KEPT_AT_LEAST_S = 60.0


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


class KeptInput(NamedTuple):
    """A run's input as it was sent, whether values in it are encrypted, and since when it is kept."""

    correlation_id: str
    text: bytes
    is_sealed: bool
    since_s: float


class SagaRuns:
    """The runs that go on, by correlation id.

    Not every end is seen here (nobody may be waiting for it), so the oldest are dropped beyond 10 000. A
    dropped one that does go on gets a fresh instance, as after a restart.
    """

    def __init__(self) -> None:
        self._runs: OrderedDict[str, SagaRun] = OrderedDict()
        self._inputs: OrderedDict[int, KeptInput] = OrderedDict()
        self._numbers: dict[str, int] = {}
        self._last_number = 0
        self._inputs_size_bytes = 0

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
        self.forget_input(self._numbers.get(correlation_id, 0))

    # --- large inputs -------------------------------------------------------------------------------------

    def keep_input(self, correlation_id: str, text: bytes) -> int | None:
        """Keep the input of a run that is about to begin, so that it need not come back with each task.

        Not every end is heard of: if there is no room, those go that have been here for long. Java is asked
        then, should they be needed after all.

        Returns:
            The number under which it is kept, which is no other input's; None for a small one, without room,
            and if one of this run's is kept already.
        """
        if len(text) < _LEAST_KEPT_BYTES or correlation_id in self._numbers:
            return None
        now_s = time.monotonic()
        while self._inputs_size_bytes + len(text) > _MOST_KEPT_BYTES:
            oldest = next(iter(self._inputs), None)
            if oldest is None or now_s - self._inputs[oldest].since_s < _KEPT_AT_LEAST_S:
                return None
            self.forget_input(oldest)
        self._last_number += 1
        self._inputs[self._last_number] = KeptInput(correlation_id, text, TAG_BYTES in text, now_s)
        self._numbers[correlation_id] = self._last_number
        self._inputs_size_bytes += len(text)
        return self._last_number

    def kept_input(self, number: int) -> KeptInput | None:
        """The input of this number, if it is still here."""
        return self._inputs.get(number)

    def forget_input(self, number: int) -> None:
        """Make room."""
        kept = self._inputs.pop(number, None)
        if kept is not None:
            del self._numbers[kept.correlation_id]
            self._inputs_size_bytes -= len(kept.text)
