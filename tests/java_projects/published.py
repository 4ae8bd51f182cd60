"""What the Java build publishes, read as whoever depends on it would."""

from __future__ import annotations

import os
import re
import zipfile
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

ROOT = Path(__file__).parents[2]
GROUP = "dev.fireflytx"
POM = {"": "http://maven.apache.org/POM/4.0.0"}


class Dependency(NamedTuple):
    """What a POM says of one dependency."""

    group: str
    artifact: str
    scope: str


def java_environment() -> dict[str, str]:
    """This process's variables, without those of a `make` that has started it."""
    return {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}


class Published:
    """A local Maven repository with the libraries.

    Attributes:
        folder: Where it is.
        version: The product's version, as the wheel has it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        text = (ROOT / "python/fireflytx/_version.py").read_text()
        self.version = re.findall(r'^__version__ = "(.+)"$', text, re.MULTILINE)[0]

    def maven_environment(self) -> dict[str, str]:
        """Variables that let Maven take the libraries from here, and keep all else that it needs here."""
        return {**java_environment(), "MAVEN_OPTS": f"-Dmaven.repo.local={self.folder}"}

    def libraries(self) -> set[str]:
        """The names of all that is published."""
        return {path.name for path in self.folder.joinpath(*GROUP.split(".")).iterdir()}

    def files(self) -> dict[str, bytes]:
        """The published files of this version, by name."""
        paths = [path for name in self.libraries() for path in self._of(name).iterdir()]
        return {path.name: path.read_bytes() for path in paths}

    def pom(self, library: str) -> ElementTree.Element:
        """A library's POM."""
        return ElementTree.parse(self._of(library) / f"{library}-{self.version}.pom").getroot()

    def dependencies(self, library: str) -> set[Dependency]:
        """The dependencies in a library's POM."""
        found = self.pom(library).findall("dependencies/dependency", POM)
        fields = ("groupId", "artifactId", "scope")
        return {Dependency(*(each.findtext(field, "", POM) for field in fields)) for each in found}

    def jar(self, library: str, classifier: str = "") -> zipfile.ZipFile:
        """One of a library's jars."""
        return zipfile.ZipFile(self._of(library) / f"{library}-{self.version}{classifier}.jar")

    def _of(self, library: str) -> Path:
        return self.folder.joinpath(*GROUP.split("."), library, self.version)
