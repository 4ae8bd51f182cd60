"""Events as messages of NATS JetStream.

The binding: https://github.com/cloudevents/spec/blob/main/cloudevents/bindings/nats-protocol-binding.md.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fireflytx.cloud_event import CloudEvent
from fireflytx.exceptions import EventRefusedError, PublishError
from fireflytx.publishers.bindings import Mode, ascii_message, checked_mode
from fireflytx.publishers.connected import ConnectedPublisher, OnRefusal, checked_options, require
from fireflytx.publishers.places import place_of

if TYPE_CHECKING:
    from nats.aio.client import Client

_SIDE_BY_SIDE = 64
# A line end in a subject would be a command to the server.
_NO_SUBJECT = re.compile(r"[\s\x00*>]")


class Nats(ConnectedPublisher):
    """Publishes events to the JetStream stream whose subjects include the event's topic.

    Needs the extra ``nats`` (nats-py), and the stream to be there. ``Nats-Msg-Id`` is the event's id, by
    which the stream itself drops repeats for as long as its ``duplicate_window`` says. Headers are the
    event's, and in binary mode ``ce-…`` for each attribute.

    Args:
        servers: Such as ``nats://localhost:4222``, or several.
        stream: The stream that must take the events; None takes whichever has the subject.
        mode: What the body is: ``structured``, the event as JSON, or ``binary``, the event's data alone.
        timeout_ms: How long connecting, or an event's confirmation, may take.
        on_refusal: What becomes of an event that is too large, or whose topic is no subject: ``retry`` keeps
            it, and all behind it, until it is accepted; ``drop`` logs its id at ERROR and goes on.
        client_options: More options of ``nats.connect``, such as ``tls`` or ``user_credentials``.

    Raises:
        ImportError: nats-py is not installed.
        ValueError: an argument is wrong.
    """

    def __init__(
        self,
        servers: str | Sequence[str],
        *,
        stream: str | None = None,
        mode: Mode = "structured",
        timeout_ms: int = 10_000,
        on_refusal: OnRefusal = "retry",
        client_options: Mapping[str, Any] | None = None,
    ) -> None:
        require("nats", extra="nats", publisher="Nats")
        checked_mode(mode, "structured", "binary")
        named = [servers] if isinstance(servers, str) else list(servers)
        super().__init__(
            place_of(*named), timeout_ms=timeout_ms, on_refusal=on_refusal, side_by_side=_SIDE_BY_SIDE
        )
        self._mode: Mode = mode
        self._stream = stream
        own = {
            "servers": named,
            "allow_reconnect": False,
            "connect_timeout": timeout_ms / 1000,
            "error_cb": _ignore,
            "closed_cb": self._note_loss,
        }
        self._options = checked_options(client_options, own)
        self._client: Client | None = None
        self._lost = asyncio.Event()

    async def _connect(self) -> None:
        from nats.aio.client import Client

        self._lost = asyncio.Event()
        # Known before it is connected, so that it is closed when that fails.
        self._client = Client()
        await self._client.connect(**self._options)

    async def _send(self, events: Sequence[CloudEvent]) -> None:
        from nats.errors import MaxPayloadError
        from nats.js.errors import NoStreamResponseError

        event = events[0]
        if _NO_SUBJECT.search(event.topic) or not event.topic:
            raise EventRefusedError(
                "its topic is no subject: it is empty, or has a space or a wildcard in it."
            )
        try:
            await self._confirmed(event)
        except MaxPayloadError:
            raise EventRefusedError("it is larger than the server's max_payload.") from None
        except NoStreamResponseError:
            raise PublishError(
                f"{self._place}: no stream takes '{event.topic}'. Add one that has the subject."
            ) from None

    async def _confirmed(self, event: CloudEvent) -> None:
        from nats.errors import ConnectionClosedError

        client = self._client
        if client is None or client.is_closed:
            raise ConnectionClosedError
        sent = ascii_message(event, self._mode)
        headers = {**sent.headers, "Nats-Msg-Id": event.id}
        if self._mode == "structured":
            headers["content-type"] = sent.content_type
        else:
            headers["ce-datacontenttype"] = sent.content_type
        publishing = asyncio.ensure_future(
            client.jetstream().publish(
                event.topic, sent.body, timeout=self._timeout_ms / 1000, stream=self._stream, headers=headers
            )
        )
        # The client would let it wait until its time is over.
        losing = asyncio.ensure_future(self._lost.wait())
        try:
            await asyncio.wait({publishing, losing}, return_when=asyncio.FIRST_COMPLETED)
            if not publishing.done():
                raise ConnectionClosedError
            publishing.result()
        finally:
            publishing.cancel()
            losing.cancel()

    async def _disconnect(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    async def _note_loss(self) -> None:
        self._lost.set()


async def _ignore(_: Exception) -> None:
    """What fails is raised where it matters."""
