"""Real servers on loopback: random free ports, folders of their own, killed and started again at will.

Each is a context manager that starts its server and ends it::

    with RedisServer(tmp_path) as server:
        publisher = server.publisher(timeout_ms=2_000)
        ...
        server.kill()     # kill -9
        server.start()    # the same port, the same data

``make test-brokers`` installs what they need; ``missing()`` says what is not there.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from fireflytx.publishers import Kafka, Nats, Publisher, RabbitMQ, Redis

ROOT = Path(__file__).parents[2]
KAFKA_JARS = ROOT / "build" / "brokers" / "kafka"
_RABBITMQ_SCRIPTS = Path("/usr/lib/rabbitmq/bin")
_SBIN = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"
_START_S = 60.0
_LOOPBACK = "127.0.0.1"


class Server(ABC):
    """One server process.

    Attributes:
        name: What people call it.
        address: Where it listens, as its publisher wants it.
    """

    name: str
    address: str

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @classmethod
    @abstractmethod
    def missing(cls) -> str | None:
        """Why it can't be started here, or None."""

    @abstractmethod
    def publisher(self, **options: Any) -> Publisher:
        """A publisher to this server."""

    @abstractmethod
    def _command(self) -> list[str]: ...

    def _environment(self) -> Mapping[str, str]:
        return os.environ

    def _is_ready(self) -> bool:
        return _listens(self.port)

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            self.start()
        except BaseException:
            self.kill()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    @property
    def log(self) -> Path:
        """What it wrote."""
        return self.folder / "server.log"

    def start(self) -> None:
        """Start it, on the data that it has, and wait until it answers."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command(),
                env=dict(self._environment()),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + _START_S
        while not self._is_ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"{self.name} did not start:\n{self.log.read_text()[-4000:]}")
            time.sleep(0.05)

    def kill(self) -> None:
        """kill -9, and wait until it is gone."""
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def restart(self) -> None:
        """Kill it, and start it again."""
        self.kill()
        self.start()


class RedisServer(Server):
    """Redis, which writes each command to its log before it answers."""

    name = "redis"

    @classmethod
    def missing(cls) -> str | None:
        return _not_found("redis-server", "redis-server")

    @property
    def address(self) -> str:  # type: ignore[override]
        return f"redis://{_LOOPBACK}:{self.port}/0"

    def publisher(self, **options: Any) -> Publisher:
        return Redis(self.address, **options)

    def _command(self) -> list[str]:
        options = ["--bind", _LOOPBACK, "--port", str(self.port), "--dir", str(self.folder)]
        return [_path("redis-server"), *options, "--appendonly", "yes", "--save", ""]

    def _is_ready(self) -> bool:
        with (
            contextlib.suppress(OSError),
            socket.create_connection((_LOOPBACK, self.port), timeout=1) as link,
        ):
            link.sendall(b"PING\r\n")
            return link.recv(64).startswith(b"+PONG")  # not -LOADING
        return False


class NatsServer(Server):
    """NATS with JetStream on files; messages may be 8 MB large."""

    name = "nats"

    @classmethod
    def missing(cls) -> str | None:
        return _not_found("nats-server", "nats-server")

    @property
    def address(self) -> str:  # type: ignore[override]
        return f"nats://{_LOOPBACK}:{self.port}"

    def publisher(self, **options: Any) -> Publisher:
        return Nats(self.address, **options)

    def _command(self) -> list[str]:
        config = self.folder / "nats.conf"
        config.write_text(
            f'listen: "{_LOOPBACK}:{self.port}"\n'
            "max_payload: 8MB\n"
            f'jetstream {{ store_dir: "{self.folder}/data" }}\n'
        )
        return [_path("nats-server"), "--config", str(config)]


class RabbitServer(Server):
    """RabbitMQ, with a port mapper (epmd) of its own, which goes with it."""

    name = "rabbitmq"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._epmd_port = free_port()
        self._dist_port = free_port()
        self._epmd: subprocess.Popen[bytes] | None = None

    @classmethod
    def missing(cls) -> str | None:
        if not (_RABBITMQ_SCRIPTS / "rabbitmq-server").exists():
            return f"rabbitmq-server is missing in {_RABBITMQ_SCRIPTS} (Debian's rabbitmq-server)"
        return _not_found("epmd", "erlang-base")

    @property
    def address(self) -> str:  # type: ignore[override]
        return f"amqp://guest:guest@{_LOOPBACK}:{self.port}/"

    def publisher(self, **options: Any) -> Publisher:
        return RabbitMQ(self.address, **options)

    def start(self) -> None:
        if self._epmd is None:
            self._epmd = subprocess.Popen(
                [_path("epmd"), "-address", _LOOPBACK, "-port", str(self._epmd_port)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        super().start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        epmd, self._epmd = self._epmd, None
        if epmd is not None:
            epmd.kill()
            epmd.wait()

    def _command(self) -> list[str]:
        (self.folder / "rabbitmq.conf").write_text("loopback_users.guest = true\nlog.console = true\n")
        return [str(_RABBITMQ_SCRIPTS / "rabbitmq-server")]

    def _environment(self) -> Mapping[str, str]:
        return {
            **os.environ,
            "HOME": str(self.folder),  # of the Erlang cookie
            "ERL_EPMD_ADDRESS": _LOOPBACK,
            "ERL_EPMD_PORT": str(self._epmd_port),
            "RUNNING_UNDER_SYSTEMD": "true",  # the process is then Erlang itself, and not a shell around it
            "RABBITMQ_NODENAME": f"rabbit{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": _LOOPBACK,
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self._dist_port),
            "RABBITMQ_CONF_ENV_FILE": str(self.folder / "none"),
            "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "enabled_plugins"),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(self.folder / "log"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1} +S 1:1",
        }


class KafkaServer(Server):
    """One Kafka broker that is its own controller (KRaft); records may be 8 MB large."""

    name = "kafka"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._controller_port = free_port()

    @classmethod
    def missing(cls) -> str | None:
        if not list(KAFKA_JARS.glob("kafka_*.jar")):
            return "Kafka's jars are missing in build/brokers/kafka (tests/brokers/install.sh brings them)"
        return _not_found("java", "openjdk-17-jre-headless")

    @property
    def address(self) -> str:  # type: ignore[override]
        return f"{_LOOPBACK}:{self.port}"

    def publisher(self, **options: Any) -> Publisher:
        return Kafka(self.address, **options)

    def start(self) -> None:
        if not (self.folder / "data").exists():
            self._format()
        super().start()

    def _is_ready(self) -> bool:
        from confluent_kafka import KafkaException
        from confluent_kafka.admin import AdminClient

        if not super()._is_ready():
            return False
        admin = AdminClient({"bootstrap.servers": self.address, "log_level": 0})
        with contextlib.suppress(KafkaException):
            return bool(admin.list_topics(timeout=2).brokers)  # none as long as the controller keeps it out
        return False

    def _format(self) -> None:
        listeners = f"PLAINTEXT://{_LOOPBACK}:{self.port},CONTROLLER://{_LOOPBACK}:{self._controller_port}"
        (self.folder / "server.properties").write_text(
            "process.roles=broker,controller\nnode.id=1\n"
            f"controller.quorum.voters=1@{_LOOPBACK}:{self._controller_port}\n"
            f"listeners={listeners}\ncontroller.listener.names=CONTROLLER\n"
            "inter.broker.listener.name=PLAINTEXT\n"
            f"log.dirs={self.folder}/data\nnum.partitions=3\nmessage.max.bytes=8388608\n"
            "offsets.topic.replication.factor=1\ntransaction.state.log.replication.factor=1\n"
            # So that one which was killed and is back is let in at once, and not after 9 s.
            "broker.session.timeout.ms=1000\nbroker.heartbeat.interval.ms=200\n"
            "transaction.state.log.min.isr=1\noffsets.topic.num.partitions=1\n"
        )
        command = self._java("kafka.tools.StorageTool")
        cluster = uuid.uuid4().hex[:22]
        done = subprocess.run(
            [*command, "format", "-t", cluster, "-c", "server.properties"],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"Kafka's storage could not be formatted:\n{done.stdout}{done.stderr}")

    def _command(self) -> list[str]:
        return [*self._java("kafka.Kafka"), "server.properties"]

    def _java(self, main: str) -> list[str]:
        quick = ["-Xmx384m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"]
        return [
            _path("java"),
            *quick,
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
            "-cp",
            f"{KAFKA_JARS}/*",
            main,
        ]


SERVERS: tuple[type[Server], ...] = (RedisServer, RabbitServer, NatsServer, KafkaServer)


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((_LOOPBACK, 0))
        return int(probe.getsockname()[1])


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection((_LOOPBACK, port), timeout=1):
        return True
    return False


def _path(program: str) -> str:
    found = shutil.which(program, path=_SBIN)
    if found is None:
        raise RuntimeError(f"{program} is missing")
    return found


def _not_found(program: str, package: str) -> str | None:
    return None if shutil.which(program, path=_SBIN) else f"{program} is missing (Debian's {package})"
