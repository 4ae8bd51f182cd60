"""A password that must be nowhere, and all the places where somebody could find it.

A window onto sagas that comes later adds what it shows to ``WINDOWS``; a test asks all of them.
"""

from __future__ import annotations

import importlib
import io
import logging
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from fireflytx import SagaEngine, SagaEvent

CANARY = "kanarienvogel-7f3d91c2"
EXAMPLES = Path(__file__).parents[2] / "examples"

Window = Callable[[SagaEngine, str], Awaitable[str]]


async def _history(engine: SagaEngine, correlation_id: str) -> str:
    return repr(await engine.history(correlation_id))


async def _listing(engine: SagaEngine, correlation_id: str) -> str:
    return repr(await engine.list())


async def _result(engine: SagaEngine, correlation_id: str) -> str:
    result = await (await engine.get(correlation_id)).result()
    errors = [error for step in result.steps.values() if (error := step.error)]
    told = [f"{result} {result!r} {result.steps} {result.error}"]
    told += [f"{error} {error!r} {error.traceback}" for error in errors]
    return "\n".join(told)


WINDOWS: dict[str, Window] = {"history": _history, "listing": _listing, "result": _result}
"""What shows a saga to people, by name: each gives all its text about one run."""


class Watch:
    """Everything that was written while it watched: log records of every level, and events."""

    def __init__(self, engine: SagaEngine) -> None:
        self._log = io.StringIO()
        self.events: list[SagaEvent] = []
        self._engine = engine
        engine.on_event(self.events.append)

    @contextmanager
    def watching(self) -> Iterator[None]:
        handler = logging.StreamHandler(self._log)
        handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(levelname)s %(message)s %(args)s"))
        root = logging.getLogger()
        level = root.level
        root.addHandler(handler)
        root.setLevel(logging.DEBUG)
        try:
            yield
        finally:
            root.setLevel(level)
            root.removeHandler(handler)

    async def texts(self, correlation_id: str) -> dict[str, str]:
        """By name, everything that a person could have read of the run."""
        shown = {name: await window(self._engine, correlation_id) for name, window in WINDOWS.items()}
        return {"log": self._log.getvalue(), "events": repr(self.events), **shown}


def files(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by its name."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def example(name: str) -> ModuleType:
    """A module of the examples, loaded afresh with services of its own; who loads it too is left alone."""
    names = ("command", "services", name)
    others = {each: sys.modules.pop(each) for each in names if each in sys.modules}
    sys.path.insert(0, str(EXAMPLES))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(EXAMPLES))
        for each in names:
            sys.modules.pop(each, None)
        sys.modules.update(others)
