"""What ``fireflytx`` puts on a terminal of 80 columns, and what it puts into a pipe."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest

PYTHON_FOLDER = Path(__file__).parents[2] / "python"
COLUMNS = 80
LONG_STEP = "a-step-whose-name-goes-on-and-on-and-on-and-on-and-on-and-on-and-on-and-on-and-on"
SHOP = f"""
import asyncio
from fireflytx import saga, saga_step
from fireflytx.exceptions import NonRetryableError

HARM = "<script> \\x1b[2J\\x1b]0;owned\\x07 \\x9b31m \\u202eevil \\r\\n"

@saga("order \\u202e of everything that could possibly be ordered")
class Order:
    @saga_step("{LONG_STEP}", retry=1, compensation=None)
    async def first(self, order):
        await asyncio.sleep(0.5)
        return {{"text": HARM + "x" * 1_000_000}}

    @saga_step("fail", depends_on="{LONG_STEP}", retry=2, backoff_ms=1, compensation=None)
    async def fail(self, order):
        raise ValueError(HARM + "y" * 1_000_000)
"""
ID = "an id of a run, with spaces and \u202e marks, " + "z" * 100
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
# What a view that moves needs: up, clear the line, hide and show the cursor.
MOVES = re.compile(r"\x1b\[(?:\d*A|2K|\?25[lh])|\r")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a journal in which one saga has failed, terribly."""
    folder = tmp_path_factory.mktemp("terminal")
    (folder / "shop.py").write_text(SHOP, "utf-8")
    (folder / "input.json").write_text("{}")
    code, _ = on_terminal(folder, "run", "shop:Order", "--input", "input.json", "--id", ID)
    assert code == 1
    return folder


def environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "NO_COLOR"}}
    kept.pop("FIREFLYTX_STORE", None)
    return {**kept, "PYTHONPATH": str(PYTHON_FOLDER), "TERM": "xterm-256color", "PYTHONUTF8": "1", **more}


def on_terminal(folder: Path, *words: str, **variables: str) -> tuple[int, str]:
    """The exit code of a command on a terminal, and all that it wrote there."""
    outer, inner = pty.openpty()
    fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", 40, COLUMNS, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "fireflytx.cli.main", *words],
        stdin=inner,
        stdout=inner,
        stderr=inner,
        cwd=folder,
        env=environment(**variables),
    )
    os.close(inner)
    written = b""
    try:
        while chunk := os.read(outer, 65_536):
            written += chunk
    except OSError:  # the terminal is gone: so Linux says that the process has ended
        pass
    finally:
        os.close(outer)
    return process.wait(60), written.decode()


COMMANDS = [
    ("list",),
    ("show", ID),
    ("history", ID),
    ("watch", ID),
    ("run", "shop:Order"),
    ("retry", ID),
]


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
def test_no_text_of_a_saga_reaches_a_terminal_as_it_is(folder: Path, words: tuple[str, ...]) -> None:
    _, written = on_terminal(folder, *words)
    left = MOVES.sub("", COLOUR.sub("", written))

    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", left)
    assert len(written) < 40_000  # and not 1 MB


@pytest.mark.parametrize(
    "words", [("list",), ("history", ID), ("run", "shop:Order")], ids=lambda words: words[0]
)
def test_no_row_is_wider_than_the_terminal(folder: Path, words: tuple[str, ...]) -> None:
    _, written = on_terminal(folder, *words, NO_COLOR="1")
    table = [line for line in MOVES.sub("\n", COLOUR.sub("", written)).split("\n") if "zzz" not in line]

    wide = [line for line in table if len(line) > COLUMNS and not line.startswith(("ValueError", "Since"))]
    assert wide == []


def test_an_id_is_never_shortened(folder: Path) -> None:
    _, written = on_terminal(folder, "list", NO_COLOR="1")

    assert ID.replace("\u202e", "\\u202e") in written.replace("\r\n", "")


def test_no_color_means_none(folder: Path) -> None:
    _, coloured = on_terminal(folder, "list")
    _, plain = on_terminal(folder, "list", NO_COLOR="1")

    assert re.search(r"\x1b\[[0-9;]*3[0-7]m", coloured)
    assert not re.search(r"\x1b\[[0-9;]*[34][0-7]m", plain)


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
def test_a_pipe_gets_neither_colours_nor_moves(folder: Path, words: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "fireflytx.cli.main", *words],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )

    assert not {"\x1b", "\r", "\u202e", "\x9b"} & set(done.stdout + done.stderr)


def test_a_terminal_that_can_say_nothing_but_ascii_gets_escapes(folder: Path) -> None:
    code, written = on_terminal(folder, "show", ID, PYTHONUTF8="0", PYTHONIOENCODING="ascii")

    assert code == 0
    assert "#" in written
    assert "Traceback" not in written


@pytest.mark.parametrize("command", ["list", "history"])
def test_head_has_seen_enough_without_a_complaint(folder: Path, command: str) -> None:
    words = [command] if command == "list" else [command, f"'{ID}'"]
    line = f"{sys.executable} -m fireflytx.cli.main {' '.join(words)} | head -1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", line], cwd=folder, env=environment(), capture_output=True, text=True, check=False
    )

    assert done.stderr == ""
    assert done.stdout.splitlines()[-1] in {"0", "141"}
