"""Every error that FireflyTX raises, as one tree.

::

    FireflyTxError
    ├── DefinitionError (also a ValueError)   a saga class is wrong; raised when it is decorated
    │   └── NotASagaError                     a class without ``@saga`` was used as a saga
    ├── StepError                             a step or a compensation failed
    │   ├── RetryableError                    raise it yourself: this may pass, try again
    │   │   └── CodecError                    a codec could not encrypt or decrypt a value
    │   └── NonRetryableError                 raise it yourself: this stays wrong, don't try again
    │       ├── InvalidResultError            a step returned something that is not a result
    │       ├── InvalidInputError             the input doesn't fit the type that the step asks for
    │       ├── ValueRefusedError             JSON can't carry a value exactly
    │       ├── ConditionError                a step's condition failed
    │       └── ResultNotVisibleError         the result asked for is not visible here (also a KeyError)
    ├── PublishError                          a publisher could not hand over events, or nobody knows
    │   └── EventRefusedError                 the other side does not take this event, now or later
    └── EngineError                           the engine could not do what it was asked for
        ├── JavaNotFoundError                 no usable Java was found
        ├── EngineStartError                  the Java process did not start
        ├── EngineClosedError                 the engine was used after its end
        ├── OutcomeUnknown                    the engine was lost before it answered; the saga may have run
        ├── ProtocolError                     the two processes did not understand each other
        ├── UnknownSagaError                  no saga of that name is registered
        ├── UnknownIdError                    no saga run has that correlation id
        ├── ResultExpiredError                that saga run ended too long ago for its result to be kept
        ├── IdConflictError                   that correlation id belongs to another run
        ├── PivotPassedError                  the saga has passed its pivot and only goes forward
        ├── NotWaitingError                   that step does not wait for such a decision
        ├── NoEngineError                     no engine runs that saga, to which the decision could go
        ├── ObserverError                     an observer was asked to start or run something
        ├── StoreError                        the store can't be opened, read or written
        ├── StoreNotSupportedError            this version doesn't have the store that was asked for
        └── TransferError                     an export can't be written, or an import read

Any other exception that a step raises is retried as a :class:`RetryableError` is.
"""

from __future__ import annotations

__all__ = [
    "CodecError",
    "ConditionError",
    "DefinitionError",
    "EngineClosedError",
    "EngineError",
    "EngineStartError",
    "EventRefusedError",
    "FireflyTxError",
    "IdConflictError",
    "InvalidInputError",
    "InvalidResultError",
    "JavaNotFoundError",
    "NoEngineError",
    "NonRetryableError",
    "NotASagaError",
    "NotWaitingError",
    "ObserverError",
    "OutcomeUnknown",
    "PivotPassedError",
    "ProtocolError",
    "PublishError",
    "ResultExpiredError",
    "ResultNotVisibleError",
    "RetryableError",
    "StepError",
    "StoreError",
    "StoreNotSupportedError",
    "TransferError",
    "UnknownIdError",
    "UnknownSagaError",
    "ValueRefusedError",
]


class FireflyTxError(Exception):
    """The base of every error that FireflyTX raises."""


class DefinitionError(FireflyTxError, ValueError):
    """A saga class is wrong; the message names the saga and the step, and says what to write instead.

    Raised while the class is being decorated, before any Java process exists.
    """


class NotASagaError(DefinitionError):
    """A class that carries no ``@saga`` of its own was used as a saga."""


class StepError(FireflyTxError):
    """A step or a compensation failed. Raise one of the two subclasses, not this."""


class RetryableError(StepError):
    """Raise it in a step for a failure that may pass: the step is tried again while its ``retry`` allows."""


class CodecError(RetryableError):
    """A codec could not encrypt or decrypt a value; the message may name a key by its id, and no value."""


class NonRetryableError(StepError):
    """Raise it in a step for a failure that stays: the step fails at once, without another attempt."""


class InvalidResultError(NonRetryableError):
    """A step returned something other than a dict, a pydantic model, a dataclass or None."""


class InvalidInputError(NonRetryableError):
    """The input of a step doesn't fit its annotation; the message names fields and reasons, never values."""


class ValueRefusedError(NonRetryableError):
    """A value can't be carried exactly, or is over the size limit.

    Attributes:
        path: Where the value is, such as ``result.items[2].price``; empty if no single place is to blame.
    """

    def __init__(self, message: str, *, path: str = "") -> None:
        super().__init__(message)
        self.path = path


class ConditionError(NonRetryableError):
    """The condition of a step raised instead of answering; the message names the condition."""


class ResultNotVisibleError(NonRetryableError, KeyError):
    """A context was asked for the result of a step that is not before this one, or that brought none."""

    def __str__(self) -> str:
        # KeyError would print the message as a quoted key.
        return Exception.__str__(self)


class PublishError(FireflyTxError):
    """Not all events were accepted, or nobody knows; the message says by whom, and never a payload."""


class EventRefusedError(PublishError):
    """The other side does not take this event, now or later; it is too large, say."""


class EngineError(FireflyTxError):
    """The engine could not do what it was asked for."""


class JavaNotFoundError(EngineError):
    """No Java of a version that the engine can use was found; the message lists where it was looked for."""


class EngineStartError(EngineError):
    """The engine's Java process did not start; the message has the last lines that it wrote."""


class EngineClosedError(EngineError):
    """The engine was used after ``shutdown()``, or after the event loop that it belongs to had closed."""


class OutcomeUnknown(EngineError):
    """The engine was lost before it answered, and no other could take over; what was asked may have happened.

    Sagas that a journal keeps go on with the next engine that opens it; those in memory are lost.

    Attributes:
        correlation_id: The id to look the saga up by; None if the call was not about one.
        exit_code: The process's exit code, negative for a signal; None if it is not known.
        stderr: The last lines that the process wrote to its standard error.
    """

    def __init__(
        self,
        message: str,
        *,
        correlation_id: str | None = None,
        exit_code: int | None = None,
        stderr: str = "",
    ) -> None:
        super().__init__(message)
        self.correlation_id = correlation_id
        self.exit_code = exit_code
        self.stderr = stderr

    def __str__(self) -> str:
        message = super().__str__()
        if self.correlation_id is None:
            return message
        return (
            f"The saga may have run, or go on: look it up by its correlation_id '{self.correlation_id}' "
            f"before you start it under another. {message}"
        )


class ProtocolError(EngineError):
    """Python and Java did not understand each other: a wrong version, or a message that can't be read."""


class UnknownSagaError(EngineError):
    """No saga of that name is registered with this engine."""


class UnknownIdError(EngineError):
    """The engine knows no saga run with that correlation id."""


class ResultExpiredError(EngineError):
    """The saga run ended so long ago that its result and its history are no longer kept.

    Attributes:
        status: How it ended: ``COMPLETED`` or ``COMPENSATED``.
    """

    def __init__(self, message: str, *, status: str = "") -> None:
        super().__init__(message)
        self.status = status


class IdConflictError(EngineError):
    """That correlation id already belongs to a run of another saga, or of this saga with another input."""


class PivotPassedError(EngineError):
    """The saga's pivot has succeeded, so it only goes forward and can't be cancelled."""


class NotWaitingError(EngineError):
    """A person's decision was refused: the step does not wait for one, or not for one of that kind."""


class NoEngineError(EngineError):
    """A decision was not taken: no engine that runs the saga, or could, is there, or none has answered."""


class ObserverError(EngineError):
    """An engine that only observes its store was asked to start or run a saga."""


class StoreError(EngineError):
    """Where sagas are kept can't be opened, read or written; the message names the file and says why."""


class StoreNotSupportedError(EngineError):
    """The store that was asked for is not part of this version; the message names it and what there is."""


class TransferError(EngineError):
    """Sagas can't be written to a file or read from one, or the store is no journal."""
