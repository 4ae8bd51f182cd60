"""CloudEvents 1.0, as publishers get them: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson


@dataclass(frozen=True, slots=True)
class CloudEvent:
    """One event, ready to be sent.

    Attributes:
        id: The event's id; a repeat has the same one, and no other event has.
        source: Where it comes from: ``/fireflytx/<saga>``.
        type: Such as ``order.process.completed``.
        subject: The saga run's id.
        time: When what it tells happened, in UTC.
        topic: Where to send it: a topic, subject, stream or routing key, whatever the broker calls it.
        key: What keeps events in order where a broker has partitions; the saga run's id unless
            ``step_events(key=…)`` says otherwise.
        headers: What goes beside the event, for a broker that has headers.
        data: What the event tells, as JSON can carry it.
    """

    id: str
    source: str
    type: str
    subject: str
    time: datetime
    topic: str
    key: str
    headers: Mapping[str, str] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)

    def attributes(self) -> dict[str, str]:
        """The event's context attributes, without its data; ``partitionkey`` is the registered extension."""
        return {
            "specversion": "1.0",
            "id": self.id,
            "source": self.source,
            "type": self.type,
            "subject": self.subject,
            "time": self.time.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "datacontenttype": "application/json",
            "partitionkey": self.key,
        }

    def to_json(self) -> bytes:
        """The event in structured mode: ``application/cloudevents+json``."""
        return _json({**self.attributes(), "data": dict(self.data)})

    def data_json(self) -> bytes:
        """The data alone, as JSON: the body of a message in binary mode."""
        return _json(dict(self.data))


def _json(value: Mapping[str, Any]) -> bytes:
    try:
        return orjson.dumps(value)
    except TypeError:  # an integer of over 64 bits, which a step in Java may have returned
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
