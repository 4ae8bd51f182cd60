"""A new project with one dependency, built by Maven and by Gradle, and run until it ends or is killed."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.integration.processes import becomes_true

LONGEST_RUN_S = 60


def command(shop: Path, folder: Path, *arguments: str) -> list[str]:
    target = shop / "target"
    return ["java", "-cp", f"{target}/classes:{target}/libraries/*", "shop.Shop", str(folder), *arguments]


def place(shop: Path, folder: Path, *arguments: str) -> str:
    """What the program printed, when it has ended well."""
    done = subprocess.run(
        command(shop, folder, *arguments), capture_output=True, text=True, timeout=LONGEST_RUN_S, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def ledger(folder: Path) -> list[str]:
    path = folder / "ledger"
    return path.read_text().splitlines() if path.exists() else []


def kill_in(what: str, shop: Path, folder: Path, *arguments: str) -> None:
    """Run the program, and kill it while it does something."""
    hold = folder / f"hold-{what}"
    hold.touch()
    with subprocess.Popen(
        command(shop, folder, *arguments), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as program:
        try:
            assert becomes_true(
                lambda: any(line.startswith(what) for line in ledger(folder)), within_s=LONGEST_RUN_S
            )
        finally:
            program.kill()
    hold.unlink()


def test_one_dependency_brings_the_engine_and_sqlites_driver(shop: Path) -> None:
    libraries = {path.name.rpartition("-")[0] for path in (shop / "target/libraries").iterdir()}

    assert libraries == {"fireflytx-core", "fireflytx-engine", "sqlite-jdbc"}


def test_an_order_is_completed(shop: Path, tmp_path: Path) -> None:
    assert place(shop, tmp_path, "order-1") == "COMPLETED []"


def test_a_declined_order_is_compensated(shop: Path, tmp_path: Path) -> None:
    assert place(shop, tmp_path, "order-1", "declined") == "COMPENSATED [reserve]"


def test_a_killed_order_goes_on_where_it_was(shop: Path, tmp_path: Path) -> None:
    kill_in("charge", shop, tmp_path, "order-1")

    assert place(shop, tmp_path, "order-1") == "COMPLETED []"
    assert ledger(tmp_path) == [
        "reserve order-1:reserve",
        "charge order-1:charge",
        "charge order-1:charge",
        "ship order-1:ship",
    ]


def test_an_order_that_is_killed_while_it_is_undone_is_undone(shop: Path, tmp_path: Path) -> None:
    kill_in("release", shop, tmp_path, "order-1", "declined")

    assert place(shop, tmp_path, "order-1", "declined") == "COMPENSATED [reserve]"
    assert ledger(tmp_path) == [
        "reserve order-1:reserve",
        "charge order-1:charge",
        "release order-1:reserve:compensation",
        "release order-1:reserve:compensation",
    ]
