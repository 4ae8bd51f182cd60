"""Text from sagas, made harmless for a terminal and for a page."""

from __future__ import annotations

import unicodedata

# What moves a cursor, rings, hides, or turns the direction of what follows.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_LONGEST = 2_000


def clean(text: str, *, longest: int = _LONGEST) -> str:
    r"""The text on one line, without anything that a terminal would obey or a reader not see.

    Control characters, marks of direction and the like are written as escapes, such as ``\x1b``; text that is
    longer than ``longest`` characters is cut.
    """
    cut = text if len(text) <= longest else text[: longest - 1] + "…"
    return escaped(cut)


def escaped(text: str, *, keep: str = "") -> str:
    r"""The text with everything that is not seen, but for the characters in ``keep``, as in ``\x1b``."""
    if text.isprintable():
        return text
    return "".join(_escape(char) if _is_unseen(char) and char not in keep else char for char in text)


def _is_unseen(char: str) -> bool:
    return unicodedata.category(char) in _UNSEEN


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")
