"""What a forked child inherits and must let go of: the descriptors of its parent's engine."""

from __future__ import annotations

import os
import weakref
from typing import Protocol


class Abandonable(Protocol):
    """Something that holds descriptors which a forked child must not use."""

    def abandon(self) -> None:
        """Closes this process's copies, and neither tells the other side nor touches an event loop."""


_held: weakref.WeakSet[Abandonable] = weakref.WeakSet()


def abandon_in_forked_children(resource: Abandonable) -> None:
    """Has `resource.abandon()` called in each child that this process forks while the resource lives."""
    _held.add(resource)


def _abandon_all() -> None:
    for resource in list(_held):
        resource.abandon()
    _held.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_abandon_all)
