"""The README of ``examples/java``: what it tells a newcomer to type, and what it says they will see."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

from tests.e2e.snippets import snippets
from tests.java_projects.published import ROOT

EXAMPLES = ROOT / "examples/java"
_BLOCKS = {(block.key, block.language): block.code for block in snippets(EXAMPLES / "README.md")}
_COLOUR = re.compile(r"\x1b\[\d*m")


def command(key: str) -> str:
    """What stands in a block of commands, such as the first one of a heading: ``In Spring Boot #1``."""
    return _BLOCKS[key, "sh"].strip()


def arguments(key: str) -> list[str]:
    """The same for a block of one command, as a program is given it."""
    return shlex.split(command(key))


def shown(key: str) -> str:
    """What stands in a block of output."""
    return _BLOCKS[key, ""]


def printed(text: str, folder: Path, environment: dict[str, str]) -> str:
    """What commands print, without Maven's colours. What they say goes wrong is the message if one fails."""
    done = subprocess.run(
        ["sh", "-ec", text], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return _COLOUR.sub("", done.stdout)
