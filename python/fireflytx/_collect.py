"""From a decorated class to its definition."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from fireflytx import _marks
from fireflytx._marks import CompensationMark, Mark, StepMark
from fireflytx._signature import as_coroutine_function, is_coroutine_function
from fireflytx.definition import CompensationDefinition, SagaDefinition, StepDefinition
from fireflytx.event_options import EventOptions
from fireflytx.exceptions import DefinitionError
from fireflytx.validation import did_you_mean, problem


def collect(cls: type, empty: SagaDefinition) -> SagaDefinition:
    """The definition of a class: ``empty``, which has the saga's name and policies, with the class's steps.

    Steps are found by attribute name through the bases, base classes first, each in the order of its body.

    Raises:
        DefinitionError: The class is wrong; the message says what and where.
    """
    where = f"Saga '{empty.name}'"
    marked = _marked_attributes(cls, where)
    compensations = _compensations(marked, where)
    steps = tuple(_steps(marked, compensations, where))
    _refuse_strangers(compensations, [step.id for step in steps], where)
    definition = dataclasses.replace(empty, steps=steps, events=_marks.saga_events_of(cls))
    if found := problem(definition):
        raise DefinitionError(found)
    return definition


def _marked_attributes(cls: type, where: str) -> dict[str, Any]:
    """The attributes that carry a mark, each at the place where the oldest base has it."""
    found: dict[str, Any] = {}
    for owner in reversed(cls.__mro__):
        for name, value in vars(owner).items():
            if _marks.mark_of(value):
                found[name] = value
            else:
                _refuse_lost(name, value, found.get(name), f"{where}: {owner.__name__}.{name}")
    return found


def _refuse_lost(name: str, value: object, overridden: object, where: str) -> None:
    """An attribute without a mark is nothing to a saga, but it may be one by mistake."""
    if hidden := _marks.hidden_mark(value):
        raise DefinitionError(
            f"{where} is {_marks.described(hidden)} inside a {type(value).__name__}; "
            "a saga's methods are plain ones: remove that decorator."
        )
    if mark := _marks.mark_of(overridden):
        raise DefinitionError(
            f"{where} overrides {_marks.described(mark)} but has lost its decorator: "
            f"write {_decorator(mark)} above it, or give it another name."
        )
    if _marks.events_of(value):
        raise DefinitionError(f"{where} has @step_events but is no step: add @saga_step.")


def _decorator(mark: Mark) -> str:
    if isinstance(mark, StepMark):
        return f'@saga_step("{mark.draft.id}")'
    return f'@compensation_step("{mark.step_id}")'


def _compensations(marked: Mapping[str, Any], where: str) -> dict[str, CompensationDefinition]:
    found: dict[str, CompensationDefinition] = {}
    for attribute, method, mark in _marks_in(marked):
        if not isinstance(mark, CompensationMark):
            continue
        if other := found.get(mark.step_id):
            raise DefinitionError(
                f"{where}: step '{mark.step_id}' has two compensations, the methods "
                f"'{other.attribute}' and '{attribute}'; keep one."
            )
        if _marks.events_of(method):
            raise DefinitionError(
                f"{where}: '{attribute}' is a compensation, but @step_events belongs on a step."
            )
        found[mark.step_id] = dataclasses.replace(mark.draft, attribute=attribute, **_outermost(method, mark))
    return found


def _steps(
    marked: Mapping[str, Any], compensations: Mapping[str, CompensationDefinition], where: str
) -> Iterator[StepDefinition]:
    attributes: dict[str, str] = {}
    for attribute, method, mark in _marks_in(marked):
        if not isinstance(mark, StepMark):
            continue
        step_id = mark.draft.id
        if other := attributes.get(step_id):
            raise DefinitionError(
                f"{where}: step '{step_id}' is defined twice, by the methods '{other}' and '{attribute}'."
            )
        attributes[step_id] = attribute
        yield dataclasses.replace(
            mark.draft,
            attribute=attribute,
            compensation=compensations.get(step_id),
            events=_events(mark.draft, _marks.events_of(method), where),
            **_outermost(method, mark),
        )


def _marks_in(marked: Mapping[str, Any]) -> Iterator[tuple[str, Any, Mark]]:
    for attribute, method in marked.items():
        mark = _marks.mark_of(method)
        assert mark is not None  # that is how it came to be in there
        yield attribute, method, mark


def _outermost(method: Any, mark: Mark) -> dict[str, Any]:
    """What changes in the draft if another decorator sits on top of ours: the engine must call it too."""
    if method is mark.method or mark.draft.kind == "java":
        return {}
    if is_coroutine_function(method):
        return {"function": as_coroutine_function(method), "kind": "coroutine"}
    return {"function": method, "kind": "thread"}


def _events(step: StepDefinition, events: EventOptions | None, where: str) -> EventOptions | None:
    """The step's events under the event type that counts, whichever decorator named it."""
    if step.event_type is None:
        return events
    if events is None:
        raise DefinitionError(
            f"{where}: step '{step.id}' has event_type='{step.event_type}' but publishes nothing: "
            "add @step_events, which says where to."
        )
    if events.event_type not in (None, step.event_type):
        raise DefinitionError(
            f"{where}: step '{step.id}' has two event types, '{step.event_type}' in @saga_step and "
            f"'{events.event_type}' in @step_events; keep one."
        )
    return dataclasses.replace(events, event_type=step.event_type)


def _refuse_strangers(
    compensations: Mapping[str, CompensationDefinition], step_ids: Iterable[str], where: str
) -> None:
    known = list(step_ids)
    defined = set(known)
    for step_id, compensation in compensations.items():
        if step_id not in defined:
            raise DefinitionError(
                f"{where}: '{compensation.attribute}' is the compensation of step '{step_id}', "
                f"which is not defined. {did_you_mean(step_id, known)}"
            )
