"""The dashboard over HTTP: every page, every rule of who may see and do what, and values that mean harm."""

from __future__ import annotations

import asyncio
import html
import logging
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Mount

from fireflytx import SagaEngine, SagaStatus, compensation_step, create_saga_engine, saga, saga_step
from fireflytx.dashboard import Dashboard
from fireflytx.exceptions import NonRetryableError

pytestmark = pytest.mark.asyncio
TOKEN = "the-token-of-this-test"
HOST = "http://127.0.0.1"
EVIL = "<script>alert(1)</script>\x1b[31m\u202etxt.exe\x00</pre>'\""


class Warehouse:
    """Whether what was reserved can be released."""

    is_open = False


warehouse = Warehouse()


@saga("trip")
class Trip:
    @saga_step("hotel")
    async def hotel(self, trip: dict[str, Any]) -> dict[str, Any]:
        return {"booking": trip.get("booking", "B-1")}

    @compensation_step("hotel", retry=1)
    async def leave(self, booked: dict[str, Any]) -> None:
        if not warehouse.is_open:
            raise RuntimeError("the hotel does not answer")

    @saga_step("flight", depends_on="hotel", compensation=None)
    async def flight(self, trip: dict[str, Any]) -> dict[str, Any]:
        if "error" in trip:
            raise NonRetryableError(trip["error"])
        return {}


@saga("transfer")
class Transfer:
    @saga_step("send", retry=1, timeout_ms=20, in_doubt="park", compensation=None)
    async def send(self, data: dict[str, Any]) -> dict[str, Any]:
        await asyncio.sleep(60)
        return {}


@saga("slow")
class Slow:
    @saga_step("wait", compensation=None)
    async def wait(self, data: dict[str, Any]) -> None:
        await asyncio.sleep(3600)


@pytest.fixture(autouse=True)
def closed_warehouse() -> None:
    warehouse.is_open = False


@pytest_asyncio.fixture
async def engine() -> AsyncIterator[SagaEngine]:
    async with create_saga_engine(shutdown_timeout_ms=0) as engine:
        for cls in (Trip, Transfer, Slow):
            engine.register(cls)
        yield engine


def client_of(app: Any, **options: Any) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=app, client=("10.0.0.7", 1234))
    return httpx.AsyncClient(transport=transport, base_url=HOST, **options)


@pytest_asyncio.fixture
async def stranger(engine: SagaEngine) -> AsyncIterator[httpx.AsyncClient]:
    dashboard = Dashboard(engine, token=TOKEN, allowed_hosts=["127.0.0.1"])
    async with client_of(dashboard) as client:
        yield client


@pytest_asyncio.fixture
async def browser(stranger: httpx.AsyncClient) -> httpx.AsyncClient:
    assert (await stranger.get("/enter", params={"token": TOKEN})).status_code == 200
    return stranger


def csrf_of(page: httpx.Response) -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', page.text)
    assert found is not None, page.text
    return found.group(1)


async def order_on(
    client: httpx.AsyncClient, correlation_id: str, action: str, **fields: str
) -> httpx.Response:
    """What a click on an action's button sends."""
    page = await client.get("/saga", params={"id": correlation_id})
    form = {"csrf": csrf_of(page), "id": correlation_id, "action": action, "reason": "the test", **fields}
    return await client.post("/decide", data=form, headers={"origin": HOST, "sec-fetch-site": "same-origin"})


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


def actions_in(page: str) -> list[str]:
    return re.findall(r'name="action" value="([a-z-]+)"', page)


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


async def test_redacted_fields_are_masked_at_any_depth() -> None:
    from fireflytx.dashboard.text import masked

    value = {"user": {"Password": "s3cret", "name": "Ada"}, "list": [{"password": 1}], "password": None}
    assert masked(value, ["password"]) == {
        "user": {"Password": "***", "name": "Ada"},
        "list": [{"password": "***"}],
        "password": "***",
    }


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
        ("cancel", {}, SagaStatus.COMPENSATED),
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


# --- who may see and do what --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/", "/sagas", "/saga?id=t", "/saga/value", "/parked", "/live/overview", "/live/saga"]
)
async def test_no_page_is_shown_without_a_session(stranger: httpx.AsyncClient, path: str) -> None:
    page = await stranger.get(path)
    assert page.status_code == 403
    assert "brings no token" in page.text


async def test_the_token_becomes_a_cookie_that_scripts_and_other_sites_do_not_get(
    stranger: httpx.AsyncClient,
) -> None:
    entered = await stranger.get("/enter", params={"token": TOKEN})
    cookie = entered.headers["set-cookie"]
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(cookie.split("; "))
    assert "Secure" not in cookie
    assert TOKEN not in cookie + entered.text
    secure = await stranger.get("https://127.0.0.1/enter", params={"token": TOKEN})
    assert "Secure" in secure.headers["set-cookie"].split("; ")


async def test_the_token_can_be_typed_into_a_form(stranger: httpx.AsyncClient) -> None:
    assert (await stranger.post("/enter", data={"token": "wrong"})).status_code == 403
    assert (await stranger.post("/enter", data={"token": TOKEN})).status_code == 200
    assert (await stranger.get("/")).status_code == 200


@pytest.mark.parametrize("token", ["", "wrong", TOKEN[:-1], TOKEN + "x", "ü\ud800"])
async def test_a_wrong_token_is_refused(stranger: httpx.AsyncClient, token: str) -> None:
    quoted = token.encode("utf-8", "surrogatepass")
    page = await stranger.post("/enter", data={"token": quoted})
    assert page.status_code == 403
    assert "set-cookie" not in page.headers


async def test_a_forged_or_old_cookie_is_no_session(engine: SagaEngine) -> None:
    from fireflytx.dashboard.access import SESSION_S, Sessions

    now_s = [1_000.0]
    sessions = Sessions(TOKEN, now_s=lambda: now_s[0])
    session = sessions.new()
    cookie = sessions.cookie_value(session)
    found = sessions.find(cookie)
    assert found is not None
    assert (found.id, found.csrf) == (session.id, session.csrf)
    name, end_s, signature = cookie.split(".")
    later = f"{name}.{int(end_s) + 1}.{signature}"
    for forged in (None, "", "..", "a.b.c", later, cookie[:-1], cookie + "0"):
        assert sessions.find(forged) is None
    assert Sessions("another secret").find(cookie) is None
    now_s[0] += SESSION_S + 1
    assert sessions.find(cookie) is None


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "", "[", "localhost"]
)
async def test_a_host_that_is_not_the_dashboards_is_refused(browser: httpx.AsyncClient, host: str) -> None:
    page = await browser.get("/", headers={"host": host})
    assert page.status_code == 403
    assert "names a host" in page.text


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:81"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"origin": HOST, "sec-fetch-site": "cross-site"},
    ],
)
async def test_a_form_from_another_origin_is_refused(
    engine: SagaEngine, browser: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    await engine.start(Slow, correlation_id="slow-1")
    csrf = csrf_of(await browser.get("/saga", params={"id": "slow-1"}))
    form = {"csrf": csrf, "id": "slow-1", "action": "cancel", "reason": "mine"}
    answer = await browser.post("/decide", data=form, headers=headers)
    assert answer.status_code == 403
    assert "another origin" in answer.text
    assert await (await engine.get("slow-1")).status() is SagaStatus.RUNNING


async def test_a_form_without_the_csrf_token_of_its_own_session_is_refused(
    engine: SagaEngine, browser: httpx.AsyncClient
) -> None:
    await engine.start(Slow, correlation_id="slow-1")
    own = csrf_of(await browser.get("/saga", params={"id": "slow-1"}))
    browser.cookies.clear()
    await browser.get("/enter", params={"token": TOKEN})
    for csrf in ({}, {"csrf": ""}, {"csrf": "0" * 64}, {"csrf": own}):
        form = {**csrf, "id": "slow-1", "action": "cancel", "reason": "mine"}
        answer = await browser.post("/decide", data=form)
        assert answer.status_code == 403
        assert "no valid CSRF token" in answer.text
    assert await (await engine.get("slow-1")).status() is SagaStatus.RUNNING


async def test_an_action_needs_a_post(browser: httpx.AsyncClient) -> None:
    assert (await browser.get("/decide")).status_code == 405


async def test_a_refusal_is_logged_once_for_each_reason(
    browser: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, logger="fireflytx.dashboard"):
        for _ in range(5):
            await browser.post("/decide", data={})
            await browser.get("/", headers={"host": "evil.example"})
    assert [record.getMessage() for record in caplog.records] == [
        "The dashboard refused a request from 10.0.0.7: its form has no valid CSRF token.",
        "The dashboard refused a request from 10.0.0.7: it names a host that this dashboard does not "
        "answer to.",
    ]


async def test_a_form_that_is_too_large_is_not_read(browser: httpx.AsyncClient) -> None:
    assert (await browser.post("/decide", content=b"x" * 8_000_000)).status_code == 413


async def test_whoever_leaves_has_no_session_any_more(browser: httpx.AsyncClient) -> None:
    csrf = csrf_of(await browser.get("/"))
    assert (await browser.post("/leave", data={"csrf": csrf})).status_code == 303
    assert (await browser.get("/")).status_code == 403


async def test_every_answer_tells_browsers_to_be_careful(browser: httpx.AsyncClient) -> None:
    for path in ("/", "/nowhere", "/saga?id=x", "/static/dashboard.css"):
        headers = (await browser.get(path)).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-frame-options"] == "DENY"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cache-control"] == ("private, max-age=86400" if "css" in path else "no-store")


async def test_pages_need_no_inline_style_or_script(engine: SagaEngine, browser: httpx.AsyncClient) -> None:
    await engine.execute(Trip, {"error": "no seats"}, correlation_id="t-1")
    for path in ("/", "/sagas", "/saga?id=t-1", "/parked?kind=undo"):
        page = (await browser.get(path)).text
        assert not re.search(
            r'<style|\sstyle=|<script(?! src=)|\son[a-z]+="|https?://(?!www\.w3\.org/2000/svg)', page
        )


# --- reading only, mounted, authorized ----------------------------------------------------------------------


async def test_read_only_hides_every_action_and_refuses_it(engine: SagaEngine) -> None:
    await engine.execute(Trip, {"error": "no seats"}, correlation_id="t-1")
    await engine.start(Slow, correlation_id="slow-1")
    async with client_of(Dashboard(engine, token=TOKEN, read_only=True)) as client:
        await client.get("/enter", params={"token": TOKEN})
        for path in ("/saga?id=t-1", "/saga?id=slow-1", "/parked?kind=undo"):
            assert actions_in((await client.get(path)).text) == []
        csrf = csrf_of(await client.get("/"))
        form = {"csrf": csrf, "id": "slow-1", "action": "cancel", "reason": "mine"}
        answer = await client.post("/decide", data=form)
    assert answer.status_code == 403
    assert "only shows" in answer.text
    assert await (await engine.get("slow-1")).status() is SagaStatus.RUNNING


async def test_a_mounted_dashboard_keeps_to_its_path(engine: SagaEngine) -> None:
    await engine.execute(Trip, {"error": "no seats"}, correlation_id="t-1")
    app = Starlette(routes=[Mount("/ops/sagas", Dashboard(engine, token=TOKEN))])
    async with client_of(app) as client:
        entered = await client.get("/ops/sagas/enter", params={"token": TOKEN})
        assert "Path=/ops/sagas" in entered.headers["set-cookie"]
        for path in ("/", "/sagas", "/saga?id=t-1", "/parked?kind=undo"):
            page = await client.get(f"/ops/sagas{path}")
            assert page.status_code == 200
            links = re.findall(r'(?:href|src|action)="([^"#][^"]*)"', page.text)
            assert links
            assert all(link.startswith("/ops/sagas/") for link in links)
        for link in set(re.findall(r'(?:href|src)="(/ops/sagas/static/[^"]+)"', page.text)):
            assert (await client.get(html.unescape(link))).status_code == 200
        assert (await order_at(client, "/ops/sagas", "t-1", "mark-compensated")).status_code == 303


async def order_at(client: httpx.AsyncClient, base: str, correlation_id: str, action: str) -> httpx.Response:
    page = await client.get(f"{base}/saga", params={"id": correlation_id})
    form = {"csrf": csrf_of(page), "id": correlation_id, "action": action, "step": "hotel", "reason": "gone"}
    return await client.post(f"{base}/decide", data=form)


async def test_authorize_decides_on_each_request_and_names_who_decided(engine: SagaEngine) -> None:
    await engine.execute(Trip, {"error": "no seats"}, correlation_id="t-1")

    async def authorize(request: Request) -> bool | str:
        return request.headers.get("x-user", False)

    async with client_of(Dashboard(engine, authorize=authorize)) as client:
        assert (await client.get("/")).status_code == 403
        assert (await client.get("/enter", params={"token": TOKEN})).status_code == 403
        client.headers["x-user"] = "ada"
        assert (await order_at(client, "", "t-1", "skip-compensation")).status_code == 303
        del client.headers["x-user"]
        assert (await client.get("/")).status_code == 403
    (decided,) = [fact for fact in await engine.history("t-1") if fact.name == "person-decided"]
    assert decided.data["reason"] == "gone (ada)"


async def test_exactly_one_way_in_must_be_chosen(engine: SagaEngine) -> None:
    with pytest.raises(ValueError, match="Say who may see the dashboard"):
        Dashboard(engine)
    with pytest.raises(ValueError, match="Exactly one"):
        Dashboard(engine, token=TOKEN, authorize=lambda request: True)
    with pytest.raises(ValueError, match="must have 16 characters or more, got 5"):
        Dashboard(engine, token="short")
