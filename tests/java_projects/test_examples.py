"""The programs in ``examples/java``, built against what is published, by the commands of their README."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest
from tests.java_projects import readme
from tests.java_projects.published import Published


@pytest.mark.parametrize("program", ["FluentOrder", "AnnotatedOrder"])
def test_the_order_succeeds_and_is_compensated(program: str, examples: Path, published: Published) -> None:
    printed = readme.printed(readme.command(f"{program} #1"), examples, published.maven_environment())

    assert printed == readme.shown(f"{program} #1")


def test_the_trip_survives_its_process(examples: Path, published: Published) -> None:
    before = print_and_kill(examples, published, lines=readme.shown("PlainMain #1").count("\n"))
    after = readme.printed(readme.command("PlainMain #1"), examples, published.maven_environment())

    assert [before, after] == [readme.shown("PlainMain #1"), readme.shown("PlainMain #2")]


def print_and_kill(folder: Path, published: Published, *, lines: int) -> str:
    """The first lines that the program prints; it is killed then."""
    with subprocess.Popen(
        readme.arguments("PlainMain #1"),
        cwd=folder,
        env=published.maven_environment(),
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,  # `mvn` is a script
    ) as program:
        try:
            assert program.stdout
            return "".join(program.stdout.readline() for _ in range(lines))
        finally:
            os.killpg(program.pid, signal.SIGKILL)


@pytest.mark.parametrize("pom", ["pom.xml", "spring-boot/pom.xml"])
def test_an_example_depends_on_this_version(pom: str, examples: Path, published: Published) -> None:
    dependency = f"<artifactId>fireflytx-jackson</artifactId>\n      <version>{published.version}</version>"

    assert dependency in (examples / pom).read_text()
