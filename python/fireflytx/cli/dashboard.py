"""The command ``dashboard``."""

from __future__ import annotations

import logging
import os

from fireflytx.cli import output
from fireflytx.cli.exits import Exit, Mistake
from fireflytx.cli.stores import looking

TOKEN_VARIABLE = "FIREFLYTX_DASHBOARD_TOKEN"
DEFAULT_PORT = 8383


async def show_dashboard(
    store: str | None, host: str, port: int, host_names: list[str], root_path: str, read_only: bool
) -> Exit:
    """Serve the dashboard until the command is interrupted.

    The store is only observed; decisions go to the engine that runs the saga.
    """
    try:
        from fireflytx.dashboard.serving import CantListen, is_loopback, serve
    except ModuleNotFoundError as error:
        raise Mistake(
            f"The dashboard needs {error.name}, which is not there: pip install 'fireflytx[dashboard]'"
        ) from None
    logging.getLogger("fireflytx.dashboard").setLevel(logging.WARNING)
    out = output.console()

    if not is_loopback(host):
        out.print(
            f"Whoever reaches {host} and has the token sees every saga. Put a proxy with HTTPS before it."
        )
    try:
        async with looking(store) as engine:
            await serve(
                engine,
                host=host,
                port=port,
                say=lambda address: out.print(f"Open {address}"),
                token=os.environ.get(TOKEN_VARIABLE),
                read_only=read_only,
                host_names=tuple(host_names),
                root_path="/" + root_path.strip("/") if root_path.strip("/") else "",
            )
    except CantListen as problem:
        raise Mistake(str(problem)) from None
    return Exit.DONE
