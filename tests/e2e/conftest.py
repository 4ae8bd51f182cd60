"""What the snippets change must not outlive their test."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def restored_logging() -> Iterator[None]:
    """Takes back the levels and handlers that a snippet gave to loggers of this process."""
    manager = logging.root.manager
    before = {
        logger: (logger.level, logger.handlers[:])
        for logger in [logging.root, *manager.loggerDict.values()]
        if isinstance(logger, logging.Logger)
    }
    yield
    for logger in [logging.root, *manager.loggerDict.values()]:
        if isinstance(logger, logging.Logger):
            level, handlers = before.get(logger, (logging.NOTSET, []))
            logger.setLevel(level)
            logger.handlers[:] = handlers
