"""The dashboard's pages."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.responses import RedirectResponse, Response

from fireflytx.dashboard import decisions, views
from fireflytx.dashboard.gate import Visit
from fireflytx.dashboard.rendering import Links, page
from fireflytx.engine import SagaEngine
from fireflytx.exceptions import FireflyTxError, ResultExpiredError, UnknownIdError
from fireflytx.inspection.waiting import waiting
from fireflytx.queries import HistoryFact, SagaInfo, SagaPage
from fireflytx.result import SagaStatus
from fireflytx.standing import SagaInspection

PER_PAGE = 50
PARKED_PER_PAGE = 10  # each is read whole
RECENT = 10
SINCE = {
    "15m": ("15 minutes", timedelta(minutes=15)),
    "1h": ("hour", timedelta(hours=1)),
    "24h": ("24 hours", timedelta(hours=24)),
    "7d": ("7 days", timedelta(days=7)),
}


class Pages:
    """Makes pages of what an engine tells.

    Args:
        engine: Whom to ask.
        now: Tells the time, in UTC.
    """

    def __init__(
        self,
        engine: SagaEngine,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._engine = engine
        self._now = now

    async def overview(self, visit: Visit) -> Response:
        """How many sagas there are, how they stand, and the latest."""
        return page(visit, "overview.html", **await self.overview_data())

    async def overview_data(self) -> dict[str, Any]:
        """What the overview shows."""
        counts, recent = await asyncio.gather(self._engine.count(), self._engine.list(limit=RECENT))
        return {"overview": views.overview(counts), "recent": recent.items}

    async def sagas(self, visit: Visit) -> Response:
        """A page of the list, narrowed as its form says; an id leads to its saga."""
        if correlation_id := visit.asked("id").strip():
            return RedirectResponse(Links(visit.request).to("/saga", id=correlation_id), 303)
        asked = {name: visit.asked(name) for name in ("status", "saga", "since", "cursor")}
        problem, listed = "", SagaPage((), None)
        try:
            listed = await self._list(asked)
        except ValueError as error:
            problem = str(error)
        names = sorted({count.saga for count in await self._engine.count()})
        return page(
            visit,
            "sagas.html",
            status_code=400 if problem else 200,
            asked=asked,
            problem=problem,
            page=listed,
            names=names,
            since={key: words for key, (words, _) in SINCE.items()},
        )

    async def _list(self, asked: dict[str, str]) -> SagaPage:
        since = asked["since"]
        if since and since not in SINCE:
            raise ValueError(f"since must be one of {', '.join(SINCE)}.")
        return await self._engine.list(
            status=asked["status"] or None,
            saga=asked["saga"] or None,
            since=self._now() - SINCE[since][1] if since else None,
            cursor=asked["cursor"] or None,
            limit=PER_PAGE,
        )

    async def parked(self, visit: Visit) -> Response:
        """The sagas that wait for a person, each with why and what can be decided."""
        status = SagaStatus.COMPENSATION_FAILED if visit.asked("kind") == "undo" else SagaStatus.PARKED
        cursor = visit.asked("cursor") or None
        try:
            listed = await self._engine.list(status=status, limit=PARKED_PER_PAGE, cursor=cursor)
        except ValueError as error:
            return self.problem(visit, 400, "No such page", str(error))
        found = await asyncio.gather(*map(self._needs, listed))
        counts = views.overview(await self._engine.count())
        return page(
            visit,
            "parked.html",
            status=status,
            counts=counts,
            found=[each for each in found if each],
            next_cursor=listed.next_cursor,
        )

    async def _needs(self, info: SagaInfo) -> tuple[SagaInspection, list[decisions.Need]] | None:
        """None if it has gone meanwhile."""
        try:
            saga, history = await self.look(info.correlation_id)
        except (UnknownIdError, ResultExpiredError):
            return None
        return saga, decisions.needs(saga, waiting(history))

    async def saga(self, visit: Visit) -> Response:
        """One saga, with all that is known of it."""
        saga, history = await self.look(visit.asked("id"))
        done = decisions.ACTIONS.get(visit.asked("done"))
        return page(
            visit, "saga.html", notice=done.done if done else "", **self.saga_data(visit, saga, history)
        )

    def saga_data(self, visit: Visit, saga: SagaInspection, history: Sequence[HistoryFact]) -> dict[str, Any]:
        """What a saga's page shows."""
        all_facts = visit.asked("facts") == "all"
        return {"view": views.saga_view(saga, history, self._now(), all_facts=all_facts)}

    async def look(self, correlation_id: str) -> tuple[SagaInspection, Sequence[HistoryFact]]:
        """A saga as it stands, and its history.

        Raises:
            UnknownIdError: there is none, or this can't be an id.
        """
        try:
            saga = await self._engine.inspect(correlation_id)
        except ValueError:
            raise UnknownIdError("This can't be an id.") from None
        return saga, await self._engine.history(correlation_id)

    async def value(self, visit: Visit) -> Response:
        """The whole of a value that another page shows the beginning of."""
        saga, history = await self.look(visit.asked("id"))
        of, step, number = visit.asked("of"), visit.asked("step"), visit.asked("number")
        text = views.whole_fact(history, number) if of == "fact" else views.whole_value(saga, of, step)
        if text is None:
            return self.problem(visit, 404, "No such value", "This saga has no such value, or not any more.")
        return page(visit, "value.html", saga=saga, of=of, step=step, text=text)

    async def decide(self, visit: Visit) -> Response:
        """Carry a decision out, and show the saga that it is about."""
        links = Links(visit.request)
        back = links.to("/saga", id=visit.form.get("id", ""))
        try:
            action, order = decisions.order(visit.form, visit.session.user)
            had_effect = await decisions.carry_out(self._engine, action, order)
        except (decisions.Mistake, ValueError) as mistake:
            return self.problem(visit, 400, "Not done", str(mistake), back)
        except UnknownIdError:
            raise
        except FireflyTxError as error:
            return self.problem(visit, 409, "Not done", str(error), back)
        if not had_effect:
            why = "The saga has ended, or turns back for another reason."
            return self.problem(visit, 409, "Nothing to cancel", why, back)
        return RedirectResponse(links.to("/saga", id=order.correlation_id, done=action.name), 303)

    def problem(self, visit: Visit, code: int, title: str, why: str, back: str = "") -> Response:
        """A page that says what is wrong."""
        return page(visit, "problem.html", status_code=code, title=title, why=why, back=back)
