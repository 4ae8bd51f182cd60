from __future__ import annotations

import logging

import pytest

from fireflytx._bridge.items import Log
from fireflytx.logs import LOGGER, pass_on, wanted_level


def a_line(**changes: str | int | None) -> Log:
    fields = {
        "level": "INFO",
        "logger": "dev.fireflytx.engine",
        "message": "100 % done",
        "correlation_id": "c",
    }
    return Log(**{**fields, "saga": None, "step": None, "attempt": None, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("level", "word"),
    [
        (logging.NOTSET + 1, "DEBUG"),
        (logging.DEBUG, "DEBUG"),
        (logging.INFO, "INFO"),
        (logging.INFO + 5, "WARNING"),
        (logging.ERROR, "ERROR"),
        (logging.CRITICAL, "ERROR"),
    ],
)
def test_the_level_that_java_is_told_lets_through_what_python_wants(
    level: int, word: str, caplog: pytest.LogCaptureFixture
):
    with caplog.at_level(level, "fireflytx"):
        assert wanted_level() == word


@pytest.mark.parametrize(
    ("java_name", "python_name"),
    [
        ("dev.fireflytx.engine", "fireflytx.engine"),
        ("dev.fireflytx.bridge", "fireflytx.bridge"),
        ("py4j.GatewayServer", "fireflytx.engine"),
        ("", "fireflytx.engine"),
    ],
)
def test_javas_loggers_have_their_place_below_ours(
    java_name: str, python_name: str, caplog: pytest.LogCaptureFixture
):
    with caplog.at_level(logging.DEBUG, LOGGER.name):
        pass_on(a_line(logger=java_name))
    assert caplog.records[0].name == python_name


def test_a_line_of_java_keeps_its_level_its_text_and_what_it_is_about(caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.DEBUG, LOGGER.name):
        pass_on(a_line(level="WARNING", saga="order", step="charge", attempt=2))
    (record,) = caplog.records
    assert (record.levelname, record.getMessage()) == ("WARNING", "Saga 'order' c: 100 % done")
    about = (record.correlation_id, record.saga, record.step, record.attempt)  # type: ignore[attr-defined]
    assert about == ("c", "order", "charge", 2)


def test_what_a_line_is_not_about_is_none_and_not_missing(caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.DEBUG, LOGGER.name):
        pass_on(a_line(correlation_id=None))
    record = caplog.records[0]
    about = (record.correlation_id, record.saga, record.step, record.attempt)  # type: ignore[attr-defined]
    assert about == (None, None, None, None)
