"""Every Python block of the README and of docs/ runs, and prints what stands below it.

The guide has tests of its own (``test_guide.py``).
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.snippets import MODULE, ROOT, Snippet, run_pytest, run_script, snippets

pytestmark = pytest.mark.integration

PAGES = [ROOT / "README.md", *sorted(set(ROOT.glob("docs/*.md")) - {ROOT / "docs/saga-guide.md"})]
MARKDOWN = sorted(
    {*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("[ep]*/*.md"), *ROOT.glob("examples/*/*.md")}
)
WITH_CODE = [page for page in PAGES if "```python" in page.read_text("utf-8")]
WITH_COMMANDS = [page for page in PAGES if "$ fireflytx" in page.read_text("utf-8")]
WITH_TESTS = [page for page in WITH_CODE if "def test_" in page.read_text("utf-8")]
VARYING = re.compile(r"…|\d+(?= ms)|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
NAMED_FILE = re.compile(r"# (\w+\.py)\n")
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")


def is_test_module(block: Snippet) -> bool:
    return "def test_" in block.code


def unindented(code: str) -> str:
    return "\n".join(line.strip() for line in code.splitlines())


def matches(shown: str, printed: str) -> bool:
    """Whether a page shows what was printed; ids and durations may differ, and ``…`` stands for anything."""
    texts = VARYING.split(shown)
    return re.fullmatch(".*?".join(map(re.escape, texts)), printed, re.DOTALL) is not None


@pytest.mark.parametrize("page", WITH_CODE, ids=lambda page: page.name)
def test_each_block_of_a_page_prints_what_stands_below_it(
    page: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # a page may make a journal there
    blocks = list(snippets(page))
    namespace: dict[str, Any] = {"__name__": MODULE}

    for block, below in zip(blocks, [*blocks[1:], None], strict=True):
        if block.language != "python" or is_test_module(block):
            continue
        run_script(block.code, namespace)
        printed = capsys.readouterr().out
        shown = below.code if below is not None and not below.language else ""
        assert matches(shown, printed), f"{block.key} printed:\n{printed}"


@pytest.mark.parametrize("page", WITH_COMMANDS, ids=lambda page: page.name)
def test_each_command_of_a_page_prints_what_stands_below_it(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("FIREFLYTX_STORE", raising=False)
    for block in snippets(page):
        if named := NAMED_FILE.match(block.code):
            (tmp_path / named[1]).write_text(block.code)
        for command, shown in commands(block.code) if block.language == "console" else ():
            done = subprocess.run(
                command, shell=True, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
            )
            printed = done.stdout + done.stderr
            assert matches(shown, printed), f"{block.key}: {command} printed:\n{printed}"


def commands(console: str) -> Iterator[tuple[str, str]]:
    """Each command of a block, and what stands below it."""
    for part in re.split(r"^\$ ", console, flags=re.MULTILINE)[1:]:
        command, _, shown = part.partition("\n")
        yield command, shown


@pytest.mark.parametrize("page", WITH_TESTS, ids=lambda page: page.name)
def test_the_tests_on_a_page_pass(page: Path, tmp_path: Path) -> None:
    blocks = [block for block in snippets(page) if block.language == "python"]
    prelude = [block.code for block in blocks if not is_test_module(block)]

    for block in filter(is_test_module, blocks):
        answer = run_pytest("\n".join([*prelude, block.code]), tmp_path)
        assert answer.startswith(f"{block.code.count('def test_')} passed"), answer


def test_each_java_block_of_a_page_stands_in_a_program_that_the_tests_run() -> None:
    folders = (ROOT / "examples", ROOT / "java/jackson/src/test")
    programs = [unindented(path.read_text("utf-8")) for folder in folders for path in folder.rglob("*.java")]
    shown = [block for page in PAGES for block in snippets(page) if block.language == "java"]

    assert shown
    assert [
        block.key for block in shown if not any(unindented(block.code) in program for program in programs)
    ] == []


@pytest.mark.parametrize("page", MARKDOWN, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_link_is_dead(page: Path) -> None:
    targets = LINK.findall(page.read_text("utf-8"))

    assert [each for each in targets if not (page.parent / each).exists()] == []
