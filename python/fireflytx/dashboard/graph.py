"""A saga's graph as its page shows it: drawn from the journal alone, since its class may not be here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from markupsafe import Markup

from fireflytx._signature import Annotation
from fireflytx.definition import CompensationDefinition, SagaDefinition, StepDefinition
from fireflytx.inspection.drawing import svg
from fireflytx.standing import SagaInspection, StepPhase

# The words that the drawing has colours for; a step that has not begun has none.
_WORDS = {
    StepPhase.CHECKING: "checking",
    StepPhase.RUNNING: "running",
    StepPhase.BACKOFF: "retrying",
    StepPhase.PARKED: "parked",
    StepPhase.COMPLETED: "completed",
    StepPhase.SKIPPED: "skipped",
    StepPhase.FAILED: "failed",
    StepPhase.UNDOING: "undoing",
    StepPhase.UNDO_BACKOFF: "undoing",
    StepPhase.UNDO_READY: "undoing",
    StepPhase.COMPENSATED: "compensated",
    StepPhase.COMPENSATION_FAILED: "compensation failed",
}

_NO_ANNOTATION = Annotation(None, {}, {})


def graph_of(saga: SagaInspection) -> Markup:
    """The graph as SVG without style of its own, each step marked with how it stands."""
    states = {step_id: _WORDS[step.phase] for step_id, step in saga.steps.items() if step.phase in _WORDS}
    return Markup(svg(_definition(saga.definition), states, styled=False))


def _definition(wire: Mapping[str, Any]) -> SagaDefinition:
    return SagaDefinition(wire["name"], tuple(map(_step, wire["steps"])))


def _step(wire: Mapping[str, Any]) -> StepDefinition:
    return StepDefinition(
        id=wire["id"],
        attribute="",
        kind=wire["kind"],
        takes_context=wire["takes_context"],
        function=_nowhere,
        annotation=_NO_ANNOTATION,
        depends_on=tuple(wire["depends_on"]),
        condition=_nowhere if wire["condition"] else None,
        pivot=wire["pivot"],
        compensation=_compensation(wire["compensation"]) if wire.get("compensation") else None,
    )


def _compensation(wire: Mapping[str, Any]) -> CompensationDefinition:
    return CompensationDefinition(
        attribute="can be undone",
        kind=wire["kind"],
        takes_context=wire["takes_context"],
        function=_nowhere,
        annotation=_NO_ANNOTATION,
    )


def _nowhere(*_: object) -> NoReturn:
    raise NotImplementedError("a definition from a journal has no code")
