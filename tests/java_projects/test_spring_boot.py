"""The web service in ``examples/java/spring-boot``, built against what is published, and asked over HTTP."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from tests.integration.processes import becomes_true
from tests.java_projects import readme
from tests.java_projects.published import Published, java_environment
from tests.java_projects.web_service import PATIENCE_S, serving

LAMP = {"id": "ORD-1", "item": "lamp", "price": 29.90, "card": "card_xyz"}
CHARGE = "charge 29.9 for ORD-1:charge"


@pytest.fixture(scope="session")
def project(examples: Path, published: Published) -> Path:
    """The folder of the built service."""
    readme.printed(readme.command("In Spring Boot #1"), examples, published.maven_environment())
    return examples / "spring-boot"


def test_an_order_is_completed_as_the_readme_shows(project: Path, tmp_path: Path) -> None:
    with serving(project, tmp_path) as service:
        asked = readme.command("In Spring Boot #3").replace("localhost:8080", service.address)
        post, get = asked.replace("curl", "curl --silent --show-error").splitlines()
        readme.printed(post, tmp_path, java_environment())
        answer = readme.shown("In Spring Boot #1").strip()

        assert becomes_true(
            lambda: readme.printed(get, tmp_path, java_environment()) == answer, within_s=PATIENCE_S
        )


def test_an_order_with_a_declined_card_is_compensated(project: Path, tmp_path: Path) -> None:
    with serving(project, tmp_path) as service:
        service.place(**{**LAMP, "card": "card_declined"})

        service.wait_for_end("ORD-1", "COMPENSATED")
        assert "release RES-ORD-1:reserve" in service.log()


def test_a_killed_service_goes_on_with_its_orders_by_itself(project: Path, tmp_path: Path) -> None:
    with serving(project, tmp_path, "--shop.charge-takes=20s") as service:
        service.place(**LAMP)
        service.wait_for(CHARGE)
        service.process.kill()

    with serving(project, tmp_path) as service:
        service.wait_for("confirm ORD-1")
        service.wait_for_end("ORD-1", "COMPLETED")
        assert CHARGE in service.log()
        assert "reserve lamp" not in service.log()


def test_a_stopped_service_lets_the_running_step_end(project: Path, tmp_path: Path) -> None:
    with serving(project, tmp_path, "--shop.charge-takes=2s") as service:
        service.place(**LAMP)
        service.wait_for(CHARGE)
        service.process.terminate()
        service.process.wait(PATIENCE_S)

    with serving(project, tmp_path) as service:
        service.wait_for_end("ORD-1", "COMPLETED")
        assert CHARGE not in service.log()


def test_refusals_have_the_status_that_fits(project: Path, tmp_path: Path) -> None:
    with serving(project, tmp_path) as service:
        answers = [
            service.place(**LAMP),
            service.place(**LAMP),
            service.place(**{**LAMP, "item": "pen"}),
            service.place(item="lamp"),
            service.find("ORD-2")[0],
        ]

    assert answers == [202, 202, 409, 400, 404]


def test_the_service_has_the_sqlite_driver_that_the_engine_asks_for(
    project: Path, published: Published
) -> None:
    dependency = "{*}dependencies/{*}dependency[{*}artifactId='sqlite-jdbc']"
    version = published.pom("fireflytx-engine").findtext(f"{dependency}/{{*}}version")
    libraries = zipfile.ZipFile(project / "target/orders.jar").namelist()

    assert f"BOOT-INF/lib/sqlite-jdbc-{version}.jar" in libraries
