"""An exception as the failure that Java journals: its type, message, and the user's part of its traceback."""

from __future__ import annotations

import traceback
from collections.abc import Collection
from pathlib import Path

from fireflytx._bridge.messages import Failure
from fireflytx.exceptions import DefinitionError, NonRetryableError
from fireflytx.redaction import masked_text

_TEXT_LIMIT_BYTES = 16 * 1024
_CUT = " … (cut)"
PACKAGE_FOLDER = str(Path(__file__).parent)


def failure_of(
    error: BaseException, *, retryable: bool | None = None, secrets: Collection[str] = ()
) -> Failure:
    """What Java gets to know of ``error``.

    Args:
        error: What was raised.
        retryable: Whether another attempt may help; None asks the exception's type.
        secrets: Texts that are masked in the message and the traceback.
    """
    if retryable is None:
        retryable = not isinstance(error, NonRetryableError | DefinitionError)
    message, trace = (masked_text(text, secrets) for text in (_message(error), _traceback(error)))
    return Failure(type(error).__name__, _limited(message), _limited(trace), retryable)


def _message(error: BaseException) -> str:
    try:
        return str(error)
    except Exception as broken:
        return f"no message: its str() raised {type(broken).__name__}"


def _traceback(error: BaseException) -> str:
    try:
        printed = traceback.TracebackException.from_exception(error)
        _drop_own_frames(printed)
        return "".join(printed.format())
    except Exception as broken:  # an exception may break its own printing in many ways
        return f"no traceback: printing it raised {type(broken).__name__}"


def _drop_own_frames(printed: traceback.TracebackException | None) -> None:
    """Take out this package's frames, in the whole chain: how the engine came to the step helps nobody."""
    while printed is not None:
        own = [frame for frame in printed.stack if not frame.filename.startswith(PACKAGE_FOLDER)]
        printed.stack = traceback.StackSummary.from_list(own)
        printed = printed.__cause__ or printed.__context__


def _limited(text: str) -> str:
    """``text`` as valid Unicode of at most 16 kB."""
    encoded = text.encode("utf-8", "backslashreplace")
    if len(encoded) <= _TEXT_LIMIT_BYTES:
        return encoded.decode()
    return encoded[: _TEXT_LIMIT_BYTES - len(_CUT.encode())].decode("utf-8", "ignore") + _CUT
