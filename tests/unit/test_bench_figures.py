"""The benchmark's arithmetic: percentiles, spreads, tables, ratios."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from bench.compare import summary
from bench.figures import Spread, percentile, short
from bench.guard import LIMITS, RATIOS, Ratio, compare, judge
from bench.table import tables

LOAD = {"kind": "load", "subject": "restate", "workload": "order", "in_flight": 32, "sagas": 100}


def test_a_percentile_is_the_nearest_rank() -> None:
    values = [float(value) for value in range(100, 0, -1)]

    assert [percentile(values, percent) for percent in (1, 50, 99, 100)] == [1, 50, 99, 100]


def test_each_percentile_of_one_value_is_that_value() -> None:
    assert [percentile([7.5], percent) for percent in (0, 50, 99)] == [7.5, 7.5, 7.5]


def test_nothing_has_no_percentile() -> None:
    with pytest.raises(ValueError, match="no values"):
        percentile([], 50)


def test_two_checkouts_are_compared_turn_for_turn() -> None:
    def turn(first: float, second: float) -> dict[str, dict[str, float]]:
        return {
            "old": {"sagas_per_s": first, "cpu_ms": 0.4},
            "new": {"sagas_per_s": second, "cpu_ms": 0.2},
        }

    found = summary([turn(100, 110), turn(1000, 1200), turn(10, 13)], "new", "old")  # the machine has moods

    assert found == {
        "sagas_per_s": 110,
        "cpu_ms": 0.2,
        "speed_ratio": [1.1, 1.2, 1.3],
        "cpu_ratio": [0.5, 0.5, 0.5],
    }


def test_a_spread_is_the_middle_the_least_and_the_most() -> None:
    assert Spread.of([3, 9, 4]) == Spread(4, 3, 9)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (0.01234, "0.0123"), (0.5, "0.500"), (9.996, "10.0"), (123.4, "123"), (12_345, "12 300")],
)
def test_a_figure_is_shown_with_three_digits(value: float, text: str) -> None:
    assert short(value) == text


def test_a_table_shows_the_middle_of_all_rounds_and_how_far_they_lie_apart() -> None:
    text = tables([LOAD | {"sagas_per_s": figure} for figure in (110, 100, 130)])

    assert "| restate | 110 (100 to 130) |" in text


def test_a_table_has_a_column_for_each_number_in_flight() -> None:
    records = [LOAD | {"in_flight": in_flight, "sagas_per_s": 100} for in_flight in (1, 32)]

    assert "|  | 1 in flight | 32 in flight |" in tables(records)


def test_other_sagas_have_a_table_of_their_own() -> None:
    text = tables([LOAD | {"workload": "join", "sagas_per_s": 50}])

    assert "### Other sagas, 32 in flight: sagas a second\n\n|  | join |" in text
    assert "### Sagas a second" not in text


def test_what_was_not_measured_is_said_below_the_tables() -> None:
    machine: dict[str, Any] = {"kind": "machine", "absent": {"dbos-sqlite": "not installed: dbos"}}

    text = tables([machine, LOAD | {"error": "restate failed.\nTraceback"}])

    assert "* dbos-sqlite was not measured: not installed: dbos." in text
    assert "* restate, order, 32 in flight, has no figure: restate failed." in text


def test_a_measurement_that_ended_early_is_marked() -> None:
    assert "its latencies are too low" in tables([LOAD | {"sagas": 31, "sagas_per_s": 1}])


def test_a_ratio_is_how_many_times_worse_than_the_floor_it_is() -> None:
    throughput = Ratio("throughput", "load", "sagas_per_s", more_is_better=True)
    latency = Ratio("latency", "load", "p50_ms")

    assert (throughput.of(ours=100, floor=400), latency.of(ours=6, floor=2)) == (4, 3)


def test_the_guard_names_what_is_over_thirty_percent_worse_and_nothing_else() -> None:
    limits = {"latency": 2.0, "syncs": 1.0, "start": 3.0}

    _, worse = compare({"latency": 2.61, "syncs": 1.29, "start": 1.0}, limits)

    assert worse == ["latency"]


def test_the_guard_shows_each_ratio_beside_what_it_was() -> None:
    lines, _ = compare({"latency": 3.0}, {"latency": 2.0})

    assert lines[1].split() == ["latency", "3.00", "2.00", "+50%"]


def test_the_guard_looks_again_at_what_is_over_its_limit_until_it_is_not() -> None:
    limits = {ratio.name: 1.0 for ratio in RATIOS}
    noisy, other, *rest = [ratio.name for ratio in RATIOS]
    seen = iter([{noisy: 3.0, other: 2.0} | dict.fromkeys(rest, 1.0), {noisy: 1.8, other: 1.1}, {noisy: 1.2}])
    asked: list[list[str]] = []

    def measure(ratios: Sequence[Ratio]) -> Mapping[str, float]:
        asked.append([ratio.name for ratio in ratios])
        return next(seen)

    lines, worse = judge(limits, measure)

    assert worse == []
    assert asked == [[noisy, other, *rest], [noisy, other], [noisy]]
    assert "1.20" in lines[1]


def test_the_guard_fails_when_a_slowdown_stays() -> None:
    limits = {ratio.name: 1.0 for ratio in RATIOS}
    rounds: list[int] = []

    def measure(ratios: Sequence[Ratio]) -> Mapping[str, float]:
        rounds.append(len(ratios))
        return {ratio.name: 1.6 if ratio is RATIOS[0] else 1.0 for ratio in ratios}

    assert judge(limits, measure)[1] == [RATIOS[0].name]
    assert rounds == [len(RATIOS), 1, 1, 1, 1]


def test_the_limits_of_the_guard_are_those_of_its_ratios() -> None:
    assert list(json.loads(LIMITS.read_text())) == [ratio.name for ratio in RATIOS]
