"""The command ``doctor``: whether sagas can run here, and if not, why."""

from __future__ import annotations

import os
import platform
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from fireflytx._bridge.cache_folder import VARIABLE, cache_folder
from fireflytx._bridge.java import find_java
from fireflytx._version import __version__
from fireflytx.cli import output
from fireflytx.cli.exits import Exit
from fireflytx.engine import SagaEngine
from fireflytx.exceptions import FireflyTxError
from fireflytx.inspection.text import clean
from fireflytx.store import StoreLocation

_LITTLE_DISK_MB = 500
_MARKS = {True: ("ok", "green"), False: ("NOT OK", "bold red")}


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What one look has found.

    Attributes:
        what: What was looked at.
        is_good: Whether sagas can run, as far as that goes.
        found: What there is, and what to do if it is not good.
    """

    what: str
    is_good: bool
    found: str


async def examine(store: str | None, as_json: bool) -> Exit:
    """Print what was found; ``NOT_GOOD`` if anything keeps sagas from running."""
    found = [
        Diagnosis("Python", True, f"{platform.python_version()} on {platform.system()} {platform.machine()}"),
        Diagnosis("fireflytx", True, __version__),
        _told("Java", _java),
        _told("start cache", _cache),
        _told("store", lambda: _store(store)),
        await _engine(),
    ]
    if as_json:
        output.print_json([asdict(each) for each in found])
    else:
        out = output.console()
        width = max(len(each.what) for each in found)
        for each in found:
            word, style = _MARKS[each.is_good]
            out.print(
                f"{each.what:{width}}  ", output.styled(f"{word:6}", style), f"  {clean(each.found)}", sep=""
            )
    return Exit.DONE if all(each.is_good for each in found) else Exit.NOT_GOOD


def _told(what: str, look: Callable[[], str]) -> Diagnosis:
    try:
        return Diagnosis(what, True, look())
    except (FireflyTxError, OSError, ValueError) as problem:
        return Diagnosis(what, False, str(problem))


def _java() -> str:
    java = find_java()
    return f"{java.full_version}, from {java.source}: {java.path}"


def _cache() -> str:
    folder = cache_folder()
    if folder is None:
        return f"off ({VARIABLE}, or a user without a home): every start takes as long as the first"
    made = [file for file in folder.glob("java-*") if file.suffix == ""] if folder.is_dir() else []
    return f"{folder}, {len(made)} made" if made else f"{folder}, none yet: the first engine makes one"


def _store(store: str | None) -> str:
    location = StoreLocation.of(store)
    if location.journal is None:
        return "memory: sagas are lost with their program"
    folder = _existing(location.journal.parent)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise OSError(
            f"The folder '{folder}' of the journal '{location.journal}' can't be written to by this user."
        )
    if location.journal.exists() and not os.access(location.journal, os.R_OK | os.W_OK):
        raise OSError(f"The journal '{location.journal}' can't be read and written by this user.")
    free_mb = shutil.disk_usage(folder).free // 2**20
    if free_mb < _LITTLE_DISK_MB:
        raise OSError(
            f"The disk of '{location.journal}' has {free_mb} MB free. "
            "Make room: a full disk stops every saga."
        )
    size = (
        f"{location.journal.stat().st_size / 2**20:.1f} MB" if location.journal.exists() else "not made yet"
    )
    return f"{location.journal} ({size}), {free_mb / 1024:.0f} GB free"


def _existing(folder: Path) -> Path:
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder


async def _engine() -> Diagnosis:
    """Starts one in memory: what the store holds is not touched."""
    begun_s = time.perf_counter()
    try:
        async with SagaEngine("memory"):
            took_ms = (time.perf_counter() - begun_s) * 1000
    except FireflyTxError as problem:
        return Diagnosis("engine", False, str(problem))
    return Diagnosis("engine", True, f"started in {took_ms:.0f} ms")
