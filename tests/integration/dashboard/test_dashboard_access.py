"""The dashboard over HTTP: who may see it and act in it."""

from __future__ import annotations

import html
import logging
import re

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Mount
from tests.integration.dashboard.visits import HOST, TOKEN, Slow, Trip, actions_in, client_of, csrf_of

from fireflytx import SagaEngine, SagaStatus
from fireflytx.dashboard import Dashboard
from fireflytx.dashboard.access import SESSION_S, Sessions

pytestmark = pytest.mark.asyncio


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
