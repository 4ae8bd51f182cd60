"""The benchmark of the Java engine, run for a moment."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_java_benchmark_measures_both_stores() -> None:
    jars = ROOT / "python/fireflytx/_java"
    program = ROOT / "bench/java/Throughput.java"

    done = subprocess.run(
        ["java", "-cp", f"{jars}/*", str(program), "0.05", "10"], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")
    rows = [line.split()[:2] for line in done.stdout.splitlines() if re.match("memory|sqlite", line)]
    assert rows == [[store, count] for store in ("memory", "sqlite") for count in ("1", "32", "256")] + [
        ["memory", "10"],
        ["sqlite", "10"],
    ]
