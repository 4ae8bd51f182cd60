"""Requests that are refused, and how they get into the log: once for each reason, however many there are."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from enum import StrEnum

from fireflytx.logs import extras

LOGGER = logging.getLogger("fireflytx.dashboard")
_QUIET_S = 60.0


class Refusal(StrEnum):
    """Why a request is refused; the text is for people."""

    HOST = "it names a host that this dashboard does not answer to"
    NO_TOKEN = "it has no session, and brings no token"
    BAD_TOKEN = "its token is wrong, or has been used"
    NOT_AUTHORIZED = "it is not authorized"
    ORIGIN = "it comes from a page of another origin"
    CSRF = "its form has no valid CSRF token"
    READ_ONLY = "this dashboard only shows, and changes nothing"


class RefusalLog:
    """Writes one warning for each reason, then none for a minute: nobody can fill a log with requests.

    Args:
        now_s: Tells the time, in seconds that only grow.
    """

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._quiet_until_s: dict[Refusal, float] = {}
        self._unsaid: dict[Refusal, int] = {}

    def note(self, refusal: Refusal, client: str) -> None:
        """A request of ``client`` was refused."""
        now_s = self._now_s()
        if now_s < self._quiet_until_s.get(refusal, now_s):
            self._unsaid[refusal] = self._unsaid.get(refusal, 0) + 1
            return
        earlier = self._unsaid.pop(refusal, 0)
        more = f" ({earlier} more were refused for this since the last such line.)" if earlier else ""
        LOGGER.warning(
            "The dashboard refused a request from %s: %s.%s", client, refusal.value, more, extra=extras()
        )
        self._quiet_until_s[refusal] = now_s + _QUIET_S
