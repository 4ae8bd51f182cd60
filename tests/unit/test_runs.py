"""What runs own in this process; here their large inputs."""

from __future__ import annotations

import pytest

from fireflytx import runs
from fireflytx.runs import SagaRuns

LARGE = b'{"scan":"' + b"x" * 5_000 + b'"}'


def text(owned: SagaRuns, number: int | None) -> bytes | None:
    kept = owned.kept_input(number or 0)
    return None if kept is None else kept.text


def test_a_small_input_is_not_kept():
    assert SagaRuns().keep_input("c", b'{"n":1}') is None


def test_a_large_input_is_kept_until_its_run_has_ended():
    owned = SagaRuns()
    number = owned.keep_input("c", LARGE)
    assert text(owned, number) == LARGE
    owned.end("c")
    assert text(owned, number) is None


def test_an_id_that_is_used_again_keeps_what_it_has():
    owned = SagaRuns()
    number = owned.keep_input("c", LARGE)
    assert owned.keep_input("c", LARGE + b" ") is None
    assert text(owned, number) == LARGE


def test_another_input_of_a_run_that_was_given_up_is_never_taken_for_its_own():
    owned = SagaRuns()
    first = owned.keep_input("c", LARGE)
    owned.end("c")  # it is parked: Java goes on with it later
    second = owned.keep_input("c", LARGE + b" ")
    assert first != second
    assert text(owned, first) is None


def test_inputs_beyond_a_limit_are_not_kept_until_others_have_gone(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(runs, "_MOST_KEPT_BYTES", 2 * len(LARGE))
    owned = SagaRuns()
    first = owned.keep_input("a", LARGE)
    assert owned.keep_input("b", LARGE) is not None
    assert owned.keep_input("c", LARGE) is None
    owned.forget_input(first or 0)
    assert owned.keep_input("c", LARGE) is not None
    assert owned.keep_input("huge", LARGE * 3) is None


def test_those_that_have_been_there_for_long_make_room(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(runs, "_MOST_KEPT_BYTES", 2 * len(LARGE))
    now_s = 100.0
    monkeypatch.setattr("time.monotonic", lambda: now_s)
    owned = SagaRuns()
    first = owned.keep_input("a", LARGE)
    now_s += 30
    second = owned.keep_input("b", LARGE)
    now_s += 30
    assert owned.keep_input("c", LARGE) is not None
    assert text(owned, first) is None
    assert text(owned, second) == LARGE
