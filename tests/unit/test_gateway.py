"""py4j's wire: against a real py4j gateway in a JVM, and against a socket that says what the test wants."""

from __future__ import annotations

import asyncio
import gc
import json
import secrets
import socket
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from fireflytx._bridge.gateway import ConnectionLost, GatewayConnection, _escaped, _unescaped
from fireflytx.exceptions import ProtocolError

ECHO = """
import py4j.GatewayServer;

public class Echo {
    public String echo(String text) { return text; }
    public int number(String text) { return 7; }
    public String nothing(String text) { return null; }

    public static void main(String[] arguments) throws Exception {
        String token = new java.io.BufferedReader(new java.io.InputStreamReader(System.in)).readLine();
        GatewayServer server =
            new GatewayServer.GatewayServerBuilder(new Echo()).javaPort(0).authToken(token).build();
        server.start(true);
        System.out.println("{\\"port\\":" + server.getListeningPort() + "}");
        while (System.in.read() >= 0) { }
        System.exit(0);
    }
}
"""


@dataclass(frozen=True)
class Gateway:
    """Where a py4j gateway listens, and what it wants to see."""

    port: int
    token: str


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A real py4j GatewayServer whose entry point gives back what it gets."""
    source = tmp_path_factory.mktemp("echo") / "Echo.java"
    source.write_text(ECHO)
    (jar,) = Path(sys.prefix, "share", "py4j").glob("py4j*.jar")
    token = secrets.token_hex(32)
    command = ["java", "-XX:TieredStopAtLevel=1", "-cp", str(jar), str(source)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as java:
        assert java.stdin is not None
        assert java.stdout is not None
        java.stdin.write(token + "\n")
        java.stdin.flush()
        yield Gateway(json.loads(java.stdout.readline())["port"], token)
        java.stdin.close()


class ScriptedServer:
    """A listener on the loopback address that accepts one connection and answers as it is told."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.setblocking(False)
        self.port: int = self._listener.getsockname()[1]
        self.peer: socket.socket | None = None

    async def accept_authenticated(self) -> None:
        """Accepts the connection and its token."""
        loop = asyncio.get_running_loop()
        self.peer, _ = await loop.sock_accept(self._listener)
        await self.say(b"!yv\n")

    async def say(self, text: bytes) -> None:
        assert self.peer is not None
        await asyncio.get_running_loop().sock_sendall(self.peer, text)

    async def heard_bytes(self, count: int) -> bytes:
        assert self.peer is not None
        heard = b""
        while len(heard) < count:
            heard += await asyncio.get_running_loop().sock_recv(self.peer, count - len(heard))
        return heard

    def hang_up(self) -> None:
        if self.peer is not None:
            self.peer.close()

    def close(self) -> None:
        self.hang_up()
        self._listener.close()


@pytest_asyncio.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    scripted = ScriptedServer()
    yield scripted
    scripted.close()


@pytest_asyncio.fixture
async def connection(server: ScriptedServer) -> AsyncIterator[GatewayConnection]:
    """A connection to the scripted server, behind the exchange of the token."""
    opened, _ = await asyncio.gather(GatewayConnection.open(server.port, "t"), server.accept_authenticated())
    await server.heard_bytes(len(b"A\nt\n"))
    yield opened
    opened.close()


# Against py4j's own gateway

TEXTS = [
    "",
    "plain",
    "back\\slash, \\n that is no newline, trailing \\",
    "\\\\\\r\\\\n\n\r\n\r\\",
    "naïve Ünïcödé 日本語 🚀 \u2028\u0085\x00\x7f",
    '{"type":"start","input":{"a":"\\u0061\\n"}}\n{"type":"ping","ping":1}',
    "x" * 1_000_000,
    '{"quoted":"\\"yes\\""}\n' * 50_000,
]


@pytest.mark.asyncio
@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
async def test_answers_are_those_of_the_ordinary_py4j_client(gateway: Gateway, text: str) -> None:
    connection = await GatewayConnection.open(gateway.port, gateway.token)
    ours = await connection.call("echo", text.encode())
    connection.close()

    assert ours.decode() == await asyncio.to_thread(asked_with_py4j, gateway, text) == text


def asked_with_py4j(gateway: Gateway, text: str) -> str:
    from py4j.java_gateway import GatewayParameters, JavaGateway

    parameters = GatewayParameters(
        port=gateway.port, auth_token=gateway.token, enable_memory_management=False
    )
    client = JavaGateway(gateway_parameters=parameters)
    try:
        return client.entry_point.echo(text)
    finally:
        client.close()


@pytest.mark.asyncio
async def test_a_connection_carries_one_call_after_another(gateway: Gateway) -> None:
    connection = await GatewayConnection.open(gateway.port, gateway.token)

    answers = [await connection.call("echo", b"%d" % number) for number in range(20)]

    assert answers == [b"%d" % number for number in range(20)]
    connection.close()


@pytest.mark.asyncio
async def test_a_wrong_token_is_refused_by_name(gateway: Gateway) -> None:
    with pytest.raises(ProtocolError, match=r"refused this connection's token: .*bad auth token"):
        await GatewayConnection.open(gateway.port, "wrong")


@pytest.mark.asyncio
async def test_java_s_message_is_in_the_error(gateway: Gateway) -> None:
    connection = await GatewayConnection.open(gateway.port, gateway.token)

    with pytest.raises(ProtocolError, match=r"Method missing\(.*\) does not exist"):
        await connection.call("missing", b"")

    assert await connection.call("echo", b"still there") == b"still there"
    connection.close()


@pytest.mark.asyncio
@pytest.mark.parametrize("method", ["number", "nothing"])
async def test_an_answer_that_is_no_string_is_an_error(gateway: Gateway, method: str) -> None:
    connection = await GatewayConnection.open(gateway.port, gateway.token)

    with pytest.raises(ProtocolError, match="A string was expected"):
        await connection.call(method, b"")

    connection.close()


# Against a scripted server


@given(st.text())
def test_unescaping_undoes_escaping(text: str) -> None:
    assert _unescaped(_escaped(text.encode())) == text.encode()


@given(st.text(alphabet="\\rn\r\nx"))
def test_escaping_is_py4j_s(text: str) -> None:
    from py4j import protocol

    assert _escaped(text.encode()) == protocol.escape_new_line(text).encode()


@pytest.mark.asyncio
async def test_an_answer_in_many_pieces_is_put_together(
    server: ScriptedServer, connection: GatewayConnection
) -> None:
    calling = asyncio.create_task(connection.call("echo", b""))
    for piece in (b"!", b"ys", b"half ", b"\\", b"n whole", b"\n"):
        await server.say(piece)
        await asyncio.sleep(0)

    assert await calling == b"half \n whole"


@pytest.mark.asyncio
async def test_a_call_of_many_megabytes_is_sent_whole(
    server: ScriptedServer, connection: GatewayConnection
) -> None:
    expected = b"c\nt\nsend\ns" + b"x" * 8_000_000 + b"\ne\n"
    calling = asyncio.create_task(connection.call("send", b"x" * 8_000_000))
    heard = await server.heard_bytes(len(expected))
    await server.say(b"!ysok\n")

    assert await calling == b"ok"
    assert heard == expected


@pytest.mark.asyncio
async def test_an_error_that_comes_before_the_whole_call_was_sent_is_reported(
    server: ScriptedServer, connection: GatewayConnection
) -> None:
    calling = asyncio.create_task(connection.call("send", b"x" * 8_000_000))
    await server.heard_bytes(10)
    await server.say(b"!xsline too long\n")

    with pytest.raises(ProtocolError, match="line too long"):
        await calling
    await connection.closed  # the rest of the call would be taken for the next


@pytest.mark.asyncio
async def test_a_connection_that_ends_in_mid_call_is_lost(
    server: ScriptedServer, connection: GatewayConnection
) -> None:
    calling = asyncio.create_task(connection.call("echo", b""))
    await server.heard_bytes(len(b"c\nt\necho\ns\ne\n"))
    server.hang_up()

    with pytest.raises(ConnectionLost, match="the engine closed it"):
        await calling
    assert connection.closed.done()


@pytest.mark.asyncio
async def test_the_end_of_an_idle_connection_is_noticed(
    server: ScriptedServer, connection: GatewayConnection
) -> None:
    server.hang_up()

    await asyncio.wait_for(connection.closed, 5)
    with pytest.raises(ConnectionLost, match="is closed"):
        await connection.call("echo", b"")


@pytest.mark.asyncio
async def test_closing_fails_the_call_in_flight(connection: GatewayConnection) -> None:
    calling = asyncio.create_task(connection.call("echo", b"x" * 8_000_000))
    await asyncio.sleep(0)
    connection.close()
    connection.close()

    with pytest.raises(ConnectionLost, match="this side closed it"):
        await calling


@pytest.mark.asyncio
async def test_a_cancelled_call_closes_its_connection(connection: GatewayConnection) -> None:
    calling = asyncio.create_task(connection.call("echo", b""))
    await asyncio.sleep(0)
    calling.cancel()
    await asyncio.wait({calling})

    assert calling.cancelled()
    assert connection.closed.done()


@pytest.mark.asyncio
async def test_a_cancelled_wait_for_the_end_does_not_disturb_it(
    server: ScriptedServer, connection: GatewayConnection
) -> None:
    waiting = asyncio.ensure_future(connection.closed)
    waiting.cancel()
    calling = asyncio.create_task(connection.call("echo", b""))
    await asyncio.sleep(0)
    server.hang_up()

    with pytest.raises(ConnectionLost):
        await calling


@pytest.mark.asyncio
async def test_a_second_call_at_the_same_time_is_refused_and_harms_nothing(
    server: ScriptedServer, connection: GatewayConnection
) -> None:
    first = asyncio.create_task(connection.call("echo", b""))
    await asyncio.sleep(0)

    with pytest.raises(RuntimeError, match="one call at a time"):
        await connection.call("echo", b"")

    await server.say(b"!ysfirst\n")
    assert await first == b"first"


@pytest.mark.asyncio
async def test_an_answer_that_nothing_asked_for_ends_the_connection(
    server: ScriptedServer, connection: GatewayConnection
) -> None:
    await server.say(b"!yssurprise\n")

    await asyncio.wait_for(connection.closed, 5)


@pytest.mark.asyncio
async def test_another_program_at_the_port_is_an_error(server: ScriptedServer) -> None:
    opening = asyncio.create_task(GatewayConnection.open(server.port, "t"))
    server.peer, _ = await asyncio.get_running_loop().sock_accept(server._listener)
    await server.say(b"HTTP/1.1 400 Bad Request\n")

    with pytest.raises(ProtocolError, match="another program"):
        await opening


@pytest.mark.asyncio
async def test_a_listener_that_says_nothing_is_given_up(server: ScriptedServer) -> None:
    with pytest.raises(ConnectionLost, match="accepted no connection in 50 ms"):
        await GatewayConnection.open(server.port, "t", timeout_ms=50)


@pytest.mark.asyncio
async def test_a_port_where_nothing_listens_is_a_lost_connection() -> None:
    scripted = ScriptedServer()
    scripted.close()

    with pytest.raises(ConnectionLost, match=f"port {scripted.port} cannot be reached"):
        await GatewayConnection.open(scripted.port, "t")


@pytest.mark.asyncio
async def test_nagle_s_delay_is_off(connection: GatewayConnection) -> None:
    assert connection._socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0


@pytest.mark.asyncio
async def test_a_connection_needs_no_thread(gateway: Gateway) -> None:
    before = set(threading.enumerate())
    connection = await GatewayConnection.open(gateway.port, gateway.token)
    await connection.call("echo", b"")

    assert set(threading.enumerate()) <= before  # those of earlier tests may have ended
    connection.close()


def test_a_loop_that_closes_first_makes_no_noise(gateway: Gateway, recwarn: pytest.WarningsRecorder) -> None:
    connection = asyncio.run(GatewayConnection.open(gateway.port, gateway.token))
    connection.close()
    asyncio.run(GatewayConnection.open(gateway.port, gateway.token))
    gc.collect()

    assert [str(warning.message) for warning in recwarn.list] == []


@pytest.mark.asyncio
async def test_a_forked_child_s_copy_is_closed_and_the_parent_s_goes_on(gateway: Gateway) -> None:
    program = """
import asyncio, os, sys
from fireflytx._bridge.gateway import ConnectionLost, GatewayConnection

async def main(port, token):
    connection = await GatewayConnection.open(port, token)
    if (child := os.fork()) == 0:
        try:
            connection.call("echo", b"").send(None)
        except ConnectionLost:
            os._exit(5)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    print((await connection.call("echo", b"unharmed")).decode())
    connection.close()

asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
"""
    command = [sys.executable, "-X", "dev", "-c", program, str(gateway.port), gateway.token]
    done = await asyncio.to_thread(
        subprocess.run,
        command,
        env={"PYTHONPATH": ":".join(sys.path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.stdout.split() == ["5", "unharmed"]


def test_the_wire_works_on_uvloop_too(gateway: Gateway) -> None:
    uvloop = pytest.importorskip("uvloop")

    async def echoed(text: bytes) -> bytes:
        connection = await GatewayConnection.open(gateway.port, gateway.token)
        answer = await connection.call("echo", text)
        connection.close()
        return answer

    assert uvloop.run(echoed(b"x\n" * 500_000)) == b"x\n" * 500_000
