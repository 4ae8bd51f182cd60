"""Encryption of a saga's values: what a codec is, and one that uses AES-GCM.

::

    from fireflytx.codec import AesGcmCodec

    engine = SagaEngine(codec=AesGcmCodec(keys={"2026-11": key}))

``AesGcmCodec`` needs ``pip install fireflytx[crypto]``. Any object with the three methods of :class:`Codec`
will do in its place: one that asks a key management service for its data keys, say.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, Protocol

import orjson

from fireflytx.exceptions import CodecError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_KEY_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_KEY_SIZES: Final = (16, 24, 32)
_NONCE_BYTES: Final = 12
_LEAST_IDENTITY_KEY_BYTES: Final = 16
_IDENTITY_PURPOSE: Final = b"fireflytx: which input a saga was started with"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a text belongs. What was encrypted for one place must not be accepted in another.

    A step's result becomes part of the next step's input under the same name, so a place is no step's.

    Attributes:
        correlation_id: The saga run.
        name: The name of the value: the key of an input, a result or a context value; for an error
            ``message`` or ``traceback``.
        kind: ``value``, or ``error`` for part of one.
    """

    correlation_id: str
    name: str
    kind: Literal["value", "error"] = "value"

    def __bytes__(self) -> bytes:
        """The place as one text, different for every place: what to bind the encryption to."""
        return orjson.dumps(["fireflytx", 1, self.kind, self.correlation_id, self.name])


@dataclass(frozen=True, slots=True)
class Encrypted:
    """A text that was encrypted.

    Attributes:
        key_id: Which key reads it; 1 to 64 of ``A-Z a-z 0-9 . _ -``. It is kept in plain text.
        data: Whatever the codec needs to read it again.
    """

    key_id: str
    data: bytes

    def __post_init__(self) -> None:
        if not _KEY_ID.fullmatch(self.key_id):
            raise ValueError(f"A key's id must be 1 to 64 of A-Z a-z 0-9 . _ -, got {self.key_id!r}.")


class Undecodable(str):
    """What results, histories and events have in the place of a value that can't be decoded: why not.

    A string, so that whatever writes values can write it; ask for its type to tell it from a value.
    """

    __slots__ = ()


class Codec(Protocol):
    """Encrypts values on their way to the engine. Its methods are called from several threads, and at once.

    What it raises fails the step's attempt, or shows as a value that can't be decoded. Of a
    :class:`~fireflytx.exceptions.CodecError` people see the message, of any other exception only the type.
    """

    def encode(self, text: bytes, place: Place) -> Encrypted:
        """``text`` encrypted, with the key that is current now."""
        ...

    def decode(self, encrypted: Encrypted, place: Place) -> bytes:
        """The text that was encrypted for this place, with whatever key it was.

        Raises:
            CodecError: The key is not there, or this is not what was encrypted for this place.
        """
        ...

    def identity(self, text: bytes, correlation_id: str) -> str:
        """A keyed hash of a saga's input, the same for equal inputs of one id as long as the store lives.

        By it the engine knows that a start is a repetition. ``text`` is the input in its canonical form.
        """
        ...


class AesGcmCodec:
    """Encrypts with AES-GCM (NIST SP 800-38D), a random nonce of 96 bits for each value.

    Args:
        keys: Every key that values may be encrypted with, by its id: 16, 24 or 32 random bytes each.
        current: The id of the key that encrypts; may be left out if there is only one.
        identity_key: What inputs are hashed with, to know a start that is repeated; at least 16 bytes, and
            never changed. With one key it may be left out, and comes from that one
            (:meth:`identity_key_of`).

    Raises:
        ImportError: The extra ``crypto`` is not installed.
        ValueError: A key, an id or the choice among them is wrong. The message never shows a key.
    """

    def __init__(
        self, keys: Mapping[str, bytes], current: str | None = None, *, identity_key: bytes | None = None
    ) -> None:
        cipher = _aes_gcm()
        self._current = _checked_current(keys, current)
        self._ciphers: dict[str, AESGCM] = {
            key_id: cipher(_checked(key_id, key)) for key_id, key in keys.items()
        }
        self._identity_key = _checked_identity(keys, identity_key)

    def encode(self, text: bytes, place: Place) -> Encrypted:
        """See :class:`Codec`."""
        nonce = os.urandom(_NONCE_BYTES)
        return Encrypted(
            self._current, nonce + self._ciphers[self._current].encrypt(nonce, text, bytes(place))
        )

    def decode(self, encrypted: Encrypted, place: Place) -> bytes:
        """See :class:`Codec`."""
        from cryptography.exceptions import InvalidTag

        cipher = self._ciphers.get(encrypted.key_id)
        if cipher is None:
            raise CodecError(
                f"it is encrypted with key '{encrypted.key_id}', which this codec does not have. "
                f"Its keys: {', '.join(self._ciphers)}"
            )
        nonce, rest = encrypted.data[:_NONCE_BYTES], encrypted.data[_NONCE_BYTES:]
        try:
            return cipher.decrypt(nonce, rest, bytes(place))
        except (InvalidTag, ValueError):  # a nonce or a text that is too short is a ValueError
            raise CodecError(
                f"key '{encrypted.key_id}' does not open it: it was damaged, belongs elsewhere, or the key "
                "of that id is another one"
            ) from None

    def identity(self, text: bytes, correlation_id: str) -> str:
        """See :class:`Codec`."""
        # The id is part of it, so that equal inputs of two runs can't be told from their hashes.
        message = hashlib.sha256(correlation_id.encode()).digest() + text
        return "hmac-sha256:" + hmac.new(self._identity_key, message, hashlib.sha256).hexdigest()

    @staticmethod
    def identity_key_of(key: bytes) -> bytes:
        """The identity key that a codec with this one key has; give it to the codec that has more keys."""
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        return HKDF(SHA256(), length=32, salt=None, info=_IDENTITY_PURPOSE).derive(key)

    def __repr__(self) -> str:
        return f"<AesGcmCodec with the keys {', '.join(self._ciphers)}; current: {self._current}>"


def _aes_gcm() -> type[AESGCM]:
    try:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    except ImportError as error:
        raise ImportError(
            "AesGcmCodec needs the package cryptography: pip install fireflytx[crypto]"
        ) from error
    return AESGCM


def _checked_current(keys: Mapping[str, bytes], current: str | None) -> str:
    if not keys:
        raise ValueError("AesGcmCodec needs at least one key.")
    if current is None and len(keys) > 1:
        raise ValueError(f"Of several keys ({', '.join(keys)}) one must be current: say current=... .")
    chosen = next(iter(keys)) if current is None else current
    if chosen not in keys:
        raise ValueError(f"The current key '{chosen}' is none of the keys: {', '.join(keys)}.")
    return chosen


def _checked(key_id: object, key: object) -> bytes:
    if not isinstance(key_id, str) or not _KEY_ID.fullmatch(key_id):
        raise ValueError(f"A key's id must be 1 to 64 of A-Z a-z 0-9 . _ -, got {key_id!r}.")
    if not isinstance(key, bytes):
        raise ValueError(f"Key '{key_id}' must be bytes, got a {type(key).__name__}.")
    if len(key) not in _KEY_SIZES:
        raise ValueError(f"Key '{key_id}' must have 16, 24 or 32 bytes, got {len(key)}.")
    return key


def _checked_identity(keys: Mapping[str, bytes], identity_key: object) -> bytes:
    if identity_key is None:
        if len(keys) > 1:
            raise ValueError(
                "With several keys, say identity_key=...: it must not change when the current key does, or a "
                "start that is repeated is taken for another one. If the codec had one key before, it is "
                "AesGcmCodec.identity_key_of(that_key)."
            )
        return AesGcmCodec.identity_key_of(next(iter(keys.values())))
    if not isinstance(identity_key, bytes) or len(identity_key) < _LEAST_IDENTITY_KEY_BYTES:
        raise ValueError(f"identity_key must be at least {_LEAST_IDENTITY_KEY_BYTES} bytes.")
    return identity_key
