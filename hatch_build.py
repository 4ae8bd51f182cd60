"""Refuses to build a package that could not start its engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

JARS = "python/fireflytx/_java"
"""Where Gradle puts the jars, and where the package looks for them."""


class JarsHook(BuildHookInterface[Any]):
    """Checks that the Java engine was built before the wheel or the source package."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Stops the build when there are no jars; an editable install may get them later.

        Args:
            version: The kind of build; "editable" for `pip install -e`.
            build_data: What hatchling would let a hook change; left as it is.

        Raises:
            RuntimeError: No jar was found.
        """
        if version != "editable" and not list(Path(self.root, JARS).glob("fireflytx-*.jar")):
            raise RuntimeError(f"Wanted the Java engine's jars in {JARS}, found none. Run `make jars` first.")
