"""How an event becomes a message: the protocol bindings of CloudEvents 1.0.

See https://github.com/cloudevents/spec/tree/v1.0.2/cloudevents/bindings: HTTP, Kafka, AMQP, NATS. Redis has
none; its messages follow that of Kafka.
"""

from __future__ import annotations

import string
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

import orjson

from fireflytx.cloud_event import CloudEvent

Mode = Literal["structured", "binary"]

STRUCTURED = "application/cloudevents+json; charset=utf-8"
BATCHED = "application/cloudevents-batch+json; charset=utf-8"

# What may stand in the name of a header of HTTP and NATS: https://www.rfc-editor.org/rfc/rfc9110#name-tokens
_TOKEN = string.ascii_letters + string.digits + "!#$&'*+-.^_`|~"
# Section 3.1.3.2 of the HTTP binding.
_PLAIN = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) not in '"%')
_PRINTABLE = "".join(chr(code) for code in range(0x20, 0x7F))


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent for one event.

    Attributes:
        content_type: The media type of ``body``.
        headers: The event's own headers, and in binary mode its attributes.
        body: The whole event in structured mode, its data in binary mode.
    """

    content_type: str
    headers: dict[str, str]
    body: bytes


def message(event: CloudEvent, mode: Mode, prefix: str) -> Message:
    """The message of an event where a header may hold any text.

    Args:
        event: The event.
        mode: ``structured``: one JSON document has it all. ``binary``: the body is the data, and a header
            stands for each attribute.
        prefix: What the names of those headers begin with.
    """
    return _message(event, mode, prefix, dict(event.headers), str)


def ascii_message(event: CloudEvent, mode: Mode) -> Message:
    """The message of an event where headers are printable ASCII, as in HTTP and NATS; the rest is escaped."""
    own = {quote(name, safe=_TOKEN): quote(value, safe=_PRINTABLE) for name, value in event.headers.items()}
    return _message(event, mode, "ce-", own, lambda value: quote(value, safe=_PLAIN))


def _message(
    event: CloudEvent, mode: Mode, prefix: str, own: dict[str, str], written: Callable[[str], str]
) -> Message:
    if mode == "structured":
        return Message(STRUCTURED, own, event.to_json())
    attributes = event.attributes()
    content_type = attributes.pop("datacontenttype")
    told = {f"{prefix}{name}": written(value) for name, value in attributes.items()}
    return Message(content_type, {**own, **told}, orjson.dumps(dict(event.data)))


def checked_mode(mode: str, *allowed: str) -> str:
    """The mode.

    Raises:
        ValueError: it is none of those allowed.
    """
    if mode not in allowed:
        raise ValueError(f"mode must be one of {', '.join(map(repr, allowed))}, not {mode!r}.")
    return mode
