"""Which known name did the user mean?"""

from __future__ import annotations

from collections.abc import Iterable


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name with the smallest edit distance from ``name``; of several, the first.

    Returns an empty string when nothing is known.
    """
    best, best_distance = "", -1
    for candidate in known:
        limit = best_distance if best_distance >= 0 else len(name) + len(candidate) + 1
        distance = _distance_below(name, candidate, limit)
        if distance is not None:
            best, best_distance = candidate, distance
    return best


def _distance_below(left: str, right: str, limit: int) -> int | None:
    """The Levenshtein distance, or None as soon as it can't be below ``limit``.

    Source: R. Wagner and M. Fischer, "The String-to-String Correction Problem", 1974, keeping two rows.
    """
    if abs(len(left) - len(right)) >= limit:
        return None
    row = list(range(len(right) + 1))
    for index, char in enumerate(left, start=1):
        row = _next_row(row, index, char, right)
        if min(row) >= limit:
            return None
    return row[-1] if row[-1] < limit else None


def _next_row(above: list[int], index: int, char: str, right: str) -> list[int]:
    row = [index]
    for column, other in enumerate(right, start=1):
        substituted = above[column - 1] + (char != other)
        row.append(min(substituted, above[column] + 1, row[-1] + 1))
    return row
