"""A server of each broker, for all tests of this folder; `make test-brokers` installs what they need."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.brokers.readers import READERS, Reader
from tests.brokers.servers import SERVERS, Server


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "/tests/brokers/" in item.path.as_posix():
            item.add_marker(pytest.mark.long)


@pytest.fixture(scope="session", params=SERVERS, ids=lambda kind: kind.name)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that runs; a test that kills it starts it again."""
    kind: type[Server] = request.param
    reason = kind.missing()
    if reason is not None:
        pytest.skip(reason)
    with kind(tmp_path_factory.mktemp(kind.name)) as running:
        yield running


@pytest.fixture
def reader(server: Server) -> Reader:
    return READERS[server.name](server)
