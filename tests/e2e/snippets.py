"""The fenced blocks of a Markdown page, and how to run them as they are written."""

from __future__ import annotations

import ast
import asyncio
import os
import re
import subprocess
import sys
import textwrap
from collections import Counter
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType
from typing import Any

from fireflytx.decorators.saga import saga
from fireflytx.definition import definition_of

ROOT = Path(__file__).parents[2]
MODULE = "snippet"

# A heading, or a block; a block is taken whole, so that a comment in it is no heading.
_PART = re.compile(
    r"^#+ (?P<heading>[^\n]*)$"
    r"|^(?P<indent> *)```(?P<language>\w*)\n(?P<code>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Snippet:
    """One fenced block.

    Attributes:
        key: The heading that it stands under, and its number among the blocks of its language there.
        language: What stands behind the opening fence; empty for output.
        code: The text, without the indentation of a block in a list.
    """

    key: str
    language: str
    code: str


def snippets(page: Path) -> Iterator[Snippet]:
    """Every fenced block of a page, in order."""
    counts: Counter[tuple[str, str]] = Counter()
    heading = ""
    for part in _PART.finditer(page.read_text("utf-8")):
        if part["heading"] is not None:
            heading = part["heading"]
            continue
        language = part["language"]
        counts[heading, language] += 1
        yield Snippet(f"{heading} #{counts[heading, language]}", language, textwrap.dedent(part["code"]))


async def execute(code: str, namespace: dict[str, Any]) -> None:
    """Run a snippet in ``namespace``; it may use ``await`` outside functions."""
    rest = _evaluate(code, namespace)
    if rest is not None:
        await rest


def run_script(code: str, namespace: dict[str, Any]) -> None:
    """The same for where no event loop runs, so that the snippet may start one."""
    rest = _evaluate(code, namespace)
    if rest is not None:
        asyncio.run(rest)


def _evaluate(code: str, namespace: dict[str, Any]) -> Coroutine[Any, Any, None] | None:
    """What is left to await of a snippet; None if it has no ``await`` outside functions, and has run."""
    compiled = compile(code, f"<{MODULE}>", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    rest: Coroutine[Any, Any, None] | None = eval(compiled, namespace)
    return rest


def saga_in(namespace: dict[str, Any], name: str) -> type:
    """The saga that snippets have defined: their class, or one made of their methods."""
    own = {key: each for key, each in namespace.items() if getattr(each, "__module__", None) == MODULE}
    classes = [each for each in own.values() if isinstance(each, type)]
    if not classes:
        methods = {key: each for key, each in own.items() if isinstance(each, FunctionType)}
        return saga(name)(type("Snippet", (), methods))
    [cls] = classes
    return cls if "__saga_definition__" in vars(cls) else saga(name)(cls)


def step_ids(saga_class: type) -> list[str]:
    """The ids of a saga's steps, in the order of the class."""
    return [step.id for step in definition_of(saga_class).steps]


def run_python(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run Python in ``folder``, with the fakes of the examples at hand."""
    path = os.pathsep.join([str(ROOT / "examples"), str(ROOT / "python"), *filter(None, sys.path)])
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        timeout=100,
        check=False,
    )


def run_pytest(test_code: str, folder: Path) -> str:
    """Run the tests in ``test_code``.

    Returns:
        The last line that pytest prints; everything that it prints if not all tests pass.
    """
    (folder / "test_snippets.py").write_text(test_code, "utf-8")
    options = ["-q", "-W", "error", "-p", "no:cacheprovider"]
    loop_scope = ["-o", "asyncio_default_fixture_loop_scope=function"]
    done = run_python("-m", "pytest", *options, *loop_scope, folder=folder)
    return done.stdout + done.stderr if done.returncode else done.stdout.splitlines()[-1]
