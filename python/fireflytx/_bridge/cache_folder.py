"""Where things are kept that make the next start quicker, and that may be deleted at any time."""

from __future__ import annotations

import os
import sys
from pathlib import Path

VARIABLE = "FIREFLYTX_CACHE"
OFF = "off"


def cache_folder() -> Path | None:
    """Returns the folder that FIREFLYTX_CACHE names, else `fireflytx` in the user's cache folder.

    It may not exist. None if FIREFLYTX_CACHE is `off`, or this user has no home.
    """
    named = os.environ.get(VARIABLE, "")
    if named == OFF:
        return None
    if named:
        return Path(os.path.abspath(named))
    caches = _users_caches()
    return None if caches is None else caches / "fireflytx"


def _users_caches() -> Path | None:
    named = os.environ.get("XDG_CACHE_HOME", "")
    if named.startswith("/"):
        return Path(named)
    home = os.environ.get("HOME") or _registered_home()
    if not home.startswith("/"):
        return None
    return Path(home, "Library/Caches" if sys.platform == "darwin" else ".cache")


def _registered_home() -> str:
    import pwd  # not everywhere: here rather than above, since a missing one must not break importing the SDK

    try:
        return pwd.getpwuid(os.getuid()).pw_dir
    except KeyError:  # a container's user without a name
        return ""
