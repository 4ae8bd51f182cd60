"""The benchmarks, run for a moment."""

from __future__ import annotations

import json
import re
import subprocess
import sys
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


def test_the_benchmark_measures_the_engine_beside_a_floor(tmp_path: Path) -> None:
    peers = "floor-coroutines floor-synced fireflytx-memory"
    subprocess.run(["make", "--silent", "build/bench/Echo.class"], cwd=ROOT, check=True)
    command = [sys.executable, "-m", "bench", "--quick", "--peers", peers, "--results", str(tmp_path)]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    machine, *records = map(json.loads, next(tmp_path.glob("*.jsonl")).read_text().splitlines())
    assert machine["absent"] == {}
    assert [(record["subject"], record["in_flight"]) for record in records] == [
        (subject, in_flight) for in_flight in (1, 32) for subject in peers.split()
    ]
    assert all(record["sagas_per_s"] > 0 and record["p50_ms"] <= record["p99_ms"] for record in records)
    assert "| fireflytx-memory |" in done.stdout
