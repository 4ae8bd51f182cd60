"""A saga's graph as text, for documentation and for a look before running it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from fireflytx.definition import SagaDefinition, StepDefinition, definition_of

# Letters, digits and what no Mermaid syntax uses; anything else is written as a character code.
_SAFE_IN_MERMAID = frozenset(" _-.,:/")


def graph(cls: type) -> Graph:
    """The graph of a saga: ``graph(OrderSaga).mermaid`` and ``graph(OrderSaga).dot``.

    An arrow leads from a step to one that depends on it, a dotted one from a step to what undoes it.
    The same class always gives the same text.

    Raises:
        NotASagaError: The class has no ``@saga`` of its own.
    """
    return Graph(definition_of(cls))


@dataclass(frozen=True, slots=True)
class Graph:
    """A saga's graph; ``str()`` gives the Mermaid text."""

    definition: SagaDefinition = field(repr=False)

    @property
    def mermaid(self) -> str:
        """The graph as a Mermaid flowchart."""
        return "\n".join(["flowchart TD", *_mermaid_lines(self.definition)]) + "\n"

    @property
    def dot(self) -> str:
        """The graph in DOT, the language of Graphviz."""
        lines = ["    node [shape=box, style=rounded];", *_dot_lines(self.definition)]
        return "\n".join([f"digraph {_quoted(self.definition.name)} {{", *lines, "}"]) + "\n"

    def __str__(self) -> str:
        return self.mermaid


def _mermaid_lines(definition: SagaDefinition) -> Iterator[str]:
    nodes = _nodes(definition)
    yield f'    subgraph saga["{_escaped(definition.name)}"]'
    for step in definition.steps:
        label = "<br/>".join(_escaped(line) for line in _label(step))
        opening, closing = ("{{", "}}") if step.pivot else ("[", "]")
        yield f'        {nodes[step.id]}{opening}"{label}"{closing}'
        if step.compensation:
            yield f'        {nodes[step.id]}_undo(["{_escaped(step.compensation.attribute)}"])'
    yield "    end"
    for source, target in _edges(definition):
        yield f"    {nodes[source]} --> {nodes[target]}"
    for step in definition.steps:
        if step.compensation:
            yield f"    {nodes[step.id]} -. undo .-> {nodes[step.id]}_undo"


def _dot_lines(definition: SagaDefinition) -> Iterator[str]:
    nodes = _nodes(definition)
    for step in definition.steps:
        shape = ", shape=hexagon" if step.pivot else ""
        yield f"    {nodes[step.id]} [label={_quoted(*_label(step))}{shape}];"
        if step.compensation:
            label = _quoted(step.compensation.attribute)
            yield f"    {nodes[step.id]}_undo [label={label}, style=dashed];"
    for source, target in _edges(definition):
        yield f"    {nodes[source]} -> {nodes[target]};"
    for step in definition.steps:
        if step.compensation:
            yield f'    {nodes[step.id]} -> {nodes[step.id]}_undo [label="undo", style=dotted];'


def _nodes(definition: SagaDefinition) -> dict[str, str]:
    """Names of our own for the nodes: ids may hold anything, and words such as ``end`` mean something."""
    return {step.id: f"step{number}" for number, step in enumerate(definition.steps, start=1)}


def _edges(definition: SagaDefinition) -> Iterator[tuple[str, str]]:
    return ((source, step.id) for step in definition.steps for source in step.depends_on)


def _label(step: StepDefinition) -> list[str]:
    marks = {"pivot": step.pivot, "conditional": step.condition is not None}
    return [step.id, *(f"({name})" for name, applies in marks.items() if applies)]


def _escaped(text: str) -> str:
    return "".join(char if char.isalnum() or char in _SAFE_IN_MERMAID else f"#{ord(char)};" for char in text)


def _quoted(*lines: str) -> str:
    """A DOT string of one or more lines."""
    escaped = (line.replace("\\", "\\\\").replace('"', '\\"') for line in lines)
    return '"' + "\\n".join(escaped) + '"'
