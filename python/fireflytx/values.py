"""Values on the wire: a dict, a pydantic model or a dataclass becomes JSON once, unchanged.

====================================  ==============================================================
Python                                JSON
====================================  ==============================================================
dict and other mappings               object; every key must be a string
list, tuple                           array
str, int, float, bool, None           as they are; integers up to 64 bits, no NaN, no infinity
datetime, date, time                  RFC 3339 text; a ``time`` without a time zone
UUID, Decimal                         text
Enum                                  its value
dataclass                             object of its fields, except those that begin with ``_``
pydantic model                        what ``model_dump(mode="json")`` gives
pydantic's secrets                    what they hide, where that is allowed
====================================  ==============================================================

Anything else is refused with the path of the field, such as ``result.items[2].price is NaN``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from decimal import Decimal
from typing import Any, Final

import orjson

from fireflytx import _refusals, _secrets
from fireflytx._models import build, is_model, is_secret
from fireflytx.exceptions import ValueRefusedError

__all__ = ["VALUE_LIMIT_BYTES", "Secrets", "build", "decode", "encode"]

Secrets = Callable[[Collection[str]], None]
"""Told of the names of fields that hold secrets, when a value has any."""

Encodable = Callable[[object], object]

VALUE_LIMIT_BYTES: Final = 2 * 1024 * 1024
"""The most that one value may take as JSON, if nobody says otherwise."""

_NOTHING = b"{}"
# 2^63 has 19 digits: with fewer an integer always fits, and orjson never makes a float of it. Every item
# that arrives is searched, and this table with a plain search takes a fifth of a regular expression's time.
_LONG_NUMBER = b"0" * 19
_DIGITS = bytes(ord("0" if code in b"0123456789" else " ") for code in range(256))


def encode(
    value: object,
    *,
    what: str,
    whose: Callable[[], str] | None = None,
    limit_bytes: int = VALUE_LIMIT_BYTES,
    secrets: Secrets | None = None,
) -> bytes:
    """A value as the text of a JSON object, in UTF-8.

    Args:
        value: A mapping, a pydantic model or a dataclass; None is ``{}``.
        what: What the value is, to begin the path of a field with: ``result``, ``input`` or ``context``.
        whose: Tells whose it is, to begin an error with: ``Saga 'order': step 'charge'``.
        limit_bytes: The most that the text may have.
        secrets: Takes note of the fields that hold pydantic's secrets, which are written by their value then;
            None refuses them.

    Raises:
        ValueRefusedError: JSON can't carry it exactly, or it is over the limit. The message names the field,
            never its value.
    """
    try:
        return _encode(value, what, limit_bytes, secrets)
    except ValueRefusedError as error:
        if whose is None:
            raise
        raise ValueRefusedError(f"{whose()}: {error}", path=error.path) from error.__cause__


def decode(text: bytes | str) -> dict[str, Any]:
    """The dict in the text of a JSON object; integers of any length are exact.

    Raises:
        ValueRefusedError: The text is no JSON object, or has a number that Python can't hold.
    """
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    try:
        # orjson checks the text also when the standard library, which is laxer, has to read it again.
        value = orjson.loads(raw)
        if _LONG_NUMBER in raw.translate(_DIGITS):
            value = json.loads(raw)
    except (ValueError, RecursionError) as error:
        # The error itself is left out: it holds the whole document.
        raise ValueRefusedError(f"A value is not JSON that Python can hold: {error.args[0]}.") from None
    if not isinstance(value, dict):
        raise ValueRefusedError(f"A value must be a JSON object, got {type(value).__name__}.")
    return value


def _encode(value: object, what: str, limit_bytes: int, secrets: Secrets | None) -> bytes:
    if value is None:
        return _NOTHING
    takes_secrets = secrets is not None
    text = _dumps(value, what, takes_secrets)
    if text[:1] != b"{":
        raise ValueRefusedError(
            f"{what} must be a dict, a pydantic model or a dataclass, got a {type(value).__name__}.",
            path=what,
        )
    if secrets is not None and _refusals.STARS in text and (names := _secrets.secret_names(value)):
        secrets(names)
        text = _dumps(value, what, takes_secrets, _encodable_with_secrets)
    if b"null" in text or _refusals.STARS in text:
        _refuse_silent_changes(value, what, takes_secrets)
    if len(text) > limit_bytes:
        raise ValueRefusedError(
            f"{what} is {len(text)} bytes of JSON; the limit is {limit_bytes} bytes. "
            "Keep large data elsewhere and pass a reference to it.",
            path=what,
        )
    return text


def _dumps(value: object, what: str, takes_secrets: bool, encodable: Encodable | None = None) -> bytes:
    encodable = encodable or _encodable
    try:
        return orjson.dumps(value, default=encodable)
    except TypeError as error:
        if finding := _refusals.find(value, what, takes_secrets=takes_secrets):
            raise ValueRefusedError(str(finding), path=finding.path) from error
        return _dumps_with_odd_keys(value, what, encodable, error)


def _dumps_with_odd_keys(value: object, what: str, encodable: Encodable, error: TypeError) -> bytes:
    """Keys of a subclass of ``str`` are strings too, but need orjson's slower way."""
    try:
        return orjson.dumps(value, default=encodable, option=orjson.OPT_NON_STR_KEYS)
    except TypeError:
        reason = error.__cause__ or error
        raise ValueRefusedError(f"{what} can't be written as JSON: {reason}.", path=what) from error


def _encodable(value: object) -> object:
    """What orjson should write in the place of a value that it doesn't know."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, tuple):
        return list(value)
    if is_model(value):
        return value.model_dump(mode="json")
    if is_secret(value):
        return str(value)  # stars, as in a model; what is then done about them is the same, too
    raise TypeError(f"a {type(value).__name__} is nothing that JSON can carry")


def _encodable_with_secrets(value: object) -> object:
    """The same with what secrets hide in the place of stars."""
    if is_secret(value):
        return _secrets.content(value)
    return _secrets.model_dump(value) if is_model(value) else _encodable(value)


def _refuse_silent_changes(value: object, what: str, takes_secrets: bool) -> None:
    """NaN is written as ``null`` and a secret as stars, without an error: looked for where those occur."""
    if finding := _refusals.find(value, what, takes_secrets=takes_secrets):
        raise ValueRefusedError(str(finding), path=finding.path)
