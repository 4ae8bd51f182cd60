"""Events as AMQP messages.

The binding: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/amqp-protocol-binding.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fireflytx.cloud_event import CloudEvent
from fireflytx.exceptions import EventRefusedError, PublishError
from fireflytx.publishers.bindings import Mode, checked_mode, message
from fireflytx.publishers.connected import ConnectedPublisher, OnRefusal, checked_options, require
from fireflytx.publishers.places import place_of

if TYPE_CHECKING:
    from aio_pika.abc import AbstractConnection, AbstractExchange

_SIDE_BY_SIDE = 64
# AMQP 0-9-1 has one byte for the length of a routing key.
_LONGEST_KEY_BYTES = 255


class RabbitMQ(ConnectedPublisher):
    """Publishes events to an exchange of RabbitMQ, and waits for the publisher confirm of each.

    Needs the extra ``rabbitmq`` (aio-pika). The routing key is the event's topic. Messages are persistent;
    ``message_id`` is the event's id and ``correlation_id`` the saga run's. Headers are the event's, and in
    binary mode ``cloudEvents:…`` for each attribute.

    Args:
        url: Such as ``amqp://user:password@localhost/vhost``, or ``amqps://…``.
        exchange: The exchange; it is declared, durable, if it is not there. ``""`` is the default exchange:
            the event's topic then names a queue.
        exchange_type: Its type; None says that it is there, whatever its type.
        mandatory: Whether an event that no queue would get counts as refused; otherwise RabbitMQ drops it
            silently.
        mode: What the body is: ``structured``, the event as JSON, or ``binary``, the event's data alone.
        timeout_ms: How long connecting, or an event's confirmation, may take.
        on_refusal: What becomes of an event that no queue would get, or that its queue rejects: ``retry``
            keeps it, and all behind it, until it is accepted; ``drop`` logs its id at ERROR and goes on.
        client_options: More options of ``aio_pika.connect``, such as ``ssl_context``.

    Raises:
        ImportError: aio-pika is not installed.
        ValueError: an argument is wrong.
    """

    def __init__(
        self,
        url: str,
        *,
        exchange: str = "fireflytx.events",
        exchange_type: str | None = "topic",
        mandatory: bool = True,
        mode: Mode = "structured",
        timeout_ms: int = 10_000,
        on_refusal: OnRefusal = "retry",
        client_options: Mapping[str, Any] | None = None,
    ) -> None:
        require("aio_pika", "aiormq", extra="rabbitmq", publisher="RabbitMQ")
        checked_mode(mode, "structured", "binary")
        super().__init__(
            place_of(url), timeout_ms=timeout_ms, on_refusal=on_refusal, side_by_side=_SIDE_BY_SIDE
        )
        self._exchange_name = exchange
        self._exchange_type = exchange_type
        self._mandatory = mandatory
        self._mode: Mode = mode
        self._options = checked_options(client_options, {"url": url})
        self._connection: AbstractConnection | None = None
        self._exchange: AbstractExchange | None = None

    async def _connect(self) -> None:
        import aio_pika

        # Not connect_robust: it would connect again behind our back, and without end.
        self._connection = connection = await aio_pika.connect(**self._options)
        channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
        name, kind = self._exchange_name, self._exchange_type
        if name == "":
            self._exchange = channel.default_exchange
        elif kind is None:
            self._exchange = await channel.get_exchange(name)
        else:
            self._exchange = await channel.declare_exchange(name, kind, durable=True)

    async def _send(self, events: Sequence[CloudEvent]) -> None:
        from aio_pika.exceptions import DeliveryError

        event = events[0]
        if len(event.topic.encode()) > _LONGEST_KEY_BYTES:
            raise EventRefusedError(f"its topic is longer than {_LONGEST_KEY_BYTES} bytes.")
        if self._exchange is None:
            raise PublishError(f"{self._place} is closed.")
        try:
            await self._exchange.publish(self._message(event), event.topic, mandatory=self._mandatory)
        except DeliveryError as refused:
            # Its text holds the message, which is nobody's business.
            raise EventRefusedError(self._reason(event, refused)) from None

    async def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        self._exchange = None
        if connection is not None:
            await connection.close()

    def _message(self, event: CloudEvent) -> Any:
        import aio_pika

        sent = message(event, self._mode, "cloudEvents:")
        return aio_pika.Message(
            sent.body,
            headers=dict(sent.headers),
            content_type=sent.content_type,
            delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
            message_id=event.id,
            correlation_id=event.subject,
            timestamp=event.time,
        )

    def _reason(self, event: CloudEvent, refused: Exception) -> str:
        from aio_pika.exceptions import PublishError as Returned

        if not isinstance(refused, Returned):
            return "its queue rejects it; it may be full."
        where = f"exchange '{self._exchange_name}'" if self._exchange_name else "the default exchange"
        return (
            f"no queue gets what {where} is sent for '{event.topic}'. Bind one, or say mandatory=False to "
            "lose such events."
        )
