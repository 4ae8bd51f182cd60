"""One attempt of a step or a compensation: how its method is called, and what becomes of what it does.

Whatever the method does, the attempt ends in one outcome item. An attempt knows nothing of tasks or threads;
``worker.py`` runs it in them.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from fireflytx._bridge import messages
from fireflytx._bridge.items import Task
from fireflytx._models import is_dataclass_instance, is_model
from fireflytx.boundary import Boundary
from fireflytx.context import SagaContext
from fireflytx.definition import CompensationDefinition, StepDefinition
from fireflytx.exceptions import FireflyTxError, InvalidResultError, ValueRefusedError
from fireflytx.logs import LOGGER, extras
from fireflytx.telemetry.hooks import Scope
from fireflytx.values import build, decode, encode

_NOTHING = b"{}"
Method = StepDefinition | CompensationDefinition
METHODS = (StepDefinition, CompensationDefinition)
"""The same, as a tuple, which ``isinstance`` takes much faster."""


class RunningAttempt:
    """A task of Java's that is running here.

    Args:
        task: What Java asked for.
        method: The step, or the compensation, that does it.
        instance: The saga run's instance.
        boundary: Where its values come from and go to.
        scope: Who watches it.

    Attributes:
        scope: Who watches it.
        job: The asyncio task that runs it; None in a thread.
        has_begun: Whether any of its code has run.
        is_cancelled: Whether Java has cancelled it.
        thread_id: The thread that runs it; None on the event loop, and before it has begun.
        is_dropped: Whether it was reported as failed before it began, and must not begin any more.
    """

    __slots__ = (
        "_boundary",
        "_context",
        "_instance",
        "_method",
        "_started_s",
        "has_begun",
        "is_cancelled",
        "is_dropped",
        "job",
        "scope",
        "task",
        "thread_id",
    )

    def __init__(
        self, task: Task, method: Method, instance: Any, boundary: Boundary, *, scope: Scope
    ) -> None:
        self.task = task
        self.scope = scope
        self._method = method
        self._instance = instance
        self._boundary = boundary
        self._context = _context_of(task, boundary.takes_secrets) if method.takes_context else None
        self._started_s = time.monotonic()
        self.job: asyncio.Task[None] | None = None
        self.thread_id: int | None = None
        self.has_begun = False
        self.is_cancelled = False
        self.is_dropped = False

    @property
    def elapsed_ms(self) -> int:
        """Milliseconds since Java's task came."""
        return round((time.monotonic() - self._started_s) * 1000)

    async def perform(self) -> bytes:
        """Run a coroutine method to its end; return the outcome item."""
        self.has_begun = True
        try:
            return self._succeeded(await self._method.function(self._instance, *self._arguments()))
        except asyncio.CancelledError as error:
            return self.settled() if self.is_cancelled else self.failed(error)
        except Exception as error:
            return self.failed(error)

    def perform_in_thread(self) -> bytes:
        """Run a plain method to its end; return the outcome item."""
        self.has_begun = True
        self.thread_id = threading.get_ident()
        try:
            return self._succeeded(self._method.function(self._instance, *self._arguments()))
        except BaseException as error:  # in a pool's thread, SystemExit has nothing to end but the attempt
            return self.failed(error)

    def failed(self, error: BaseException) -> bytes:
        """The outcome item of an attempt that raised ``error``."""
        task, context = self.task, self._context
        values = (task.data, task.input, *(result for _, result in task.results), task.context)
        written = () if context is None else (dict(context._writes),)
        failure = self._boundary.failure(error, task.attempt, saga=task.saga, values=(*values, *written))
        self.scope.failed(self._boundary.told(failure))
        return messages.failed(task.attempt, failure, self._writes_or_nothing())

    def settled(self) -> bytes:
        """The outcome item of an attempt that Java cancelled and that has ended by it."""
        self.scope.stopped()
        return messages.settled(self.task.attempt, self._writes_or_nothing())

    def _arguments(self) -> tuple[Any, ...]:
        # In doubt there is no result to build a model from; the method gets the empty dict that the guide
        # promises.
        data = self.task.data if self.task.in_doubt else build(self.task.data, self._method.input_type)
        return (data,) if self._context is None else (data, self._context)

    def _succeeded(self, returned: Any) -> bytes:
        if type(returned) is not dict:
            self._check_is_no_coroutine(returned)
        is_step = isinstance(self._method, StepDefinition)
        result = self._step_result(returned) if is_step else self._compensation_result(returned)
        item = messages.succeeded(self.task.attempt, result, self._writes(whose=self._name))
        if not messages.fits_a_frame(item):
            raise ValueRefusedError(
                f"{self._name()} has a result and context values of {len(item)} bytes together."
            )
        self.scope.succeeded()
        return item

    def _check_is_no_coroutine(self, returned: Any) -> None:
        if not inspect.isawaitable(returned):
            return
        if inspect.iscoroutine(returned):
            returned.close()  # else Python warns that it was never awaited, far from here
        raise InvalidResultError(
            f"{self._name()} returned a {type(returned).__name__}: did you forget 'await'?"
        )

    def _step_result(self, returned: Any) -> bytes:
        if returned is not None and not _is_record(returned):
            raise InvalidResultError(
                f"{self._name()} returned {type(returned).__name__}; "
                "a step returns a dict, a pydantic model, a dataclass or None."
            )
        return self._encode(returned, "result", whose=self._name)

    def _compensation_result(self, returned: Any) -> bytes:
        """The result for the journal alone: one that can't be written doesn't make the undoing a failure."""
        record = returned if returned is None or _is_record(returned) else {"returned": returned}
        try:
            result = _NOTHING if record is None else self._encode(record, "result")
        except FireflyTxError as error:
            self._warn("%s is done, but what it returned is not recorded: %s", error)
            return _NOTHING
        if record is not None and LOGGER.isEnabledFor(logging.DEBUG):
            self._tell_returned(result)
        return result

    def _tell_returned(self, result: bytes) -> None:
        task = self.task
        shown = self._boundary.shown(
            decode(result), saga=task.saga, correlation_id=task.attempt.correlation_id
        )
        LOGGER.debug(
            "%s returned %s.", self._name(), encode(shown, what="result").decode(), extra=self._about()
        )

    def _writes(self, *, whose: Callable[[], str] | None = None) -> bytes:
        if self._context is None:
            return _NOTHING
        return self._encode(dict(self._context._writes), "context", whose=whose)

    def _encode(self, value: object, what: str, *, whose: Callable[[], str] | None = None) -> bytes:
        correlation_id = self.task.attempt.correlation_id
        return self._boundary.encode(
            value, what=what, saga=self.task.saga, correlation_id=correlation_id, whose=whose
        )

    def _writes_or_nothing(self) -> bytes:
        try:
            return self._writes()
        except FireflyTxError as error:
            self._warn("%s has failed, and the context values that it set are lost: %s", error)
            return _NOTHING

    def _warn(self, message: str, error: FireflyTxError) -> None:
        LOGGER.warning(message, self._name(), error, extra=self._about())

    def _about(self) -> dict[str, str | int | None]:
        correlation_id, step, _, number, _ = self.task.attempt
        return extras(correlation_id=correlation_id, saga=self.task.saga, step=step, attempt=number)

    def _name(self) -> str:
        what = "compensation of step" if self.task.attempt.direction == "backward" else "step"
        return f"Saga '{self.task.saga}': {what} '{self.task.attempt.step}'"


def _context_of(task: Task, takes_secrets: bool) -> SagaContext:
    correlation_id, step, direction, number, _ = task.attempt
    is_backward = direction == "backward"
    context = SagaContext(
        correlation_id,
        saga=task.saga,
        step=step,
        attempt=number,
        # The same on every attempt, so that a service can tell a repetition; undoing is another call than
        # doing.
        idempotency_key=f"{correlation_id}:{step}:compensation" if is_backward else None,
        in_doubt=task.in_doubt,
        input=task.input,
        results=task.results,
        own_result=task.data if is_backward else None,
        data=task.context,
    )
    context._takes_secrets = takes_secrets
    return context


def _is_record(value: object) -> bool:
    """Whether ``value`` becomes a JSON object."""
    # A dict first: the other questions take ten times as long, and nearly every result is one.
    return isinstance(value, (dict, Mapping)) or is_dataclass_instance(value) or is_model(value)
