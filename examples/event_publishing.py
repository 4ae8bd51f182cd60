"""Events that reach their readers although the broker is down at first, and nobody acts on one twice.

The broker is a fake in this process: it refuses its first calls, and once takes a part of what it is given
before its connection breaks. Run it with ``python examples/event_publishing.py``.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Sequence
from typing import Any

from fireflytx import compensation_step, create_saga_engine, saga, saga_events, saga_step, step_events
from fireflytx.cloud_event import CloudEvent


@saga_events("sagas", include_result=True)
@saga("order")
class OrderSaga:
    """Reserves, then charges a card that is declined when the price is too high."""

    @step_events("order-events", key="{saga}:{correlation_id}", publish_on_compensation=True)
    @saga_step("reserve-stock")
    async def reserve(self, order: dict[str, Any]) -> dict[str, Any]:
        """Put the order's goods aside."""
        return {"reservation": f"RES-{order['id']}"}

    @compensation_step("reserve-stock")
    async def release(self, reserved: dict[str, Any]) -> None:
        """Put them back."""

    @saga_step("charge", depends_on="reserve-stock", retry=1, compensation=None)
    async def charge(self, order: dict[str, Any]) -> dict[str, Any]:
        """Take the money."""
        if order["price"] > 100:
            raise ValueError("Payment declined")
        return {"paid": order["price"]}


class FlakyBroker:
    """Stands in for a broker: what it has taken, its readers get."""

    def __init__(self) -> None:
        self.troubles = ["connection refused", "connection refused", "connection reset"]
        self.taken: list[CloudEvent] = []

    async def open(self) -> None:
        """Connect."""

    async def publish(self, events: Sequence[CloudEvent]) -> None:
        """Take all events, or raise."""
        if self.troubles and (trouble := self.troubles.pop(0)):
            if trouble == "connection reset":
                self.taken.append(events[0])  # it has arrived, but nobody hears of it
            raise ConnectionError(trouble)
        self.taken.extend(events)

    async def close(self) -> None:
        """Disconnect."""


def new_ones(events: Sequence[CloudEvent]) -> list[CloudEvent]:
    """The events without repeats: a reader keeps the greatest number that it has seen of each saga."""
    seen: dict[str, int] = {}
    found = []
    for event in events:
        number = int(event.id.rpartition("/")[2])
        if number > seen.get(event.subject, 0):
            seen[event.subject] = number
            found.append(event)
    return found


async def main() -> None:
    """Run two orders, and print what the broker's readers get."""
    broker = FlakyBroker()
    async with create_saga_engine(publishers=[broker]) as engine:
        await engine.execute(OrderSaga, {"id": 1, "price": 20}, correlation_id="ORD-1")
        await engine.execute(OrderSaga, {"id": 2, "price": 200}, correlation_id="ORD-2")

    events = new_ones(broker.taken)
    print(f"{len(events)} events, and {len(broker.taken) - len(events)} that came again")
    for order in ("ORD-1", "ORD-2"):
        for event in events:
            if event.subject == order:
                print(f"{event.topic:12} {event.key:12} {event.type}")


if __name__ == "__main__":
    logging.basicConfig(stream=sys.stdout, level="INFO", format="%(levelname)s %(message)s")
    asyncio.run(main())
