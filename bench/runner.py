"""Makes one measurement: starts its processes, asks them, and ends all that they leave."""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench import tracing
from bench.crash import marker
from bench.inside import Job
from bench.peers import JAVA_VARIABLE, ROOT, SUBJECTS, SYSTEM_JAVA, Subject
from bench.plan import Cell, Pace
from bench.postgres import Postgres
from bench.processes import kill, tree
from fireflytx._bridge.java import find_java

# On the project's disk: the folder for temporary files may lie in memory, where a sync costs nothing.
SCRATCH = ROOT / "build" / "bench" / "scratch"
_DROP_CACHES = Path("/proc/sys/vm/drop_caches")
_PATIENCE_S = 60.0  # beyond the job's own limits: for starts, migrations, and a slow first saga


_with_cache: set[str] = set()  # the Javas that have started in the shared cache folder before


def _until_made(cache: Path) -> None:
    """Wait for what a first start makes in the background for later ones (docs/adr/0013)."""
    end_s = time.monotonic() + _PATIENCE_S
    while any(cache.glob("fireflytx/making-*")) and time.monotonic() < end_s:
        time.sleep(0.1)
    if not any(cache.glob("fireflytx/java-*.seal")):
        raise RuntimeError(f"The start cache was not made in {cache}; delete that folder, and try again.")


class Measurement:
    """One measurement, in a folder of its own that goes away with it."""

    def __init__(self, cell: Cell, pace: Pace) -> None:
        SCRATCH.mkdir(parents=True, exist_ok=True)
        self._cell = cell
        self._pace = pace
        self._folder = Path(tempfile.mkdtemp(prefix=f"{cell.subject}-", dir=SCRATCH))
        self._folder.chmod(0o755)  # the database's user must get through to its own
        self._postgres = Postgres(self._folder / "postgres") if self._subject.store == "postgres" else None

    @property
    def _subject(self) -> Subject:
        return SUBJECTS[self._cell.subject]

    def __enter__(self) -> Measurement:
        if self._postgres is not None:
            self._postgres.create()
        return self

    def __exit__(self, *exception: object) -> None:
        if self._postgres is not None:
            self._postgres.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def run(self) -> dict[str, Any]:
        """Measure.

        Raises:
            RuntimeError: the subject failed, or took too long; the message ends with its last words.
        """
        self._fill_cache()
        kinds = {"load": self._load, "start": self._start, "crash": self._crash}
        return kinds.get(self._cell.kind, self._traced)()

    def _fill_cache(self) -> None:
        """Start once and end, so that nothing is made in the background while something is measured."""
        if self._is_ours and self._cell.kind != "start" and self._subject.java not in _with_cache:
            with Measurement(self._cell, self._pace) as first:
                first._ask(first._job("start"))
            _until_made(self._cache)
            _with_cache.add(self._subject.java)

    def _load(self) -> dict[str, Any]:
        self._start_postgres()
        return self._ask(self._job("load"))

    def _traced(self) -> dict[str, Any]:
        if not tracing.can_trace():
            raise RuntimeError("There is no strace to count with, or it may not trace here.")
        calls = tracing.SYNCS if self._cell.kind == "syncs" else tracing.WRITES
        logs = [self._folder / "trace", self._folder / "postgres" / "trace"]
        self._start_postgres(tracing.tracer(logs[1], calls))
        answer = self._ask(self._job("load"), tracing.tracer(logs[0], calls))
        begin_s, end_s = answer["window_s"]
        found = [call for log in logs if log.exists() for call in tracing.parse(log.open(errors="replace"))]
        count = tracing.syncs if self._cell.kind == "syncs" else tracing.written_bytes
        return {self._cell.kind: count(found, (begin_s, end_s)) / answer["sagas"], "sagas": answer["sagas"]}

    def _start(self) -> dict[str, Any]:
        """A cold start, one that nobody counts, and a warm one, all on the same store."""
        self._start_postgres()
        is_dropped = _drop_page_cache()
        cold = self._timed(self._job("start"))
        if self._is_ours:
            _until_made(self._cache)
        self._timed(self._job("start"))
        warm = self._timed(self._job("start"))
        return {
            "cold_ms": cold["took_ms"],
            "cold_initialize_ms": cold["initialize_ms"],
            "is_page_cache_dropped": is_dropped,
            "warm_ms": warm["took_ms"],
            "warm_initialize_ms": warm["initialize_ms"],
            "idle_pss_mb": warm["idle_pss_mb"],
        }

    def _crash(self) -> dict[str, Any]:
        """Kill everything in step 3; how long the next process takes to step 4, the database running."""
        self._start_postgres()
        victim = self._spawn(self._job("crash"))
        was_reached = _appears(marker(self._files), victim)
        kill(tree(victim.pid, self._postgres.pid if self._postgres else 0))
        said = victim.communicate()[1]
        if not was_reached:
            raise RuntimeError(f"{self._cell.subject} never came to step 3: {_end(said)}")
        if self._postgres is not None:
            self._postgres.kill()
        self._start_postgres()
        return {"restart_ms": self._timed(self._job("crash"))["took_ms"]}

    @property
    def _is_ours(self) -> bool:
        return self._subject.name.startswith("fireflytx")

    @property
    def _cache(self) -> Path:
        """The user's cache folder: empty for a cold start, else one for all, as on a user's machine."""
        return (self._folder if self._cell.kind == "start" else SCRATCH.parent) / "cache"

    @property
    def _files(self) -> Path:
        files = self._folder / "files"
        files.mkdir(exist_ok=True)
        return files

    def _job(self, kind: str) -> Job:
        pace = self._pace
        return Job(
            kind,
            self._cell.subject,
            self._cell.workload,
            str(self._files),
            self._cell.in_flight,
            pace.warm_up_s,
            pace.measured_s,
            pace.limit_s,
            self._postgres.url if self._postgres else "",
            self._postgres.pid if self._postgres else 0,
        )

    def _start_postgres(self, tracer: Sequence[str] = ()) -> None:
        if self._postgres is not None:
            self._postgres.start(tracer)

    def _timed(self, job: Job) -> dict[str, Any]:
        begun_s = time.monotonic()  # one clock for the whole machine
        answer = self._ask(job)
        return answer | {"took_ms": (answer["at_s"] - begun_s) * 1000}

    def _ask(self, job: Job, tracer: Sequence[str] = ()) -> dict[str, Any]:
        process = self._spawn(job, tracer)
        try:
            out, complaints = process.communicate(timeout=_PATIENCE_S + 2 * job.limit_s)
        except subprocess.TimeoutExpired:
            kill(tree(process.pid))
            said = _end(process.communicate()[1])
            raise RuntimeError(f"{job.subject} did not answer in time: {said}") from None
        if process.returncode:
            raise RuntimeError(f"{job.subject} failed: {_end(complaints)}")
        answer: dict[str, Any] = json.loads(out.splitlines()[-1])
        return answer

    def _spawn(self, job: Job, tracer: Sequence[str] = ()) -> subprocess.Popen[str]:
        command = [*tracer, sys.executable, "-m", "bench.inside", job.to_json()]
        environment = os.environ | {"XDG_CACHE_HOME": str(self._cache)}
        if self._subject.java == SYSTEM_JAVA:
            environment["FIREFLYTX_JAVA_HOME"] = shutil.which("java") or ""
        environment[JAVA_VARIABLE] = java_path()
        return subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )


@functools.cache  # not to be looked for while a start is timed
def java_path() -> str:
    """The Java that the engine would run on."""
    return find_java().path


def _appears(file: Path, process: subprocess.Popen[str]) -> bool:
    """Wait for the file; whether it came, before the process ended and before patience did."""
    deadline_s = time.monotonic() + _PATIENCE_S
    while not file.exists() and process.poll() is None and time.monotonic() < deadline_s:
        time.sleep(0.002)
    return file.exists()


def _end(complaints: str) -> str:
    """What a process said last, the line that tells most in front."""
    lines = complaints.strip().splitlines()
    return "\n".join([lines[-1], *lines[-15:-1]]) if lines else "it said nothing."


def _drop_page_cache() -> bool:
    """Have the kernel forget the files that it has read, where this user may; whether it did."""
    os.sync()
    try:
        _DROP_CACHES.write_text("3")
    except OSError:
        return False
    return True
