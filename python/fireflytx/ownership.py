"""The lock by which other engines of a journal see that this process lives, though its Java may have died.

Private to the package.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

# The first byte is the Java process's (OwnerLock.java).
_WORKER_BYTE = 1


class WorkerLock:
    """Held on the lock file of one owner of a journal, until released or until this process ends.

    Args:
        journal: The journal's file.
        owner: The owner's number.

    Attributes:
        owner: The owner's number.
    """

    def __init__(self, journal: Path, owner: int) -> None:
        self.owner = owner
        self._descriptor = os.open(f"{journal}-owner-{owner}", os.O_RDWR | os.O_CLOEXEC)
        fcntl.lockf(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, _WORKER_BYTE)

    def release(self) -> None:
        """Give it back; can be called again."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)
