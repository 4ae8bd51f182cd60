"""The command line that the examples share."""

from __future__ import annotations

import argparse
import asyncio
import os
from collections.abc import Callable, Coroutine

from fireflytx import graph


def run(saga_class: type, main: Callable[[], Coroutine[None, None, None]]) -> None:
    """Run ``main``; with ``--graph`` or ``--graph dot`` draw the saga instead."""
    parser = argparse.ArgumentParser(description=saga_class.__doc__)
    parser.add_argument(
        "--graph", nargs="?", const="mermaid", choices=("mermaid", "dot"), help="draw the saga, don't run it"
    )
    language = parser.parse_args().graph
    if language is None:
        # The fake services forget everything, so the sagas may, too; else they would outlive the program.
        os.environ.setdefault("FIREFLYTX_STORE", "memory")
        asyncio.run(main())
    else:
        drawing = graph(saga_class)
        print(drawing.dot if language == "dot" else drawing.mermaid, end="")
