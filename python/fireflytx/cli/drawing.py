"""The command ``graph``."""

from __future__ import annotations

import sys
from collections.abc import Callable
from enum import StrEnum

from fireflytx.cli import output
from fireflytx.cli.exits import Exit
from fireflytx.cli.target import saga_class
from fireflytx.definition import definition_of
from fireflytx.graph import graph
from fireflytx.inspection.drawing import svg


class Form(StrEnum):
    """What a graph is drawn as."""

    MERMAID = "mermaid"
    DOT = "dot"
    SVG = "svg"


_DRAWN: dict[Form, Callable[[type], str]] = {
    Form.MERMAID: lambda cls: graph(cls).mermaid,
    Form.DOT: lambda cls: graph(cls).dot,
    Form.SVG: lambda cls: svg(definition_of(cls)),
}


async def draw(target: str, form: Form, as_json: bool) -> Exit:
    """Print the graph of a saga as text, or its definition as JSON."""
    cls = saga_class(target)
    if as_json:
        output.print_json(definition_of(cls).to_wire())
    else:
        sys.stdout.write(_DRAWN[form](cls))
    return Exit.DONE
