"""Events as HTTP requests.

The binding: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from fireflytx.cloud_event import CloudEvent
from fireflytx.exceptions import EventRefusedError, PublishError
from fireflytx.publishers.bindings import BATCHED, Message, ascii_message, checked_mode
from fireflytx.publishers.connected import ConnectedPublisher, OnRefusal, checked_options, require

if TYPE_CHECKING:
    import httpx

# Answers about the event. All others, about credentials, the address, the server itself, may change.
_REFUSALS = {400, 409, 413, 415, 422, 431}
_BATCH = 100
_LONGEST_ANSWER = 65_536


class Webhook(ConnectedPublisher):
    """POSTs events to a URL, one after the other; an answer of 2xx is an acceptance.

    Needs the extra ``webhook`` (httpx). Redirects are not followed.

    Args:
        url: Where to; ``http`` or ``https``.
        headers: Headers of every request, such as ``{"authorization": "Bearer …"}``.
        timeout_ms: How long a request may take, connecting included.
        mode: ``structured``: the body is the event as JSON. ``binary``: the body is the event's data, and its
            attributes are headers, ``ce-…``. ``batched``: one request carries up to 100 events, a JSON array.
        on_refusal: What becomes of an event that was answered with 400, 409, 413, 415, 422 or 431: ``retry``
            keeps it, and all behind it, until it is accepted; ``drop`` logs its id at ERROR and goes on.
        secret: Signs each request as https://www.standardwebhooks.com says; ``whsec_`` and Base64.
        client_options: More options of ``httpx.AsyncClient``, such as ``verify``, ``proxy`` or ``auth``.

    Raises:
        ImportError: httpx is not installed.
        ValueError: an argument is wrong.
    """

    def __init__(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        timeout_ms: int = 10_000,
        mode: Literal["structured", "binary", "batched"] = "structured",
        on_refusal: OnRefusal = "retry",
        secret: str | None = None,
        client_options: Mapping[str, Any] | None = None,
    ) -> None:
        require("httpx", "httpcore", extra="webhook", publisher="Webhook")
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("url must begin with http:// or https:// and name a host.")
        batch = _BATCH if checked_mode(mode, "structured", "binary", "batched") == "batched" else 1
        port = f":{parts.port}" if parts.port else ""
        super().__init__(
            f"{parts.scheme}://{parts.hostname}{port}",
            timeout_ms=timeout_ms,
            on_refusal=on_refusal,
            most_at_once=batch,
        )
        self._url = url
        self._mode: Literal["structured", "binary", "batched"] = mode
        self._secret = None if secret is None else _key(secret)
        self._headers = dict(headers or {})
        # The time limit is around the whole request, so httpx needs none for each part of it.
        self._options = checked_options(client_options, {"timeout": None, "follow_redirects": False})
        self._client: httpx.AsyncClient | None = None

    async def _connect(self) -> None:
        import httpx

        self._client = httpx.AsyncClient(**self._options)

    async def _send(self, events: Sequence[CloudEvent]) -> None:
        if self._client is None:
            raise PublishError(f"{self._place} is closed.")
        sent = self._message(events)
        headers = {**self._headers, **sent.headers, "content-type": sent.content_type}
        headers.update(self._signature(events, sent.body))
        async with self._client.stream("POST", self._url, content=sent.body, headers=headers) as answer:
            status = answer.status_code
            # Its body is of no interest, but a connection whose answer was read to the end can be used again.
            async for _ in answer.aiter_raw():
                if answer.num_bytes_downloaded > _LONGEST_ANSWER:
                    break
        if 200 <= status < 300:
            return
        if status in _REFUSALS:
            raise EventRefusedError(f"it answered {status}.")
        raise PublishError(f"{self._place}: event {events[0].id} was not accepted: it answered {status}.")

    async def _disconnect(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    def _message(self, events: Sequence[CloudEvent]) -> Message:
        if self._mode == "batched":
            return Message(BATCHED, {}, b"[" + b",".join(event.to_json() for event in events) + b"]")
        return ascii_message(events[0], self._mode)

    def _signature(self, events: Sequence[CloudEvent], body: bytes) -> dict[str, str]:
        if self._secret is None:
            return {}
        # A repeat has the same id; a batch that grew meanwhile is another message, and has another.
        message_id = events[0].id
        if self._mode == "batched":
            message_id = hashlib.sha256("\n".join(event.id for event in events).encode()).hexdigest()
        at = str(int(time.time()))
        return {
            "webhook-id": message_id,
            "webhook-timestamp": at,
            "webhook-signature": signature(self._secret, message_id, at, body),
        }


def signature(key: bytes, message_id: str, timestamp: str, body: bytes) -> str:
    """The signature of a message, as Standard Webhooks defines it: HMAC-SHA256, version ``v1``."""
    digest = hmac.new(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        key = b""
    if not 24 <= len(key) <= 64:
        raise ValueError("secret must be 24 to 64 bytes in Base64, with or without whsec_ in front.")
    return key
