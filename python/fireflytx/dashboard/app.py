"""The dashboard as an ASGI application."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Message, Receive, Scope, Send

from fireflytx.dashboard.access import SESSION_S, Authorize, Session, Sessions, Token
from fireflytx.dashboard.gate import FormTooLarge, Gate, Refused, Visit
from fireflytx.dashboard.pages import Pages
from fireflytx.dashboard.refusals import Refusal
from fireflytx.dashboard.rendering import STATIC, Links, stranger_page
from fireflytx.dashboard.streams import Streams
from fireflytx.engine import SagaEngine
from fireflytx.exceptions import FireflyTxError, ResultExpiredError, UnknownIdError
from fireflytx.inspection.drawing import STYLE

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    # Not no-referrer, with which browsers send the origin of a form as null.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_KEEP_STATIC = "private, max-age=86400"

Handler = Callable[[Visit], Awaitable[Response]]


class Dashboard:
    """Shows an engine's sagas in a browser, and lets people decide about those that wait; an ASGI app.

    Either ``token`` or ``authorize`` says who may see it::

        app.mount("/sagas", Dashboard(engine, token=os.environ["DASHBOARD_TOKEN"]))

    Args:
        engine: Whose sagas to show; an observer will do, also for decisions, which it passes on.
        token: What a browser has to bring once, in a form or as ``…/enter?token=…``; 16 characters or more.
        authorize: Says whether a request may see the dashboard, in the place of a token. Gets Starlette's
            request, and returns True, False, or who asks, which is kept with what they decide. May be async.
        read_only: Show everything, and refuse every action.
        allowed_hosts: The host names that requests may name, without a port; None allows every one.
        secret: Signs sessions. Needed with ``authorize`` where several processes serve one dashboard; with
            ``token`` that token signs them.

    Raises:
        ValueError: neither or both of ``token`` and ``authorize`` were given, or the token is too short.
    """

    def __init__(
        self,
        engine: SagaEngine,
        *,
        token: str | Token | None = None,
        authorize: Authorize | None = None,
        read_only: bool = False,
        allowed_hosts: Collection[str] | None = None,
        secret: str | None = None,
    ) -> None:
        if (token is None) == (authorize is None):
            raise ValueError(
                "Say who may see the dashboard: Dashboard(engine, token=…), or authorize=… with a function "
                "of the request. Exactly one of them."
            )
        known = Token(token) if isinstance(token, str) else token
        self._gate = Gate(
            Sessions(secret or (token if isinstance(token, str) else None)),
            token=known,
            authorize=authorize,
            allowed_hosts=allowed_hosts,
        )
        self._pages = Pages(engine)
        self._streams = Streams(engine, self._pages)
        self._is_read_only = read_only
        self._app = self._routes()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; see the ASGI specification."""
        if scope["type"] == "http":
            await self._app(scope, receive, _with_headers(scope, send))
        elif scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})

    def _routes(self) -> Starlette:
        pages, streams = self._pages, self._streams
        app = Starlette(
            routes=[
                Route("/", self._admitted(pages.overview)),
                Route("/sagas", self._admitted(pages.sagas)),
                Route("/saga", self._admitted(pages.saga)),
                Route("/saga/value", self._admitted(pages.value)),
                Route("/parked", self._admitted(pages.parked)),
                Route("/decide", self._admitted(self._decide), methods=["POST"]),
                Route("/live/overview", self._admitted(streams.overview)),
                Route("/live/saga", self._admitted(streams.saga)),
                Route("/enter", self._enter, methods=["GET", "POST"]),
                Route("/leave", self._admitted(self._leave), methods=["POST"]),
                Route("/static/graph.css", _graph_style),
                Mount("/static", StaticFiles(directory=STATIC)),
            ],
            exception_handlers={
                Refused: self._refused,  # type: ignore[dict-item]
                FormTooLarge: _too_large,
                HTTPException: _http_problem,  # type: ignore[dict-item]
            },
        )
        app.state.has_token = self._gate.has_token
        app.state.is_read_only = self._is_read_only
        return app

    # --- coming and going ---------------------------------------------------------------------------------

    def _admitted(self, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            visit = await self._gate.admit(request)
            response = await self._answer(handler, visit)
            if visit.session.is_new:
                self._set_cookie(request, response, visit.session)
            return response

        return endpoint

    async def _answer(self, handler: Handler, visit: Visit) -> Response:
        try:
            return await handler(visit)
        except UnknownIdError:
            why = "No saga run has this id. It may have been written to another journal."
            return self._pages.problem(visit, 404, "No such saga", why)
        except ResultExpiredError as error:
            return self._pages.problem(visit, 410, "No longer kept", str(error))
        except FireflyTxError as error:
            return self._pages.problem(visit, 503, "The engine does not answer", str(error))

    async def _enter(self, request: Request) -> Response:
        if request.method == "GET" and "token" not in request.query_params:
            return RedirectResponse(Links(request).to("/"), 303)
        session = await self._gate.enter(request)
        # Not a redirect: a browser that comes from another page would not send the cookie along with it.
        response = stranger_page(request, "entered.html", 200)
        self._set_cookie(request, response, session)
        return response

    async def _leave(self, visit: Visit) -> Response:
        response = RedirectResponse(Links(visit.request).to("/"), 303)
        response.delete_cookie(self._gate.sessions.cookie, path=_cookie_path(visit.request))
        return response

    async def _decide(self, visit: Visit) -> Response:
        if self._is_read_only:
            raise self._gate.refuse(visit.request, Refusal.READ_ONLY)
        return await self._pages.decide(visit)

    def _set_cookie(self, request: Request, response: Response, session: Session) -> None:
        sessions = self._gate.sessions
        response.set_cookie(
            sessions.cookie,
            sessions.cookie_value(session),
            max_age=SESSION_S,
            path=_cookie_path(request),
            secure=request.url.scheme == "https",
            httponly=True,
            samesite="strict",
        )

    async def _refused(self, request: Request, refused: Refused) -> Response:
        return stranger_page(
            request, "refused.html", 403, why=refused.refusal, has_token=self._gate.has_token
        )


def _cookie_path(request: Request) -> str:
    return Links(request).base or "/"


def _with_headers(scope: Scope, send: Send) -> Send:
    """Sends what makes a browser careful along with every answer."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.update(_HEADERS)
            is_static = "text/css" in headers.get("content-type", "") or "javascript" in headers.get(
                "content-type", ""
            )
            headers["Cache-Control"] = _KEEP_STATIC if is_static else "no-store"
        await send(message)

    return sending


async def _graph_style(request: Request) -> Response:
    return Response(STYLE, media_type="text/css")


async def _too_large(request: Request, error: Exception) -> Response:
    return stranger_page(
        request, "error.html", 413, title="Too much", why="The form holds more than a result may."
    )


async def _http_problem(request: Request, error: HTTPException) -> Response:
    why = "There is no such page." if error.status_code == 404 else error.detail
    return stranger_page(request, "error.html", error.status_code, title="No such page", why=why)
