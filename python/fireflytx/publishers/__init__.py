"""Who takes events to the outside: one small protocol, and publishers for what is met most.

Each needs the library of its extra only when it is made, and is imported when it is first asked for: an
engine without publishers does not pay for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fireflytx import _lazily
from fireflytx.publishers.base import Publisher

if TYPE_CHECKING:
    from fireflytx.publishers.in_process import InProcess
    from fireflytx.publishers.kafka import Kafka
    from fireflytx.publishers.nats import Nats
    from fireflytx.publishers.rabbitmq import RabbitMQ
    from fireflytx.publishers.redis import Redis
    from fireflytx.publishers.topics import Topics
    from fireflytx.publishers.webhook import Webhook
else:
    __getattr__, __dir__ = _lazily.names(
        globals(),
        {
            "InProcess": "fireflytx.publishers.in_process",
            "Kafka": "fireflytx.publishers.kafka",
            "Nats": "fireflytx.publishers.nats",
            "RabbitMQ": "fireflytx.publishers.rabbitmq",
            "Redis": "fireflytx.publishers.redis",
            "Topics": "fireflytx.publishers.topics",
            "Webhook": "fireflytx.publishers.webhook",
        },
    )

__all__ = ["InProcess", "Kafka", "Nats", "Publisher", "RabbitMQ", "Redis", "Topics", "Webhook"]
