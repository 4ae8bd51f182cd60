"""What consumers see: all messages of a topic, in the order of the broker."""

from __future__ import annotations

import asyncio
import contextlib
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from tests.brokers.servers import Server


@dataclass(frozen=True)
class Received:
    """One message, whichever mode it was sent in.

    Attributes:
        attributes: The event's attributes.
        data: The event's data.
        headers: The headers that belong to neither CloudEvents nor the broker.
        key: What the broker itself knows as the key; None if it knows none.
    """

    attributes: dict[str, str]
    data: Any
    headers: dict[str, str]
    key: str | None

    @property
    def id(self) -> str:
        return self.attributes["id"]


class Reader(ABC):
    """Reads one server; ``prepare`` first makes what a topic needs there."""

    prefix: str

    def __init__(self, server: Server) -> None:
        self.server = server

    async def prepare(self, topic: str) -> None:
        """Make a queue or a stream for the topic; a broker that does so by itself needs nothing."""
        del topic

    async def refused_topic(self) -> str:
        """A topic whose events the broker never takes."""
        return "no topic!"

    @abstractmethod
    async def read(self, topic: str) -> list[Received]:
        """Everything there is."""

    def received(self, headers: dict[str, str], content_type: str, body: bytes, key: str | None) -> Received:
        own = {name: value for name, value in headers.items() if not name.startswith(self.prefix)}
        if content_type.startswith("application/cloudevents+json"):
            event = orjson.loads(body)
            return Received(event, event.pop("data"), own, key)
        attributes = {
            name.removeprefix(self.prefix): value
            for name, value in headers.items()
            if name.startswith(self.prefix)
        }
        return Received({**attributes, "datacontenttype": content_type}, orjson.loads(body), own, key)


class RedisReader(Reader):
    prefix = "ce_"

    async def refused_topic(self) -> str:
        from redis.asyncio import Redis

        async with Redis.from_url(self.server.address) as client:
            await client.set("a-string", "x")
        return "a-string"

    async def read(self, topic: str) -> list[Received]:
        from redis.asyncio import Redis

        async with Redis.from_url(self.server.address) as client:
            entries = await client.xrange(topic)
        return [self._received(fields) for _, fields in entries]

    def _received(self, fields: dict[bytes, bytes]) -> Received:
        body = fields.pop(b"data")
        headers = {name.decode(): value.decode() for name, value in fields.items()}
        content_type, key = headers.pop("content-type"), headers.pop("key")
        return self.received(headers, content_type, body, key)


class RabbitReader(Reader):
    """Each topic has a queue of its name; reading empties it, and what was read is kept here."""

    prefix = "cloudEvents:"

    def __init__(self, server: Server) -> None:
        super().__init__(server)
        self._read: dict[str, list[Received]] = {}

    async def prepare(self, topic: str) -> None:
        async with self._channel() as channel:
            exchange = await channel.declare_exchange("fireflytx.events", "topic", durable=True)
            queue = await channel.declare_queue(topic, durable=True)
            await queue.bind(exchange, topic)

    async def refused_topic(self) -> str:
        return "nobody-listens"

    async def read(self, topic: str) -> list[Received]:
        found = self._read.setdefault(topic, [])
        async with self._channel() as channel:
            queue = await channel.get_queue(topic)
            while (message := await queue.get(fail=False)) is not None:
                headers = {name: str(value) for name, value in message.headers.items()}
                received = self.received(headers, message.content_type or "", message.body, None)
                assert (message.message_id, message.correlation_id) == (
                    received.id,
                    received.attributes["subject"],
                )
                found.append(received)
                await message.ack()
        return found

    @contextlib.asynccontextmanager
    async def _channel(self) -> AsyncIterator[Any]:
        import aio_pika

        async with await aio_pika.connect(self.server.address) as connection:
            yield await connection.channel()


class NatsReader(Reader):
    prefix = "ce-"

    async def prepare(self, topic: str) -> None:
        async with self._jetstream() as jetstream:
            # No window for repeats, so that the tests see them.
            await jetstream.add_stream(name=topic, subjects=[topic], duplicate_window=0.1)

    async def read(self, topic: str) -> list[Received]:
        async with self._jetstream() as jetstream:
            state = (await jetstream.stream_info(topic)).state
            numbers = range(state.first_seq, state.last_seq + 1)
            return [self._received(await jetstream.get_msg(topic, number)) for number in numbers]

    def _received(self, message: Any) -> Received:
        from urllib.parse import unquote

        headers = {name: unquote(value) for name, value in message.headers.items()}
        message_id = headers.pop("Nats-Msg-Id")
        content_type = headers.pop("content-type", None) or headers.pop("ce-datacontenttype")
        received = self.received(headers, content_type, message.data, None)
        assert received.id == message_id
        return received

    @contextlib.asynccontextmanager
    async def _jetstream(self) -> AsyncIterator[Any]:
        import nats

        client = await nats.connect(self.server.address)
        try:
            yield client.jetstream()
        finally:
            await client.close()


class KafkaReader(Reader):
    """Each partition in its order; events of one key are in one partition."""

    prefix = "ce_"

    async def prepare(self, topic: str) -> None:
        from confluent_kafka.admin import AdminClient, NewTopic

        admin = AdminClient({"bootstrap.servers": self.server.address, "log_level": 0})
        admin.create_topics([NewTopic(topic, num_partitions=3, replication_factor=1)])[topic].result()

    async def read(self, topic: str) -> list[Received]:
        from confluent_kafka import Consumer, TopicPartition

        options = {
            "bootstrap.servers": self.server.address,
            "group.id": "reader",
            "enable.auto.commit": False,
            "log_level": 0,
        }
        consumer = Consumer(options)
        try:
            found: list[Received] = []
            for partition in range(3):
                whole = TopicPartition(topic, partition)
                end = await _end_of(consumer, whole)
                consumer.assign([TopicPartition(topic, partition, 0)])
                for _ in range(end):
                    found.append(self._received(consumer.poll(20)))
            return found
        finally:
            consumer.close()

    def _received(self, record: Any) -> Received:
        assert record is not None, "a record did not come within 20 s"
        assert record.error() is None, record.error()
        headers = {name: value.decode() for name, value in record.headers()}
        content_type = headers.pop("content-type")
        return self.received(headers, content_type, record.value(), record.key().decode())


READERS: dict[str, type[Reader]] = {
    "redis": RedisReader,
    "rabbitmq": RabbitReader,
    "nats": NatsReader,
    "kafka": KafkaReader,
}


async def _end_of(consumer: Any, partition: Any) -> int:
    """The offset behind its last message; a broker that has just come back may not lead it at once."""
    from confluent_kafka import KafkaException

    async with asyncio.timeout(30):
        while True:
            with contextlib.suppress(KafkaException):
                return int(consumer.get_watermark_offsets(partition, timeout=5)[1])
            await asyncio.sleep(0.2)


def first_of_each(received: Sequence[Received]) -> list[Received]:
    """What is left for a reader who drops what it has seen."""
    found: dict[str, Received] = {}
    for each in received:
        found.setdefault(each.id, each)
    return list(found.values())
