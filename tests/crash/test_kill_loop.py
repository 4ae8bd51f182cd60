"""The kill loop's short form; ``make test-crash ROUNDS=300`` runs the long one."""

from __future__ import annotations

import random

import pytest
from tests.crash.kill_loop import run_round

ROUNDS = 5
SAGAS = 50


@pytest.mark.integration
@pytest.mark.slow
@pytest.mark.parametrize("round_number", range(ROUNDS))
def test_no_kill_breaks_a_promise(round_number: int):
    seed = random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")
    faults, wrong = run_round(seed, sagas=SAGAS)
    assert wrong == [], f"seed {seed}: {faults}"
