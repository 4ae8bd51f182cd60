"""What ``fireflytx check`` finds in sagas, and what it leaves alone."""

from __future__ import annotations

import asyncio
import subprocess
import time
import time as clock
from pathlib import Path
from time import sleep as pause

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


@saga("hands-it-on")
class HandsItOn:
    """Each step but the last lets its context go where the key may be used."""

    @saga_step("keep", compensation=None)
    async def keep(self, data, context):
        self.context = context

    @saga_step("pack", compensation=None)
    async def pack(self, data, context):
        return await asyncio.gather(*[self.send(each) for each in [context]])

    async def send(self, context): ...

    @saga_step("only-notes", compensation=None)
    async def only_notes(self, data, context):
        context.set_data("seen", True)


def test_a_context_that_goes_anywhere_may_be_used_and_one_that_is_only_asked_is_not() -> None:
    assert [(finding.code, "only-notes" in finding.message) for finding in findings(HandsItOn)] == [
        ("FTX102", True)
    ]


@saga("blocks")
class Blocks:
    @saga_step("imported-by-name", retry=1, compensation=None)
    async def imported_by_name(self, data):
        pause(1)  # noqa: ASYNC251

    @saga_step("under-another-name", retry=1, compensation=None)
    async def under_another_name(self, data):
        clock.sleep(1)  # noqa: ASYNC251

    @saga_step("waits-for-a-program", retry=1, compensation=None)
    async def waits_for_a_program(self, data):
        subprocess.run(["true"], check=True)  # noqa: ASYNC221


def test_a_blocking_call_is_found_however_it_was_imported() -> None:
    found = list(findings(Blocks))

    assert [finding.code for finding in found] == ["FTX106"] * 3
    assert [finding.message.split(": ")[1].split()[0] for finding in found] == [
        "time.sleep()",
        "time.sleep()",
        "subprocess.run()",
    ]


class Clock:
    async def sleep(self, seconds): ...


time_of_day = Clock()


@saga("does-not-block")
class DoesNotBlock:
    @saga_step("in-a-thread", retry=1, compensation=None)
    async def in_a_thread(self, data):
        await asyncio.to_thread(lambda: time.sleep(1))
        await asyncio.to_thread(time.sleep, 1)

    @saga_step("of-the-same-name", retry=1, compensation=None)
    async def of_the_same_name(self, data):
        await time_of_day.sleep(1)

    @saga_step("plain", retry=1, compensation=None)
    def plain(self, data):
        time.sleep(1)

    @saga_step("asked", retry=1, compensation=None, condition=lambda data: len(data) > 1)
    async def asked(self, data): ...


def test_what_only_looks_wrong_is_no_finding() -> None:
    assert codes(DoesNotBlock) == []
