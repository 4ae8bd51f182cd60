"""What a person can do about a saga that waits for one."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from fireflytx import ParkedSaga, SagaEngine, SagaStatus, StepStatus, compensation_step, saga, saga_step
from fireflytx.exceptions import NonRetryableError, NotWaitingError, UnknownIdError

pytestmark = [pytest.mark.asyncio, pytest.mark.integration]


class Service:
    """Whether undoing works, and what was done."""

    broken = True
    log: list[str]


service = Service()


@pytest.fixture(autouse=True)
def fresh_service() -> None:
    service.broken = True
    service.log = []


@saga("hard-to-undo")
class HardToUndo:
    @saga_step("reserve")
    async def reserve(self, data: dict[str, Any]) -> dict[str, Any]:
        return {"reservation": "R-1"}

    @compensation_step("reserve", retry=1)
    async def release(self, reserved: dict[str, Any]) -> None:
        if service.broken:
            raise RuntimeError("the warehouse does not answer")
        service.log.append(f"released {reserved['reservation']}")

    @saga_step("charge", depends_on="reserve")
    async def charge(self, data: dict[str, Any]) -> dict[str, Any]:
        raise NonRetryableError("declined")


@saga("in-doubt")
class InDoubt:
    @saga_step("transfer", retry=1, timeout_ms=50, in_doubt="park")
    async def transfer(self, data: dict[str, Any]) -> dict[str, Any]:
        if service.broken:
            await asyncio.sleep(60)
        return {"transfer": "T-2"}

    @saga_step("notify", depends_on="transfer")
    async def notify(self, data: dict[str, Any]) -> dict[str, Any]:
        service.log.append(f"notified of {data['transfer']}")
        return {}


async def test_a_failed_compensation_can_be_tried_again(engine: SagaEngine) -> None:
    failed = await engine.execute(HardToUndo, correlation_id="retry")
    assert (failed.status, failed.failed_compensations) == (SagaStatus.COMPENSATION_FAILED, ["reserve"])

    service.broken = False
    await engine.retry_compensation("retry", "the warehouse is back")
    final = await (await engine.get("retry")).result()

    assert (final.status, final.compensated_steps, final.failed_compensations) == (
        SagaStatus.COMPENSATED,
        ["reserve"],
        [],
    )
    assert service.log == ["released R-1"]


async def test_a_compensation_done_by_hand_ends_its_saga(engine: SagaEngine) -> None:
    await engine.execute(HardToUndo, correlation_id="mark")
    assert await engine.mark_compensated("mark", "reserve", "released by phone") is SagaStatus.COMPENSATED
    assert (await (await engine.get("mark")).result()).compensated_steps == ["reserve"]


async def test_a_compensation_that_is_skipped_ends_its_saga_without_being_named_as_done(
    engine: SagaEngine,
) -> None:
    await engine.execute(HardToUndo, correlation_id="skip")
    assert await engine.skip_compensation("skip", "reserve", "expires by itself") is SagaStatus.COMPENSATED
    result = await (await engine.get("skip")).result()
    assert (result.compensated_steps, result.steps["reserve"].status) == ([], StepStatus.COMPLETED)


async def test_a_parked_step_can_be_declared_done_with_its_result(engine: SagaEngine) -> None:
    parked = await engine.execute(InDoubt, correlation_id="complete")
    assert (parked.status, parked.in_doubt_steps) == (SagaStatus.PARKED, ["transfer"])

    await engine.complete_step("complete", "transfer", {"transfer": "T-1"}, "seen in the bank's list")
    final = await (await engine.get("complete")).result()

    assert final.is_success
    assert service.log == ["notified of T-1"]


async def test_a_parked_step_can_be_tried_again(engine: SagaEngine) -> None:
    await engine.execute(InDoubt, correlation_id="again")
    service.broken = False
    await engine.retry_step("again", "transfer")
    assert (await (await engine.get("again")).result()).is_success


async def test_a_parked_step_can_be_declared_failed(engine: SagaEngine) -> None:
    await engine.execute(InDoubt, correlation_id="fail")
    await engine.fail_step("fail", "transfer", "not in the bank's list")
    final = await (await engine.get("fail")).result()
    assert (final.status, final.failed_step, final.in_doubt_steps) == (SagaStatus.COMPENSATED, "transfer", [])
    assert str(final.error).endswith("not in the bank's list")


async def test_a_decision_is_in_the_history_with_who_and_why(engine: SagaEngine) -> None:
    await engine.execute(InDoubt, correlation_id="told")
    await engine.fail_step("told", "transfer", "not in the bank's list")
    (decision,) = [fact for fact in await engine.history("told") if fact.name == "person-decided"]
    assert (decision.step, decision.data["resolution"], decision.data["reason"]) == (
        "transfer",
        "fail-step",
        "not in the bank's list",
    )
    assert decision.data["by"]


async def test_a_decision_that_nothing_waits_for_is_refused_by_name(engine: SagaEngine) -> None:
    await engine.execute(InDoubt, correlation_id="refused")
    with pytest.raises(
        NotWaitingError, match="'transfer' can't be resolved so: its compensation has not failed"
    ):
        await engine.mark_compensated("refused", "transfer", "")
    with pytest.raises(NotWaitingError, match="has no step 'transfr'"):
        await engine.retry_step("refused", "transfr")
    with pytest.raises(UnknownIdError):
        await engine.retry_step("nobody", "transfer")


async def test_whoever_listens_is_told_of_a_saga_that_needs_a_person(engine: SagaEngine) -> None:
    told: list[ParkedSaga] = []
    engine.on_parked(told.append)
    await engine.execute(HardToUndo, correlation_id="alert-1")
    await engine.execute(InDoubt, correlation_id="alert-2")
    assert [(each.correlation_id, each.status, each.steps) for each in told] == [
        ("alert-1", SagaStatus.COMPENSATION_FAILED, ("reserve",)),
        ("alert-2", SagaStatus.PARKED, ("transfer",)),
    ]
