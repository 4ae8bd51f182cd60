"""Python scripts in the place of Java, each doing what a test of the engine's process needs."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import textwrap
from pathlib import Path

from fireflytx._bridge.jvm import Jvm, JvmExit, JvmOptions

READY = 'print(\'FIREFLYTX-READY {"port":4711,"pid":1,"java":"17.0.15","engine":"0.1.0"}\', flush=True)'
UNTIL_END_OF_INPUT = "sys.stdin.read()"
FOREVER = "signal.pause()"


class FakeJava:
    """A Java home and a jars folder in a folder of the test's own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.jars = folder / "jars"
        self.executable = folder / "jdk" / "bin" / "java"
        self.jars.mkdir()
        for name in ("b.jar", "a.jar"):
            (self.jars / name).touch()

    def options(self, *body: str, **changes: object) -> JvmOptions:
        """Options for a Java whose whole program is `body`."""
        home = self.folder / "jdk"
        self.executable.parent.mkdir(parents=True)
        (home / "release").write_text('JAVA_VERSION="17.0.15"\n')
        imports = f"#!{sys.executable} -ISu\nimport os, signal, subprocess, sys\n"
        self.executable.write_text(imports + "\n".join(body) + "\n")
        self.executable.chmod(0o755)
        settings: dict[str, object] = {
            "java": str(home),
            "jars_folder": self.jars,
            "start_timeout_ms": 20_000,
        }
        return JvmOptions(**(settings | changes))  # type: ignore[arg-type]


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def open_descriptors() -> set[str]:
    return set(os.listdir("/proc/self/fd" if os.path.isdir("/proc/self/fd") else "/dev/fd"))


def has_ended(pid: int) -> bool:
    """Whether a process that is not our child has ended; its parent may not have reaped it yet."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return not is_running(pid)
    return state == "Z"


async def line_after_ready(jvm: Jvm) -> str:
    """The first line that the child prints after it is ready."""
    async with asyncio.timeout(10):
        while "\n" not in jvm._process.tail:  # noqa: ASYNC110 - output has no event to wait for
            await asyncio.sleep(0.005)
    return jvm._process.tail.splitlines()[1]


async def exit_of(jvm: Jvm) -> JvmExit:
    return await asyncio.wait_for(asyncio.shield(jvm.died), 10)


def run_program(program: str, *arguments: str) -> str:
    """Runs Python code in development mode; returns all that it printed, warnings and tracebacks included."""
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-c", textwrap.dedent(program), *arguments],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
    )
    return done.stdout


OPTIONS_FROM_ARGUMENTS = """
import asyncio, gc, os, sys
from pathlib import Path
from fireflytx._bridge.jvm import Jvm, JvmOptions
options = JvmOptions(java=sys.argv[1], jars_folder=Path(sys.argv[2]))
"""


def arguments_of(options: JvmOptions) -> tuple[str, str]:
    return str(options.java), str(options.jars_folder)
