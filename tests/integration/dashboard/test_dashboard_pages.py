"""The dashboard over HTTP: every page, every decision, and values that mean harm."""

from __future__ import annotations

import html
import re
from typing import Any

import httpx
import pytest
from tests.integration.dashboard.visits import Slow, Transfer, Trip, actions_in, csrf_of, order_on, warehouse

from fireflytx import SagaEngine, SagaStatus, saga, saga_step
from fireflytx.exceptions import NonRetryableError

pytestmark = pytest.mark.asyncio
EVIL = "<script>alert(1)</script>\x1b[31m\u202etxt.exe\x00</pre>'\""


# --- pages --------------------------------------------------------------------------------------------------


async def test_an_empty_store_is_said_to_be_empty(browser: httpx.AsyncClient) -> None:
    assert "No sagas yet." in (await browser.get("/")).text
    assert "Nothing waits here." in (await browser.get("/parked")).text
    assert "No sagas." in (await browser.get("/sagas")).text


async def test_the_overview_counts_and_lists_the_latest(
    engine: SagaEngine, browser: httpx.AsyncClient
) -> None:
    for number in range(3):
        await engine.execute(Trip, correlation_id=f"t-{number}")
    page = (await browser.get("/")).text
    assert re.search(r'class="tile completed".*?<span class="number">3</span>', page, re.DOTALL)
    assert re.search(r"Started</th><td>3</td><td>0\.1</td>", page)
    assert [f"t-{number}" in page for number in range(3)] == [True] * 3


async def test_the_list_is_narrowed_and_pages_by_cursor(
    engine: SagaEngine, browser: httpx.AsyncClient
) -> None:
    for number in range(60):
        await engine.execute(Trip, correlation_id=f"t-{number:02}")
    await engine.start(Slow, correlation_id="slow-1")
    first = (await browser.get("/sagas", params={"saga": "trip", "status": "COMPLETED", "since": "1h"})).text
    assert ids_in(first) == [f"t-{number:02}" for number in range(59, 9, -1)]
    link = re.search(r'href="([^"]+)" rel="next"', first)
    assert link is not None
    second = (await browser.get(html.unescape(link.group(1)))).text
    assert ids_in(second) == [f"t-{number:02}" for number in range(9, -1, -1)]
    assert 'rel="next"' not in second
    assert ids_in((await browser.get("/sagas", params={"status": "RUNNING"})).text) == ["slow-1"]


def ids_in(page: str) -> list[str]:
    return re.findall(r'<a class="id" href="/saga\?id=([^"]+)"', page)


@pytest.mark.parametrize("query", [{"status": "done"}, {"cursor": "x"}, {"since": "ever"}])
async def test_a_filter_that_makes_no_sense_is_explained(
    browser: httpx.AsyncClient, query: dict[str, str]
) -> None:
    page = await browser.get("/sagas", params=query)
    assert page.status_code == 400
    assert "must be" in page.text


async def test_an_id_in_the_search_field_leads_to_its_saga(browser: httpx.AsyncClient) -> None:
    found = await browser.get("/sagas", params={"id": " ../a/b?c "})
    assert (found.status_code, found.headers["location"]) == (303, "/saga?id=..%2Fa%2Fb%3Fc")


async def test_a_saga_is_shown_with_its_graph_its_attempts_its_values_and_its_history(
    engine: SagaEngine, browser: httpx.AsyncClient
) -> None:
    await engine.execute(Trip, {"guest": "Ada", "error": "no seats"}, correlation_id="t/../1")
    page = (await browser.get("/saga", params={"id": "t/../1"})).text
    assert "<title>COMPENSATION FAILED · trip t/../1 · FireflyTX" in page
    assert re.search(r'<svg [^>]*class="saga-graph".*data-step="flight"', page, re.DOTALL)
    assert 'class="step state-compensation-failed" data-step="hotel"' in page
    assert len(re.findall(r'<rect class="bar ', page)) == 3
    assert "&#34;guest&#34;: &#34;Ada&#34;" in page
    assert "NonRetryableError: no seats" in page
    assert "compensation-failed" in page
    assert "undoing it was given up" in page


@pytest.mark.parametrize(
    "path", ["/saga?id=nobody", "/saga?id=", "/saga/value?id=nobody&of=input", "/nowhere"]
)
async def test_what_is_not_there_is_a_page_that_says_so(browser: httpx.AsyncClient, path: str) -> None:
    page = await browser.get(path)
    assert page.status_code == 404
    assert "<h1>No such" in page.text


async def test_a_value_that_the_saga_does_not_have_is_not_found(
    engine: SagaEngine, browser: httpx.AsyncClient
) -> None:
    await engine.execute(Trip, correlation_id="t-1")
    for query in ({"of": "result", "step": "nothing"}, {"of": "error"}, {"of": "fact", "number": "999"}):
        page = await browser.get("/saga/value", params={"id": "t-1", **query})
        assert page.status_code == 404


async def test_the_parked_list_has_each_saga_with_its_reason_and_its_actions(
    engine: SagaEngine, browser: httpx.AsyncClient
) -> None:
    await engine.execute(Transfer, correlation_id="in-doubt")
    await engine.execute(Trip, {"error": "no seats"}, correlation_id="not-undone")
    parked = (await browser.get("/parked")).text
    assert "an attempt may have taken effect" in parked
    assert actions_in(parked) == ["retry-step", "complete-step", "fail-step"]
    undo = (await browser.get("/parked", params={"kind": "undo"})).text
    assert "RuntimeError: the hotel does not answer" in undo
    assert actions_in(undo) == ["retry-compensation", "mark-compensated", "skip-compensation"]


# --- values that mean harm ----------------------------------------------------------------------------------


async def test_markup_and_unseen_characters_are_shown_escaped_wherever_they_come_from(
    engine: SagaEngine, browser: httpx.AsyncClient
) -> None:
    printable = "<script>alert(1)</script>\u202e'\""

    @saga(f"{printable} saga")
    class Evil:
        @saga_step(f"{printable} step", compensation=None, retry=1)
        async def step(self, data: dict[str, Any]) -> dict[str, Any]:
            raise NonRetryableError(EVIL)

    await engine.execute(Evil, {EVIL: EVIL}, correlation_id=f"{printable} id")
    paths = ["/", "/sagas", f"/sagas?saga={printable}", "/parked"]
    pages = [await browser.get(path) for path in paths]
    pages += [
        await browser.get("/saga", params={"id": f"{printable} id"}),
        await browser.get("/saga/value", params={"id": f"{printable} id", "of": "input"}),
        await browser.get("/saga", params={"id": EVIL}),
    ]
    for page in pages:
        assert "<script>alert" not in page.text
        assert not {"\x1b", "\u202e", "\x00"} & set(page.text)
        assert page.text.rstrip().endswith("</html>")
    assert r"&lt;script&gt;alert(1)&lt;/script&gt;\x1b[31m\u202etxt.exe\x00" in pages[4].text


async def test_a_megabyte_is_shortened_and_can_be_seen_whole(
    engine: SagaEngine, browser: httpx.AsyncClient
) -> None:
    large = "x" * 1_000_000
    await engine.execute(Trip, {"booking": large, "error": large}, correlation_id="t-1")
    page = (await browser.get("/saga", params={"id": "t-1"})).text
    assert len(page) < 100_000
    wholes = {html.unescape(link) for link in re.findall(r'class="whole" href="([^"]+)"', page)}
    kinds = {httpx.URL(link).params["of"] for link in wholes}
    assert kinds == {"input", "result", "error", "traceback", "fact"}
    error = (await engine.inspect("t-1")).error
    assert error is not None
    # The engine itself keeps less of a message than of a value.
    kept = {"error": error.message, "traceback": error.message[:1_000], "fact": error.message}
    for link in wholes:
        assert kept.get(httpx.URL(link).params["of"], large) in (await browser.get(link)).text


# --- decisions ----------------------------------------------------------------------------------------------


async def test_a_compensation_is_tried_again_by_a_click(
    engine: SagaEngine, browser: httpx.AsyncClient
) -> None:
    await engine.execute(Trip, {"error": "no seats"}, correlation_id="t-1")
    warehouse.is_open = True
    answer = await order_on(browser, "t-1", "retry-compensation")
    assert (answer.status_code, answer.headers["location"]) == (303, "/saga?id=t-1&done=retry-compensation")
    assert (await (await engine.get("t-1")).result()).status is SagaStatus.COMPENSATED
    assert "The compensations are tried again." in (await browser.get(answer.headers["location"])).text
    (decided,) = [fact for fact in await engine.history("t-1") if fact.name == "person-decided"]
    assert decided.data["reason"] == "the test"


@pytest.mark.parametrize("action", ["mark-compensated", "skip-compensation"])
async def test_a_step_is_declared_undone_or_left_as_it_is(
    engine: SagaEngine, browser: httpx.AsyncClient, action: str
) -> None:
    await engine.execute(Trip, {"error": "no seats"}, correlation_id="t-1")
    assert (await order_on(browser, "t-1", action, step="hotel")).status_code == 303
    assert await (await engine.get("t-1")).status() is SagaStatus.COMPENSATED


@pytest.mark.parametrize(
    ("action", "fields", "status"),
    [
        ("complete-step", {"result": '{"transfer": 7}'}, SagaStatus.COMPLETED),
        ("fail-step", {}, SagaStatus.COMPENSATED),
        ("retry-step", {}, SagaStatus.PARKED),
        ("cancel", {}, SagaStatus.PARKED),  # it turns back when somebody has said what became of the step
    ],
)
async def test_a_parked_step_is_decided_about(
    engine: SagaEngine,
    browser: httpx.AsyncClient,
    action: str,
    fields: dict[str, str],
    status: SagaStatus,
) -> None:
    await engine.execute(Transfer, correlation_id="t-1")
    assert (await order_on(browser, "t-1", action, step="send", **fields)).status_code == 303
    assert (await (await engine.get("t-1")).result()).status is status


@pytest.mark.parametrize(
    ("action", "fields", "code", "said"),
    [
        ("complete-step", {"result": "[1]"}, 400, "must be a JSON object"),
        ("complete-step", {"result": "{"}, 400, "The result is no JSON"),
        ("retry-step", {"reason": " "}, 400, "Say why"),
        ("retry-step", {"reason": "a\nb"}, 400, "on one line"),
        ("retry-step", {"step": "sned"}, 409, "has no step &#39;sned&#39;"),
        ("mark-compensated", {}, 409, "its compensation has not failed"),
        ("explode", {}, 400, "There is no such action."),
        ("retry-step", {"id": "nobody"}, 404, "No such saga"),
    ],
)
async def test_a_decision_that_makes_no_sense_is_explained(
    engine: SagaEngine,
    browser: httpx.AsyncClient,
    action: str,
    fields: dict[str, str],
    code: int,
    said: str,
) -> None:
    await engine.execute(Transfer, correlation_id="t-1")
    answer = await order_on(browser, "t-1", action, **{"step": "send", **fields})
    assert answer.status_code == code
    assert said in answer.text


async def test_a_decision_about_a_saga_that_has_ended_is_refused(
    engine: SagaEngine, browser: httpx.AsyncClient
) -> None:
    await engine.start(Slow, correlation_id="slow-1")
    page = await browser.get("/saga", params={"id": "slow-1"})
    await engine.cancel("slow-1")
    await (await engine.get("slow-1")).result()
    form = {"csrf": csrf_of(page), "id": "slow-1", "action": "cancel", "reason": "late"}
    answer = await browser.post("/decide", data=form)
    assert answer.status_code == 409
    assert "Nothing to cancel" in answer.text
