"""What a registry knows of fields that nobody may see, and of code that could not read encrypted values."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from typing import Any

import pydantic
import pytest

from fireflytx.decorators.saga import compensation_step, saga, saga_step
from fireflytx.definition import definition_of
from fireflytx.exceptions import DefinitionError
from fireflytx.registry import Registry


class Login(pydantic.BaseModel):
    user: str
    password: pydantic.SecretStr


@saga("with-secrets", redact=["iban"])
class WithSecrets:
    @saga_step("log-in")
    async def log_in(self, login: Login) -> None: ...

    @compensation_step("log-in")
    async def log_out(self, account: Account) -> None: ...


@dataclasses.dataclass
class Account:
    """Defined behind the class that asks for it."""

    key: pydantic.SecretBytes


@saga("java-step")
class JavaStep:
    charge = saga_step("charge", executor="java")


@saga("java-compensation")
class JavaCompensation:
    @saga_step("charge")
    async def charge(self, data: dict[str, Any]) -> None: ...

    refund = compensation_step("charge", executor="java")


def test_a_definition_names_what_the_saga_the_engine_and_the_models_say_is_secret() -> None:
    registration = Registry(["token"]).register(WithSecrets)
    assert registration.definition.to_wire()["redact"] == ["iban", "key", "password", "token"]
    assert registration.definition.definition_hash == definition_of(WithSecrets).definition_hash


def test_a_registry_learns_of_secrets_by_saga() -> None:
    registry = Registry(["token"])
    registry.redact("with-secrets", ["learned"])
    registry.register(WithSecrets)
    assert registry.redacted("with-secrets") == {"iban", "key", "password", "token", "learned"}
    assert registry.redacted("another") == {"token"}


def test_registering_a_saga_does_not_load_pydantic_for_those_who_have_no_models() -> None:
    program = (
        "import sys; from fireflytx.registry import Registry; from fireflytx import saga, saga_step\n"
        "class Saga:\n"
        "    @saga_step('a')\n"
        "    async def a(self, data: dict): ...\n"
        "Registry().register(saga('s')(Saga)); print('pydantic' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout == "False\n"


@pytest.mark.parametrize(
    ("cls", "what"), [(JavaStep, "step 'charge'"), (JavaCompensation, "the compensation of step 'charge'")]
)
def test_code_in_java_is_refused_where_values_are_encrypted(cls: type, what: str) -> None:
    Registry().register(cls)
    with pytest.raises(
        DefinitionError, match=f"{what} runs in Java, which can't read what this engine's codec"
    ):
        Registry(encrypts=True).register(cls)
