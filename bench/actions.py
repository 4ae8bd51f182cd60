"""What the steps of a measured saga do: nothing, at once."""

from __future__ import annotations

from typing import Any

from bench.workloads import Step


class Declined(Exception):
    """What a step raises that fails; each peer turns it into its own word for "do not try again"."""


class Actions:
    """Does the steps' work, and counts what was undone.

    Attributes:
        undone: How many steps have been undone.
    """

    def __init__(self) -> None:
        self.undone = 0

    async def act(self, step: Step, data: dict[str, Any]) -> dict[str, Any]:
        """Do the step.

        Args:
            step: The step.
            data: The saga's input.

        Raises:
            Declined: the step is one that fails.
        """
        if step.fails:
            raise Declined(f"step '{step.name}' is declined")
        return step.result

    async def undo(self, step: Step) -> None:
        """Undo the step."""
        self.undone += 1
