"""What the libraries look like to whoever depends on them."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.java_projects.published import GROUP, POM, ROOT, Dependency, Published, java_environment

LIBRARIES = ["fireflytx-core", "fireflytx-engine", "fireflytx-jackson"]
ASKED_BY_CENTRAL = [
    *("name", "description", "url", "licenses/license/name", "licenses/license/url"),
    *("developers/developer/name", "scm/connection", "scm/url"),
]
SOURCES = ["java", "build.gradle", "settings.gradle", "LICENSE", "NOTICE", "python/fireflytx/_version.py"]


def test_the_bridge_is_not_published(published: Published) -> None:
    assert "fireflytx-bridge" not in published.libraries()


def test_the_core_depends_on_nothing(published: Published) -> None:
    assert published.dependencies("fireflytx-core") == set()


def test_the_engine_depends_on_the_core_and_sqlites_driver(published: Published) -> None:
    assert published.dependencies("fireflytx-engine") == {
        Dependency(GROUP, "fireflytx-core", "compile"),
        Dependency("org.xerial", "sqlite-jdbc", "runtime"),
    }


def test_jackson_is_in_a_library_of_its_own(published: Published) -> None:
    assert published.dependencies("fireflytx-jackson") == {
        Dependency(GROUP, "fireflytx-engine", "compile"),
        Dependency("com.fasterxml.jackson.core", "jackson-databind", "compile"),
        Dependency("com.fasterxml.jackson.datatype", "jackson-datatype-jdk8", "runtime"),
        Dependency("com.fasterxml.jackson.datatype", "jackson-datatype-jsr310", "runtime"),
    }


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("wanted", ASKED_BY_CENTRAL)
def test_a_pom_has_what_maven_central_asks_for(published: Published, library: str, wanted: str) -> None:
    assert published.pom(library).findtext(wanted, "", POM).strip()


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_jar_has_a_module_name_of_its_own(published: Published, library: str) -> None:
    manifest = published.jar(library).read("META-INF/MANIFEST.MF").decode()

    assert f"Automatic-Module-Name: dev.{library.replace('-', '.')}\r\n" in manifest


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("classifier", ["", "-sources", "-javadoc"])
def test_every_jar_carries_the_licence(published: Published, library: str, classifier: str) -> None:
    licence = published.jar(library, classifier).read("META-INF/LICENSE")

    assert licence == (ROOT / "LICENSE").read_bytes()


@pytest.mark.parametrize("library", LIBRARIES)
def test_every_class_comes_with_its_source(published: Published, library: str) -> None:
    names = published.jar(library).namelist()
    classes = {name for name in names if name.endswith(".class") and "$" not in name}
    sources = set(published.jar(library, "-sources").namelist())

    assert classes
    assert {name for name in classes if name.replace(".class", ".java") not in sources} == set()


@pytest.mark.parametrize("library", LIBRARIES)
def test_every_package_comes_with_its_documentation(published: Published, library: str) -> None:
    names = published.jar(library).namelist()
    packages = {name.rpartition("/")[0] for name in names if name.endswith(".class")}
    pages = set(published.jar(library, "-javadoc").namelist())

    assert packages
    assert {name for name in packages if f"{name}/package-summary.html" not in pages} == set()


def test_the_same_sources_make_the_same_bytes_anywhere(published: Published, tmp_path: Path) -> None:
    again = build_elsewhere(tmp_path, published)

    here, there = published.files(), again.files()
    assert set(here) == set(there)
    assert [name for name in here if here[name] != there[name]] == []


def build_elsewhere(folder: Path, published: Published) -> Published:
    """The same sources, published from another folder on a machine with other settings."""
    copy_sources(folder / "sources")
    settings = "-Duser.language=de -Duser.country=DE -Duser.timezone=Asia/Tokyo -Dfile.encoding=ISO-8859-1"
    done = subprocess.run(
        [
            *(os.environ.get("GRADLE", "gradle"), "--quiet", "--no-daemon"),
            *(f"-Dmaven.repo.local={folder / 'repository'}", "publishToMavenLocal"),
        ],
        cwd=folder / "sources",
        env={**java_environment(), "JAVA_TOOL_OPTIONS": settings, "TZ": "Asia/Tokyo"},
        umask=0o077,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return Published(folder / "repository")


def copy_sources(folder: Path) -> None:
    """Copy what the Java build reads, into files that nobody else may read."""
    for name in SOURCES:
        source, target = ROOT / name, folder / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("build"))
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
    for path in folder.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)
