"""What a benchmark run measures, and what its sagas are."""

from __future__ import annotations

import json

import pytest
from bench.exchanges import ENVELOPE_BYTES, waves
from bench.peers import SUBJECTS
from bench.plan import Cell, cells
from bench.workloads import ORDER, WORKLOADS


def test_everything_is_measured_beside_each_other() -> None:
    order = [(cell.kind, cell.workload, cell.in_flight) for cell in cells(quick=False)]

    assert order == sorted(order, key=list(dict.fromkeys(order)).index)


def test_a_quick_run_measures_the_plain_saga_alone() -> None:
    assert {(cell.label, cell.in_flight) for cell in cells(quick=True)} == {("order", 1), ("order", 32)}


def test_peers_are_chosen_by_how_their_names_begin() -> None:
    chosen = {cell.subject for cell in cells(quick=True, peers=["dbos", "restate"])}

    assert chosen == {"dbos-sqlite", "dbos-postgres", "restate"}


def test_measurements_are_chosen_by_their_labels() -> None:
    assert {cell.kind for cell in cells(quick=True, only=["start", "crash"])} == {"start", "crash"}


def test_an_unknown_peer_is_answered_with_all_that_there_are() -> None:
    with pytest.raises(ValueError, match=r"No peer begins with restart\. There are: .*restate"):
        cells(quick=True, peers=["restart"])


def test_an_unknown_label_is_answered_with_all_that_there_are() -> None:
    with pytest.raises(ValueError, match=r"called crush\. There is: .*crash"):
        cells(quick=False, only=["crush"])


def test_who_keeps_nothing_is_not_killed() -> None:
    killed = {cell.subject for cell in cells(quick=False, only=["crash"])}

    assert all(SUBJECTS[name].is_durable for name in killed)


def test_a_library_without_parallel_steps_does_not_run_the_saga_that_has_them() -> None:
    assert Cell("load", "cqrs-memory", "join", 32) not in cells(quick=False)


def test_a_step_returns_about_a_hundred_bytes() -> None:
    assert all(90 <= len(json.dumps(step.result)) <= 110 for step in ORDER.steps)


def test_a_failing_saga_undoes_the_newest_step_first() -> None:
    assert [step.name for step in WORKLOADS["failure"].undone] == ["charge", "reserve"]


@pytest.mark.parametrize(("workload", "completed"), [("order", False), ("failure", True)])
def test_a_saga_that_ends_otherwise_than_it_should_is_not_counted(workload: str, completed: bool) -> None:
    with pytest.raises(RuntimeError, match=f"Saga '{workload}' should have been"):
        WORKLOADS[workload].require_end(completed)


def test_steps_that_depend_on_nothing_run_side_by_side() -> None:
    assert [len(layer) for layer in WORKLOADS["join"].layers()] == [10, 1]


def test_the_floor_exchanges_a_start_and_each_step() -> None:
    assert [len(wave) for wave in waves(ORDER)] == [1, 1, 1, 1, 1]
    assert [len(wave) for wave in waves(WORKLOADS["join"])] == [1, 10, 1]


def test_the_floor_exchanges_a_step_more_for_each_that_is_undone() -> None:
    undone = [[step.name for step in wave[0].undoes] for wave in waves(WORKLOADS["failure"])]

    assert undone == [[], [], [], ["charge"], ["reserve"], []]


def test_the_floor_sends_what_each_step_can_see() -> None:
    order_bytes = len(json.dumps(ORDER.order(0)))

    _, second, third, *_ = (wave[0].down_bytes for wave in waves(ORDER))

    assert second > ENVELOPE_BYTES + order_bytes + 90
    assert third - second == pytest.approx(100, abs=15)
