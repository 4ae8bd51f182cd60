"""The measuring programs with a twentieth of their numbers; ``make test-scale`` runs the whole."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.integration, pytest.mark.slow]


@pytest.mark.parametrize(
    "program",
    [
        "waiting --sagas 2500",
        pytest.param("backlog --sagas 5000", marks=pytest.mark.long),
        pytest.param("soak --sagas 5000", marks=pytest.mark.long),
        pytest.param("restart", marks=pytest.mark.long),
        pytest.param("dashboard --ended 5000 --running 500", marks=pytest.mark.long),
    ],
)
def test_goals_of_scale_are_met(program: str):
    name, *arguments = program.split()
    done = subprocess.run(
        [sys.executable, "-m", f"tests.scale.{name}", *arguments],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
