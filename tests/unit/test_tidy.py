"""What a reader should not have to ask for: short functions and files, docstrings on every public name."""

from __future__ import annotations

import ast
import statistics
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "python" / "fireflytx"
LONGEST_FUNCTION_LINES = 60
LONGEST_FILE_LINES = 500

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(path: Path) -> Iterator[Function]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, Function):
            yield node


def length(function: Function) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def test_functions_are_short() -> None:
    lengths = {
        f"{path.name}:{function.name}": length(function)
        for path in PACKAGE.rglob("*.py")
        for function in functions(path)
    }
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FUNCTION_LINES} == {}
    assert statistics.median(lengths.values()) <= 10  # with their docstrings


def test_files_are_short() -> None:
    folders = [ROOT / name for name in ("python", "java", "tests", "examples", "bench")]
    sources = [path for folder in folders for path in folder.rglob("*.*")]
    long = {
        str(path.relative_to(ROOT)): lines
        for path in sources
        if path.suffix in {".py", ".java"} and (lines := path.read_text().count("\n")) > LONGEST_FILE_LINES
    }
    assert long == {}


def test_every_public_name_has_a_docstring() -> None:
    missing = [
        f"{path.relative_to(PACKAGE)}:{node.lineno} {node.name}"
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
        for node in [node, *(each for each in node.body if isinstance(each, Function))]
        if not node.name.startswith("_") and not _is_overload(node) and ast.get_docstring(node) is None
    ]
    assert missing == []


def _is_overload(node: Function | ast.ClassDef) -> bool:
    return any(isinstance(each, ast.Name) and each.id == "overload" for each in node.decorator_list)
