"""What Python has said and Java has not made durable yet: pure bookkeeping, no I/O.

An item's *position* counts from 1 for the life of the outbox. A *batch* is a run of items, cut once, and kept
byte for byte until ``durable_upto`` covers it; its ``seq`` belongs to a session, so a new session numbers the
held ones again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from fireflytx._bridge.messages import BATCH_LIMIT_BYTES, SEPARATOR


@dataclass(slots=True)
class Batch:
    """Items that travel together.

    Attributes:
        seq: The number in this session.
        last_position: The last item's position.
        body: The items, joined.
        opens_session: Whether it is part of how a session begins: the next one has its own.
    """

    seq: int
    last_position: int
    body: bytes
    opens_session: bool = False


class Outbox:
    """Gathers items into batches and holds each batch until it is durable."""

    def __init__(self) -> None:
        self._unsent: deque[bytes] = deque()
        self._held: deque[Batch] = deque()
        self._last_seq = 0
        self.last_position = 0
        self.durable_position = 0
        self.size_bytes = 0
        """Bytes that are not durable yet, sent or not."""

    def post(self, item: bytes) -> int:
        """Add ``item`` behind all others and return its position."""
        self._unsent.append(item)
        self.size_bytes += len(item) + 1
        self.last_position += 1
        return self.last_position

    def cut(self) -> Batch | None:
        """The next batch: every waiting item up to the size limit, at least one; None if nothing waits."""
        if not self._unsent:
            return None
        items = [self._unsent.popleft()]
        size_bytes = len(items[0])
        while self._unsent and size_bytes + len(self._unsent[0]) < BATCH_LIMIT_BYTES:
            items.append(self._unsent.popleft())
            size_bytes += len(items[-1])
        return self._hold(SEPARATOR.join(items), self.last_position - len(self._unsent))

    def confirm(self, seq: int) -> int:
        """Let go of every batch up to ``seq`` of this session; return the last durable position."""
        while self._held and self._held[0].seq <= seq:
            batch = self._held.popleft()
            self.size_bytes -= len(batch.body) + 1
            self.durable_position = max(self.durable_position, batch.last_position)
        return self.durable_position

    def begin_session(self, definitions: Iterable[bytes], last: bytes) -> list[Batch]:
        """Number everything held anew, between the definitions, a batch each, and ``last`` (recover).

        What was never sent is held from now on, too: an outcome behind ``last`` would be that of an attempt
        which Java takes for lost, and has run again.

        Returns:
            All batches that the new session has to send now, in order.
        """
        while self.cut() is not None:
            pass
        held, self._held, self._last_seq = self._held, deque(), 0
        for definition in definitions:
            self._open_with(definition, self.durable_position)
        for batch in held:
            if batch.opens_session:  # an earlier one: its recover would let attempts out before this one's
                self.size_bytes -= len(batch.body) + 1
            else:
                self._hold(batch.body, batch.last_position)
        self._open_with(last, self.last_position)
        return list(self._held)

    def _open_with(self, body: bytes, last_position: int) -> None:
        self.size_bytes += len(body) + 1
        self._hold(body, last_position).opens_session = True

    def _hold(self, body: bytes, last_position: int) -> Batch:
        self._last_seq += 1
        batch = Batch(self._last_seq, last_position, body)
        self._held.append(batch)
        return batch
