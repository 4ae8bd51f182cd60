"""The arithmetic: percentiles, and what several rounds say together."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that at least ``percent`` of the values don't exceed (nearest rank).

    Raises:
        ValueError: there are no values.
    """
    if not values:
        raise ValueError("No percentile: there are no values.")
    rank = math.ceil(len(values) * percent / 100)
    return sorted(values)[max(rank, 1) - 1]


@dataclass(frozen=True, slots=True)
class Spread:
    """One figure over several rounds.

    Attributes:
        median: The middle one.
        least: The smallest.
        most: The largest.
    """

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """The spread of at least one value."""
        return cls(statistics.median(values), min(values), max(values))

    def __str__(self) -> str:
        if self.least == self.most:
            return short(self.median)
        return f"{short(self.median)} ({short(self.least)} to {short(self.most)})"


def short(value: float) -> str:
    """The value with three significant digits, and never in powers of ten."""
    if value == 0:
        return "0"
    rounded = float(f"{value:.3g}")
    decimals = min(max(0, 2 - math.floor(math.log10(abs(rounded)))), 4)
    return f"{rounded:,.{decimals}f}".replace(",", " ")
