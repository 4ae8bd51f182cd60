"""Text and values from sagas, made fit for a page: nothing hidden, nothing endless, no secrets."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass
from typing import Any

import orjson

# What is not seen, or turns the direction of what follows. Line breaks and tabs may stay.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_LAYOUT = frozenset("\n\t")
# Joiners hold emoji and several scripts together; they can't reorder or hide anything.
_HARMLESS = frozenset("\u200c\u200d")
_TOO_DEEP = "It is nested too deeply to be laid out."


def visible(text: str) -> str:
    r"""The text with everything that is not seen written as an escape, such as ``\u202e``."""
    if text.isprintable():
        return text
    return "".join(char if _is_harmless(char) else _escaped(char) for char in text)


def _is_harmless(char: str) -> bool:
    return char in _LAYOUT or char in _HARMLESS or unicodedata.category(char) not in _UNSEEN


def _escaped(char: str) -> str:
    return char.encode("unicode_escape", "backslashreplace").decode("ascii")


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
    size_bytes = len(orjson.dumps(value)) if _fits_orjson(value) else len(json.dumps(value))
    parts: list[str] = []
    chars = 0
    # Piece by piece: laying out a megabyte to show a screenful of it takes too long.
    for part in json.JSONEncoder(indent=2, ensure_ascii=False).iterencode(value):
        parts.append(part)
        chars += len(part)
        if chars > most_chars:
            return Shown("".join(parts)[:most_chars], size_bytes, is_whole=False)
    return Shown("".join(parts), size_bytes, is_whole=True)


def _fits_orjson(value: Any) -> bool:
    try:
        orjson.dumps(value)
    except (TypeError, ValueError):  # an integer of more than 64 bits, as Java may send one
        return False
    return True
