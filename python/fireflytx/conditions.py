"""Asking the condition of a step."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fireflytx._bridge import messages
from fireflytx._bridge.items import Task
from fireflytx.boundary import Boundary
from fireflytx.exceptions import ConditionError
from fireflytx.telemetry.hooks import Scope


def ask(task: Task, condition: Callable[[dict[str, Any]], object], boundary: Boundary, scope: Scope) -> bytes:
    """The outcome item of a condition: its verdict, or a failure that is not retried."""
    try:
        verdict = _verdict(task, condition)
    except ConditionError as error:
        failure = boundary.failure(error, task.attempt, saga=task.saga, values=(task.data,))
        scope.failed(boundary.told(failure))
        return messages.failed(task.attempt, failure, b"{}")
    scope.decided(verdict)
    return messages.verdict(task.attempt, verdict)


def _verdict(task: Task, condition: Callable[[dict[str, Any]], object]) -> bool:
    try:
        answer = condition(task.data)
        if not inspect.isawaitable(answer):
            return bool(answer)
    except Exception as error:
        raise ConditionError(f"{_name(task, condition)} raised {type(error).__name__}.") from error
    if inspect.iscoroutine(answer):
        answer.close()
    raise ConditionError(f"{_name(task, condition)} is async; a condition answers at once, without 'await'.")


def _name(task: Task, condition: Callable[..., object]) -> str:
    return f"Saga '{task.saga}': the condition of step '{task.attempt.step}', {_place(condition)},"


def _place(condition: Callable[..., object]) -> str:
    """The condition's name, with its file and line where it has code of its own: most are lambdas."""
    name = getattr(condition, "__qualname__", type(condition).__qualname__)
    code = getattr(condition, "__code__", None)
    return name if code is None else f"{name} ({Path(code.co_filename).name}:{code.co_firstlineno})"
