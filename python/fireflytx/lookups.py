"""The part of the engine's interface that looks at sagas as they stand."""

from __future__ import annotations

from typing import Protocol, overload

from fireflytx.life import EngineLife
from fireflytx.options import check_correlation_id
from fireflytx.standing import SagaCount, SagaInspection


class _HasLife(Protocol):
    _life: EngineLife


class Lookups:
    """What ``SagaEngine`` tells of sagas as they stand; of those that run elsewhere too, and to observers."""

    @overload
    async def inspect(self: _HasLife, correlation_id: str) -> SagaInspection: ...
    @overload
    async def inspect(self: _HasLife, correlation_id: str, *, newer_than: int) -> SagaInspection | None: ...
    async def inspect(
        self: _HasLife, correlation_id: str, *, newer_than: int | None = None
    ) -> SagaInspection | None:
        """How a saga run stands, with its graph and its values: input, context, each step's result and error.

        Args:
            correlation_id: The run's id.
            newer_than: The ``version`` of an earlier inspection; asking whether there is news costs next to
                nothing.

        Returns:
            The run; None if nothing has happened to it since ``newer_than``.

        Raises:
            UnknownIdError: no run has this id.
            ResultExpiredError: the saga ended so long ago that its values are no longer kept.
            ValueRefusedError: a value has a number that Python can't hold.
        """
        check_correlation_id(correlation_id)
        found = await self._life.call(lambda runtime: runtime.calls.inspect(correlation_id, newer_than or 0))
        if found.inspection is None:
            return None
        return SagaInspection.from_wire(self._life.boundary.opened_inspection(found.inspection))

    async def count(self: _HasLife) -> tuple[SagaCount, ...]:
        """How many saga runs the store keeps, by name and status, and how many of these are recent.

        The counts are up to a second old; where counting takes long, older: it never takes more than a
        hundredth of one processor, however often it is asked for.
        """
        counted = await self._life.call(lambda runtime: runtime.calls.count())
        return tuple(map(SagaCount.from_wire, counted.counts))
