"""Events as Kafka records.

The binding: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fireflytx.cloud_event import CloudEvent
from fireflytx.exceptions import EventRefusedError, PublishError
from fireflytx.publishers.bindings import Mode, checked_mode, message
from fireflytx.publishers.connected import ConnectedPublisher, OnRefusal, checked_options, require
from fireflytx.publishers.places import place_of

if TYPE_CHECKING:
    from confluent_kafka import KafkaError, Producer

_SIDE_BY_SIDE = 64
_POLL_S = 0.2
# The brokers have the last word on how large a record may be; librdkafka alone would refuse from 1 MB on.
_LARGEST_BYTES = 100_000_000
_SILENT = logging.getLogger("fireflytx.publishers.librdkafka")
_SILENT.addHandler(logging.NullHandler())
_SILENT.propagate = False


class Kafka(ConnectedPublisher):
    """Sends events to Kafka topics, idempotently, and waits until all in-sync replicas have them.

    Needs the extra ``kafka`` (confluent-kafka). The event's topic names Kafka's. A record's key is the
    event's key, so the events of a saga are in one partition; its headers are the event's, and
    ``content-type``, and in binary mode ``ce_…`` for each attribute.

    Args:
        servers: Some of the brokers: ``host:port``, or several.
        mode: What the value is: ``structured``, the event as JSON, or ``binary``, the event's data alone.
        timeout_ms: How long an event may take to be confirmed; the first after connecting takes up to 1 s.
        on_refusal: What becomes of an event that is too large, or that Kafka calls invalid: ``retry`` keeps
            it, and all behind it, until it is accepted; ``drop`` logs its id at ERROR and goes on.
        client_options: More options of librdkafka, such as ``security.protocol`` or ``compression.type``.

    Raises:
        ImportError: confluent-kafka is not installed.
        ValueError: an argument is wrong.
    """

    def __init__(
        self,
        servers: str | Sequence[str],
        *,
        mode: Mode = "structured",
        timeout_ms: int = 10_000,
        on_refusal: OnRefusal = "retry",
        client_options: Mapping[str, Any] | None = None,
    ) -> None:
        require("confluent_kafka", extra="kafka", publisher="Kafka")
        checked_mode(mode, "structured", "binary")
        named = servers.split(",") if isinstance(servers, str) else list(servers)
        super().__init__(
            place_of(*named), timeout_ms=timeout_ms, on_refusal=on_refusal, side_by_side=_SIDE_BY_SIDE
        )
        self._mode: Mode = mode
        own = {
            "bootstrap.servers": ",".join(named),
            "acks": "all",
            "enable.idempotence": True,
            "linger.ms": 0,
            "delivery.timeout.ms": timeout_ms,
            "message.max.bytes": _LARGEST_BYTES,
            "error_cb": self._note_trouble,
            "log_level": 0,
        }
        self._options = checked_options(client_options, own)
        self._producer: Producer | None = None
        self._poller: threading.Thread | None = None
        self._ended = threading.Event()
        self._trouble = ""

    async def _connect(self) -> None:
        from confluent_kafka import Producer

        self._trouble = ""
        self._ended = threading.Event()
        self._producer = Producer(self._options, logger=_SILENT)
        self._poller = threading.Thread(
            target=_poll, args=(self._producer, self._ended), name="fireflytx-kafka", daemon=True
        )
        self._poller.start()

    async def _send(self, events: Sequence[CloudEvent]) -> None:
        from confluent_kafka import KafkaException

        event = events[0]
        sent = message(event, self._mode, "ce_")
        # As bytes: a string would end at its first NUL.
        told_beside = {**sent.headers, "content-type": sent.content_type}
        headers = [(name, value.encode()) for name, value in told_beside.items()]
        told: asyncio.Future[KafkaError | None] = asyncio.get_running_loop().create_future()
        if self._producer is None:
            raise PublishError(f"{self._place} is closed.")
        try:
            self._producer.produce(
                event.topic,
                sent.body,
                event.key.encode(),
                headers=list(headers),
                on_delivery=lambda error, _: _tell(told, error),
            )
        except KafkaException as refused:
            _raise(refused.args[0])
        error = await told
        if error is not None:
            _raise(error)

    async def _disconnect(self) -> None:
        poller, self._poller = self._poller, None
        # The thread alone holds it now: letting go of it may take a moment.
        self._producer = None
        self._ended.set()
        if poller is not None:
            await asyncio.to_thread(poller.join)

    def _hint(self) -> str:
        return f" ({self._trouble})" if self._trouble else ""

    def _note_trouble(self, error: KafkaError) -> None:
        self._trouble = error.str()


def _poll(producer: Producer, ended: threading.Event) -> None:
    """Call back for what was confirmed, until the end; then forget what wasn't."""
    while not ended.is_set():
        producer.poll(_POLL_S)
    producer.purge()
    producer.poll(0)


def _tell(told: asyncio.Future[KafkaError | None], error: KafkaError | None) -> None:
    def settle() -> None:
        if not told.done():
            told.set_result(error)

    # Nobody waits any more if the event loop has ended.
    with contextlib.suppress(RuntimeError):
        told.get_loop().call_soon_threadsafe(settle)


def _raise(error: KafkaError) -> None:
    from confluent_kafka import KafkaError, KafkaException

    refusals = {
        KafkaError.MSG_SIZE_TOO_LARGE,
        KafkaError.RECORD_LIST_TOO_LARGE,
        KafkaError.TOPIC_EXCEPTION,
        KafkaError.INVALID_MSG,
        KafkaError.INVALID_RECORD,
        KafkaError.POLICY_VIOLATION,
    }
    if error.code() in refusals:
        raise EventRefusedError(f"{error.name()}, {error.str()}.")
    raise KafkaException(error)
