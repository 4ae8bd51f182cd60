"""How the engine's process ends, by our hand or by itself."""

from __future__ import annotations

import asyncio
import os
import signal
import threading

import pytest
from tests.unit.fake_java import (
    FOREVER,
    READY,
    UNTIL_END_OF_INPUT,
    FakeJava,
    exit_of,
    has_ended,
    is_running,
    line_after_ready,
    open_descriptors,
)

from fireflytx._bridge import process as process_module

pytestmark = pytest.mark.asyncio


async def test_stop_lets_a_child_end_by_itself_when_its_input_closes(fake_java: FakeJava, start_jvm) -> None:
    jvm = await start_jvm(fake_java.options(READY, UNTIL_END_OF_INPUT, "sys.exit(7)"))

    await jvm.stop()

    assert jvm.died.result().exit_code == 7


async def test_stop_terminates_a_child_that_ignores_the_end_of_its_input(
    fake_java: FakeJava, start_jvm
) -> None:
    jvm = await start_jvm(fake_java.options(READY, FOREVER))

    await jvm.stop(50)

    assert jvm.died.result().exit_code == -signal.SIGTERM


async def test_stop_kills_a_child_that_ignores_everything(
    fake_java: FakeJava, start_jvm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process_module, "_TERMINATE_WAIT_MS", 50)
    jvm = await start_jvm(fake_java.options("signal.signal(15, signal.SIG_IGN)", READY, *[FOREVER] * 3))

    await jvm.stop(50)

    assert jvm.died.result().exit_code == -signal.SIGKILL


async def test_stop_can_be_called_twice(fake_java: FakeJava, start_jvm) -> None:
    jvm = await start_jvm(fake_java.options(READY, UNTIL_END_OF_INPUT))

    await asyncio.gather(jvm.stop(), jvm.stop())
    await jvm.stop()

    assert jvm.died.result().exit_code == 0


async def test_a_cancelled_stop_kills_at_once(fake_java: FakeJava, start_jvm) -> None:
    jvm = await start_jvm(fake_java.options(READY, FOREVER))

    stopping = asyncio.create_task(jvm.stop(60_000))
    await asyncio.sleep(0)
    stopping.cancel()
    await asyncio.wait({stopping})

    assert not is_running(jvm.pid)


async def test_a_start_and_a_stop_leave_no_thread_and_no_descriptor(fake_java: FakeJava, start_jvm) -> None:
    options = fake_java.options(READY, UNTIL_END_OF_INPUT)
    descriptors, threads = open_descriptors(), set(threading.enumerate())  # some may still be ending

    for _ in range(3):
        await (await start_jvm(options)).stop()

    assert open_descriptors() <= descriptors
    assert set(threading.enumerate()) <= threads


async def test_death_is_noticed_with_the_signal_and_the_last_40_lines(fake_java: FakeJava, start_jvm) -> None:
    loud = "os.write(2, b''.join(b'%d\\n' % number for number in range(100)))"
    jvm = await start_jvm(
        fake_java.options(READY, "sys.stdin.readline()", "sys.stdin.readline()", loud, FOREVER)
    )
    jvm._process.write(b"go on\n")
    await line_after_ready(jvm)

    os.kill(jvm.pid, signal.SIGKILL)

    death = await exit_of(jvm)
    assert str(death) == "was killed by SIGKILL (exit code -9)"
    assert death.stderr_tail.splitlines() == [str(number) for number in range(60, 100)]


async def test_the_last_words_of_a_dying_child_are_kept(fake_java: FakeJava, start_jvm) -> None:
    jvm = await start_jvm(
        fake_java.options(READY, UNTIL_END_OF_INPUT, "os.write(2, b'half a last line')", "sys.exit(3)")
    )

    await jvm.stop()

    assert jvm.died.result().exit_code == 3
    assert jvm.died.result().stderr_tail.endswith("\nhalf a last line")


async def test_death_is_noticed_while_a_grandchild_holds_the_pipes_open(
    fake_java: FakeJava, start_jvm
) -> None:
    jvm = await start_jvm(
        fake_java.options(
            READY,
            "sys.stdin.readline()",
            "p = subprocess.Popen(['sleep', '60'], start_new_session=True); print(f'{p.pid}', flush=True)",
            FOREVER,
        )
    )
    grandchild = int(await line_after_ready(jvm))

    os.kill(jvm.pid, signal.SIGKILL)

    assert (await exit_of(jvm)).exit_code == -9
    os.kill(grandchild, signal.SIGKILL)


async def test_death_is_noticed_where_the_system_has_no_pidfd(
    fake_java: FakeJava, start_jvm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "pidfd_open", raising=False)
    jvm = await start_jvm(fake_java.options(READY, FOREVER))

    os.kill(jvm.pid, signal.SIGKILL)

    assert (await exit_of(jvm)).exit_code == -9


async def test_kill_now_has_reaped_when_it_returns(fake_java: FakeJava, start_jvm) -> None:
    jvm = await start_jvm(fake_java.options(READY, FOREVER))

    jvm.kill_now()

    assert not is_running(jvm.pid)


async def test_kill_now_from_another_thread_is_seen_by_the_loop(fake_java: FakeJava, start_jvm) -> None:
    before = open_descriptors()
    jvm = await start_jvm(fake_java.options(READY, FOREVER))

    await asyncio.to_thread(jvm.kill_now)

    assert (await exit_of(jvm)).exit_code == -9
    assert open_descriptors() == before


async def test_kill_now_takes_a_launcher_script_s_real_java_along(fake_java: FakeJava, start_jvm) -> None:
    jvm = await start_jvm(
        fake_java.options(READY, "p = subprocess.Popen(['sleep', '60']); print(p.pid, flush=True)", FOREVER)
    )
    behind = int(await line_after_ready(jvm))

    jvm.kill_now()

    async with asyncio.timeout(10):
        while not has_ended(behind):  # noqa: ASYNC110 - it is not our child: nothing tells of its end
            await asyncio.sleep(0.005)


async def test_a_cancelled_wait_for_the_end_does_not_disturb_a_stop(fake_java: FakeJava, start_jvm) -> None:
    jvm = await start_jvm(fake_java.options(READY, UNTIL_END_OF_INPUT))
    jvm.died.cancel()

    await jvm.stop()

    assert not is_running(jvm.pid)
