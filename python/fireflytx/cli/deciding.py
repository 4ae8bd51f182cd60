"""Commands that decide: ``cancel``, ``retry``, ``skip``, ``mark``, ``step …``.

Each reaches the engine that runs the saga within a second, whichever program that is in.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from fireflytx.cli import output
from fireflytx.cli.exits import Exit, Mistake
from fireflytx.cli.stores import deciding
from fireflytx.cli.target import saga_class
from fireflytx.engine import SagaEngine
from fireflytx.inspection.waiting import NEEDS_PERSON
from fireflytx.result import SagaStatus

Decision = Callable[[SagaEngine], Awaitable[SagaStatus]]


async def decide(
    store: str | None, correlation_id: str, decision: Decision, target: str | None, as_json: bool
) -> Exit:
    """Take a decision, and print how the saga stands then; ``NOT_GOOD`` if it ran here and waits again.

    Args:
        store: Where the sagas are kept.
        correlation_id: The run's id.
        decision: What to ask of the engine.
        target: The saga's class, to run it here until it has ended or waits; None leaves that to others.
        as_json: Whether to print JSON.
    """
    async with deciding(store, _class(target)) as engine:
        status = await decision(engine)
        if target is not None:
            status = (await (await engine.get(correlation_id)).result()).status
    is_stuck = target is not None and status in NEEDS_PERSON
    if as_json:
        output.print_json({"status": status})
    else:
        output.console().print("The saga is now", output.status(status))
    return Exit.NOT_GOOD if is_stuck else Exit.DONE


async def cancel(
    store: str | None, correlation_id: str, reason: str, target: str | None, as_json: bool
) -> Exit:
    """Cancel a run; ``NOT_GOOD`` if it does not become cancelled by that."""
    async with deciding(store, _class(target)) as engine:
        accepted = await engine.cancel(correlation_id, reason)
        if target is not None:
            await (await engine.get(correlation_id)).result()
    if as_json:
        output.print_json({"cancelled": accepted})
    else:
        output.console().print(
            "It is being cancelled."
            if accepted
            else "Nothing to cancel: it has ended, or compensates already."
        )
    return Exit.DONE if accepted else Exit.NOT_GOOD


def _class(target: str | None) -> type | None:
    return None if target is None else saga_class(target)


def result_of(text: str) -> dict[str, Any]:
    """What ``--result`` holds.

    Raises:
        Mistake: it is no JSON object.
    """
    try:
        result = json.loads(text)
    except ValueError as error:
        raise Mistake(f"--result is no JSON: {error}. Such as '{{\"receipt\": 17}}'.") from None
    if not isinstance(result, dict):
        raise Mistake(
            f"--result must be a JSON object, such as '{{\"receipt\": 17}}', got {type(result).__name__}."
        )
    return result
