"""The command ``check``: what in a saga is likely to be wrong, though it may run.

A finding has a code. A comment ``# fireflytx: ignore[FTX102]`` beside the step's decorator or its ``def``
silences it; several codes are divided by commas.
"""

from __future__ import annotations

import ast
import dis
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from fireflytx.cli import output
from fireflytx.cli.exits import Exit, Mistake
from fireflytx.cli.target import load_module, saga_class, sagas_of
from fireflytx.definition import SagaDefinition, StepDefinition, definition_of, steps_without_compensation
from fireflytx.inspection.text import clean

CODES = {
    "FTX101": "a step that nothing undoes, in a saga that can fail after it",
    "FTX102": "a step that is retried and never looks at its idempotency key",
    "FTX103": "a step that may take longer than its whole saga",
    "FTX104": "a condition whose answer is always the same",
    "FTX105": "a compensation that never runs: its step is the saga's pivot, or behind it",
    "FTX106": "an async method that blocks the event loop",
}
_SILENCE = re.compile(r"#\s*fireflytx:\s*ignore\[([A-Z0-9,\s]+)\]")
# What a condition does whose answer depends on something.
_DEPENDS = frozenset({"LOAD_FAST", "LOAD_FAST_BORROW", "LOAD_GLOBAL", "LOAD_DEREF", "CALL"})
_BLOCKING = frozenset({"time.sleep", "requests.get", "requests.post", "requests.put", "requests.request"})


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is likely to be wrong.

    Attributes:
        code: One of :data:`CODES`.
        message: What it is, with saga and step, and what to do.
        file: The source's path; empty if it is not known.
        line: Its line, from 1; 0 if it is not known.
    """

    code: str
    message: str
    file: str
    line: int


async def check(target: str, as_json: bool) -> Exit:
    """Print what is found in a class, or in every saga of a module; ``NOT_GOOD`` if anything is."""
    found = [finding for cls in _classes(target) for finding in findings(cls)]
    if as_json:
        output.print_json([asdict(finding) for finding in found])
    else:
        out = output.console()
        for finding in found:
            out.print(f"{finding.file}:{finding.line}: {finding.code} {clean(finding.message)}")
        out.print(f"{len(found)} finding{'' if len(found) == 1 else 's'}.")
    return Exit.NOT_GOOD if found else Exit.DONE


def _classes(target: str) -> list[type]:
    if ":" in target:
        return [saga_class(target)]
    classes = list(sagas_of(load_module(target)))
    if not classes:
        raise Mistake(f"Module '{target}' has no saga: no class with @saga.")
    return classes


def findings(cls: type) -> Iterator[Finding]:
    """What is likely to be wrong with a saga, in the order of its steps.

    Raises:
        NotASagaError: the class has no ``@saga``.
    """
    definition = definition_of(cls)
    unsafe = set(steps_without_compensation(definition))
    behind = _pivot_and_behind(definition)
    for step in definition.steps:
        place = _Source(step.function)
        for code, message in _of_step(definition, step, step.id in unsafe, step.id in behind, place):
            if code not in place.silenced:
                yield Finding(
                    code, f"Saga '{definition.name}', step '{step.id}': {message}", place.file, place.line
                )
        if step.compensation is not None:
            undoing = _Source(step.compensation.function)
            if undoing.blocking_call and "FTX106" not in undoing.silenced:
                about = f"Saga '{definition.name}', compensation of step '{step.id}': "
                yield Finding("FTX106", about + undoing.why_it_blocks, undoing.file, undoing.line)


def _of_step(
    definition: SagaDefinition, step: StepDefinition, is_unsafe: bool, is_behind: bool, source: _Source
) -> Iterator[tuple[str, str]]:
    if is_unsafe:
        yield "FTX101", "nothing undoes it. Add a @compensation_step, or say compensation=None."
    if step.retry > 1 and source.is_known and not source.may_use_key:
        yield (
            "FTX102",
            (
                f"it is tried up to {step.retry} times and never looks at context.idempotency_key: what it "
                "does may happen twice. Pass the key on to what it calls; if nothing of it matters twice, "
                "silence this."
            ),
        )
    if definition.timeout_ms is not None and step.timeout_ms > definition.timeout_ms:
        yield (
            "FTX103",
            f"one attempt may take {step.timeout_ms} ms, the whole saga only {definition.timeout_ms} ms.",
        )
    if step.condition is not None and (answer := _constant(step.condition)) is not None:
        effect = "always runs" if answer else "never runs"
        yield "FTX104", f"its condition always says {answer}, so that the step {effect}."
    if is_behind and step.compensation is not None:
        yield "FTX105", "its compensation never runs: from the pivot on a saga only goes forward."
    if source.blocking_call:
        yield "FTX106", source.why_it_blocks


def _pivot_and_behind(definition: SagaDefinition) -> set[str]:
    pivot = next((step.id for step in definition.steps if step.pivot), None)
    behind = {pivot} if pivot is not None else set()
    grows = bool(behind)
    while grows:
        more = {step.id for step in definition.steps if behind & set(step.depends_on)} - behind
        behind |= more
        grows = bool(more)
    return behind


class _Source:
    """The text of a method, as far as it can be had.

    Attributes:
        file: Its path, relative to the current folder where it lies below that.
        line: Its first line, decorators included; 0 if it is not known.
        silenced: The codes that comments in its head name.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.file = ""
        self.line = 0
        self.silenced: frozenset[str] = frozenset()
        self._tree: ast.FunctionDef | ast.AsyncFunctionDef | None = None
        try:
            lines, self.line = inspect.getsourcelines(function)
            self.file = _short(inspect.getsourcefile(function) or "")
            parsed = ast.parse(textwrap.dedent("".join(lines))).body[0]
        except (OSError, TypeError, SyntaxError, IndexError):
            return
        if isinstance(parsed, ast.FunctionDef | ast.AsyncFunctionDef):
            self._tree = parsed
            head = lines[: parsed.body[0].lineno - 1] or lines[:1]
            codes = (found for line in head for found in _SILENCE.findall(line))
            self.silenced = frozenset(code.strip() for found in codes for code in found.split(","))

    @property
    def is_known(self) -> bool:
        """Whether there is a text to look at."""
        return self._tree is not None

    @property
    def may_use_key(self) -> bool:
        """Whether it reads ``idempotency_key``, or hands its context on to something that might."""
        if self._tree is None:
            return True
        positional = [*self._tree.args.posonlyargs, *self._tree.args.args]
        context = positional[2].arg if len(positional) > 2 else None
        for node in ast.walk(self._tree):
            if isinstance(node, ast.Attribute) and node.attr == "idempotency_key":
                return True
            if isinstance(node, ast.Call) and context is not None and context in _names(node):
                return True
        return False

    @property
    def blocking_call(self) -> str:
        """The first call in a coroutine that is known to block; empty if there is none."""
        if not isinstance(self._tree, ast.AsyncFunctionDef):
            return ""
        calls = (ast.unparse(node.func) for node in ast.walk(self._tree) if isinstance(node, ast.Call))
        return next((f"{call}()" for call in calls if call in _BLOCKING), "")

    @property
    def why_it_blocks(self) -> str:
        """What :attr:`blocking_call` does, and what to do."""
        call = self.blocking_call
        return f"{call} blocks the event loop, and every saga with it. Await, or write a plain def."


def _names(call: ast.Call) -> set[str]:
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    return {each.id for each in given if isinstance(each, ast.Name)}


def _constant(condition: Callable[..., object]) -> bool | None:
    """What a condition always says; None if that depends on something, or can't be told."""
    code = getattr(condition, "__code__", None)
    if code is None or code.co_names or code.co_freevars:
        return None
    if {instruction.opname for instruction in dis.get_instructions(code)} & _DEPENDS:
        return None
    try:
        return bool(condition({}))
    except Exception:
        return None


def _short(file: str) -> str:
    try:
        return str(Path(file).relative_to(Path.cwd()))
    except ValueError:
        return file
