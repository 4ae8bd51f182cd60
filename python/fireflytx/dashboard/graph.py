"""A saga's graph as its page shows it."""

from __future__ import annotations

from fireflytx.standing import SagaInspection


def graph_of(saga: SagaInspection) -> str:
    """The graph as SVG, each step in the colour of its phase."""
    return ""
