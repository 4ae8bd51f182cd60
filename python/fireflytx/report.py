"""What ``engine.verify()`` has found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class JournalProblem:
    """Something that is wrong in a store.

    Attributes:
        message: What it is. It holds no inputs, results or context values.
        correlation_id: The saga run that it concerns, as far as that can be read; None if it concerns none.
        saga: That saga's name.
    """

    message: str
    correlation_id: str | None = None
    saga: str | None = None

    @classmethod
    def from_wire(cls, wire: Mapping[str, Any]) -> JournalProblem:
        """The problem in an object of ``PROTOCOL.md``."""
        return cls(wire["message"], wire.get("correlation_id"), wire.get("saga"))

    def __str__(self) -> str:
        """The problem, with the saga in front."""
        about = "" if self.correlation_id is None else f"saga '{self.saga}' {self.correlation_id}: "
        return about + self.message


@dataclass(frozen=True, slots=True)
class JournalReport:
    """What was found when everything in a store was read and checked.

    Attributes:
        sagas: How many saga runs were read.
        facts: How many facts of theirs.
        problem_count: How many problems there are.
        problems: The problems, in the order in which they were found; the first 100.
    """

    sagas: int
    facts: int
    problem_count: int
    problems: tuple[JournalProblem, ...]

    @property
    def is_sound(self) -> bool:
        """Whether nothing is wrong."""
        return self.problem_count == 0
