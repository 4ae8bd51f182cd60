"""Moments and lengths of time, as people read them."""

from __future__ import annotations

from datetime import UTC, datetime


def moment(at: datetime) -> str:
    """A moment in UTC, to the second."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def exact_moment(at: datetime) -> str:
    """A moment in UTC, to the millisecond."""
    return f"{moment(at)}.{at.microsecond // 1000:03d}"


def took(begun_at: datetime, ended_at: datetime) -> str:
    """How long something took, with a unit that fits."""
    return duration(max(0, round((ended_at - begun_at).total_seconds() * 1000)))


def duration(ms: int) -> str:
    """A length of time, with a unit that fits."""
    if ms < 1_000:
        return f"{ms} ms"
    seconds = ms / 1000
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, seconds = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {seconds} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours < 48 else f"{hours // 24} d {hours % 24} h"
