"""Sagas as a file: taken out of an engine's journal while it runs, and into another one.

``docs/export-format.md`` describes the file.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal

from fireflytx._bridge import messages
from fireflytx._bridge.items import Transferred
from fireflytx.options import check_correlation_id
from fireflytx.report import JournalProblem

Unfinished = Literal["refuse", "leave-out", "take"]
UNFINISHED: Final = ("refuse", "leave-out", "take")


@dataclass(frozen=True, slots=True)
class TransferReport:
    """What became of an export or an import.

    Attributes:
        sagas: How many saga runs were written.
        tombstones: Of how many that ended long ago only their id and status were written.
        known: How many an import found to be there already; it left them as they are.
        left_out: How many an import left out since they have not ended.
        problem_count: How many problems there are. An import with any has written nothing.
        problems: The first 100 of them.
    """

    sagas: int
    tombstones: int
    known: int
    left_out: int
    problem_count: int
    problems: tuple[JournalProblem, ...]

    @classmethod
    def from_wire(cls, answer: Transferred) -> TransferReport:
        """The report in Java's answer."""
        problems = tuple(map(JournalProblem.from_wire, answer.problems))
        return cls(
            answer.sagas, answer.tombstones, answer.known, answer.left_out, answer.problem_count, problems
        )


async def export_sagas(
    engine: Any, path: str | os.PathLike[str], correlation_ids: Iterable[str] = ()
) -> TransferReport:
    """Write sagas to a file, while they run on; each as it stands at one moment.

    Args:
        engine: The SagaEngine, of a journal; it may be an observer.
        path: The file, which must not be there. Inputs and results are in it, so its owner alone may read it.
        correlation_ids: Which ones; none means all that the journal keeps.

    Returns:
        What was written, and as ``problems`` what could not be read.

    Raises:
        UnknownIdError: a saga has none of the ids.
        EngineError: the file can't be written, or the engine keeps no journal.
    """
    wanted = list(correlation_ids)
    for each in wanted:
        check_correlation_id(each)
    file = _absolute(path)
    return TransferReport.from_wire(
        await engine._life.call(
            lambda runtime: runtime.calls.transfer(
                lambda request: messages.export_sagas(request, file, wanted)
            )
        )
    )


async def import_sagas(
    engine: Any, path: str | os.PathLike[str], *, unfinished: Unfinished = "refuse"
) -> TransferReport:
    """Add the sagas of a file to a journal, each exactly as it stood.

    What is there already, whether it stands as in the file or has gone on since, is left as it is; so an
    import that was interrupted can be done again. If anything is wrong with the file, or one of its ids
    belongs to another saga of the journal, nothing is added.

    Args:
        engine: The SagaEngine, of a journal, and no observer.
        path: What ``export_sagas`` wrote.
        unfinished: What to do with sagas that have not ended: ``refuse`` the file, ``leave-out`` those, or
            ``take`` them, to go on with the next engine that has their class. Then no engine may run them
            where they came from.

    Raises:
        ObserverError: the engine only observes.
        ValueError: ``unfinished`` is none of the three words.
        EngineError: the file can't be read, or the engine keeps no journal.
    """
    if unfinished not in UNFINISHED:
        raise ValueError(f"unfinished must be one of {', '.join(UNFINISHED)}, got {unfinished!r}.")
    file = _absolute(path)
    return TransferReport.from_wire(
        await engine._life.call(
            lambda runtime: runtime.calls.transfer(
                lambda request: messages.import_sagas(request, file, unfinished)
            )
        )
    )


def _absolute(path: str | os.PathLike[str]) -> str:
    """The engine's process may have another current folder."""
    return os.path.abspath(path)
