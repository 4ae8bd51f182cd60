"""What an engine is asked to do, as requests to Java: start, wait, find, cancel, list, tell."""

from __future__ import annotations

import asyncio
import getpass
import os
from collections.abc import Callable, Iterator, Mapping
from contextvars import Context
from dataclasses import dataclass
from typing import Any

from fireflytx._bridge import messages
from fireflytx._bridge.items import (
    Answer,
    CancelAnswer,
    Counted,
    Facts,
    Finished,
    Found,
    Inspected,
    Listed,
    NeedDefinition,
    Refused,
    Stats,
    Transferred,
    Verified,
)
from fireflytx._bridge.session import Session
from fireflytx.definition import SagaDefinition
from fireflytx.exceptions import FireflyTxError, UnknownSagaError, ValueRefusedError
from fireflytx.logs import LOGGER, extras
from fireflytx.registry import Registration, Registry
from fireflytx.requests import Request, Requests
from fireflytx.runs import SagaRuns
from fireflytx.telemetry.hooks import NO_HOOKS, Beginning, Hooks


@dataclass(slots=True)  # not frozen: quicker to make, as `items.Task` is
class Start:
    """A saga run to begin: its input as JSON, and the context variables of the caller.

    ``input_hash`` stands for the input where its text can't be compared, since it is encrypted; ``is_new_id``
    says that the id was made for this start.
    """

    registration: Registration
    correlation_id: str
    input: bytes
    timeout_ms: int | None
    variables: Context
    input_hash: str | None = None
    is_new_id: bool = False


class Calls:
    """Asks Java and waits for its answers.

    A caller that is cancelled while it waits is forgotten; what it asked for goes on.
    """

    def __init__(self, session: Session, registry: Registry, runs: SagaRuns, hooks: Hooks = NO_HOOKS) -> None:
        self._hooks = hooks
        self._session = session
        self._registry = registry
        self._runs = runs
        self._requests = Requests()
        self._defined: dict[str, SagaDefinition] = {}
        self._watches: dict[str, Request] = {}

    async def execute(self, start: Start) -> dict[str, Any]:
        """Start a saga and wait for its end; the result in wire form."""
        with self._open_start(start) as request, self._beginning(start) as beginning:
            await self._begin(request, start, watch=True, trace=beginning.trace)
            if self._hooks.is_on:
                beginning.until(self._session.durable(request.position))
            return _result(await request.answer)

    async def start(self, start: Start) -> None:
        """Start a saga and wait until the start is durable."""
        with self._open_start(start) as request, self._beginning(start) as beginning:
            await self._begin(request, start, watch=False, trace=beginning.trace)
            await self._until_durable(request)

    async def result(self, correlation_id: str) -> dict[str, Any]:
        """Wait for the end of a saga; its result in wire form.

        All who wait for one saga share one request: who gives up and asks again leaves nothing behind.
        """
        watch = self._watches.get(correlation_id) or self._watch(correlation_id)
        return _result(await asyncio.shield(watch.answer))

    async def find(self, correlation_id: str) -> Found:
        """The saga of this id, and its status."""
        found: Found = await self._ask(lambda number: messages.get(number, correlation_id))
        return found

    async def cancel(self, correlation_id: str, reason: str) -> bool:
        """Cancel a saga; False if it compensates for another reason, or had ended."""
        answer: CancelAnswer = await self._ask(
            lambda number: messages.cancel(number, correlation_id, reason), changing=correlation_id
        )
        return answer.accepted

    async def resolve(
        self,
        correlation_id: str,
        resolution: str,
        *,
        step: str | None = None,
        result: bytes | None = None,
        reason: str,
    ) -> Found:
        """Tell the decision of this process's user; how the saga stands then."""
        by = _user()
        found: Found = await self._ask(
            lambda number: messages.resolve(
                number, correlation_id, resolution, step=step, result=result, by=by, reason=reason
            ),
            # The decision may have taken effect: it is not taken twice in that person's name.
            again=lambda number: messages.get(number, correlation_id),
            changing=correlation_id,
        )
        return found

    async def list(self, query: Mapping[str, Any]) -> Listed:
        """The sagas that ``query`` asks for, in its wire form."""
        listed: Listed = await self._ask(lambda number: messages.list_sagas(number, query))
        return listed

    async def history(self, correlation_id: str, after: int = 0) -> Facts:
        """What has happened to a saga, without its first ``after`` facts."""
        facts: Facts = await self._ask(lambda number: messages.history(number, correlation_id, after))
        return facts

    async def inspect(self, correlation_id: str, newer_than: int) -> Inspected:
        """How a saga stands, unless it still has the version ``newer_than``."""
        inspected: Inspected = await self._ask(
            lambda number: messages.inspect(number, correlation_id, newer_than)
        )
        return inspected

    async def count(self) -> Counted:
        """How many sagas there are, by name and status."""
        counted: Counted = await self._ask(messages.count)
        return counted

    async def verify(self) -> Verified:
        """What is wrong in the store."""
        verified: Verified = await self._ask(messages.verify)
        return verified

    async def all_published(self) -> None:
        """Wait until no event waits any more to be published."""
        await self._ask(messages.wait_published)

    async def stats(self) -> Stats:
        """What the engine has done and holds."""
        stats: Stats = await self._ask(messages.stats)
        return stats

    async def transfer(self, item: Callable[[int], bytes]) -> Transferred:
        """What became of an export or an import, which ``item`` asks for."""
        transferred: Transferred = await self._ask(item)
        return transferred

    async def stop(self) -> None:
        """Let nothing begin any more, and wait for what runs in Java."""
        await self._ask(messages.stop)

    def define_all(self) -> None:
        """Make every class known to Java that it doesn't know yet, so that its unfinished sagas go on."""
        for registration in self._registry.all():
            self._define_if_new(registration)

    def ask_again(self) -> None:
        """Another process has taken over: ask it what the one before can't answer any more."""
        for request in self._requests.lost_by(self._session.durable_position):
            request.position = self._session.post(request.again)

    # --- Java's side --------------------------------------------------------------------------------------

    def hear(self, item: Answer) -> None:
        """Java has answered."""
        if isinstance(item, Finished):
            self._runs.end(item.result["correlation_id"])
        self._requests.answer(item)

    def hear_unreadable(self, number: int, error: FireflyTxError) -> None:
        """Java has answered this request with something that can't be read."""
        if (request := self._requests.find(number)) is not None:
            request.fail(error)

    def hear_refusal(self, refusal: Refused) -> None:
        """Java does not accept a request or a definition."""
        if refusal.request is None:
            LOGGER.error(
                "The engine refused a definition: %s", refusal.message, extra=extras(saga=refusal.saga)
            )
        self._requests.refuse(refusal)

    def hear_need(self, need: NeedDefinition) -> None:
        """Java wants the definition first, then the start again."""
        request = self._requests.find(need.request)
        registration = self._registry.find(need.saga)
        if request is None:
            return
        if registration is None or request.was_repeated:
            request.fail(
                UnknownSagaError(f"The engine does not know saga '{need.saga}', though it was defined.")
            )
            return
        request.was_repeated = True
        self._define(registration)
        request.position = self._session.post(request.item)

    def definitions(self) -> Iterator[Mapping[str, Any]]:
        """Every definition that a new session has to know, in wire form."""
        for registration in self._registry.all():
            self._defined[registration.definition.name] = registration.definition
            yield registration.definition.to_wire()

    def fail_all(self, make_error: Callable[[str | None], BaseException]) -> None:
        """Nothing that is waited for will be answered any more."""
        self._requests.fail_all(make_error)

    # --- asking -------------------------------------------------------------------------------------------

    def _watch(self, correlation_id: str) -> Request:
        request = self._watches[correlation_id] = self._requests.open(correlation_id)
        request.again = messages.watch(request.number, correlation_id)
        request.position = self._session.post(request.again)

        def forget(_: object) -> None:
            del self._watches[correlation_id]
            request.close()

        request.answer.add_done_callback(forget)
        return request

    async def _ask(
        self,
        item: Callable[[int], bytes],
        *,
        again: Callable[[int], bytes] | None = None,
        changing: str | None = None,
    ) -> Any:
        """Post an item and wait for its answer.

        Args:
            item: Makes it, of the request's number.
            again: Makes what to ask an engine that has taken over; ``item`` if left out.
            changing: The id of the run that the item may change.
        """
        with self._requests.open(changing) as request:
            request.again = (again or item)(request.number)
            request.position = self._session.post(item(request.number))
            return await request.answer

    def _open_start(self, start: Start) -> Request:
        return self._requests.open(start.correlation_id, saga=start.registration.definition.name)

    def _beginning(self, start: Start) -> Beginning:
        name = start.registration.definition.name
        return self._hooks.beginning(name, start.correlation_id, start.variables)

    async def _begin(self, request: Request, start: Start, *, watch: bool, trace: bytes | None) -> None:
        definition = start.registration.definition
        request.item = messages.start(
            request.number,
            definition.name,
            start.correlation_id,
            start.input,
            input_hash=start.input_hash,
            is_new_id=start.is_new_id,
            kept=self._runs.keep_input(start.correlation_id, start.input),
            timeout_ms=start.timeout_ms,
            watch=watch,
            trace=trace,
        )
        if watch:  # a start alone is answered by being durable
            request.again = messages.watch(request.number, start.correlation_id)
        if not messages.fits_a_frame(request.item):
            raise ValueRefusedError(
                f"Saga '{definition.name}': its input has {len(start.input)} bytes on the wire."
            )
        if (room := self._session.room()) is not None:
            await self._first(room, request)
        self._define_if_new(start.registration)
        self._runs.begin(start.correlation_id, start.registration.factory, start.variables)
        request.position = self._session.post(request.item)

    def _define_if_new(self, registration: Registration) -> None:
        definition = registration.definition
        if self._defined.get(definition.name) is not definition:
            self._define(registration)

    def _define(self, registration: Registration) -> None:
        self._defined[registration.definition.name] = registration.definition
        self._session.post(messages.define(registration.definition.to_wire()))

    async def _until_durable(self, request: Request) -> None:
        proved = 0
        while proved != request.position:  # it moves when the start is sent again behind its definition
            proved = request.position
            await self._first(self._session.durable(proved), request)

    async def _first(self, awaited: asyncio.Future[None], request: Request) -> None:
        """Wait for ``awaited``; raises if the request fails earlier."""
        if not awaited.done():
            await asyncio.wait({awaited, request.answer}, return_when=asyncio.FIRST_COMPLETED)
        if request.answer.done():
            request.answer.result()


def _result(answer: Finished) -> dict[str, Any]:
    return answer.result


def _user() -> str:
    """Who decides: the user that this process runs as, as far as the system knows a name."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return f"uid {os.getuid()}" if hasattr(os, "getuid") else "unknown"
