"""A file from which Java takes what it would otherwise load anew at every start (docs/adr/0013).

From Java 25 on it is an AOT cache, before that a class data archive. It belongs to one Java and one set of
jars, and is made in the background beside the first start. It may be missing, damaged or refused at any time:
Java then starts without.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile
import threading
import time
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path

from fireflytx._bridge.java import OPTION_VARIABLES, Java

_FORMAT = "1"
_FIRST_WITH_AOT = 25
_REHEARSAL = "dev.fireflytx.bridge.Rehearsal"
_SEAL = "dev.fireflytx.bridge.Seal"
_UNUSED_FOR_S = 30 * 24 * 3600
# Whoever makes one is done in seconds. One who failed would fail again: not at every start.
_CLAIMED_FOR_S = 3600

# A cache fits whatever these say. Others may say what Java loads, or name a cache of the user's own.
_HARMLESS_OPTION = re.compile(
    r"-Xm[nsx]|-Xss|-Xlog|-XX:(Initial|Max|Min)\w+=|-XX:\+HeapDumpOnOutOfMemoryError$|-XX:HeapDumpPath="
    r"|-D(?!java\.system\.class\.loader|jdk\.module)"
)

# All work is done in a folder of its own; the cache gets its name when it is whole, and sealed.
_MAKE = """
work=$1 target=$2 claim=$3 java=$4 class_path=$5 seal=$6; shift 6
"$@" && test -s "$work/cache" && "$java" -cp "$class_path" "$seal" "$work/cache" > "$work/seal" &&
mv -f "$work/seal" "$target.seal" && mv -f "$work/cache" "$target" && rm -f "$claim"
rm -rf "$work"
"""


class StartCache:
    """The cache of one Java for one set of jars, if there is one.

    Args:
        folder: Where caches are kept; need not exist.
        java: The Java that starts.
        jars: The engine's jars, in the order of the class path.
        jvm_defaults: The options that every start has.
    """

    def __init__(self, folder: Path, java: Java, jars: Sequence[str], jvm_defaults: Sequence[str]) -> None:
        self._folder = folder
        self._java = java
        self._jars = jars
        self._jvm_defaults = jvm_defaults
        self._place = _digest([os.path.realpath(java.path), *map(os.path.dirname, jars[:1])])[:8]
        key = _digest([_FORMAT, java.full_version, *jvm_defaults, *map(_state, [_runtime(java), *jars])])[:16]
        self._file = folder / f"java-{self._place}-{key}"
        self._seal = folder / f"{self._file.name}.seal"
        self._claim = folder / f"{self._file.name}.claim"
        self._is_in_use = False
        self._is_wanted = False

    def options(self) -> list[str]:
        """Returns what tells Java to use the cache; nothing if there is none, or it is not as it was made.

        Reads some 20 MB where a cache is used for the first time or was copied, and next to nothing later.
        """
        self._is_in_use = self._is_whole()
        self._is_wanted = not self._is_in_use
        if self._is_wanted:
            return []
        if self._has_aot():
            return [f"-XX:AOTCache={self._file}", "-Xlog:aot*=off,cds*=off"]
        return [f"-XX:SharedArchiveFile={self._file}", "-Xlog:cds*=off"]

    def make(self) -> None:
        """Begins to make the cache, in processes of the lowest priority, unless it is there or somebody does.

        Returns at once; a later start will find what comes of it. The processes end by themselves.
        """
        if not self._is_wanted:
            return
        self._is_wanted = False
        with contextlib.suppress(OSError):  # a folder that can't be written to, or a machine without `nice`
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            is_there = self._file.exists() and self._seal.exists()
            if not is_there and self._is_claimed_here():
                self._sweep()
                self._spawn(Path(tempfile.mkdtemp(prefix="making-", dir=self._folder)))

    def discard(self) -> bool:
        """Removes the cache if this start uses it, for an hour at least: Java has crashed.

        Returns:
            Whether it was in use, so that a start without it may fare better.
        """
        if not self._is_in_use:
            return False
        self._is_in_use = False
        self._remove(self._file)
        with contextlib.suppress(OSError):
            self._claim.touch()
        return True

    # --- whether it can be used -----------------------------------------------------------------------------

    def _is_whole(self) -> bool:
        try:
            found = self._file.stat()
            sealed = self._seal.stat()
            is_ours = found.st_uid in (os.geteuid(), 0)
            # A seal of the very time of its cache has been compared with it.
            is_whole = is_ours and (found.st_mtime_ns == sealed.st_mtime_ns or self._is_as_sealed())
        except OSError:
            return False
        if is_whole:
            with contextlib.suppress(OSError):  # it may be kept where this user only reads
                os.utime(self._seal, ns=(time.time_ns(), found.st_mtime_ns))
        else:
            self._remove(self._file)
        return is_whole

    def _is_as_sealed(self) -> bool:
        content = self._file.read_bytes()
        try:
            seal = json.loads(self._seal.read_text())
            return bool(seal == {"size_bytes": len(content), "crc32": zlib.crc32(content)})
        except ValueError:
            return False

    # --- making it ------------------------------------------------------------------------------------------

    def _is_claimed_here(self) -> bool:
        self._remove_if_old(self._claim)
        try:
            self._claim.touch(exist_ok=False)
        except FileExistsError:
            return False
        return True

    def _spawn(self, work: Path) -> None:
        class_path = os.pathsep.join(self._jars)
        script = ["nice", "-n", "19", "sh", "-c", _MAKE, "sh"]
        names = [str(work), str(self._file), str(self._claim), self._java.path, class_path, _SEAL]
        process = subprocess.Popen(
            [*script, *names, *self._rehearsal(work, class_path)],
            cwd=work,
            env={name: value for name, value in os.environ.items() if name not in OPTION_VARIABLES},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            # Ctrl-C is not for it. A session of its own would be beside this one to Linux, nice or not.
            process_group=0,
        )
        threading.Thread(target=process.wait, name="fireflytx-start-cache", daemon=True).start()

    def _rehearsal(self, work: Path, class_path: str) -> list[str]:
        recorder = "AOTCacheOutput" if self._has_aot() else "ArchiveClassesAtExit"
        options = [*self._jvm_defaults, f"-Djava.io.tmpdir={work}", f"-XX:{recorder}={work}/cache"]
        return [self._java.path, *options, "-cp", class_path, _REHEARSAL, f"{work}/journal.db"]

    def _has_aot(self) -> bool:
        return self._java.version >= _FIRST_WITH_AOT

    # --- what is left over ----------------------------------------------------------------------------------

    def _sweep(self) -> None:
        """Removes what nobody will use: caches of other builds in these places, and forgotten ones."""
        for seal in self._folder.glob("java-*.seal"):
            is_outdated = seal.name.startswith(f"java-{self._place}-")
            if is_outdated or time.time() - seal.stat().st_atime > _UNUSED_FOR_S:
                self._remove(seal.with_suffix(""))
        for left in (*self._folder.glob("making-*"), *self._folder.glob("java-*.claim")):
            self._remove_if_old(left)

    @staticmethod
    def _remove_if_old(path: Path) -> None:
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime < _CLAIMED_FOR_S:
                return
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()

    @staticmethod
    def _remove(file: Path) -> None:
        for each in (file, file.with_name(f"{file.name}.seal"), file.with_name(f"{file.name}.claim")):
            with contextlib.suppress(OSError):
                each.unlink()


def leaves_cache_alone(jvm_args: Iterable[str]) -> bool:
    """Returns whether a cache fits a start with these options of the user's, and those in the environment."""
    words = [*jvm_args, *(word for name in OPTION_VARIABLES for word in os.environ.get(name, "").split())]
    return all(_HARMLESS_OPTION.match(word) for word in words)


def _runtime(java: Java) -> str:
    """The file that changes when a Java is replaced, in its place, by another build of the same version."""
    return str(Path(os.path.realpath(java.path)).parent.parent / "lib" / "modules")


def _state(file: str) -> str:
    try:
        found = os.stat(file)
    except OSError:
        return file
    return f"{file}:{found.st_size}:{found.st_mtime_ns}"


def _digest(parts: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()
