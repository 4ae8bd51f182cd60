"""Either process killed, and forks."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

import pytest
from tests.integration.processes import becomes_true, engines_of, kill, run_script, script

from fireflytx import SagaEngine
from fireflytx.decorators.saga import saga, saga_step
from fireflytx.exceptions import OutcomeUnknown


@saga("echo")
class Echo:
    @saga_step("echo")
    async def echo(self, data):
        return data


@pytest.mark.asyncio
async def test_a_killed_engine_fails_its_callers_within_a_second_and_is_replaced(engine: SagaEngine):
    begun, cancelled = asyncio.Event(), asyncio.Event()

    @saga("long")
    class Long:
        @saga_step("wait")
        async def wait(self, data):
            begun.set()
            try:
                await asyncio.sleep(60)
            finally:
                cancelled.set()

    callers = [asyncio.ensure_future(engine.execute(Long)) for _ in range(3)]
    await begun.wait()
    killed_at_s = time.monotonic()
    kill(*engines_of(os.getpid()))
    for caller in callers:
        with pytest.raises(OutcomeUnknown, match=r"exit code -9") as lost:
            await caller
        assert lost.value.exit_code == -9
    assert time.monotonic() - killed_at_s < 1
    assert (await engine.execute(Echo, {"a": 1})).is_success
    assert cancelled.is_set()


@pytest.mark.asyncio
async def test_an_engine_killed_while_it_is_idle_is_replaced_at_the_next_call(engine: SagaEngine):
    for _ in range(2):
        kill(*engines_of(os.getpid()))
        await asyncio.sleep(0.1)
        assert (await engine.execute(Echo, {"a": 1})).is_success


@pytest.mark.asyncio
async def test_a_handle_of_a_lost_engine_says_that_its_saga_may_have_run(engine: SagaEngine):
    @saga("waiting")
    class Waiting:
        @saga_step("wait")
        async def wait(self, data):
            await asyncio.sleep(60)

    handle = await engine.start(Waiting, correlation_id="w-1")
    waiting = asyncio.ensure_future(handle.result())
    await asyncio.sleep(0.1)
    kill(*engines_of(os.getpid()))
    with pytest.raises(OutcomeUnknown, match="look it up by its correlation_id 'w-1'"):
        await waiting


_RUNNING = """
import asyncio, os, sys, time
from fireflytx import create_saga_engine
from fireflytx.decorators.saga import saga, saga_step

@saga("long")
class Long:
    @saga_step("wait")
    async def wait(self, data):
        if {fork} and os.fork() == 0:
            time.sleep(8)
            os._exit(0)
        print("running")
        await asyncio.sleep(60)

asyncio.run(create_saga_engine().execute(Long))
"""


@pytest.mark.parametrize("fork", [False, True], ids=["alone", "with a forked child that lives on"])
def test_a_killed_python_takes_its_engine_with_it_within_two_seconds(fork: bool, tmp_path: Path):
    process = script(_RUNNING.format(fork=fork), tmp_path)
    assert process.stdout is not None
    assert process.stdout.readline() == "running\n"
    assert len(engines_of(process.pid)) == 1
    process.kill()
    process.wait()
    assert becomes_true(lambda: engines_of(process.pid) == [], within_s=2)
    process.stdout.close()
    assert process.stderr is not None
    process.stderr.close()


def test_a_forked_child_starts_its_own_engine_and_leaves_its_parents_alone(tmp_path: Path):
    text = """
import asyncio, multiprocessing, os
from fireflytx import create_saga_engine
from fireflytx.decorators.saga import saga, saga_step

@saga("echo")
class Echo:
    @saga_step("echo")
    async def echo(self, data):
        return {"pid": os.getpid()}

engine = create_saga_engine()

def execute():
    return asyncio.run(engine.execute(Echo)).steps["echo"].result["pid"]

def child(answers):
    answers.put(execute() == os.getpid())

async def parent():
    assert (await engine.execute(Echo)).is_success
    answers = multiprocessing.get_context("fork").SimpleQueue()
    children = [multiprocessing.get_context("fork").Process(target=child, args=(answers,)) for _ in range(2)]
    for each in children:
        each.start()
    for each in children:
        await asyncio.to_thread(each.join)
    print([answers.get() for _ in children])
    print((await engine.execute(Echo)).is_success)

asyncio.run(parent())
"""
    output, errors = run_script(text, tmp_path)
    assert output == "[True, True]\nTrue\n"
    assert "Error" not in errors
