"""An engine's end, however it comes, leaves nothing behind."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest
from tests.integration.processes import becomes_true, engines_of, run_script, script

from fireflytx import create_saga_engine
from fireflytx.decorators.saga import saga, saga_step

_SAGA = """
import asyncio, os, sys, time
from fireflytx import SagaEngine, create_saga_engine
from fireflytx.decorators.saga import saga, saga_step

@saga("echo")
class Echo:
    @saga_step("echo")
    async def echo(self, data):
        return data

    @saga_step("thread")
    def thread(self, data):
        return data
"""


@saga("echo")
class Echo:
    @saga_step("echo")
    async def echo(self, data):
        return data

    @saga_step("thread")
    def thread(self, data):
        return data


def open_descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def temporary_files() -> set[str]:
    return {name for name in os.listdir(tempfile.gettempdir()) if "firefly" in name or "hsperf" in name}


async def start_and_stop() -> None:
    async with create_saga_engine() as engine:
        assert (await engine.execute(Echo, {})).is_success


@pytest.mark.slow
def test_20_start_and_stop_cycles_leave_nothing_behind():
    asyncio.run(start_and_stop())  # what Python itself loads at the first time stays
    descriptors, threads, files = open_descriptors(), threading.active_count(), temporary_files()

    async def cycles() -> None:
        for _ in range(20):
            await start_and_stop()

    asyncio.run(cycles())
    assert engines_of(os.getpid()) == []
    assert open_descriptors() <= descriptors  # those of earlier tests may have ended
    assert threading.active_count() <= threads
    assert temporary_files() <= files


@pytest.mark.parametrize(
    "ending",
    [
        "asyncio.run(main())",
        "loop = asyncio.new_event_loop(); loop.run_until_complete(main()); loop.close()",
        "loop = asyncio.new_event_loop(); loop.run_until_complete(main())",
        "loop = asyncio.new_event_loop(); loop.run_until_complete(keep()); loop.close()",
        "loop = asyncio.new_event_loop(); loop.run_until_complete(keep())",
        "loop = asyncio.new_event_loop(); loop.run_until_complete(keep()); "
        "loop.run_until_complete(loop.shutdown_asyncgens()); loop.close()",
        "asyncio.run(keep()); kept.clear()",
        "asyncio.run(in_mid_saga())",
        "loop = asyncio.new_event_loop(); loop.run_until_complete(in_mid_saga()); loop.close()",
        "asyncio.run(while_starting())",
    ],
)
def test_a_program_that_never_shuts_down_ends_without_noise_or_process(ending: str, tmp_path: Path):
    text = f"""{_SAGA}
kept = []
begun = asyncio.Event()

async def main():
    print((await create_saga_engine().execute(Echo, {{"a": 1}})).is_success)

async def keep():
    kept.append(create_saga_engine())
    print((await kept[0].execute(Echo, {{"a": 1}})).is_success)

@saga("long")
class Long:
    @saga_step("wait")
    async def wait(self, data):
        print(True)
        begun.set()
        await asyncio.sleep(60)

async def in_mid_saga():
    kept.append(create_saga_engine())
    waiting = asyncio.ensure_future(kept[0].execute(Long))
    waiting._log_destroy_pending = False  # the program's own task is the program's own fault
    await begun.wait()

async def while_starting():
    waiting = asyncio.ensure_future(create_saga_engine().initialize())
    await asyncio.sleep(0.05)
    print(True)

{ending}
print("pid", os.getpid())
"""
    output, errors = run_script(text, tmp_path)
    assert output.startswith("True\npid ")
    assert [line for line in errors.splitlines() if not is_of_the_machine(line)] == []
    assert becomes_true(lambda: engines_of(int(output.split()[-1])) == [], within_s=1)


def is_of_the_machine(line: str) -> bool:
    """Whether it is the program's own fault, or asyncio's remark that a busy machine took long."""
    return "unclosed event loop" in line or line.startswith("Executing <")


def test_a_forgotten_engine_ends_while_its_loop_goes_on():
    async def forget() -> bool:
        assert (await create_saga_engine().execute(Echo, {})).is_success
        for _ in range(300):
            if not engines_of(os.getpid()):
                return True
            await asyncio.sleep(0.01)
        return False

    assert asyncio.run(forget())


@pytest.mark.parametrize("count", [5, pytest.param(50, marks=pytest.mark.slow)])
def test_tests_that_never_shut_their_engine_down_leave_nothing(count: int, tmp_path: Path):
    (tmp_path / "test_forgetful.py").write_text(f"""
import os, threading
import pytest
{_SAGA}

@pytest.mark.asyncio
@pytest.mark.parametrize("n", range({count}))
async def test_forgetful(n):
    engine = create_saga_engine()
    assert (await engine.execute_saga_class(Echo, {{"n": n}})).is_success

def test_nothing_is_left():
    from tests.integration.processes import engines_of
    assert engines_of(os.getpid()) == []
    assert [each.name for each in threading.enumerate()] == ["MainThread"]
""")
    top = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(top / "python"), str(top)])}
    options = [
        "-q",
        "-W",
        "error",
        "-p",
        "no:cacheprovider",
        "-o",
        "asyncio_default_fixture_loop_scope=function",
    ]
    command = [sys.executable, "-X", "dev", "-m", "pytest", *options, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=100, cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    assert f"{count + 1} passed" in done.stdout
    assert done.stderr == ""


def test_run_executes_a_saga_without_asyncio(tmp_path: Path):
    text = f"""{_SAGA}
import fireflytx
print(fireflytx.run(Echo, {{"a": 1}}, correlation_id="script-1").correlation_id)
"""
    assert run_script(text, tmp_path) == ("script-1\n", "")


def test_importing_the_package_starts_nothing_and_imports_no_bridge(tmp_path: Path):
    text = """
import sys, threading
import fireflytx
unwanted = ("asyncio", "py4j", "pydantic", "tenacity", "fireflytx.engine")
print([name for name in unwanted if name in sys.modules])
fireflytx.SagaEngine()
print([name for name in ("py4j", "pydantic", "tenacity") if name in sys.modules], threading.active_count())
"""
    assert run_script(text, tmp_path) == ("[]\n[] 1\n", "")


def test_ctrl_c_ends_a_program_and_its_engine(tmp_path: Path):
    process = script(
        f"""{_SAGA}
@saga("long")
class Long:
    @saga_step("wait")
    async def wait(self, data):
        print("running")
        await asyncio.sleep(60)

import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in the background
asyncio.run(create_saga_engine().execute(Long))
""",
        tmp_path,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "running\n"
    process.send_signal(2)
    _, errors = process.communicate(timeout=20)
    assert "KeyboardInterrupt" in errors
    assert "never retrieved" not in errors
    assert becomes_true(lambda: engines_of(process.pid) == [], within_s=2)


def test_sys_exit_in_a_coroutine_step_ends_the_program_with_its_code_and_without_noise(tmp_path: Path):
    process = script(
        f"""{_SAGA}
@saga("leaving")
class Leaving:
    @saga_step("leave")
    async def leave(self, data):
        sys.exit(3)

asyncio.run(create_saga_engine().execute(Leaving))
""",
        tmp_path,
    )
    _, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (3, "")
