"""Log records that say which saga they are about.

Every record carries ``correlation_id``, ``saga``, ``step`` and ``attempt`` as attributes (None where they
don't apply), so that a format or a JSON formatter can use them. All loggers are ``fireflytx`` or below it.
"""

from __future__ import annotations

import logging

from fireflytx._bridge.items import Log

LOGGER = logging.getLogger("fireflytx")
_ENGINE = logging.getLogger("fireflytx.engine")
_LEVELS = {"DEBUG": logging.DEBUG, "INFO": logging.INFO, "WARNING": logging.WARNING, "ERROR": logging.ERROR}


def extras(
    *,
    correlation_id: str | None = None,
    saga: str | None = None,
    step: str | None = None,
    attempt: int | None = None,
) -> dict[str, str | int | None]:
    """The ``extra`` of one record, with all four attributes."""
    return {"correlation_id": correlation_id, "saga": saga, "step": step, "attempt": attempt}


def process_logger() -> logging.LoggerAdapter[logging.Logger]:
    """The logger of what concerns the engine's process and none of its sagas."""
    return logging.LoggerAdapter(logging.getLogger("fireflytx.java"), extras())


def wanted_level() -> str:
    """The level that the ``fireflytx`` logger lets through, in the four words that Java knows."""
    effective = LOGGER.getEffectiveLevel()
    return next((name for name, level in _LEVELS.items() if effective <= level), "ERROR")


def pass_on(line: Log) -> None:
    """Write one of Java's log lines into Python's logging, at its level."""
    logger = _logger(line.logger)
    level = _LEVELS.get(line.level, logging.INFO)
    if logger.isEnabledFor(level):
        about = extras(
            correlation_id=line.correlation_id, saga=line.saga, step=line.step, attempt=line.attempt
        )
        # Java's lines are about their saga and don't repeat its name, which a plain format would not show.
        subject = f"Saga '{line.saga}' {line.correlation_id}: " if line.saga else ""
        logger.log(level, "%s%s", subject, line.message, extra=about)


def _logger(java_name: str) -> logging.Logger:
    """``dev.fireflytx.bridge`` becomes ``fireflytx.bridge``; other Java code's name ``fireflytx.engine``."""
    name = java_name.removeprefix("dev.")
    return logging.getLogger(name) if name.startswith("fireflytx.") else _ENGINE
