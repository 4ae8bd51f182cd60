"""Loops, forks and interpreters that end without a stop, each in its own interpreter with all warnings on."""

from __future__ import annotations

import gc
import textwrap

import pytest
from tests.unit.fake_java import (
    FOREVER,
    OPTIONS_FROM_ARGUMENTS,
    READY,
    UNTIL_END_OF_INPUT,
    FakeJava,
    arguments_of,
    is_running,
    run_program,
)

from fireflytx._bridge.jvm import Jvm

pytestmark = pytest.mark.asyncio


async def test_a_loop_that_closes_without_a_stop_leaves_nothing_and_is_silent(fake_java: FakeJava) -> None:
    program = OPTIONS_FROM_ARGUMENTS + textwrap.dedent("""
        async def main():
            return (await Jvm.start(options)).pid
        pid = asyncio.run(main())
        gc.collect()
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            print(pid, False)
    """)

    output = run_program(program, *arguments_of(fake_java.options(READY, FOREVER)))

    assert output.split()[1:] == ["False"]


async def test_an_engine_in_a_garbage_cycle_leaves_nothing_and_is_silent(fake_java: FakeJava) -> None:
    program = OPTIONS_FROM_ARGUMENTS + textwrap.dedent("""
        class Owner: pass
        owner = Owner()
        owner.owner, owner.jvm = owner, asyncio.run(Jvm.start(options))
        pid = owner.jvm.pid
        del owner
        gc.collect()
        print(pid, os.path.exists(f"/proc/{pid}"))
    """)

    output = run_program(program, *arguments_of(fake_java.options(READY, FOREVER)))

    assert output.split()[1:] == ["False"]


async def test_kill_now_works_after_the_loop_has_closed_without_noise(fake_java: FakeJava) -> None:
    program = OPTIONS_FROM_ARGUMENTS + textwrap.dedent("""
        jvm = asyncio.run(Jvm.start(options))
        jvm.kill_now()
        jvm.kill_now()
        print(jvm.pid)
    """)

    output = run_program(program, *arguments_of(fake_java.options(READY, FOREVER)))

    assert not is_running(int(output))


async def test_an_interpreter_that_ends_takes_its_engines_along_without_noise(fake_java: FakeJava) -> None:
    program = OPTIONS_FROM_ARGUMENTS + textwrap.dedent("""
        loop = asyncio.new_event_loop()
        jvm = loop.run_until_complete(Jvm.start(options))
        print(jvm.pid)
        loop.close()
    """)

    output = run_program(program, *arguments_of(fake_java.options(READY, FOREVER)))

    assert not is_running(int(output))


async def test_a_forked_child_leaves_its_parent_s_engine_alone(fake_java: FakeJava) -> None:
    program = OPTIONS_FROM_ARGUMENTS + textwrap.dedent("""
        async def main():
            jvm = await Jvm.start(options)
            child = os.fork()
            if child == 0:
                jvm.kill_now()
                sys.exit(0)  # with everything that happens at exit
            assert os.waitpid(child, 0)[1] == 0
            import logging; logging.disable()  # on a busy machine asyncio remarks that this took long
            print("lives" if not jvm.died.done() else "died")
            await jvm.stop()
            print(jvm.died.result().exit_code)
        asyncio.run(main())
    """)

    output = run_program(program, *arguments_of(fake_java.options(READY, UNTIL_END_OF_INPUT, "sys.exit(7)")))

    assert output.split() == ["lives", "7"]


async def test_a_forked_child_does_not_keep_the_engine_s_input_open(fake_java: FakeJava) -> None:
    program = OPTIONS_FROM_ARGUMENTS + textwrap.dedent("""
        async def main():
            jvm = await Jvm.start(options)
            wait, end = os.pipe()
            if (child := os.fork()) == 0:
                os.close(end)
                os.read(wait, 1)
                os._exit(0)
            await jvm.stop(20_000)  # the child lives on
            print(jvm.died.result().exit_code)
            os.close(end)
            os.waitpid(child, 0)
        asyncio.run(main())
    """)

    output = run_program(program, *arguments_of(fake_java.options(READY, UNTIL_END_OF_INPUT, "sys.exit(7)")))

    assert output.split() == ["7"]


async def test_the_engine_runs_on_uvloop_too(fake_java: FakeJava) -> None:
    pytest.importorskip("uvloop")
    program = OPTIONS_FROM_ARGUMENTS + textwrap.dedent("""
        import uvloop
        async def main():
            stopped, killed, forgotten = [await Jvm.start(options) for _ in range(3)]
            await stopped.stop()
            os.kill(killed.pid, 9)
            print(stopped.died.result().exit_code, (await killed.died).exit_code, forgotten.pid)
        uvloop.run(main())
        gc.collect()
    """)

    output = run_program(program, *arguments_of(fake_java.options(READY, UNTIL_END_OF_INPUT, "sys.exit(7)")))

    *codes, forgotten = output.split()
    assert codes == ["7", "-9"]
    assert not is_running(int(forgotten))


async def test_collecting_a_dead_engine_is_silent(
    fake_java: FakeJava, recwarn: pytest.WarningsRecorder
) -> None:
    jvm = await Jvm.start(fake_java.options(READY, UNTIL_END_OF_INPUT))
    await jvm.stop()

    del jvm
    gc.collect()

    assert [str(warning.message) for warning in recwarn.list] == []
