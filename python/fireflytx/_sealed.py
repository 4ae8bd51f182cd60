"""How encrypted values are written: ``{"$enc":"<key id>:<base64>"}`` for a value, ``$enc:…`` for a text.

A value that holds pydantic's secrets is encrypted with the names of their fields before it, so that whoever
decodes it, in whichever process, knows what to mask.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

import orjson

from fireflytx.codec import Codec, Encrypted, Place, Undecodable
from fireflytx.exceptions import CodecError

TAG: Final = "$enc"
TAG_BYTES: Final = b"$enc"

_TEXT_TAG: Final = f"{TAG}:"
_TOKEN = re.compile(r"\$enc:[A-Za-z0-9._-]{1,64}:[A-Za-z0-9+/=]*")
_SECRETS_AHEAD: Final = b"\x01"  # no JSON begins so

Learn = Callable[[Collection[str]], None]


def seal(value: object, place: Place, codec: Codec, *, secrets: Collection[str] = ()) -> dict[str, str]:
    """One value of an object, encrypted.

    Args:
        value: What JSON carries.
        place: Where it belongs.
        codec: Encrypts it.
        secrets: The names of the fields in it that hold secrets.

    Raises:
        CodecError: The codec failed.
    """
    text = orjson.dumps(value)
    if secrets:
        text = _SECRETS_AHEAD + orjson.dumps(sorted(secrets)) + b"\n" + text
    return {TAG: _token(text, place, codec)}


def seal_text(text: str, place: Place, codec: Codec) -> str:
    """A part of an error, encrypted; an empty one stays so.

    Raises:
        CodecError: The codec failed.
    """
    return _TEXT_TAG + _token(text.encode(), place, codec) if text else text


def is_sealed(value: object) -> bool:
    """Whether ``value`` is an encrypted value of an object."""
    return isinstance(value, dict) and len(value) == 1 and isinstance(value.get(TAG), str)


def unsealed(value: Mapping[str, str], place: Place, codec: Codec | None, learn: Learn) -> Any:
    """The value that was encrypted, or an ``Undecodable``; ``learn`` hears of the names of secrets in it."""
    try:
        text = _opened(value[TAG], place, codec)
        if text.startswith(_SECRETS_AHEAD):
            names, _, text = text[1:].partition(b"\n")
            learn(orjson.loads(names))
        return orjson.loads(text)
    except (CodecError, ValueError) as error:
        return _undecodable(error)


def unsealed_text(text: str, place: Place, codec: Codec | None) -> str:
    """A part of an error with what was encrypted in it decoded; the engine may have put words around it."""
    if TAG not in text:
        return text
    if _TOKEN.fullmatch(text):
        return _opened_text(text, place, codec)
    return _TOKEN.sub(lambda found: _opened_text(found.group(), place, codec), text)


def without_tokens(text: str) -> str:
    """A line with encrypted texts in it, for a person: ``PaymentDeclined: (encrypted)``."""
    return _TOKEN.sub("(encrypted)", text)


def _token(text: bytes, place: Place, codec: Codec) -> str:
    try:
        encrypted = codec.encode(text, place)
    except CodecError:
        raise
    except Exception as error:  # its message may hold anything
        raise CodecError(f"The codec could not encrypt a value: {type(error).__name__}.") from None
    return f"{encrypted.key_id}:{base64.b64encode(encrypted.data).decode()}"


def _opened(token: str, place: Place, codec: Codec | None) -> bytes:
    key_id, _, data = token.partition(":")
    try:
        encrypted = Encrypted(key_id, base64.b64decode(data, validate=True))
    except (ValueError, binascii.Error):
        raise CodecError("it is marked as encrypted, but has not that form") from None
    if codec is None:
        raise CodecError(f"it is encrypted with key '{key_id}', and this engine has no codec")
    try:
        return codec.decode(encrypted, place)
    except CodecError:
        raise
    except Exception as error:  # its message may hold anything
        raise CodecError(f"the codec failed on key '{key_id}': {type(error).__name__}") from None


def _opened_text(token: str, place: Place, codec: Codec | None) -> str:
    try:
        return _opened(token.removeprefix(_TEXT_TAG), place, codec).decode()
    except (CodecError, ValueError) as error:
        return _undecodable(error)


def _undecodable(error: Exception) -> Undecodable:
    why = str(error) if isinstance(error, CodecError) else "what was decoded is no JSON"
    return Undecodable(f"can't be decoded: {why.removesuffix('.')}.")
