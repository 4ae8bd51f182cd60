"""A PostgreSQL server with its own defaults, for the peers that keep their sagas in one."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from bench.processes import kill, tree

_READY_S = 30
_DEBIAN = Path("/usr/lib/postgresql")


def programs() -> Path | None:
    """The folder of the server's programs; None where there is no server."""
    on_path = shutil.which("postgres")
    if on_path:
        return Path(os.path.realpath(on_path)).parent
    return next((path.parent for path in sorted(_DEBIAN.glob("*/bin/postgres"), reverse=True)), None)


class Postgres:
    """A cluster in a folder of its own, and its server.

    Attributes:
        url: Its database, without a scheme.
    """

    def __init__(self, folder: Path) -> None:
        found = programs()
        if found is None:
            raise FileNotFoundError("There is no PostgreSQL server. On Debian: apt-get install postgresql.")
        self._programs = found
        self._folder = folder.absolute()
        self._user = "postgres" if os.getuid() == 0 else None  # it refuses to run as root
        self._server: subprocess.Popen[bytes] | None = None
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = free.getsockname()[1]
        self.url = f"bench@127.0.0.1:{self._port}/postgres"

    @property
    def pid(self) -> int:
        """The server's process, or that of the program that traces it; 0 if it does not run."""
        return 0 if self._server is None else self._server.pid

    def create(self) -> None:
        """Make the cluster."""
        self._folder.mkdir()
        if self._user:
            shutil.chown(self._folder, self._user)
        self._run("initdb", "--username=bench", "--auth=trust", "--pgdata=data")

    def start(self, tracer: Sequence[str] = ()) -> None:
        """Start the server, and wait until it answers."""
        settings = {"port": self._port, "listen_addresses": "127.0.0.1", "unix_socket_directories": ""}
        options = [f"--{name}={value}" for name, value in settings.items()]
        command = [*tracer, str(self._programs / "postgres"), "-D", "data", *options]
        with (self._folder / "log").open("ab") as log:
            self._server = subprocess.Popen(
                command, cwd=self._folder, user=self._user, stdout=log, stderr=log
            )
        deadline_s = time.monotonic() + _READY_S
        while not self._is_ready():
            if time.monotonic() > deadline_s or self._server.poll() is not None:
                raise RuntimeError(f"PostgreSQL did not start. Its log ends: {self._last_words()}")
            time.sleep(0.02)

    def kill(self) -> None:
        """End it at once, as a power failure would."""
        if self._server is not None:
            kill(tree(self._server.pid))
            self._server.wait()
            self._server = None

    def _is_ready(self) -> bool:
        probe = [str(self._programs / "pg_isready"), "--quiet", "--host=127.0.0.1", f"--port={self._port}"]
        return subprocess.run(probe, check=False).returncode == 0

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), *arguments]
        done = subprocess.run(
            command, cwd=self._folder, user=self._user, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(f"{program} failed: {done.stderr}")

    def _last_words(self) -> str:
        return (self._folder / "log").read_text(errors="replace")[-500:]
