"""Which steps of a saga run wait for a person, and what that person can do."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import dataclass

from fireflytx.queries import HistoryFact
from fireflytx.result import SagaStatus

NEEDS_PERSON = frozenset({SagaStatus.PARKED, SagaStatus.COMPENSATION_FAILED})
"""How a saga stands that waits for a person."""

FINAL = frozenset({SagaStatus.COMPLETED, SagaStatus.COMPENSATED})
"""How a saga stands that nothing moves any more."""

_BEHIND_PIVOT = "behind-pivot"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A step that waits for a person.

    Attributes:
        step: The step's id.
        is_compensation: Whether its undoing was given up, and not the step itself.
        reason: Why it waits, as the history has it.
    """

    step: str
    is_compensation: bool
    reason: str = ""

    @property
    def can_turn_back(self) -> bool:
        """Whether its saga may still turn back, if the step is declared failed."""
        return self.reason != _BEHIND_PIVOT

    def commands(self, correlation_id: str) -> list[str]:
        """The commands that help, one a line."""
        about = _words(correlation_id, self.step)
        if self.is_compensation:
            return [
                f"fireflytx retry {_words(correlation_id)}",
                f"fireflytx mark --reason '…' {about}",
                f"fireflytx skip --reason '…' {about}",
            ]
        ways = [
            f"fireflytx step retry {about}",
            f"fireflytx step complete --result '{{…}}' --reason '…' {about}",
        ]
        return [*ways, f"fireflytx step fail --reason '…' {about}"] if self.can_turn_back else ways


def _words(*words: str) -> str:
    """Words as a shell takes them; one that looks like an option comes behind ``--``."""
    quoted = " ".join(map(shlex.quote, words))
    return f"-- {quoted}" if any(word.startswith("-") for word in words) else quoted


def waiting(history: Iterable[HistoryFact]) -> list[Waiting]:
    """The steps that wait at the end of this history, in the order in which they began to."""
    found: dict[str, Waiting] = {}
    for fact in history:
        if fact.step is None:
            continue
        if fact.name == "step-parked":
            found[fact.step] = Waiting(
                fact.step, is_compensation=False, reason=str(fact.data.get("reason", ""))
            )
        elif fact.name == "compensation-failed":
            found[fact.step] = Waiting(fact.step, is_compensation=True)
        elif fact.name == "person-decided":
            found.pop(fact.step, None)
    return list(found.values())
