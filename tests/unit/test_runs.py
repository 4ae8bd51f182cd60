"""What runs own in this process; here their large inputs."""

from __future__ import annotations

import pytest

from fireflytx import runs
from fireflytx.runs import SagaRuns

LARGE = b'{"scan":"' + b"x" * 5_000 + b'"}'


def kept(owned: SagaRuns, correlation_id: str) -> bytes:
    found = owned.kept_input(correlation_id)
    assert found is not None
    return found.text


def test_a_small_input_is_not_kept():
    owned = SagaRuns()
    assert not owned.keep_input("c", b'{"n":1}')
    assert owned.kept_input("c") is None


def test_a_large_input_is_kept_until_its_run_has_ended():
    owned = SagaRuns()
    assert owned.keep_input("c", LARGE)
    assert kept(owned, "c") == LARGE
    owned.end("c")
    assert owned.kept_input("c") is None


def test_an_id_that_is_used_again_keeps_what_it_has():
    owned = SagaRuns()
    assert owned.keep_input("c", LARGE)
    assert not owned.keep_input("c", LARGE + b" ")
    assert kept(owned, "c") == LARGE


def test_inputs_beyond_a_limit_are_not_kept_until_others_have_gone(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(runs, "_MOST_KEPT_BYTES", 2 * len(LARGE))
    owned = SagaRuns()
    assert owned.keep_input("a", LARGE)
    assert owned.keep_input("b", LARGE)
    assert not owned.keep_input("c", LARGE)
    owned.forget_input("a")
    assert owned.keep_input("c", LARGE)
    assert not owned.keep_input("huge", LARGE * 3)


def test_those_that_have_been_there_for_long_make_room(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(runs, "_MOST_KEPT_BYTES", 2 * len(LARGE))
    now_s = 100.0
    monkeypatch.setattr("time.monotonic", lambda: now_s)
    owned = SagaRuns()
    owned.keep_input("a", LARGE)
    now_s += 30
    owned.keep_input("b", LARGE)
    now_s += 30
    assert owned.keep_input("c", LARGE)
    assert owned.kept_input("a") is None
    assert kept(owned, "b") == LARGE
