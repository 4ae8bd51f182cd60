"""Text and values from sagas, made fit for a page: nothing hidden, nothing endless, no secrets."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import orjson

from fireflytx.inspection.text import escaped
from fireflytx.result import SagaError

# Line breaks and tabs lay a text out. Joiners hold emoji and several scripts together; none of them can
# reorder or hide anything.
_KEPT = "\n\t\u200c\u200d"
_TOO_DEEP = "It is nested too deeply to be laid out."


def visible(text: str) -> str:
    r"""The text with everything that is not seen written as an escape, such as ``\u202e``."""
    return escaped(text, keep=_KEPT)


def error_text(error: SagaError) -> str:
    """An error's type and message."""
    return f"{error.type}: {error.message}" if error.message else error.type


@dataclass(frozen=True, slots=True)
class Shown:
    """A text as far as a page shows it.

    Attributes:
        text: Its beginning, or all of it.
        size_bytes: How large the whole is, in UTF-8.
        is_whole: Whether nothing is missing.
    """

    text: str
    size_bytes: int
    is_whole: bool


def shown(text: str, most_chars: int) -> Shown:
    """The text, shortened to ``most_chars`` characters."""
    size_bytes = len(text.encode("utf-8", "surrogatepass"))
    return Shown(text[:most_chars], size_bytes, len(text) <= most_chars)


def shown_value(value: Any, most_chars: int) -> Shown:
    """A value as JSON laid out for reading, shortened to ``most_chars`` characters."""
    try:
        return _laid_out(value, most_chars)
    except RecursionError:
        return Shown(_TOO_DEEP, 0, is_whole=True)


def _laid_out(value: Any, most_chars: int) -> Shown:
    size_bytes = _size_bytes(value)
    parts: list[str] = []
    chars = 0
    # Piece by piece: laying out a megabyte to show a screenful of it takes too long.
    for part in json.JSONEncoder(indent=2, ensure_ascii=False).iterencode(value):
        parts.append(part)
        chars += len(part)
        if chars > most_chars:
            return Shown("".join(parts)[:most_chars], size_bytes, is_whole=False)
    return Shown("".join(parts), size_bytes, is_whole=True)


def _size_bytes(value: Any) -> int:
    try:
        return len(orjson.dumps(value))
    except (TypeError, ValueError):  # an integer of more than 64 bits, as Java may send one
        return len(json.dumps(value))
