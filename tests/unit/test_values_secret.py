"""How pydantic's secrets are written where they may be."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pydantic
import pytest
from pydantic import Secret, SecretBytes, SecretStr

from fireflytx.exceptions import ValueRefusedError
from fireflytx.values import encode


class Login(pydantic.BaseModel):
    user: str
    password: SecretStr
    token: SecretStr = pydantic.Field(SecretStr("t"), serialization_alias="theToken")


class Safe(pydantic.BaseModel):
    logins: list[Login] = []
    by_name: dict[str, Login] = {}
    pins: tuple[SecretBytes, ...] = ()
    number: Secret[int] | None = None
    when: Any = None


class Aliased(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(serialize_by_alias=True)
    password: SecretStr = pydantic.Field(alias="pw")


class Root(pydantic.RootModel[dict[str, SecretStr]]):
    pass


@dataclass
class Account:
    login: Login
    key: SecretStr


def login() -> Login:
    return Login(user="ann", password=SecretStr("hunter2"))


LOGIN = {"user": "ann", "password": "hunter2", "token": "t"}


def written(value: object) -> tuple[Any, set[str]]:
    """What JSON gets, and the names of the fields that hold secrets."""
    names: set[str] = set()
    return json.loads(encode(value, what="input", secrets=names.update)), names


@pytest.mark.parametrize(
    ("value", "text", "names"),
    [
        (login(), LOGIN, {"password", "token", "theToken"}),
        ({"password": SecretStr("hunter2")}, {"password": "hunter2"}, {"password"}),
        ({"a": [{"pin": SecretBytes(b"1234")}]}, {"a": [{"pin": "1234"}]}, {"pin"}),
        ({"number": Secret[int](42)}, {"number": 42}, {"number"}),
        (
            Account(login(), SecretStr("k")),
            {"login": LOGIN, "key": "k"},
            {"password", "token", "theToken", "key"},
        ),
        (
            Safe(logins=[login()], by_name={"x": login()}, pins=(SecretBytes(b"1"), SecretBytes(b"2"))),
            {"logins": [LOGIN], "by_name": {"x": LOGIN}, "pins": ["1", "2"], "number": None, "when": None},
            {"password", "token", "theToken", "pins"},
        ),
        (Root({"a": SecretStr("x")}), {"a": "x"}, {"a"}),
        (Aliased(pw=SecretStr("x")), {"pw": "x"}, {"password", "pw"}),
    ],
)
def test_a_secret_is_written_by_its_value_and_its_field_is_told(
    value: object, text: dict[str, Any], names: set[str]
) -> None:
    assert written(value) == (text, names)


def test_text_that_looks_like_a_secret_is_none() -> None:
    assert written({"stars": "**********"}) == ({"stars": "**********"}, set())


def test_what_pydantic_writes_in_its_own_way_stays_so_beside_a_secret() -> None:
    class Timed(pydantic.BaseModel):
        model_config = pydantic.ConfigDict(ser_json_timedelta="float")
        wait: Any
        key: SecretStr

    text, _ = written({"x": Timed(wait=1.5, key=SecretStr("k"))})
    assert text == {"x": {"wait": 1.5, "key": "k"}}


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({"key": SecretBytes(b"\xff")}, "input.key is a bytes; JSON has no bytes"),
        (Safe(pins=(SecretBytes(b"\xff"),)), "input.pins[0] is a bytes; JSON has no bytes"),
        (Safe(pins=(SecretBytes(b"1"),), when=float("nan")), "input.when is NaN"),
        ({"x": Secret[float](float("nan")), "y": SecretStr("k")}, "input.x is NaN"),
    ],
)
def test_a_secret_that_json_cannot_carry_is_refused_like_any_other_value(value: object, reason: str) -> None:
    with pytest.raises(ValueRefusedError) as error:
        written(value)
    assert str(error.value).startswith(reason)
