"""Who takes events to the outside: one small protocol, and publishers for what is met most.

Each needs the library of its extra only when it is made.
"""

from fireflytx.publishers.base import Publisher
from fireflytx.publishers.in_process import InProcess
from fireflytx.publishers.kafka import Kafka
from fireflytx.publishers.nats import Nats
from fireflytx.publishers.rabbitmq import RabbitMQ
from fireflytx.publishers.redis import Redis
from fireflytx.publishers.topics import Topics
from fireflytx.publishers.webhook import Webhook

__all__ = ["InProcess", "Kafka", "Nats", "Publisher", "RabbitMQ", "Redis", "Topics", "Webhook"]
