"""The web service of ``examples/java/spring-boot``, as a process that can be asked, stopped and killed."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from tests.integration.processes import becomes_true
from tests.java_projects import readme
from tests.java_projects.published import java_environment

PATIENCE_S = 60
_PORT = re.compile(r"Tomcat started on port (\d+)")


class WebService:
    """One process of the service; its journal is in its folder.

    Attributes:
        address: Where it serves.
        process: What runs it.
    """

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process = process
        self._log = log
        self.wait_for("Tomcat started on port")
        [port] = _PORT.findall(self.log())
        self.address = f"localhost:{port}"

    def log(self) -> str:
        """What this process has printed."""
        return self._log.read_text()

    def wait_for(self, text: str) -> None:
        """Wait until the process has printed something."""
        becomes_true(lambda: text in self.log() or self.process.poll() is not None, within_s=PATIENCE_S)
        assert text in self.log(), self.log()

    def place(self, **order: Any) -> int:
        """The status of the answer to an order."""
        headers = {"Content-Type": "application/json"}
        return _answer(Request(f"http://{self.address}/orders", json.dumps(order).encode(), headers))[0]

    def find(self, order_id: str) -> tuple[int, dict[str, Any]]:
        """The status and the body of the answer to the question how an order stands."""
        return _answer(Request(f"http://{self.address}/orders/{order_id}"))

    def wait_for_end(self, order_id: str, status: str) -> None:
        """Wait until an order stands like that."""
        found = becomes_true(lambda: self.find(order_id)[1]["status"] == status, within_s=PATIENCE_S)
        assert found, self.log()


def _answer(request: Request) -> tuple[int, dict[str, Any]]:
    try:
        with urlopen(request, timeout=PATIENCE_S) as answer:
            return answer.status, json.loads(answer.read() or b"{}")
    except HTTPError as refused:
        with refused:
            return refused.code, json.loads(refused.read())


@contextmanager
def serving(project: Path, folder: Path, *options: str) -> Iterator[WebService]:
    """The service, started as the README says, but on a free port; killed at the end if it still runs."""
    log = folder / "log"
    [java, option, jar] = readme.arguments("In Spring Boot #2")
    command = [java, option, str(project / jar), "--server.address=localhost", "--server.port=0", *options]
    with (
        log.open("wb") as output,
        subprocess.Popen(
            command, cwd=folder, env=java_environment(), stdout=output, stderr=output
        ) as process,
    ):
        try:
            yield WebService(process, log)
        finally:
            process.kill()
