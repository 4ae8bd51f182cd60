"""What JSON can't carry, and the sentence that names the place."""

from __future__ import annotations

import dataclasses
import datetime
import enum
from typing import Any

import pydantic
import pytest

from fireflytx.exceptions import NonRetryableError, ValueRefusedError
from fireflytx.values import encode


class Color(enum.Enum):
    RED = "red"


class Real(float):
    pass


@dataclasses.dataclass
class Item:
    price: Any
    _cache: Any = None


def refused(value: object, **options: Any) -> ValueRefusedError:
    with pytest.raises(ValueRefusedError) as caught:
        encode(value, what="result", **options)
    return caught.value


def test_a_very_long_path_is_shortened_in_its_middle() -> None:
    value: object = float("nan")
    for level in range(100):
        value = {f"level{level}": value}

    error = refused(value)

    assert str(error).startswith("result.level99.level98.")
    assert ".level1.level0 is NaN" in str(error)
    assert len(str(error)) < 250 < len(error.path)


LOOP: dict[str, Any] = {}
LOOP["items"] = [LOOP]

DEEP: dict[str, Any] = {}
for _ in range(300):
    DEEP = {"d": DEEP}


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (
            {"items": [1, 2, {"price": float("nan")}]},
            "result.items[2].price is NaN; JSON has no such number.",
        ),
        ({"x": float("inf")}, "result.x is Infinity; JSON has no such number."),
        ({"x": float("-inf")}, "result.x is -Infinity; JSON has no such number."),
        ({"x": Item(float("nan"))}, "result.x.price is NaN; JSON has no such number."),
        ({"x": 2**64}, "result.x is an integer of more than 64 bits; make it a string."),
        ({"x": -(2**63) - 1}, "result.x is an integer of more than 64 bits; make it a string."),
        ({"x": "a\ud800"}, "result.x has a lone surrogate, which is no valid text."),
        ({"\ud800": 1}, "result has a key with a lone surrogate, which is no valid text."),
        ({"x": {1}}, "result.x is a set; JSON has no sets; make it a list."),
        (
            {"x": b"y"},
            "result.x is a bytes; JSON has no bytes; make it text, in base64 for example.",
        ),
        ({"x": datetime.timedelta(1)}, "result.x is a timedelta; make it a number of seconds."),
        ({"x": object()}, "result.x is a object; JSON has no form for it."),
        ({"x": Real(1)}, "result.x is a Real; JSON has no form for it."),
        ({"x": {7: 1}}, "result.x has a key of type int; JSON's keys are strings."),
        ({"odd key": {"x": {1}}}, 'result["odd key"].x is a set; JSON has no sets; make it a list.'),
        (LOOP, "result.items[0] contains itself."),
        (
            {"x": datetime.time(1, tzinfo=datetime.UTC)},
            "result.x is a time with a time zone, which has no JSON form; use a datetime.",
        ),
    ],
)
def test_what_json_can_not_carry_is_refused_with_its_path(value: object, message: str) -> None:
    assert str(refused(value)) == message


def test_a_refusal_carries_the_path() -> None:
    assert refused({"items": [{1}]}).path == "result.items[0]"


def test_a_refusal_is_never_retried() -> None:
    assert isinstance(refused({"x": {1}}), NonRetryableError)


def test_a_value_that_is_nested_too_deep_is_refused() -> None:
    assert str(refused(DEEP)).endswith("is nested more than 254 levels deep.")


def test_the_same_object_in_two_places_is_no_loop() -> None:
    shared = {"x": None}

    assert encode({"a": shared, "b": [shared, shared]}, what="result")


@pytest.mark.parametrize("value", [[1], "text", 7, Color.RED, pydantic.RootModel[list[int]]([1])])
def test_what_is_no_object_is_refused_by_its_type(value: object) -> None:
    assert str(refused(value)) == (
        f"result must be a dict, a pydantic model or a dataclass, got a {type(value).__name__}."
    )


def test_a_value_over_the_limit_is_refused_by_name_and_size() -> None:
    message = str(refused({"x": "y" * 100}, limit_bytes=50))

    assert message.startswith("result is 108 bytes of JSON; the limit is 50 bytes.")


def test_a_value_at_the_limit_is_accepted() -> None:
    assert encode({"x": "y" * 42}, what="result", limit_bytes=50)


class Login(pydantic.BaseModel):
    name: str
    password: pydantic.SecretStr


class Nested(pydantic.BaseModel):
    logins: list[Login]


class Revealing(pydantic.BaseModel):
    password: pydantic.SecretStr

    @pydantic.field_serializer("password")
    def reveal(self, value: pydantic.SecretStr) -> str:
        return value.get_secret_value()


class Cleaning(pydantic.BaseModel):
    ratio: Any = float("nan")
    nothing: None = None

    @pydantic.field_serializer("ratio")
    def clean(self, value: float) -> float | None:
        return None


class Excluding(pydantic.BaseModel):
    stars: str = "**********"
    password: pydantic.SecretStr = pydantic.Field(exclude=True)


def secret() -> pydantic.SecretStr:
    return pydantic.SecretStr("hunter2")


@pytest.mark.parametrize(
    ("value", "path"),
    [
        (Login(name="x", password=secret()), "result.password"),
        (Nested(logins=[Login(name="x", password=secret())]), "result.logins[0].password"),
        ({"login": Login(name="x", password=secret())}, "result.login.password"),
        ({"password": secret()}, "result.password"),
    ],
)
def test_a_secret_is_refused_where_it_would_be_kept_in_plain_text(value: object, path: str) -> None:
    assert str(refused(value)) == (
        f"{path} is a SecretStr, and would be kept in plain text: give the engine a codec, which encrypts it "
        "(docs/secrets.md), or pass a reference to the secret instead."
    )


@pytest.mark.parametrize("value", [Revealing(password=secret()), Excluding(password=secret())])
def test_a_secret_that_the_model_handles_itself_is_no_reason_to_refuse(value: object) -> None:
    assert encode(value, what="result")


class Holder(pydantic.BaseModel):
    anything: Any


def test_a_nan_inside_a_model_is_found() -> None:
    assert str(refused(Holder(anything=[float("nan")]))).startswith("result.anything[0] is NaN")


def test_a_nan_that_the_model_handles_itself_is_no_reason_to_refuse() -> None:
    assert encode(Cleaning(), what="result") == b'{"ratio":null,"nothing":null}'


def test_a_model_that_pydantic_can_not_write_is_named() -> None:
    assert str(refused({"x": Holder(anything=object())})).startswith(
        "result.x is a Holder that pydantic can't write"
    )
