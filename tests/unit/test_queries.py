from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from fireflytx import HistoryFact, SagaInfo, SagaPage, SagaStatus
from fireflytx.queries import query


def asked(**arguments: Any) -> dict[str, Any]:
    return query(**{"status": None, "saga": None, "since": None, "limit": 100, "cursor": None, **arguments})


def test_a_listing_of_everything_has_a_limit_alone():
    assert asked() == {"limit": 100}


def test_each_argument_narrows_the_listing():
    since = datetime(2025, 11, 24, 16, 0, 0, 1500, timezone(timedelta(hours=1)))
    narrow = asked(status="PARKED", saga="order", since=since, limit=1, cursor="17")
    assert narrow == {
        "status": "PARKED",
        "saga": "order",
        "since_ms": 1763996400001,
        "cursor": "17",
        "limit": 1,
    }


@pytest.mark.parametrize(
    ("argument", "value", "error"),
    [
        ("status", "HAPPY", ValueError),
        ("since", datetime(2025, 1, 1), ValueError),
        ("since", 17, TypeError),
        ("limit", 0, ValueError),
        ("limit", 1001, ValueError),
        ("limit", "10", TypeError),
        ("limit", True, TypeError),
        ("cursor", "next", ValueError),
        ("cursor", 17, ValueError),
    ],
)
def test_a_bad_argument_is_refused_before_java_is_asked(argument: str, value: Any, error: type[Exception]):
    with pytest.raises(error):
        asked(**{argument: value})


def test_a_saga_in_a_listing_has_its_times_in_utc():
    info = SagaInfo.from_wire(
        {"correlation_id": "o-1", "saga": "order", "status": "PARKED", "started_ms": 1, "changed_ms": 1500}
    )
    started_at = datetime(1970, 1, 1, 0, 0, 0, 1000, UTC)
    assert info == SagaInfo(
        "o-1", "order", SagaStatus.PARKED, started_at, datetime(1970, 1, 1, 0, 0, 1, 500_000, UTC)
    )


def test_a_page_is_its_items():
    info = SagaInfo("o-1", "order", SagaStatus.RUNNING, datetime.now(UTC), datetime.now(UTC))
    page = SagaPage((info,), "17")
    assert (list(page), len(page)) == ([info], 1)


def test_a_fact_about_the_whole_saga_names_no_step():
    at = datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)
    assert HistoryFact.from_wire({"fact": "saga-parked", "at_ms": 1000}) == HistoryFact("saga-parked", at)


def test_a_fact_about_an_attempt_names_it():
    wire = {
        "fact": "attempt-succeeded",
        "at_ms": 0,
        "step": "charge",
        "direction": "forward",
        "attempt": 2,
        "data": {"result_bytes": 3},
    }
    fact = HistoryFact.from_wire(wire)
    assert (fact.step, fact.direction, fact.attempt, fact.data) == (
        "charge",
        "forward",
        2,
        {"result_bytes": 3},
    )
