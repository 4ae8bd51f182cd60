"""Templates, and what every page has in common."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jinja2
from starlette.requests import Request
from starlette.responses import HTMLResponse

from fireflytx._version import __version__
from fireflytx.dashboard import views
from fireflytx.dashboard.gate import Visit
from fireflytx.dashboard.text import shown, visible
from fireflytx.inspection.drawing import STYLE
from fireflytx.inspection.times import exact_moment
from fireflytx.inspection.waiting import NEEDS_PERSON
from fireflytx.result import SagaStatus

FOLDER = Path(__file__).parent
STATIC = FOLDER / "static"

_STATUS_WORDS = {status: status.replace("_", " ").lower() for status in SagaStatus}


def _finalized(value: Any) -> Any:
    """Every text that a template puts out, with nothing unseen in it; escaping comes after this."""
    return visible(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        finalize=_finalized,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        moment=exact_moment, size=views.size, words=_words, short=_short, thousands=_thousands
    )
    environment.globals.update(version=__version__, Status=SagaStatus, needs_person=NEEDS_PERSON)
    return environment


def _words(name: str) -> str:
    """``COMPENSATION_FAILED`` as people write it."""
    return name.replace("_", " ").replace("-", " ").lower()


def _short(text: object, most_chars: int) -> str:
    cut = shown(str(text), most_chars)
    return cut.text if cut.is_whole else f"{cut.text}…"


def _thousands(number: int) -> str:
    return f"{number:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


_ENVIRONMENT = _environment()


@cache
def _static_version() -> str:
    """Changes with the style and the script, so that browsers may keep them."""
    parts = [path.read_bytes() for path in sorted(STATIC.iterdir())]
    return hashlib.sha256(b"".join([*parts, STYLE.encode()])).hexdigest()[:12]


class Links:
    """The addresses of the dashboard's pages, below the path that it is mounted at.

    Ids go into the query, since they may hold slashes and dots, which browsers and proxies change in paths.
    """

    def __init__(self, request: Request) -> None:
        self.base = str(request.scope.get("root_path", "")).rstrip("/")

    def to(self, path: str, **query: object) -> str:
        """The address of a page."""
        asked = {name: str(value) for name, value in query.items() if value not in ("", None)}
        return f"{self.base}{path}" + (f"?{urlencode(asked)}" if asked else "")

    def static(self, name: str) -> str:
        """The address of a file."""
        return self.to(f"/static/{name}", v=_static_version())


def render(name: str, **context: Any) -> str:
    """The text of a template."""
    return _ENVIRONMENT.get_template(name).render(**context)


def page(visit: Visit, name: str, *, status_code: int = 200, **context: Any) -> HTMLResponse:
    """The answer that shows a template to a visitor."""
    return HTMLResponse(render(name, **common(visit), **context), status_code)


def common(visit: Visit) -> Mapping[str, Any]:
    """What every page needs to know of its visitor."""
    return {
        "links": Links(visit.request),
        "csrf": visit.session.csrf,
        "user": visit.session.user,
        "has_token": visit.request.app.state.has_token,
        "is_read_only": visit.request.app.state.is_read_only,
    }


def stranger_page(request: Request, name: str, status_code: int, **context: Any) -> HTMLResponse:
    """The answer to somebody who was not let in, or to a page that is not there."""
    return HTMLResponse(render(name, links=Links(request), **context), status_code)
