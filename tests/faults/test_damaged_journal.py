"""Flipped bits, and a log that was cut; ``make test-faults`` runs the long form."""

from __future__ import annotations

import logging
import os
import random
from pathlib import Path

import pytest
from tests.faults.damage import DEATHS, JOURNAL, LOG, SAGAS, complaints, grow

from fireflytx import SagaEngine
from fireflytx.exceptions import UnknownIdError

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.asyncio]

FLIPS = 3


@pytest.mark.parametrize("file", [JOURNAL, LOG])
async def test_a_flipped_bit_is_refused_by_name_or_changes_nothing(
    file: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("fireflytx.host._MOST_DEATHS", DEATHS)
    caplog.set_level(logging.CRITICAL)
    seed = random.SystemRandom().randrange(10**6)
    assert await complaints(file, flips=FLIPS, seed=seed) == [], f"seed {seed}"


async def test_a_log_that_lost_its_end_is_a_shorter_story_and_nothing_else(tmp_path: Path):
    specimen = await grow(tmp_path, LOG)
    path = tmp_path / LOG
    path.write_bytes(specimen.files[LOG])
    os.truncate(path, len(specimen.files[LOG]) * 2 // 3)
    left = []
    async with SagaEngine(f"sqlite:///{tmp_path / JOURNAL}") as engine:
        for number in range(SAGAS):
            facts = await _facts(engine, f"sale-{number}")
            told = specimen.stories[f"sale-{number}"][-1]
            assert facts == told[: len(facts)]
            left.append(len(facts) / len(told))
    assert left == sorted(left, reverse=True)
    assert 0 < sum(left) < SAGAS


async def _facts(engine: SagaEngine, correlation_id: str) -> tuple[object, ...]:
    try:
        return await engine.history(correlation_id)
    except UnknownIdError:
        return ()
