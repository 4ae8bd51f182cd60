"""Finds the code that a task needs: a run may have begun with a class that has changed since.

A run keeps the definition that it began with, and so may ask for what its class doesn't have any more.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from fireflytx._bridge.items import Task
from fireflytx.attempts import Method
from fireflytx.definition import StepDefinition
from fireflytx.registry import Registration, Registry, place_of
from fireflytx.validation import did_you_mean

Condition: TypeAlias = Callable[[dict[str, Any]], object]


class HandlerGone(Exception):
    """The code that an attempt needs is not in this process: what differs, and what a person can do."""

    def __init__(self, task: Task, what: str, *, remedy: str = "Bring it back") -> None:
        again, others = (
            ("retry_compensation", "mark_compensated or skip_compensation")
            if task.attempt.direction == "backward"
            else ("retry_step", "complete_step or fail_step")
        )
        super().__init__(f"{what} {remedy} and call {again}, or decide with {others}.")


def registration_of(task: Task, registry: Registry) -> Registration:
    """The class of the task's saga, in the version with which its run began.

    Raises:
        HandlerGone: There is none, or it has another version.
    """
    registration = registry.find(task.saga)
    if registration is None:
        what = f"Saga '{task.saga}' is not registered in this process."
        raise HandlerGone(task, what, remedy="Register its class")
    found = registration.definition.version
    if found != task.version:
        raise HandlerGone(
            task,
            f"This run of saga '{task.saga}' began {_with_version(task.version)}; "
            f"{_class_of(registration)} has {_version(found)}.",
            remedy=f"Register the class {_with_version(task.version)} again",
        )
    return registration


def find(task: Task, registration: Registration) -> Method | Condition:
    """The step's method, its compensation or its condition, whichever the task is for.

    Raises:
        HandlerGone: The class doesn't have it any more.
    """
    step = _step(task, registration)
    if task.attempt.direction == "forward":
        return _here(step, task, "step", registration)
    if task.attempt.direction == "backward":
        undo = step.compensation or _raise_gone(task, registration, "compensation")
        return _here(undo, task, "compensation of step", registration)
    return step.condition or _raise_gone(task, registration, "condition")


def _here(method: Method, task: Task, what: str, registration: Registration) -> Method:
    """The method, unless the engine would run it: a run that began before that still asks for it here."""
    if method.kind == "java":
        began = f"This run of saga '{task.saga}' began when the {what} '{task.attempt.step}' was Python's"
        raise HandlerGone(task, f"{began}; {_class_of(registration)} has it in Java.")
    return method


def _step(task: Task, registration: Registration) -> StepDefinition:
    try:
        return registration.definition.step(task.attempt.step)
    except KeyError:
        hint = did_you_mean(task.attempt.step, (step.id for step in registration.definition.steps))
        what = f"{_began_with(task, 'step')} '{task.attempt.step}', {_which_is_gone(registration)}. {hint}"
        raise HandlerGone(task, what) from None


def _raise_gone(task: Task, registration: Registration, what: str) -> Any:
    began = f"{_began_with(task, what)} of step '{task.attempt.step}'"
    raise HandlerGone(task, f"{began}, {_which_is_gone(registration)}.")


def _began_with(task: Task, what: str) -> str:
    return f"This run of saga '{task.saga}' began with a {what}"


def _which_is_gone(registration: Registration) -> str:
    return f"which {_class_of(registration)} does not have any more"


def _class_of(registration: Registration) -> str:
    return place_of(registration.saga_class)


def _with_version(version: str | None) -> str:
    return "without a version" if version is None else f"with version '{version}'"


def _version(version: str | None) -> str:
    return "no version" if version is None else f"version '{version}'"
