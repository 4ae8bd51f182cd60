"""Ids and texts that a user hands to an engine."""

from __future__ import annotations

import pytest

from fireflytx.options import check_correlation_id, check_text


@pytest.mark.parametrize("text", ["order 7", "größe/日本-🚀", "x" * 200, "no\u00a0break"])
def test_any_short_printable_text_is_an_id(text: str):
    check_correlation_id(text)


@pytest.mark.parametrize("text", ["", "x" * 201, "a\nb", "a\tb", "\x1b[31m", "\x7f", "\x9b31m", "\ud800"])
def test_an_id_that_is_no_short_printable_text_is_refused(text: str):
    with pytest.raises(ValueError, match="correlation_id"):
        check_correlation_id(text)


def test_a_reason_that_could_forge_a_line_of_the_log_is_refused():
    with pytest.raises(ValueError, match="reason holds a control character"):
        check_text("reason", "so\nWARNING: forged")
