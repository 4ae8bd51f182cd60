"""The way into the dashboard: every request is admitted with a session, or refused and logged."""

from __future__ import annotations

from collections.abc import Awaitable, Collection
from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.requests import Request

from fireflytx.dashboard.access import (
    Authorize,
    Session,
    Sessions,
    Token,
    is_host_allowed,
    is_same_origin,
    same,
)
from fireflytx.dashboard.refusals import Refusal, RefusalLog

# A result of 2 MiB, each byte written with three characters, and the other fields.
_LARGEST_FORM_BYTES = 7 * 1024 * 1024


class Refused(Exception):
    """A request that is not admitted."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


class FormTooLarge(Exception):
    """A form that nobody's page has sent."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A request that was admitted.

    Attributes:
        request: What came.
        session: Whose it is.
        form: The fields of a POST.
    """

    request: Request
    session: Session
    form: dict[str, str]

    def asked(self, name: str) -> str:
        """A parameter of the address; empty if it is not there."""
        return str(self.request.query_params.get(name, ""))


class Gate:
    """Admits requests.

    Args:
        sessions: What is known of browsers that were let in.
        token: What lets a browser in; None leaves that to ``authorize``.
        authorize: Decides on each request, in the place of a token.
        allowed_hosts: The hosts that requests may name; None allows every one.
    """

    def __init__(
        self,
        sessions: Sessions,
        *,
        token: Token | None,
        authorize: Authorize | None,
        allowed_hosts: Collection[str] | None,
    ) -> None:
        self.sessions = sessions
        self.has_token = token is not None
        self._token = token
        self._authorize = authorize
        self._allowed_hosts = None if allowed_hosts is None else frozenset(allowed_hosts)
        self._log = RefusalLog()

    async def enter(self, request: Request) -> Session:
        """A new session for whoever brings the token, in the address or in a form.

        Raises:
            Refused: the token is wrong or missing, or the request comes from elsewhere.
        """
        self._check_host(request)
        if request.method == "POST":
            self._check_origin(request)
            offered = (await _form(request)).get("token", "")
        else:
            offered = request.query_params.get("token", "")
        if self._token is None or not self._token.lets_in(offered):
            raise self.refuse(request, Refusal.BAD_TOKEN)
        return self.sessions.new()

    async def admit(self, request: Request) -> Visit:
        """The visit that a request is.

        Raises:
            Refused: it must not be answered.
            FormTooLarge: it brings too much.
        """
        self._check_host(request)
        session = await self._session(request)
        if request.method != "POST":
            return Visit(request, session, {})
        self._check_origin(request)
        form = await _form(request)
        if session.is_new or not same(form.get("csrf", ""), session.csrf):
            raise self.refuse(request, Refusal.CSRF)
        return Visit(request, session, form)

    async def _session(self, request: Request) -> Session:
        cookie = request.cookies.get(self.sessions.cookie)
        if self._authorize is None:
            if session := self.sessions.find(cookie):
                return session
            raise self.refuse(request, Refusal.NO_TOKEN)
        answer = self._authorize(request)
        verdict = await answer if isinstance(answer, Awaitable) else answer
        if not verdict:
            raise self.refuse(request, Refusal.NOT_AUTHORIZED)
        user = verdict if isinstance(verdict, str) else ""
        return self.sessions.find(cookie, user) or self.sessions.new(user)

    def _check_host(self, request: Request) -> None:
        if not is_host_allowed(request, self._allowed_hosts):
            raise self.refuse(request, Refusal.HOST)

    def _check_origin(self, request: Request) -> None:
        if not is_same_origin(request):
            raise self.refuse(request, Refusal.ORIGIN)

    def refuse(self, request: Request, refusal: Refusal) -> Refused:
        """What to raise for a request that is not admitted; it is logged."""
        self._log.note(refusal, request.client.host if request.client else "an unknown address")
        return Refused(refusal)


async def _form(request: Request) -> dict[str, str]:
    """The fields of a form, as browsers send them by default."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _LARGEST_FORM_BYTES:
            raise FormTooLarge
    try:
        return dict(parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=20))
    except ValueError:
        return {}
