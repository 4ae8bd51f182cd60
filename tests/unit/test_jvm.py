"""How the engine's process is started."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import zlib
from pathlib import Path

import pytest
from tests.unit.fake_java import (
    FOREVER,
    READY,
    UNTIL_END_OF_INPUT,
    FakeJava,
    exit_of,
    is_running,
)

from fireflytx._bridge.jvm import Jvm, JvmOptions, _requisites
from fireflytx.exceptions import EngineStartError, JavaNotFoundError

pytestmark = pytest.mark.asyncio


async def test_a_started_engine_tells_its_port_and_versions(fake_java: FakeJava, start_jvm) -> None:
    jvm = await start_jvm(fake_java.options(READY, UNTIL_END_OF_INPUT))

    assert (jvm.port, jvm.java_version, jvm.engine_version) == (4711, "17.0.15", "0.1.0")


async def test_the_first_line_of_input_is_a_fresh_256_bit_token(fake_java: FakeJava, start_jvm) -> None:
    seen = fake_java.folder / "token"
    options = fake_java.options(
        f"open({str(seen)!r}, 'w').write(sys.stdin.readline())", READY, UNTIL_END_OF_INPUT
    )

    first = await start_jvm(options)
    seen_by_first = seen.read_text()
    second = await start_jvm(options)

    assert seen_by_first == first.token + "\n"
    assert len(first.token) == 64
    assert first.token != second.token


async def test_the_command_line_names_the_jars_in_order_and_the_parent(
    fake_java: FakeJava, start_jvm
) -> None:
    seen = fake_java.folder / "arguments"
    await start_jvm(
        fake_java.options(
            f"open({str(seen)!r}, 'w').write('\\n'.join(sys.argv[1:]))",
            READY,
            UNTIL_END_OF_INPUT,
            jvm_args=("-Xmx1g",),
            engine_args=("--store", "memory"),
        )
    )

    arguments = seen.read_text().splitlines()
    class_path = f"{fake_java.jars}/a.jar:{fake_java.jars}/b.jar"
    main = ["dev.fireflytx.bridge.Main", "--parent-pid", str(os.getpid()), "--store", "memory"]
    assert arguments[-8:] == ["-Xmx1g", "-cp", class_path, *main]


async def test_other_lines_on_standard_output_are_ignored(fake_java: FakeJava, start_jvm) -> None:
    noise = "print('Listening for transport dt_socket at address: 5005'); print(' FIREFLYTX-READY no')"

    assert (await start_jvm(fake_java.options(noise, READY, UNTIL_END_OF_INPUT))).port == 4711


async def test_lines_of_both_pipes_are_logged_at_debug(
    fake_java: FakeJava, start_jvm, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "fireflytx.java")

    await start_jvm(
        fake_java.options("print('out'); print('err', file=sys.stderr)", READY, UNTIL_END_OF_INPUT)
    )

    assert {"out", "err"} <= set(caplog.messages)


async def test_a_lot_of_output_never_stops_the_child(fake_java: FakeJava, start_jvm) -> None:
    loud = "[os.write(fd, b'x' * 1000 + b'\\n') for fd in (1, 2) for _ in range(2000)]"

    assert (await start_jvm(fake_java.options(loud, READY, UNTIL_END_OF_INPUT))).port == 4711


async def test_a_process_that_ends_early_is_an_error_with_its_exit_code_and_last_words(
    fake_java: FakeJava,
) -> None:
    options = fake_java.options("sys.exit('Unrecognized VM option')")

    with pytest.raises(EngineStartError, match=r"ended with exit code 1 before .*\nUnrecognized VM option"):
        await Jvm.start(options)


async def test_a_process_that_never_gets_ready_is_killed_and_reported(fake_java: FakeJava) -> None:
    pid_file = fake_java.folder / "pid"
    options = fake_java.options(
        f"open({str(pid_file)!r}, 'w').write(str(os.getpid()))",
        "print('still thinking', file=sys.stderr)",
        FOREVER,
        start_timeout_ms=700,
    )

    with pytest.raises(EngineStartError, match=r"not ready after 700 ms and was killed.*\nstill thinking"):
        await Jvm.start(options)

    assert not is_running(int(pid_file.read_text()))


async def test_an_announcement_of_another_version_is_an_error(fake_java: FakeJava) -> None:
    options = fake_java.options("print('FIREFLYTX-READY {\"socket\":1}')", UNTIL_END_OF_INPUT)

    with pytest.raises(EngineStartError, match="jars belong to another version"):
        await Jvm.start(options)


async def test_missing_jars_are_an_error_that_says_how_to_get_them(fake_java: FakeJava) -> None:
    options = fake_java.options(READY, jars_folder=fake_java.folder / "nowhere")

    with pytest.raises(EngineStartError, match=r"nowhere, but none are: run `make build`"):
        await Jvm.start(options)


async def test_an_executable_that_cannot_be_run_is_an_error(fake_java: FakeJava) -> None:
    options = fake_java.options(READY)
    fake_java.executable.write_bytes(b"\x7fELF this is no program")

    with pytest.raises(EngineStartError, match="it could not be run: Exec format error"):
        await Jvm.start(options)


def counted(fake_java: FakeJava, then: str) -> tuple[Path, str]:
    """A file that gets one character a start, and a program that does `then` on its first start alone."""
    starts = fake_java.folder / "starts"
    first = f"open({str(starts)!r}, 'a').write('x'); is_first = os.path.getsize({str(starts)!r}) == 1"
    return starts, f"{first}\nif is_first: {then}"


@pytest.mark.parametrize(
    "accident",
    ["os.kill(os.getpid(), 9)", "sys.exit('java.net.BindException: Address already in use')"],
)
async def test_a_start_that_failed_by_accident_is_tried_again(
    fake_java: FakeJava, start_jvm, accident: str
) -> None:
    starts, program = counted(fake_java, accident)

    assert (await start_jvm(fake_java.options(program, READY, UNTIL_END_OF_INPUT))).port == 4711
    assert starts.read_text() == "xx"


async def test_a_start_that_failed_for_a_lasting_reason_is_not_tried_again(fake_java: FakeJava) -> None:
    starts, program = counted(fake_java, "sys.exit(1)")

    with pytest.raises(EngineStartError):
        await Jvm.start(fake_java.options(program, READY, UNTIL_END_OF_INPUT))
    assert starts.read_text() == "x"


def cache_of(fake_java: FakeJava, options: JvmOptions, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A whole start cache for these options."""
    monkeypatch.setenv("FIREFLYTX_CACHE", str(fake_java.folder / "caches"))
    cache = _requisites(options).cache
    assert cache is not None
    cache._folder.mkdir()
    cache._file.write_bytes(b"classes")
    cache._seal.write_text(json.dumps({"size_bytes": 7, "crc32": zlib.crc32(b"classes")}))
    return cache._file


CRASH_WITH_A_CACHE = (
    "if any('SharedArchiveFile' in each for each in sys.argv): os.kill(os.getpid(), signal.SIGBUS)"
)


async def test_a_start_cache_that_java_crashes_with_is_left_out_and_removed(
    fake_java: FakeJava, start_jvm, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = fake_java.options(CRASH_WITH_A_CACHE, READY, UNTIL_END_OF_INPUT)
    cache = cache_of(fake_java, options, monkeypatch)

    assert (await start_jvm(options)).port == 4711
    assert not cache.exists()


async def test_a_start_cache_that_java_crashes_with_later_is_removed(
    fake_java: FakeJava, start_jvm, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = fake_java.options(READY, "sys.stdin.readline(); sys.stdin.read()")
    cache = cache_of(fake_java, options, monkeypatch)
    jvm = await start_jvm(options)
    assert cache.exists()

    os.kill(jvm.pid, signal.SIGSEGV)
    await exit_of(jvm)

    assert not cache.exists()


async def test_a_start_that_somebody_kills_keeps_its_cache(
    fake_java: FakeJava, start_jvm, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = fake_java.options(READY, UNTIL_END_OF_INPUT)
    cache = cache_of(fake_java, options, monkeypatch)
    jvm = await start_jvm(options)

    os.kill(jvm.pid, signal.SIGKILL)
    await exit_of(jvm)

    assert cache.exists()


async def test_a_process_that_is_always_killed_is_an_error_that_names_the_signal(fake_java: FakeJava) -> None:
    with pytest.raises(EngineStartError, match=r"was killed by SIGKILL \(exit code -9\)"):
        await Jvm.start(fake_java.options("os.kill(os.getpid(), 9)"))


async def test_a_missing_java_is_not_hidden_by_a_retry(fake_java: FakeJava) -> None:
    with pytest.raises(JavaNotFoundError):
        await Jvm.start(JvmOptions(java="/nowhere", jars_folder=fake_java.jars))


async def test_a_cancelled_start_leaves_no_process(fake_java: FakeJava) -> None:
    pipe = fake_java.folder / "pipe"
    os.mkfifo(pipe)
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    options = fake_java.options(f"open({str(pipe)!r}, 'w').write(str(os.getpid()))", FOREVER)
    is_up = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().add_reader(
        reading, lambda: is_up.done() or is_up.set_result(os.read(reading, 99))
    )

    starting = asyncio.create_task(Jvm.start(options))
    pid = int(await is_up)
    asyncio.get_running_loop().remove_reader(reading)
    os.close(reading)
    starting.cancel()
    await asyncio.wait({starting})

    assert starting.cancelled()
    assert not is_running(pid)
