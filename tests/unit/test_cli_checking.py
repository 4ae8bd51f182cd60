"""What ``fireflytx check`` finds in sagas, and what it leaves alone."""

from __future__ import annotations

import time
from pathlib import Path

from fireflytx import saga, saga_step
from fireflytx.cli.checking import findings
from fireflytx.decorators.saga import compensation_step


def codes(cls: type) -> list[str]:
    return [finding.code for finding in findings(cls)]


@saga("sound", timeout_ms=60_000)
class Sound:
    @saga_step("reserve", retry=1, condition=lambda data: data["wanted"])
    async def reserve(self, data): ...

    @compensation_step("reserve")
    async def release(self, data): ...

    @saga_step("charge", depends_on="reserve")
    async def charge(self, data, context):
        return {"key": context.idempotency_key}

    @compensation_step("charge")
    async def refund(self, data): ...


def test_a_sound_saga_has_no_findings() -> None:
    assert codes(Sound) == []


@saga("careless", timeout_ms=1_000)
class Careless:
    @saga_step("reserve", retry=1, timeout_ms=500)
    async def reserve(self, data): ...

    @saga_step("charge", depends_on="reserve", timeout_ms=500)
    async def charge(self, data): ...

    @saga_step("pack", depends_on="charge", retry=1, condition=lambda data: False, compensation=None)
    async def pack(self, data):
        time.sleep(1)  # noqa: ASYNC251

    @saga_step("ship", depends_on="pack", retry=1, pivot=True, timeout_ms=500)
    async def ship(self, data): ...

    @compensation_step("ship")
    async def unship(self, data): ...


def test_each_kind_of_finding_is_found_once() -> None:
    found = list(findings(Careless))

    assert [finding.code for finding in found] == [
        "FTX101",  # reserve
        "FTX101",  # charge
        "FTX102",  # charge
        "FTX103",  # pack
        "FTX104",
        "FTX106",
        "FTX105",  # ship
    ]
    assert found[2].message.startswith("Saga 'careless', step 'charge': it is tried up to 3 times")
    assert found[2].file.endswith("test_cli_checking.py")


def test_a_finding_names_the_line_of_the_step() -> None:
    found = next(finding for finding in findings(Careless) if finding.code == "FTX106")

    lines = Path(__file__).read_text().splitlines()
    assert '@saga_step("pack"' in lines[found.line - 1]


@saga("silenced")
class Silenced:
    @saga_step("charge")  # fireflytx: ignore[FTX101, FTX102]
    async def charge(self, data): ...

    @saga_step("pay")
    async def pay(self, data): ...  # a step beside it, so that both could be left done

    @saga_step("tell", retry=1, compensation=None)
    async def tell(self, data):  # fireflytx: ignore[FTX106]
        time.sleep(0)  # noqa: ASYNC251


def test_a_comment_at_the_step_silences_the_codes_that_it_names() -> None:
    assert codes(Silenced) == ["FTX101", "FTX102"]


@saga("passes-it-on")
class PassesItOn:
    @saga_step("charge", compensation=None)
    async def charge(self, data, ctx):
        return await self.really(data, ctx)

    async def really(self, data, ctx):
        return {"key": ctx.idempotency_key}


def test_a_context_that_is_handed_on_may_be_used_there() -> None:
    assert codes(PassesItOn) == []
