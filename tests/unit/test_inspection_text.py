"""What comes from sagas can't disturb a terminal."""

from __future__ import annotations

import pytest

from fireflytx.inspection.text import clean


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, ünïcode, 漢字", "plain, ünïcode, 漢字"),
        ("\x1b[2Jgone", "\\x1b[2Jgone"),
        ("two\nlines\t!", "two\\nlines\\t!"),
        ("a\u202egnp.exe", "a\\u202egnp.exe"),
        ("bell\a", "bell\\x07"),
        ("\x9b31m", "\\x9b31m"),
        ("lone \ud800", "lone \\ud800"),
    ],
)
def test_what_a_terminal_would_obey_is_written_out(text: str, shown: str) -> None:
    assert clean(text) == shown


def test_long_text_is_cut() -> None:
    assert clean("x" * 1_000_000, longest=5) == "xxxx…"
