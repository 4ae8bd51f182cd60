"""What Python has asked Java and waits for: one future for each request."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterator
from typing import Any

from fireflytx._bridge.items import Answer, Refused
from fireflytx.exceptions import (
    DefinitionError,
    EngineClosedError,
    EngineError,
    FireflyTxError,
    IdConflictError,
    NoEngineError,
    NotWaitingError,
    ObserverError,
    PivotPassedError,
    ProtocolError,
    ResultExpiredError,
    StoreError,
    TransferError,
    UnknownIdError,
    UnknownSagaError,
)

_ERRORS: dict[str, type[FireflyTxError]] = {
    "unknown-saga": UnknownSagaError,
    "unknown-id": UnknownIdError,
    "unreadable": StoreError,
    "id-conflict": IdConflictError,
    "invalid-definition": DefinitionError,
    "pivot-passed": PivotPassedError,
    "unknown-step": NotWaitingError,
    "not-waiting": NotWaitingError,
    "no-engine": NoEngineError,
    "observer": ObserverError,
    "transfer": TransferError,
    "malformed": ProtocolError,
    "closing": EngineClosedError,
}


class Request:
    """One question and its answer.

    Attributes:
        number: The number that the answer carries.
        saga: The saga that it wants to start; None for other questions.
        correlation_id: The run that it may change; None for other questions.
        answer: Done with what Java answered, or with the error that it became.
        item: The item as it was sent, to send it again behind a definition that was missing.
        again: The item that asks another engine process, if the one that took ``item`` is gone; empty if none
            needs to.
        position: Where the item stands in the outbox.
        was_repeated: Whether it has been sent again already.
    """

    __slots__ = (
        "_open",
        "again",
        "answer",
        "correlation_id",
        "item",
        "number",
        "position",
        "saga",
        "was_repeated",
    )

    def __init__(
        self,
        number: int,
        saga: str | None,
        correlation_id: str | None,
        answer: asyncio.Future[Any],
        open_requests: dict[int, Request],
    ) -> None:
        self._open = open_requests
        self.number = number
        self.saga = saga
        self.correlation_id = correlation_id
        self.answer = answer
        self.item = b""
        self.again = b""
        self.position = 0
        self.was_repeated = False

    def __enter__(self) -> Request:
        """The request, which is closed at the end, whatever becomes of it."""
        return self

    def __exit__(self, *_: object) -> None:
        """See ``close``."""
        self.close()

    def close(self) -> None:
        """Forget it; a late answer is ignored."""
        self._open.pop(self.number, None)

    def fail(self, error: BaseException) -> None:
        """Answer with ``error``, if there is no answer yet."""
        if not self.answer.done():
            self.answer.set_exception(error)
            self.answer.exception()  # looked at: a waiter that has gone away is no reason to complain


class Requests:
    """The questions that have no answer yet, by number. Belongs to the running loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._open: dict[int, Request] = {}
        self._numbers = itertools.count(1)

    def open(self, correlation_id: str | None, *, saga: str | None = None) -> Request:
        """A new request; close it, whatever becomes of it."""
        answer = self._loop.create_future()
        request = Request(next(self._numbers), saga, correlation_id, answer, self._open)
        self._open[request.number] = request
        return request

    def find(self, number: int) -> Request | None:
        """The open request of this number, if somebody still waits."""
        return self._open.get(number)

    def lost_by(self, durable_position: int) -> Iterator[Request]:
        """Those that a process had taken which is gone; what is not durable is sent again without this."""
        for request in tuple(self._open.values()):
            if 0 < request.position <= durable_position and request.again and not request.answer.done():
                yield request

    def answer(self, item: Answer) -> None:
        """Give ``item`` to whoever waits for it."""
        request = self._open.get(item.request)
        if request is not None and not request.answer.done():
            request.answer.set_result(item)

    def refuse(self, refusal: Refused) -> None:
        """Fail the request that Java refused, or every start of the saga whose definition it refused."""
        for request in tuple(self._open.values()):
            if request.number == refusal.request or (
                refusal.saga is not None and request.saga == refusal.saga
            ):
                request.fail(_error(refusal))

    def fail_all(self, make_error: Callable[[str | None], BaseException]) -> None:
        """Fail all that is waited for, each with an error of its own: it names the run that it is about."""
        for request in tuple(self._open.values()):
            request.fail(make_error(request.correlation_id))


def _error(refusal: Refused) -> FireflyTxError:
    if refusal.code == "expired":
        return ResultExpiredError(refusal.message, status=refusal.status or "")
    return _ERRORS.get(refusal.code, EngineError)(refusal.message)
