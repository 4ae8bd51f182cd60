"""The command ``graph``."""

from __future__ import annotations

import sys
from collections.abc import Callable

from fireflytx.cli import output
from fireflytx.cli.exits import Exit, Mistake
from fireflytx.cli.target import saga_class
from fireflytx.definition import definition_of
from fireflytx.graph import graph
from fireflytx.inspection.drawing import svg

_FORMS: dict[str, Callable[[type], str]] = {
    "mermaid": lambda cls: graph(cls).mermaid,
    "dot": lambda cls: graph(cls).dot,
    "svg": lambda cls: svg(definition_of(cls)),
}


async def draw(target: str, form: str, as_json: bool) -> Exit:
    """Print the graph of a saga as text, or its definition as JSON."""
    cls = saga_class(target)
    if as_json:
        output.print_json(definition_of(cls).to_wire())
        return Exit.DONE
    if form not in _FORMS:
        raise Mistake(f"--format must be one of {', '.join(_FORMS)}, got '{form}'.")
    sys.stdout.write(_FORMS[form](cls))
    return Exit.DONE
