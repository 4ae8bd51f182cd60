"""What every command does around its own work: run it, and tell mistakes in one sentence."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Coroutine
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from fireflytx.cli.exits import Exit, Mistake, code_of
from fireflytx.exceptions import FireflyTxError
from fireflytx.inspection.text import clean

Store = Annotated[
    str | None,
    typer.Option(
        "--store",
        help="Where the sagas are kept, such as sqlite:///journal.db; FIREFLYTX_STORE, or else "
        ".fireflytx/journal.db in the current folder.",
        show_default=False,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; kept in the saga's history.")]
With = Annotated[
    str | None,
    typer.Option(
        "--with",
        metavar="MODULE:CLASS",
        help="The saga's class, if no program runs it: what is left of its "
        "sagas runs here, until this one ends.",
        show_default=False,
    ),
]
Id = Annotated[str, typer.Argument(metavar="ID", help="The saga run's correlation id.", show_default=False)]


def do(work: Coroutine[Any, Any, Exit]) -> None:
    """Do a command's work, and end with its exit code.

    Raises:
        typer.Exit: with a code of :class:`Exit`.
    """
    # The engine's log lines are for its users' logs; what the command has to say, it says itself.
    logging.getLogger("fireflytx").setLevel(logging.ERROR)
    try:
        code = asyncio.run(work)
        sys.stdout.flush()
    except Mistake as mistake:
        complain(str(mistake))
        code = mistake.code
    except (TypeError, ValueError) as mistake:
        complain(str(mistake))
        code = Exit.USAGE
    except FireflyTxError as error:
        complain(str(error))
        code = code_of(error)
    except KeyboardInterrupt:
        code = Exit.INTERRUPTED
    except BrokenPipeError:
        # Python would complain when it flushes what is left at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = Exit.PIPE_CLOSED
    raise typer.Exit(code)


def complain(problem: str) -> None:
    """Say on standard error what is wrong."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(
        Text.assemble(("Error: ", "bold red"), clean(problem))
    )
