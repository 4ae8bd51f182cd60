"""The start cache with real Javas: what is made is used, and nothing that is wrong with it is noticed."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from tests.integration.processes import engines_of

from fireflytx import SagaEngine
from fireflytx._bridge.java import Java, find_java
from fireflytx.exceptions import JavaNotFoundError

PYTHON_FOLDER = Path(__file__).parents[2] / "python"
PROGRAM = """
import asyncio, sys
from fireflytx import SagaEngine, saga, saga_step

@saga("only")
class Only:
    @saga_step("step")
    async def step(self, data):
        return {}

async def main():
    options = {"jvm_args": ["-Xlog:class+load:file=classes.log"], "java_classpath": sys.argv[1:]}
    async with SagaEngine(store="sqlite:///journal.db", **options) as engine:
        print((await engine.execute(Only)).status)

asyncio.run(main())
"""


def installed() -> list[Java]:
    """The Javas of this machine that are new enough."""
    found = []
    homes = [
        *Path("/usr/lib/jvm").glob("*"),
        *Path("/Library/Java/JavaVirtualMachines").glob("*/Contents/Home"),
    ]
    for home in (None, *map(str, homes)):
        try:
            found.append(find_java(home))
        except JavaNotFoundError:
            continue
    return found


def pick(*, with_aot: bool) -> Java:
    fitting = [java for java in installed() if (java.version >= 25) == with_aot]
    if not fitting:
        pytest.skip(f"there is no Java {'25 or newer' if with_aot else '17 to 24'} here")
    return fitting[0]


class Program:
    """A program with one saga, which is run again and again with one Java and one cache folder."""

    def __init__(self, folder: Path, java: Java) -> None:
        self.folder = folder
        self.caches = folder / "caches"
        self.environment = os.environ | {
            "FIREFLYTX_JAVA_HOME": java.path,
            "FIREFLYTX_CACHE": str(self.caches),
            "PYTHONPATH": str(PYTHON_FOLDER),
        }
        (folder / "program.py").write_text(textwrap.dedent(PROGRAM))

    def begin(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-X", "dev", "program.py", *arguments],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *arguments: str) -> bool:
        """Runs it, which must print its result alone; whether Java took our classes from a cache."""
        assert self.begin(*arguments).communicate(timeout=60)[0] == "COMPLETED\n"
        return "dev.fireflytx.bridge.Main source: shared objects file" in self.classes()

    def classes(self) -> str:
        return (self.folder / "classes.log").read_text()

    def cache(self) -> Path:
        """The cache, as soon as it is made."""
        end_s = time.monotonic() + 180  # it is made when nothing else wants the processors
        while not (seals := list(self.caches.glob("java-*.seal"))) or list(self.caches.glob("making-*")):
            assert time.monotonic() < end_s, "no cache was made"
            time.sleep(0.05)
        return seals[0].with_suffix("")


@pytest.fixture(params=[False, True], ids=["archive", "aot"])
def program(request: pytest.FixtureRequest, tmp_path: Path) -> Program:
    return Program(tmp_path, pick(with_aot=request.param))


@pytest.mark.slow
def test_a_first_start_makes_a_cache_that_the_next_one_uses(program: Program) -> None:
    assert not program.run()
    program.cache()

    assert program.run()


@pytest.mark.slow
def test_a_damaged_cache_is_replaced_without_a_word(program: Program) -> None:
    program.run()
    cache = program.cache()
    cache.chmod(0o600)
    with cache.open("r+b") as file:
        file.truncate(cache.stat().st_size // 2)

    assert not program.run()
    program.cache()
    assert program.run()


@pytest.mark.slow
def test_jars_of_the_users_behind_ours_leave_the_cache_in_use(program: Program, tmp_path: Path) -> None:
    classes = tmp_path / "classes"
    classes.mkdir()
    (classes / "notes.txt").write_text("a folder that is not empty")
    program.run()
    program.cache()

    assert program.run(str(classes))


@pytest.mark.slow
def test_processes_that_start_at_once_agree_on_one_cache(program: Program) -> None:
    both = [program.begin(), program.begin()]
    assert [each.communicate(timeout=60)[0] for each in both] == ["COMPLETED\n"] * 2
    program.cache()

    assert program.run()
    assert len(list(program.caches.glob("java-*"))) == 2, "the cache and its seal"


@pytest.mark.parametrize("folder", ["/proc/no/folder", "off"])
def test_without_a_folder_to_write_to_programs_run_as_ever(folder: str, tmp_path: Path) -> None:
    program = Program(tmp_path, find_java())
    program.environment["FIREFLYTX_CACHE"] = folder

    assert not program.run()


@pytest.mark.parametrize("home", [None, "", "/proc/nobody"])
def test_without_a_home_programs_run_as_ever(home: str | None, tmp_path: Path) -> None:
    program = Program(tmp_path, find_java())
    program.environment["XDG_CACHE_HOME"] = str(tmp_path / "xdg") if home != "/proc/nobody" else ""
    del program.environment["FIREFLYTX_CACHE"]
    program.environment.pop("HOME", None)
    if home is not None:
        program.environment["HOME"] = home

    assert not program.run()


def command_line(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/cmdline").read_text().split("\0")


@pytest.mark.asyncio
@pytest.mark.parametrize(("store", "is_told"), [("sqlite:///journal.db", True), ("memory", False)])
async def test_java_hears_before_it_is_asked_whether_there_will_be_a_journal(
    store: str, is_told: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with SagaEngine(store=store):
        (pid,) = engines_of(os.getpid())
        arguments = command_line(pid)

    assert ("--journal" in arguments) == is_told
