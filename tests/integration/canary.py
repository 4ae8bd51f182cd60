"""A password that must be nowhere, and all the places where somebody could find it.

A window onto sagas that comes later adds what it shows to ``WINDOWS``; a test asks all of them.
"""

from __future__ import annotations

import html
import importlib
import io
import logging
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
from tests.integration.recorder import Recorder

from fireflytx import SagaEngine, SagaEvent
from fireflytx.cloud_event import CloudEvent
from fireflytx.dashboard import Dashboard
from fireflytx.publishers import InProcess

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


async def _following(engine: SagaEngine, correlation_id: str) -> str:
    handle = await engine.get(correlation_id)
    return "\n".join([repr(fact) async for fact in handle.events()])


async def _pages(engine: SagaEngine, correlation_id: str) -> str:
    app = Dashboard(engine, authorize=lambda request: True)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://here") as browser:
        addresses = ["/", "/sagas", "/parked", "/parked?kind=undo", f"/saga?id={correlation_id}&facts=all"]
        pages = [(await browser.get(address)).text for address in addresses]
        assert 'class="gantt"' in pages[-1]
        for what in ("input", "context", "error", *range(1, len(await engine.history(correlation_id)) + 1)):
            of, number = ("fact", what) if isinstance(what, int) else (what, "")
            asked = {"id": correlation_id, "of": of, "number": str(number)}
            pages.append((await browser.get("/saga/value", params=asked)).text)
        for step in (await engine.inspect(correlation_id)).steps:
            for of in ("result", "error", "traceback"):
                asked = {"id": correlation_id, "of": of, "step": step}
                pages.append((await browser.get("/saga/value", params=asked)).text)
    return html.unescape("\n".join(pages))


WINDOWS: dict[str, Window] = {
    "history": _history,
    "following": _following,
    "listing": _listing,
    "pages": _pages,
    "result": _result,
}
"""What shows a saga to people, by name: each gives all its text about one run."""


class Watch:
    """Everything that was written while it watched: log records of every level, events and spans.

    Attributes:
        options: Those of the engine that is to be watched.
        events: What a listener got.
        published: What a publisher got; all of it is there when the engine is shut down.
        recorder: What the exporters of spans and metrics got.
    """

    def __init__(self) -> None:
        self._log = io.StringIO()
        self.events: list[SagaEvent] = []
        self.published: list[CloudEvent] = []
        self.recorder = Recorder()
        self.options: dict[str, Any] = {
            "publishers": [InProcess(self.published.append)],
            "telemetry": self.recorder.telemetry,
        }

    @contextmanager
    def watching(self, engine: SagaEngine) -> Iterator[None]:
        self._engine = engine
        engine.on_event(self.events.append)
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

    def sent(self) -> dict[str, str]:
        """By name, everything that has left the program, once the engine is shut down."""
        spans = "\n".join(span.to_json() for span in self.recorder.spans())
        return {"published": "\n".join(map(repr, self.published)), "spans": spans}


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
