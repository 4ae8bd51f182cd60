"""The tutorial of the guide, put together as a reader does, and the tests that the guide writes for it."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pytest
from tests.e2e.snippets import ROOT, run_pytest, run_python, snippets

pytestmark = pytest.mark.integration

BLOCKS = list(snippets(ROOT / "docs/saga-guide.md"))
GUIDE = {each.key: each.code for each in BLOCKS if each.language == "python"}
OUTPUT = {each.key: each.code for each in BLOCKS if not each.language}

SERVICES = """
import services
from fireflytx import SagaContext
from services import email_service, inventory_service, payment_service
"""
CARD_IS_DECLINED = 'services.DECLINED_CARD = "card_xyz"\n'
FOR_TESTS = """
from fireflytx import create_saga_engine
from tutorial import *

ORDER = {"order_id": "ORD-1", "customer_id": "CUST-1", "customer_email": "customer@example.com",
         "items": [{"product_id": "PROD-1", "quantity": 2, "price": 29.99}]}

def create_valid_order(): return {**ORDER, "payment_method": "card_xyz"}
def create_order_with_invalid_payment(): return {**ORDER, "payment_method": "card_declined"}
"""


def tutorial(prelude: str = "") -> str:
    """The tutorial's program, put together as a reader does: the methods of each step into the class."""
    first, *methods, last = (code for key, code in GUIDE.items() if re.match(r"Step \d:", key))
    body = textwrap.indent("\n".join(methods), "    ")
    return "\n".join([SERVICES, prelude, first, body, last])


@pytest.mark.parametrize(("prelude", "output"), [("", 1), (CARD_IS_DECLINED, 2)])
def test_the_tutorial_prints_what_the_guide_shows(tmp_path: Path, prelude: str, output: int) -> None:
    (tmp_path / "order_saga.py").write_text(tutorial(prelude), "utf-8")

    done = run_python("-W", "error", "order_saga.py", folder=tmp_path)

    assert done.stderr == ""
    assert re.sub(r"\d+ms", "1234ms", done.stdout) == OUTPUT[f"Step 6: Execute the SAGA #{output}"]


def test_the_tests_of_the_guide_pass(tmp_path: Path) -> None:
    (tmp_path / "tutorial.py").write_text(tutorial(), "utf-8")
    tests = "\n".join([FOR_TESTS, GUIDE["7. Test Thoroughly #1"], GUIDE["7. Test Thoroughly #2"]])

    assert run_pytest(tests, tmp_path).startswith("4 passed")
