"""Who may see the dashboard and act in it: tokens, sessions, and what a request must prove."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import urlsplit

from starlette.requests import Request

Authorize: TypeAlias = Callable[[Request], bool | str | Awaitable[bool | str]]
"""Says whether a request may see the dashboard; a text is who asks, and is kept with what they decide."""

SHORTEST_TOKEN_CHARS = 16
SESSION_S = 12 * 3600


@dataclass(frozen=True, slots=True)
class Session:
    """A browser that was let in.

    Attributes:
        id: Its random name.
        csrf: What each of its forms must carry.
        user: Who it is, if ``authorize`` has told; else empty.
        is_new: Whether its cookie has still to be set.
    """

    id: str
    csrf: str
    user: str = ""
    is_new: bool = False


class Sessions:
    """Sessions that need no memory: a cookie says its own name and end, signed.

    So they outlive a restart, and several processes can serve one dashboard, if they share the secret.

    Args:
        secret: What signs the cookies; None makes one for this process.
        now_s: Tells the time, in seconds since 1970.
    """

    def __init__(self, secret: str | None = None, *, now_s: Callable[[], float] = time.time) -> None:
        seed = secret.encode() if secret else secrets.token_bytes(32)
        self._key = hashlib.sha256(b"fireflytx dashboard\0" + seed).digest()
        self._now_s = now_s
        # Cookies are shared by all ports of a host: each dashboard has a name of its own.
        self.cookie = f"fireflytx-dashboard-{self._sign('cookie')[:8]}"

    def new(self, user: str = "") -> Session:
        """A session for a browser that may enter."""
        return self._session(secrets.token_hex(16), user, is_new=True)

    def cookie_value(self, session: Session) -> str:
        """What the session's cookie holds."""
        name = f"{session.id}.{int(self._now_s()) + SESSION_S}"
        return f"{name}.{self._sign('session', name)}"

    def find(self, cookie: str | None, user: str = "") -> Session | None:
        """The session of this cookie; None if it is forged, or too old."""
        name, _, signature = (cookie or "").rpartition(".")
        if not name or not same(signature, self._sign("session", name)):
            return None
        session_id, _, end_s = name.partition(".")
        return self._session(session_id, user) if int(end_s) > self._now_s() else None

    def _session(self, session_id: str, user: str, *, is_new: bool = False) -> Session:
        return Session(session_id, self._sign("csrf", session_id), user, is_new)

    def _sign(self, *parts: str) -> str:
        return hmac.new(self._key, "\0".join(parts).encode(), hashlib.sha256).hexdigest()


class Token:
    """What lets a browser in, once or always.

    Args:
        token: What is asked for; None makes one.
        is_once: Whether using it makes another one take its place.
        renewed: Told of that other one.

    Raises:
        ValueError: the token is short enough to be guessed.
    """

    def __init__(
        self,
        token: str | None = None,
        *,
        is_once: bool = False,
        renewed: Callable[[str], None] = lambda token: None,
    ) -> None:
        if token is not None and len(token) < SHORTEST_TOKEN_CHARS:
            raise ValueError(
                f"The dashboard's token must have {SHORTEST_TOKEN_CHARS} characters or more, "
                f"got {len(token)}. Make one: python -c 'import secrets; print(secrets.token_urlsafe())'"
            )
        self._is_once = is_once
        self._renewed = renewed
        self.value = token or secrets.token_urlsafe(32)

    def lets_in(self, offered: str) -> bool:
        """Whether this is the token; one that counts once is used up by that."""
        if not same(offered, self.value):
            return False
        if self._is_once:
            self.value = secrets.token_urlsafe(32)
            self._renewed(self.value)
        return True


def same(offered: str, wanted: str) -> bool:
    """Whether two texts are the same, in a time that tells nothing of where they differ."""
    return hmac.compare_digest(offered.encode("utf-8", "surrogatepass"), wanted.encode())


def is_host_allowed(request: Request, allowed: Collection[str] | None) -> bool:
    """Whether the request names a host that this dashboard answers to.

    A page elsewhere can make its own name point to this machine, and then read answers as its own.
    """
    if allowed is None:
        return True
    try:
        host = urlsplit(f"//{request.headers.get('host', '')}").hostname
    except ValueError:
        return False
    return host is not None and host in allowed


def is_same_origin(request: Request) -> bool:
    """Whether a POST comes from one of the dashboard's own pages, as far as its browser tells."""
    site = request.headers.get("sec-fetch-site")
    if site is not None and site != "same-origin":
        return False
    origin = request.headers.get("origin")
    # The scheme is left out: behind a proxy this process does not see the browser's.
    return origin is None or urlsplit(origin).netloc == request.headers.get("host") != ""
