"""What ``module:Class`` names, and what is said when it names nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fireflytx.cli.exits import Exit, Mistake
from fireflytx.cli.target import load_module, saga_class, sagas_of

SHOP = """
from fireflytx import saga, saga_step

class Plain: ...

@saga("order")
class Order:
    @saga_step("reserve")
    async def reserve(self, data): ...

@saga("refund")
class Refund:
    @saga_step("pay")
    async def pay(self, data): ...
"""


@pytest.fixture(autouse=True)
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "cli_shop.py").write_text(SHOP)
    (tmp_path / "cli_needy.py").write_text("import not_there_at_all")
    (tmp_path / "cli_broken.py").write_text("1 / 0")
    (tmp_path / "cli_bare.py").write_text("x = 1")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield
    for name in ("cli_shop", "cli_needy", "cli_broken", "cli_bare"):
        sys.modules.pop(name, None)


def test_a_class_is_found_in_the_current_folder() -> None:
    assert saga_class("cli_shop:Order").__name__ == "Order"


def test_a_module_s_sagas_are_those_that_it_defines_in_its_order() -> None:
    assert [cls.__name__ for cls in sagas_of(load_module("cli_shop"))] == ["Order", "Refund"]


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("cli_shop", "'cli_shop' names no class. Say cli_shop:Order or cli_shop:Refund."),
        ("cli_shop:", "'cli_shop:' names no class. Say cli_shop:Order or cli_shop:Refund."),
        ("cli_bare", "'cli_bare' names no class. It has no saga: no class with @saga."),
        ("cli_nowhere", "'cli_nowhere' names no class. Say module:Class"),
        (":Order", "':Order' names no module. Say module:Class"),
        (
            "cli_shop:Ordr",
            "'Ordr' is not there in module 'cli_shop'. Did you mean Order? Its sagas: Order, Refund.",
        ),
        ("cli_shop:Plain", "'Plain' is no saga in module 'cli_shop'."),
        ("cli_nowhere:Order", "There is no module 'cli_nowhere', looked for from "),
        ("cli_needy:Order", "Module 'cli_needy' needs the module 'not_there_at_all', which is not there."),
        ("cli_broken:Order", "Module 'cli_broken' can't be loaded: ZeroDivisionError: division by zero"),
        ("cli_bare:Order", "Module 'cli_bare' has no saga 'Order', and no other: no class with @saga."),
    ],
)
def test_a_target_that_names_no_saga_is_told_what_there_is(target: str, said: str) -> None:
    with pytest.raises(Mistake) as mistake:
        saga_class(target)
    assert str(mistake.value).startswith(said)
    assert mistake.value.code == Exit.USAGE
