"""Where an engine keeps its sagas: what the user says, and the file that it means."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from fireflytx.exceptions import StoreError, StoreNotSupportedError

STORE_VARIABLE = "FIREFLYTX_STORE"
MEMORY = "memory"

_DEFAULT_JOURNAL = Path(".fireflytx", "journal.db")
_SQLITE = "sqlite:///"
_WHAT_THERE_IS = "'sqlite:///relative.db', 'sqlite:////absolute/path.db', or 'memory'"


@dataclass(frozen=True, slots=True)
class StoreLocation:
    """Where sagas are kept.

    Attributes:
        journal: The journal's file, as an absolute path; None keeps sagas in memory.
        is_default: Whether nobody named it.
    """

    journal: Path | None
    is_default: bool = False

    @classmethod
    def of(cls, store: object) -> StoreLocation:
        """The place that ``store`` names; None asks ``FIREFLYTX_STORE``, and then means the default.

        Relative files lie below the folder that is the current one now.

        Raises:
            StoreNotSupportedError: this version has no such store.
        """
        named = os.environ.get(STORE_VARIABLE) or None if store is None else store
        if named is None:
            return cls(_DEFAULT_JOURNAL.absolute(), is_default=True)
        if named == MEMORY:
            return cls(None)
        return cls(_sqlite_file(named).absolute())

    @property
    def is_durable(self) -> bool:
        """Whether sagas outlive their processes."""
        return self.journal is not None

    @property
    def wire(self) -> str:
        """What ``hello`` says of it."""
        return MEMORY if self.journal is None else str(self.journal)

    def prepare(self) -> None:
        """Make the default's folder, for this user alone and out of Git's sight; Java makes all else.

        Raises:
            StoreError: the folder can't be made.
        """
        if not self.is_default or self.journal is None:
            return
        folder = self.journal.parent
        try:
            folder.mkdir(mode=0o700)
            (folder / ".gitignore").write_text("*\n", "utf-8")
        except FileExistsError:
            pass  # made earlier: what is in it now is the user's choice
        except OSError as error:
            raise StoreError(
                f"The journal's folder '{folder}' can't be made: {error.strerror}. Start in a folder that "
                f"can be written to, or name another place: store=, or {STORE_VARIABLE}."
            ) from error


def _sqlite_file(store: object) -> Path:
    if not isinstance(store, str) or not store.startswith(_SQLITE):
        raise StoreNotSupportedError(_complaint(store))
    name = store.removeprefix(_SQLITE)
    if name == ":memory:":
        raise StoreNotSupportedError("The store 'sqlite:///:memory:' is called 'memory' here.")
    if not name or name.endswith("/"):
        raise StoreNotSupportedError(f"The store {store!r} names no file. Say {_WHAT_THERE_IS}.")
    if name.startswith("~"):
        expanded = Path(name).expanduser()
        raise StoreNotSupportedError(f"The store {store!r}: '~' is not expanded. Say '{_SQLITE}{expanded}'.")
    if "?" in name:
        raise StoreNotSupportedError(f"The store {store!r} has options behind its '?', and none exist.")
    return Path(name)


def _complaint(store: object) -> str:
    if isinstance(store, str) and store.startswith(("postgresql:", "postgres:", "postgresql+")):
        return (
            f"The store {_without_password(store)!r} is not part of this version: PostgreSQL comes in a "
            f"later one. Say {_WHAT_THERE_IS}."
        )
    return f"The store {store!r} is not known. Say {_WHAT_THERE_IS}, or leave it (and {STORE_VARIABLE}) out."


def _without_password(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"
