"""Events as entries of Redis streams: https://redis.io/docs/latest/develop/data-types/streams/."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fireflytx.cloud_event import CloudEvent
from fireflytx.exceptions import EventRefusedError, PublishError
from fireflytx.publishers.bindings import Mode, checked_mode, message
from fireflytx.publishers.connected import ConnectedPublisher, OnRefusal, checked_options, require
from fireflytx.publishers.places import place_of

if TYPE_CHECKING:
    from redis.asyncio import Redis as Client

_BATCH = 100


class Redis(ConnectedPublisher):
    """Appends events to the Redis stream that is named by their topic, up to 100 in one transaction.

    Needs the extra ``redis``. An entry has the fields ``content-type``, ``key``, ``data``, and the event's
    headers; in binary mode also a field for each attribute, ``ce_…``.

    Args:
        url: Such as ``redis://localhost:6379/0``, ``rediss://user:password@host`` or
            ``unix:///run/redis.sock``.
        mode: What ``data`` is: ``structured``, the event as JSON, or ``binary``, the event's data alone.
        max_length: About how many entries a stream keeps; None keeps all.
        timeout_ms: How long connecting, or one transaction, may take.
        on_refusal: What becomes of an event whose stream is something else than a stream: ``retry`` keeps
            it, and all behind it, until it is accepted; ``drop`` logs its id at ERROR and goes on.
        client_options: More options of ``redis.asyncio.Redis.from_url``.

    Raises:
        ImportError: redis is not installed.
        ValueError: an argument is wrong.
    """

    def __init__(
        self,
        url: str,
        *,
        mode: Mode = "structured",
        max_length: int | None = None,
        timeout_ms: int = 10_000,
        on_refusal: OnRefusal = "retry",
        client_options: Mapping[str, Any] | None = None,
    ) -> None:
        require("redis.asyncio", extra="redis", publisher="Redis")
        from redis.asyncio.retry import Retry
        from redis.backoff import NoBackoff

        checked_mode(mode, "structured", "binary")
        if max_length is not None and max_length < 1:
            raise ValueError(f"max_length must be 1 or more, or None, not {max_length!r}.")
        super().__init__(place_of(url), timeout_ms=timeout_ms, on_refusal=on_refusal, most_at_once=_BATCH)
        self._url = url
        self._mode: Mode = mode
        self._max_length = max_length
        # The engine tries again, with its own patience.
        never = {"retry": Retry(NoBackoff(), 0), "retry_on_error": []}
        self._options = checked_options(client_options, {"single_connection_client": True, **never})
        self._client: Client | None = None

    async def _connect(self) -> None:
        from redis.asyncio import Redis as Client

        self._client = Client.from_url(self._url, **self._options)
        await self._client.ping()

    async def _send(self, events: Sequence[CloudEvent]) -> None:
        from redis.exceptions import ResponseError

        if self._client is None:
            raise PublishError(f"{self._place} is closed.")
        async with self._client.pipeline(transaction=True) as transaction:
            for event in events:
                transaction.xadd(event.topic, self._fields(event), maxlen=self._max_length, approximate=True)
            answers = await transaction.execute(raise_on_error=False)
        for answer in answers:
            if isinstance(answer, ResponseError) and str(answer).startswith("WRONGTYPE"):
                raise EventRefusedError("the key that its topic names holds something else than a stream.")
            if isinstance(answer, Exception):
                raise answer

    async def _disconnect(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    def _fields(self, event: CloudEvent) -> dict[Any, Any]:
        sent = message(event, self._mode, "ce_")
        return {**sent.headers, "content-type": sent.content_type, "key": event.key, "data": sent.body}
