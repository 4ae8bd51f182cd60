"""Telemetry that fails must not make a saga fail."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from fireflytx.logs import LOGGER, extras

P = ParamSpec("P")
T = TypeVar("T")


def harmless(otherwise: T) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Makes a function give ``otherwise`` where it raises; each function is complained of once.

    An application brings samplers, processors and exporters of its own along, and they may raise.
    """

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        has_complained = False

        @functools.wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> T:
            nonlocal has_complained
            try:
                return function(*args, **kwargs)
            except Exception:
                if not has_complained:
                    has_complained = True
                    name = function.__qualname__
                    LOGGER.warning(
                        "The telemetry fails, and more of it may be missing (%s).",
                        name,
                        exc_info=True,
                        extra=extras(),
                    )
                return otherwise

        return call

    return decorate
