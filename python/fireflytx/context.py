"""What a step is told about its run, and the values that steps share."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Collection, Iterable, Mapping
from typing import Any, overload

from fireflytx.exceptions import ResultNotVisibleError, ValueRefusedError
from fireflytx.values import encode

Results = dict[str, Mapping[str, Any]]


class SagaContext:
    """One attempt's view of its saga run.

    The engine makes one for each attempt of a method that takes it. In a unit test make your own:
    ``SagaContext(correlation_id="test-123")``. It may be used from several threads.

    Args:
        correlation_id: The run's id; a fresh UUIDv7 if there is none.
        saga: The saga's name.
        step: The id of the step that runs, or is undone.
        attempt: The attempt's number, counted from 1.
        idempotency_key: What to give to other services; ``<correlation_id>:<step>`` if it is left out.
        in_doubt: Whether this undoes a step of which nobody knows whether it took effect.
        input: The saga's input.
        results: The results that this step can see, as pairs of step id and result, the nearest step first.
        own_result: For a compensation, the result of the step that it undoes.
        data: The values that steps have stored so far.
    """

    __slots__ = (
        "_attempt",
        "_correlation_id",
        "_data",
        "_idempotency_key",
        "_in_doubt",
        "_input",
        "_lock",
        "_results",
        "_saga",
        "_step",
        "_takes_secrets",
        "_writes",
    )

    def __init__(
        self,
        correlation_id: str | None = None,
        *,
        saga: str = "",
        step: str = "",
        attempt: int = 1,
        idempotency_key: str | None = None,
        in_doubt: bool = False,
        input: Mapping[str, Any] | None = None,
        results: Iterable[tuple[str, Mapping[str, Any]]] = (),
        own_result: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
    ) -> None:
        self._correlation_id = new_correlation_id() if correlation_id is None else correlation_id
        self._saga = saga
        self._step = step
        self._attempt = attempt
        self._idempotency_key = idempotency_key or f"{self._correlation_id}:{step}"
        self._in_doubt = in_doubt
        self._input: Mapping[str, Any] = {} if input is None else input
        self._results: Results = dict(results)
        if own_result is not None:
            self._results = _with_nearest(step, own_result, self._results)
        self._data: Mapping[str, Any] = {} if data is None else data
        self._writes: dict[str, Any] = {}
        self._lock = threading.Lock()
        self._takes_secrets = True  # an engine that would keep them in plain text says no

    @property
    def correlation_id(self) -> str:
        """The run's id, the same for all its steps."""
        return self._correlation_id

    @property
    def saga(self) -> str:
        """The saga's name; empty in a context that a unit test made without one."""
        return self._saga

    @property
    def step(self) -> str:
        """The id of the step that runs, or is undone."""
        return self._step

    @property
    def attempt(self) -> int:
        """Which attempt this is, counted from 1; the step and its compensation count on their own."""
        return self._attempt

    @property
    def idempotency_key(self) -> str:
        """The same text on every attempt of this step; its compensation has another one."""
        return self._idempotency_key

    @property
    def in_doubt(self) -> bool:
        """For a compensation: whether nobody knows if the step took effect. Its data is then ``{}``."""
        return self._in_doubt

    @property
    def input(self) -> Mapping[str, Any]:
        """The saga's input, without any step's result."""
        return self._input

    @overload
    def get_data(self, key: str) -> Any: ...
    @overload
    def get_data(self, key: str, default: Any) -> Any: ...
    def get_data(self, key: str, default: Any = None) -> Any:
        """The value of ``key``, from the first of these that has it.

        1. What ``set_data`` stored, here or in a step that has reported.
        2. For a compensation, the result of the step that it undoes.
        3. The results that the step can see, the nearest step first.
        4. The saga's input.

        Returns:
            The value, or ``default`` if none of them has the key.
        """
        with self._lock:
            for source in (self._writes, self._data, *self._results.values(), self._input):
                if key in source:
                    return source[key]
        return default

    def set_data(self, key: str, value: Any) -> None:
        """Store a value for this step's later attempts, its compensation and the steps that follow.

        It reaches the engine with the end of this attempt, also of one that fails.

        Args:
            key: A name of your choice.
            value: Anything that JSON carries.

        Raises:
            ValueRefusedError: ``key`` is not a string, or JSON can't carry the value.
        """
        if not isinstance(key, str):
            raise ValueRefusedError(
                f"A context key must be a string, got a {type(key).__name__}.", path="context"
            )
        # Here, where the value comes from; and again with the outcome, since it may change until then.
        secrets = _note_nothing if self._takes_secrets else None
        encode({key: value}, what="context", whose=self._whose, secrets=secrets)
        with self._lock:
            self._writes[key] = value

    def result(self, step_id: str) -> Mapping[str, Any]:
        """The result of a step that is done before this one; for a compensation also of its own step.

        Raises:
            ResultNotVisibleError: This step doesn't depend on that one, or that one was skipped.
        """
        with self._lock:
            if step_id in self._results:
                return self._results[step_id]
            visible = ", ".join(self._results) or "none"
        asking = f"Step '{self._step}'" if self._step else "This context"
        raise ResultNotVisibleError(
            f"{asking} sees no result of '{step_id}'. It sees the results of: {visible}. "
            f"Does it depend on '{step_id}', and was that one not skipped?"
        )

    def __repr__(self) -> str:
        return f"<SagaContext of {self._saga or 'a saga'} {self._correlation_id}, step {self._step or '-'}>"

    def _whose(self) -> str:
        return f"Saga '{self._saga}': step '{self._step}'" if self._saga and self._step else ""

    def _record_result(self, step_id: str, result: Mapping[str, Any]) -> None:
        """Make a result visible as the nearest one: what a step that was called directly has returned."""
        with self._lock:
            self._results = _with_nearest(step_id, result, self._results)


def _note_nothing(names: Collection[str]) -> None:
    """Whoever writes the value for good takes note of its secrets."""


def _with_nearest(step_id: str, result: Mapping[str, Any], results: Results) -> Results:
    return {step_id: result, **{key: each for key, each in results.items() if key != step_id}}


def new_correlation_id() -> str:
    """A fresh UUIDv7 as text: a Unix time in milliseconds, then random bits, so that ids sort by their age.

    Source: RFC 9562, section 5.7.
    """
    stamp = f"{time.time_ns() // 1_000_000 & ((1 << 48) - 1):012x}"
    random = os.urandom(10)
    digits = random.hex()
    variant = "89ab"[random[0] & 3]  # by bits of the digit that is left out
    return f"{stamp[:8]}-{stamp[8:]}-7{digits[2:5]}-{variant}{digits[5:8]}-{digits[8:]}"
