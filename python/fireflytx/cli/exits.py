"""How the command line ends: its exit codes, and mistakes that are told in one sentence."""

from __future__ import annotations

from enum import IntEnum

from fireflytx.exceptions import (
    FireflyTxError,
    IdConflictError,
    NoEngineError,
    NotWaitingError,
    PivotPassedError,
    ResultExpiredError,
    TransferError,
    UnknownIdError,
    UnknownSagaError,
    ValueRefusedError,
)


class Exit(IntEnum):
    """Exit codes; ``docs/command-line.md`` lists them."""

    DONE = 0
    """What was asked for is done; a saga that was run has completed."""
    NOT_GOOD = 1
    """It was done, and what came of it is not good: a saga that did not complete, a finding."""
    USAGE = 2
    """The command was not understood: an option, a class that can't be loaded, input that is no JSON."""
    UNKNOWN = 3
    """No saga run has that id, or it ended too long ago."""
    REFUSED = 4
    """The saga does not allow it: a step that does not wait, a pivot that has passed, an id that is taken."""
    NO_ENGINE = 5
    """The engine or its store can't be used: no Java, no journal, a damaged file."""
    INTERRUPTED = 130
    """Left by Ctrl-C."""
    PIPE_CLOSED = 141
    """Whoever read the output, such as ``head``, had seen enough."""


class Mistake(Exception):
    """Something that the user can put right; its text is all that is shown."""

    def __init__(self, message: str, code: Exit = Exit.USAGE) -> None:
        super().__init__(message)
        self.code = code


_CODES: tuple[tuple[type[FireflyTxError], Exit], ...] = (
    (UnknownIdError, Exit.UNKNOWN),
    (ResultExpiredError, Exit.UNKNOWN),
    (NotWaitingError, Exit.REFUSED),
    (PivotPassedError, Exit.REFUSED),
    (IdConflictError, Exit.REFUSED),
    (ValueRefusedError, Exit.USAGE),
    (NoEngineError, Exit.REFUSED),
    (TransferError, Exit.USAGE),
    (UnknownSagaError, Exit.REFUSED),
)


def code_of(error: FireflyTxError) -> Exit:
    """The exit code for an error of the engine."""
    return next((code for kind, code in _CODES if isinstance(error, kind)), Exit.NO_ENGINE)
