"""The cache that makes Java start quicker: when it is used, made, refused and removed."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
import zlib
from pathlib import Path

import pytest
from bench.processes import tree

from fireflytx._bridge.cache_folder import cache_folder
from fireflytx._bridge.java import Java
from fireflytx._bridge.start_cache import StartCache, leaves_cache_alone

DEFAULTS = ("-Xmx512m",)
AN_HOUR_AGO = time.time() - 3601
THIRTY_DAYS_AGO = time.time() - 31 * 24 * 3600

JAVA = """
import json, os, sys, zlib
arguments = sys.argv[1:]
if arguments[-2].endswith(".Seal"):
    content = open(arguments[-1], "rb").read()
    print(json.dumps({"size_bytes": len(content), "crc32": zlib.crc32(content)}))
    sys.exit()
with open(LOG, "a") as log:
    log.write(json.dumps({"arguments": arguments, "options": os.environ.get("JAVA_TOOL_OPTIONS")}) + "\\n")
recorder = next(each for each in arguments if each.startswith("-XX:A"))
open(recorder.partition("=")[2], "w").write("what Java has loaded")
"""


class Machine:
    """One Java, the engine's jars and a cache folder."""

    def __init__(self, folder: Path) -> None:
        self.caches = folder / "user" / "caches"
        self.log = folder / "rehearsals"
        self.java = folder / "jdk" / "bin" / "java"
        self.java.parent.mkdir(parents=True)
        self.installs(JAVA)
        self.jar = folder / "jars" / "engine.jar"
        self.jar.parent.mkdir()
        self.jar.write_text("a jar")

    def installs(self, program: str) -> None:
        self.java.write_text(f"#!{sys.executable} -ISu\n" + program.replace("LOG", repr(str(self.log))))
        self.java.chmod(0o755)

    def cache(self, *, version: str = "17.0.15") -> StartCache:
        java = Java(str(self.java), int(version.partition(".")[0]), version, "a test")
        return StartCache(self.caches, java, [str(self.jar)], DEFAULTS)

    def make(self, **changes: str) -> Path:
        """The file of a cache that was made and is used."""
        making = self.cache(**changes)
        making.options()
        making.make()
        self.wait()
        return file_of(self.cache(**changes))

    def wait(self) -> None:
        """Until nobody makes a cache any more."""
        end_s = time.monotonic() + 20
        while list(self.caches.glob("making-*")):
            assert time.monotonic() < end_s, "the cache is not made"
            time.sleep(0.01)

    def rehearsals(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.log.read_text().splitlines()] if self.log.exists() else []

    def files(self) -> set[str]:
        return {path.name for path in self.caches.iterdir()}


def file_of(cache: StartCache) -> Path:
    return Path(cache.options()[0].partition("=")[2])


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_a_first_start_has_none_and_the_second_uses_what_was_made(machine: Machine) -> None:
    first = machine.cache()

    assert first.options() == []
    first.make()
    machine.wait()

    assert file_of(machine.cache()).read_text() == "what Java has loaded"


def test_java_25_makes_an_aot_cache_and_others_a_class_data_archive(machine: Machine) -> None:
    machine.make()
    machine.make(version="25.0.2")

    archive, aot = (set(map(str, each["arguments"])) for each in machine.rehearsals())
    assert [
        any(each.startswith("-XX:ArchiveClassesAtExit=") for each in some) for some in (archive, aot)
    ] == [
        True,
        False,
    ]
    assert any(each.startswith("-XX:AOTCacheOutput=") for each in aot)
    assert machine.cache(version="25.0.2").options()[0].startswith("-XX:AOTCache=")


def test_it_is_made_with_the_options_of_every_start_and_none_of_the_environment(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JAVA_TOOL_OPTIONS", "-agentlib:jdwp=transport=dt_socket,server=y,address=5005")
    machine.make()

    (rehearsal,) = machine.rehearsals()
    assert rehearsal["options"] is None
    assert rehearsal["arguments"][:1] == list(DEFAULTS)  # type: ignore[index]


def test_nothing_is_left_beside_the_cache_and_its_seal(machine: Machine) -> None:
    file = machine.make()

    assert machine.files() == {file.name, f"{file.name}.seal"}


def test_whoever_uses_one_makes_none(machine: Machine) -> None:
    machine.make()
    using = machine.cache()
    using.options()
    using.make()

    assert len(machine.rehearsals()) == 1


def test_two_that_start_at_once_make_one(machine: Machine) -> None:
    both = [machine.cache(), machine.cache()]
    for each in both:
        each.options()
    for each in both:
        each.make()
    machine.wait()

    assert len(machine.rehearsals()) == 1


def test_one_who_comes_when_it_is_finished_makes_no_other(machine: Machine) -> None:
    late = machine.cache()
    late.options()
    machine.make()
    late.make()
    machine.wait()

    assert len(machine.rehearsals()) == 1


def test_one_that_can_not_be_made_is_tried_again_after_an_hour(machine: Machine) -> None:
    machine.installs("import sys; open(LOG, 'a').write('{}\\n'); sys.exit(1)")
    for _ in range(2):
        trying = machine.cache()
        trying.options()
        trying.make()
        machine.wait()
    assert len(machine.rehearsals()) == 1

    (claim,) = machine.caches.glob("*.claim")
    os.utime(claim, (AN_HOUR_AGO, AN_HOUR_AGO))
    trying = machine.cache()
    trying.options()
    trying.make()
    machine.wait()

    assert len(machine.rehearsals()) == 2


@pytest.mark.parametrize("damage", ["what Java has l0aded", "what Java", ""])
def test_one_that_is_damaged_is_not_used_and_made_again(machine: Machine, damage: str) -> None:
    file = machine.make()
    file.write_text(damage)

    assert machine.cache().options() == []
    assert machine.make().read_text() == "what Java has loaded"


@pytest.mark.parametrize("seal", ["", "not JSON", "{}", "[1]"])
def test_one_whose_seal_is_damaged_is_not_used(machine: Machine, seal: str) -> None:
    file = machine.make()
    file.with_name(f"{file.name}.seal").write_text(seal)

    assert machine.cache().options() == []


def test_one_without_a_seal_is_not_used_and_made_again(machine: Machine) -> None:
    file = machine.make()
    file.with_name(f"{file.name}.seal").unlink()

    assert machine.cache().options() == []
    machine.make()
    assert machine.cache().options() != []


def test_a_copy_with_other_times_is_used(machine: Machine) -> None:
    file = machine.make()
    os.utime(file, (1, 1))

    assert file_of(machine.cache()) == file


def test_it_is_read_whole_once_and_not_at_every_start(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.make()
    monkeypatch.setattr(zlib, "crc32", None)

    assert machine.cache().options() != []


def test_that_of_another_user_is_not_used(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    file = machine.make()
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    os.chown(file, 12345, -1)

    assert machine.cache().options() == []


def test_a_folder_that_can_not_be_made_is_no_error(machine: Machine) -> None:
    machine.caches.parent.write_text("a file where a folder should be")
    cache = machine.cache()

    assert cache.options() == []
    cache.make()
    assert machine.rehearsals() == []


def test_other_jars_have_another_cache_and_the_old_one_goes(machine: Machine) -> None:
    old = machine.make()
    machine.jar.write_text("another jar")

    new = machine.make()

    assert new != old
    assert machine.files() == {new.name, f"{new.name}.seal"}


def test_another_version_of_java_has_another_cache(machine: Machine) -> None:
    machine.make()

    assert machine.cache(version="17.0.16").options() == []


def test_caches_of_other_places_go_when_they_were_not_used_for_a_month(machine: Machine) -> None:
    machine.caches.mkdir(parents=True)
    for name, used_s in (("java-used-1", time.time()), ("java-forgotten-1", THIRTY_DAYS_AGO)):
        (machine.caches / name).touch()
        seal = machine.caches / f"{name}.seal"
        seal.touch()
        os.utime(seal, (used_s, used_s))

    machine.make()

    assert {"java-used-1", "java-used-1.seal"} <= machine.files()
    assert not {"java-forgotten-1", "java-forgotten-1.seal"} & machine.files()


def test_what_a_killed_maker_has_left_goes_after_an_hour(machine: Machine) -> None:
    left = machine.caches / "making-it"
    left.mkdir(parents=True)
    os.utime(left, (AN_HOUR_AGO, AN_HOUR_AGO))

    machine.make()

    assert "making-it" not in machine.files()


def test_one_that_java_has_crashed_with_is_not_made_again_at_once(machine: Machine) -> None:
    machine.make()
    using = machine.cache()
    using.options()

    assert using.discard()
    machine.cache().options()
    trying = machine.cache()
    trying.options()
    trying.make()

    assert machine.cache().options() == []
    assert len(machine.rehearsals()) == 1


@pytest.mark.parametrize("options", [(), ("-Xmx1g", "-Xss2m", "-Dkey=value", "-XX:MaxMetaspaceSize=100m")])
def test_limits_and_properties_leave_it_alone(options: tuple[str, ...]) -> None:
    assert leaves_cache_alone(options)


@pytest.mark.parametrize(
    "option",
    [
        "-XX:+UseG1GC",
        "-Xshare:off",
        "-XX:SharedArchiveFile=own.jsa",
        "-javaagent:own.jar",
        "-Djava.system.class.loader=own",
        "--add-modules=own",
    ],
)
def test_what_changes_what_java_loads_does_not(option: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not leaves_cache_alone(["-Xmx1g", option])
    monkeypatch.setenv("JDK_JAVA_OPTIONS", f"-Xmx1g {option}")
    assert not leaves_cache_alone([])


@pytest.mark.parametrize(
    ("environment", "folder"),
    [
        ({"FIREFLYTX_CACHE": "/srv/cache", "XDG_CACHE_HOME": "/xdg", "HOME": "/home/ann"}, "/srv/cache"),
        ({"XDG_CACHE_HOME": "/xdg", "HOME": "/home/ann"}, "/xdg/fireflytx"),
        ({"XDG_CACHE_HOME": "relative", "HOME": "/home/ann"}, "/home/ann/.cache/fireflytx"),
        ({"FIREFLYTX_CACHE": "off", "HOME": "/home/ann"}, "None"),
    ],
)
def test_the_folder_is_the_named_one_or_the_users(
    environment: dict[str, str], folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(os, "environ", environment)

    assert str(cache_folder()) == folder


@pytest.mark.parametrize("environment", [{}, {"HOME": ""}])
def test_without_a_home_in_the_environment_the_registered_one_counts(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import pwd

    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(os, "environ", environment)

    assert cache_folder() == Path(pwd.getpwuid(os.getuid()).pw_dir) / ".cache" / "fireflytx"


def test_the_process_that_makes_one_is_reaped(machine: Machine) -> None:
    others = set(tree(os.getpid()))  # such as those that earlier tests' engines have begun

    machine.make()
    for thread in threading.enumerate():
        if thread.name == "fireflytx-start-cache":
            thread.join(10)

    assert set(tree(os.getpid())) <= others
