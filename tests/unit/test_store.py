from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest

from fireflytx import SagaEngine
from fireflytx._bridge.session import Welcome
from fireflytx.exceptions import StoreError, StoreNotSupportedError
from fireflytx.host import check_store
from fireflytx.store import STORE_VARIABLE, StoreLocation


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(STORE_VARIABLE)


def test_without_a_word_sagas_are_kept_below_the_current_folder(tmp_path: Path):
    location = StoreLocation.of(None)
    assert location == StoreLocation(tmp_path / ".fireflytx" / "journal.db", is_default=True)


@pytest.mark.parametrize(
    ("store", "journal"),
    [
        ("sqlite:///sagas.db", "sagas.db"),
        ("sqlite:///data/our sagas.db", "data/our sagas.db"),
        ("sqlite:////var/lib/shop/sagas.db", "/var/lib/shop/sagas.db"),
    ],
)
def test_a_sqlite_store_names_its_file(store: str, journal: str, tmp_path: Path):
    assert StoreLocation.of(store) == StoreLocation(tmp_path / journal)


def test_memory_needs_no_file():
    location = StoreLocation.of("memory")
    assert (location.journal, location.is_durable, location.wire) == (None, False, "memory")


def test_the_environment_counts_where_nothing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(STORE_VARIABLE, "sqlite:///env.db")
    assert StoreLocation.of(None).journal == tmp_path / "env.db"
    assert StoreLocation.of("memory").journal is None


def test_an_empty_variable_says_nothing(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(STORE_VARIABLE, "")
    assert StoreLocation.of(None).is_default


def test_the_file_stays_where_the_folder_was_when_the_engine_was_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    location = StoreLocation.of("sqlite:///sagas.db")
    monkeypatch.chdir("/")
    assert location.wire == str(tmp_path / "sagas.db")


@pytest.mark.parametrize(
    ("store", "hint"),
    [
        ("postgresql://shop@db/sagas", "comes in a later"),
        ("sqlite:///:memory:", "called 'memory'"),
        ("sqlite:///", "names no file"),
        ("sqlite:///data/", "names no file"),
        ("sqlite:///sagas.db?mode=ro", "options behind its '\\?'"),
        ("sqlite:///~/sagas.db", r"'~' is not expanded\. Say 'sqlite:////.*/sagas\.db'"),
        ("sqlite://sagas.db", "Say 'sqlite:///relative.db'"),
        ("sagas.db", "Say 'sqlite:///relative.db'"),
        (Path("sagas.db"), "Say 'sqlite:///relative.db'"),
    ],
)
def test_a_store_that_does_not_exist_is_refused_with_what_does(store: object, hint: str):
    with pytest.raises(StoreNotSupportedError, match=hint):
        StoreLocation.of(store)


def test_a_password_is_not_repeated():
    with pytest.raises(StoreNotSupportedError) as refused:
        StoreLocation.of("postgresql://shop:secret@db/sagas")
    assert "secret" not in str(refused.value)


def test_the_default_folder_is_private_and_out_of_gits_sight(tmp_path: Path):
    StoreLocation.of(None).prepare()
    folder = tmp_path / ".fireflytx"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert (folder / ".gitignore").read_text() == "*\n"


def test_a_folder_that_was_there_stays_as_it_is(tmp_path: Path):
    (tmp_path / ".fireflytx").mkdir()
    StoreLocation.of(None).prepare()
    assert list((tmp_path / ".fireflytx").iterdir()) == []


def test_the_folder_of_a_file_that_was_named_is_left_to_java(tmp_path: Path):
    StoreLocation.of("sqlite:///data/sagas.db").prepare()
    assert not (tmp_path / "data").exists()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"file/\.fireflytx' can't be made: Not a directory"):
        StoreLocation(tmp_path / "file" / ".fireflytx" / "journal.db", is_default=True).prepare()


@pytest.mark.parametrize(("wanted", "got"), [("sqlite:///x.db", "memory"), ("memory", "sqlite:/x.db")])
def test_an_engine_of_an_older_build_that_keeps_sagas_elsewhere_is_refused(wanted: str, got: str) -> None:
    welcome = Welcome(engine="0.1.0", java="17", store=got, unfinished=0, owner=1, fence=1, monotonic_ms=0)
    with pytest.raises(StoreError, match="jars are of another build"):
        check_store(welcome, StoreLocation.of(wanted))


def test_memory_keeps_no_sagas_for_a_time():
    with pytest.raises(ValueError, match="retention_ms goes with a journal"):
        SagaEngine("memory", retention_ms=60_000)


@pytest.mark.parametrize("options", [{"store": "memory"}, {"retention_ms": 60_000}])
def test_an_observer_needs_a_journal_and_keeps_nothing(options: dict[str, Any]):
    with pytest.raises(ValueError, match="An observer"):
        SagaEngine(observer=True, **options)


@pytest.mark.parametrize(("retention_ms", "error"), [(999, ValueError), ("week", TypeError)])
def test_a_retention_that_makes_no_sense_is_refused(retention_ms: int, error: type[Exception]):
    with pytest.raises(error, match="retention_ms must be"):
        SagaEngine(retention_ms=retention_ms)
