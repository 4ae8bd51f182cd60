"""A dashboard for sagas, as an ASGI application: mount it, or run ``fireflytx dashboard``.

Needs the extra ``dashboard``. ``docs/dashboard.md`` shows it.
"""

from __future__ import annotations

try:
    import jinja2 as _jinja2  # noqa: F401
    import starlette as _starlette  # noqa: F401
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        f"The dashboard needs {error.name}: pip install 'fireflytx[dashboard]'", name=error.name
    ) from None

from fireflytx.dashboard.access import Authorize
from fireflytx.dashboard.app import Dashboard

__all__ = ["Authorize", "Dashboard"]
