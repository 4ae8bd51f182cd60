"""The Java libraries, published into a Maven repository of the tests' own, and projects that use them."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.java_projects.published import ROOT, Published, java_environment
from tests.java_projects.readme import EXAMPLES

TEMPLATE = Path(__file__).parent / "template"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "/java_projects/" in item.path.as_posix():
            item.add_marker(pytest.mark.long)
            item.add_marker(pytest.mark.timeout(300))


@pytest.fixture(scope="session")
def published() -> Published:
    """What `make publish-local` publishes. The folder stays: Maven keeps its plugins there, too."""
    folder = ROOT / "build" / "maven-repository"
    run(["make", "--silent", "publish-local", f"REPOSITORY={folder}"], ROOT)
    return Published(folder)


@pytest.fixture(scope="session", params=["maven", "gradle"])
def shop(
    request: pytest.FixtureRequest, published: Published, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The folder of a project outside the repository, whose program has been built into `target`."""
    folder = tmp_path_factory.mktemp(request.param)
    shutil.copytree(TEMPLATE / "src", folder / "src")
    repository = f"-Dmaven.repo.local={published.folder}"
    if request.param == "maven":
        _copy("pom.xml", folder, published)
        run(["mvn", "--quiet", "--batch-mode", repository, "process-classes"], folder)
    else:
        _copy("settings.gradle", folder, published)
        _copy("build.gradle", folder, published)
        run([os.environ.get("GRADLE", "gradle"), "--quiet", "--no-daemon", repository, "program"], folder)
    return folder


@pytest.fixture(scope="session")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of `examples/java` outside the repository."""
    folder = tmp_path_factory.mktemp("examples")
    built = shutil.ignore_patterns("target", "*.db*")
    return shutil.copytree(EXAMPLES, folder, dirs_exist_ok=True, ignore=built)


def _copy(name: str, folder: Path, published: Published) -> None:
    text = (TEMPLATE / name).read_text()
    (folder / name).write_text(text.replace("FIREFLYTX_VERSION", published.version))


def run(command: Sequence[str], folder: Path) -> None:
    """Run a build; what it printed is the message if it fails."""
    done = subprocess.run(
        command, cwd=folder, env=java_environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
