"""Why JSON can't carry a value, and where in it the reason is."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from fireflytx import _secrets
from fireflytx._models import (
    dataclass_members,
    is_dataclass_instance,
    is_model,
    is_secret,
    members_left_to_pydantic,
)

if TYPE_CHECKING:
    from pydantic import BaseModel

STARS: Final = b"**********"
"""What pydantic shows of a secret."""

_MAX_DEPTH = 254  # orjson's limit
_MAX_KEY_SHOWN = 60
_MAX_PATH_SHOWN = 200
# orjson writes these, and refuses their subclasses.
_EXACT_TYPES = frozenset({type(None), float, date, datetime, time, UUID})
_FLOAT_NAMES = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
_ADVICE = {
    "set": "JSON has no sets; make it a list",
    "frozenset": "JSON has no sets; make it a list",
    "bytes": "JSON has no bytes; make it text, in base64 for example",
    "bytearray": "JSON has no bytes; make it text, in base64 for example",
    "timedelta": "make it a number of seconds",
    "coroutine": "did you forget 'await'?",
}


@dataclasses.dataclass(frozen=True, slots=True)
class Finding:
    """One reason; ``str()`` is the sentence, which never has a value in it."""

    path: str
    reason: str

    def __str__(self) -> str:
        return f"{_shortened(self.path)} {self.reason}."


def find(value: object, path: str, *, takes_secrets: bool = False) -> Finding | None:
    """The first reason that JSON can't carry ``value``, depth first; None if there is none.

    Args:
        value: What is to be written.
        path: What it is called.
        takes_secrets: Whether secrets are written by their value; else each of them is a reason.
    """
    return _find(value, path, [], takes_secrets)


def _shortened(path: str) -> str:
    """Both ends of a path that is too long to read: where it leads into, and what is wrong there."""
    if len(path) <= _MAX_PATH_SHOWN:
        return path
    half = _MAX_PATH_SHOWN // 2
    return f"{path[:half]} … {path[-half:]}"


def _find(value: object, path: str, around: list[int], takes_secrets: bool) -> Finding | None:
    if isinstance(value, Enum):
        value = value.value
    if takes_secrets and is_secret(value):
        value = _secrets.content(value)
    if is_model(value):
        return _find_in_model(value, path, around, takes_secrets)
    if reason := _reason(value) or _nesting_reason(value, around):
        return Finding(path, reason)
    around.append(id(value))
    # A loop and no generator expression: one frame for each level stays far from the recursion limit.
    for key, member in _members(value, path):
        if found := _find(member, key, around, takes_secrets):
            return found
    around.pop()
    return None


def _find_in_model(model: BaseModel, path: str, around: list[int], takes_secrets: bool) -> Finding | None:
    """Pydantic has its own rules for what it writes, so what it wrote is looked at, and what it hid."""
    try:
        dumped = model.model_dump(mode="json")
    except Exception as error:
        return Finding(
            path, f"is a {type(model).__name__} that pydantic can't write ({type(error).__name__})"
        )
    return _hidden_in(model, path, set(), takes_secrets) or _find(dumped, path, around, takes_secrets)


def _hidden_in(value: object, path: str, seen: set[int], takes_secrets: bool) -> Finding | None:
    """The first member of a model, however deep, that pydantic writes as stars or as ``null``."""
    if takes_secrets and is_secret(value):
        return _find(value, path, [], takes_secrets)
    if reason := _hidden_reason(value):
        return Finding(path, reason)
    if id(value) in seen:
        return None
    seen.add(id(value))
    for key, member in _members(value, path):
        if found := _hidden_in(member, key, seen, takes_secrets):
            return found
    return None


def _hidden_reason(value: object) -> str | None:
    if isinstance(value, float):
        return _float_reason(value)
    # An empty secret is written as what it is.
    return _type_reason(value) if is_secret(value) and str(value) else None


def _float_reason(value: float) -> str | None:
    if math.isfinite(value):
        return None
    return f"is {_FLOAT_NAMES[str(float(value))]}; JSON has no such number"


def _nesting_reason(value: object, around: list[int]) -> str | None:
    if id(value) in around:
        return "contains itself"
    return f"is nested more than {_MAX_DEPTH} levels deep" if len(around) >= _MAX_DEPTH else None


def _reason(value: object) -> str | None:
    """What is wrong with the value itself; its members are looked at one by one."""
    if isinstance(value, str):
        return _text_reason(value)
    if isinstance(value, int):
        return None if -(2**63) <= value < 2**64 else "is an integer of more than 64 bits; make it a string"
    if isinstance(value, float) and (reason := _float_reason(value)):
        return reason
    if isinstance(value, time) and value.tzinfo is not None:
        return "is a time with a time zone, which has no JSON form; use a datetime"
    if isinstance(value, Mapping):
        return _key_reason(value)
    return None if _is_plain(value) else _type_reason(value)


def _is_plain(value: object) -> bool:
    is_container = isinstance(value, list | tuple | Decimal) or is_dataclass_instance(value)
    return type(value) in _EXACT_TYPES or is_container


def _text_reason(value: str) -> str | None:
    lone = any("\ud800" <= char <= "\udfff" for char in value)
    return "has a lone surrogate, which is no valid text" if lone else None


def _key_reason(value: Mapping[Any, Any]) -> str | None:
    for key in value:
        if not isinstance(key, str):
            return f"has a key of type {type(key).__name__}; JSON's keys are strings"
        if _text_reason(key):
            return "has a key with a lone surrogate, which is no valid text"
    return None


def _type_reason(value: object) -> str:
    name = type(value).__name__
    if is_secret(value):
        return (
            f"is a {name}, and would be kept in plain text: give the engine a codec, which encrypts it "
            "(docs/secrets.md), or pass a reference to the secret instead"
        )
    return f"is a {name}; {_ADVICE.get(name, 'JSON has no form for it')}"


def _members(value: object, path: str) -> Iterable[tuple[str, object]]:
    """The members of a container with their paths; none for any other value."""
    if isinstance(value, Mapping):
        return ((_key_path(path, key), member) for key, member in value.items())
    if isinstance(value, list | tuple | set | frozenset):
        return ((f"{path}[{index}]", member) for index, member in enumerate(value))
    if is_model(value):
        return _members(members_left_to_pydantic(value), path)
    if is_dataclass_instance(value):
        return _members(dataclass_members(value), path)
    return ()


def _key_path(path: str, key: object) -> str:
    text = str(key)
    shown = text if len(text) <= _MAX_KEY_SHOWN else f"{text[:_MAX_KEY_SHOWN]}…"
    return f"{path}.{shown}" if shown.isidentifier() else f'{path}["{shown}"]'
