"""The command ``graph``."""

from __future__ import annotations

import sys

from fireflytx.cli import output
from fireflytx.cli.exits import Exit, Mistake
from fireflytx.cli.target import saga_class
from fireflytx.definition import definition_of
from fireflytx.graph import graph


async def draw(target: str, form: str, as_json: bool) -> Exit:
    """Print the graph of a saga as text, or its definition as JSON."""
    cls = saga_class(target)
    if as_json:
        output.print_json(definition_of(cls).to_wire())
        return Exit.DONE
    drawn = graph(cls)
    forms = {"mermaid": drawn.mermaid, "dot": drawn.dot}
    if form not in forms:
        raise Mistake(f"--format must be one of {', '.join(forms)}, got '{form}'.")
    sys.stdout.write(forms[form])
    return Exit.DONE
