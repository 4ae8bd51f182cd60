"""Who may import whom; the picture is in ARCHITECTURE.md."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "python" / "fireflytx"
FACE = {"__init__", "script"}
# What people look at sagas through. Nothing uses these; each alone knows the libraries of its extra.
WINDOWS = {
    "cli": {"typer", "rich"},
    "dashboard": {"starlette", "jinja2", "markupsafe", "uvicorn"},
}
PUBLISHERS = {
    "aio_pika": "rabbitmq",
    "confluent_kafka": "kafka",
    "httpx": "webhook",
    "nats": "nats",
    "redis": "redis",
}
DEFINES = """
_checks _collect _direct_call _lazily _marks _methods _models _nearest _refusals _secrets _signature
context decorators decorators.events decorators.saga definition event_options exceptions graph redaction
result validation values
"""
RUNS = """
attempts boundary calls codec conditions engine events failures freshness handlers host life logs options
ownership queries registry report requests runs runtime script store transfer watchdog worker _sealed _tasks
_version __init__ cloud_event publishers publishers.base publishers.in_process publishers.topics publishing
progress lookups standing
telemetry telemetry.carrier telemetry.harmless telemetry.hooks telemetry.instruments
telemetry.otel telemetry.spans
inspection inspection.drawing inspection.layout inspection.steps inspection.text inspection.timeline
inspection.times inspection.waiting
publishers.bindings publishers.connected publishers.places
publishers.kafka publishers.nats publishers.rabbitmq publishers.redis publishers.webhook
"""
DEFINING = frozenset(DEFINES.split())


def modules() -> Iterator[tuple[str, Path]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        yield ".".join(part for part in parts if part != "__init__") or "__init__", path


def imports(path: Path) -> set[str]:
    """Everything that a file imports, inside functions and for type checkers too, by its full name."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


@pytest.mark.parametrize("library", ["py4j", "subprocess", "socket"])
def test_only_the_bridge_knows_py4j_processes_and_sockets(library: str) -> None:
    strangers = [
        name
        for name, path in modules()
        if not name.startswith("_bridge") and any(each.split(".")[0] == library for each in imports(path))
    ]
    assert strangers == []


def test_nothing_imports_the_engine_but_the_face() -> None:
    importers = {name for name, path in modules() if "fireflytx.engine" in imports(path)}
    assert {name for name in importers if name.split(".")[0] not in WINDOWS} <= FACE


@pytest.mark.parametrize("window", WINDOWS)
def test_nothing_imports_a_window_but_the_command_that_opens_it(window: str) -> None:
    whole = f"fireflytx.{window}"
    importers = {
        name
        for name, path in modules()
        if any(each == whole or each.startswith(f"{whole}.") for each in imports(path))
    }
    assert {name for name in importers if name.split(".")[0] != window} <= {f"cli.{window}"}


@pytest.mark.parametrize("window", WINDOWS)
def test_only_a_window_knows_its_libraries(window: str) -> None:
    importers = {
        name.split(".")[0]
        for name, path in modules()
        if WINDOWS[window] & {each.split(".")[0] for each in imports(path)}
    }
    assert importers <= {window}


def test_only_telemetry_knows_opentelemetry() -> None:
    importers = {
        name
        for name, path in modules()
        if any(each.split(".")[0] == "opentelemetry" for each in imports(path))
    }
    assert {name.split(".")[0] for name in importers} == {"telemetry"}


@pytest.mark.parametrize("library", PUBLISHERS)
def test_only_its_publisher_knows_the_library_of_a_broker(library: str) -> None:
    importers = {
        name for name, path in modules() if any(each.split(".")[0] == library for each in imports(path))
    }
    assert importers <= {f"publishers.{PUBLISHERS[library]}"}


def test_what_defines_a_saga_knows_nothing_of_running_it() -> None:
    inside = {f"fireflytx.{name}" for name in DEFINING} | {"fireflytx._version"}
    for name, path in modules():
        if name not in DEFINING:
            continue
        reached = {each for each in imports(path) if each.startswith("fireflytx.")}
        outside = {
            each for each in reached if not any(each == ok or each.startswith(f"{ok}.") for ok in inside)
        }
        assert not {each for each in outside if each.count(".") == 1}, f"{name} imports {outside}"


def test_no_module_is_forgotten_by_these_rules() -> None:
    known = DEFINING | set(RUNS.split())
    assert {name for name, _ in modules() if name.split(".")[0] not in {"_bridge", *WINDOWS}} == known


def test_type_checkers_know_which_names_a_module_has():
    for name, path in modules():
        body = ast.parse(path.read_text()).body
        assert "__getattr__" not in {each.name for each in body if isinstance(each, ast.FunctionDef)}, name
