"""Building what a method's annotation asks for."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import uuid
from collections.abc import Mapping
from typing import Any, Generic, Optional, TypedDict, TypeVar

import pydantic
import pytest

from fireflytx.exceptions import InvalidInputError
from fireflytx.values import build, decode, encode

T = TypeVar("T")


class Line(pydantic.BaseModel):
    price: decimal.Decimal


class Order(pydantic.BaseModel):
    id: int
    lines: list[Line] = []


class Strict(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(strict=True, extra="forbid")

    id: uuid.UUID
    day: datetime.date


class Aliased(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid")

    order_id: int = pydantic.Field(alias="orderId")


class Closed(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid")

    inner: Aliased


@dataclasses.dataclass
class Address:
    city: str


@dataclasses.dataclass
class Customer:
    name: str
    address: Address
    since: datetime.date | None = None


@dataclasses.dataclass
class Box(Generic[T]):
    content: T


class Card(pydantic.BaseModel):
    number: str

    @pydantic.field_validator("number")
    @classmethod
    def check(cls, value: str) -> str:
        raise ValueError(f"bad number {value}")


class Plain(TypedDict):
    a: int


def refused(data: dict[str, Any], annotation: object) -> str:
    with pytest.raises(InvalidInputError) as caught:
        build(data, annotation)
    return str(caught.value)


@pytest.mark.parametrize(
    "annotation", [None, Any, dict, dict[str, int], Mapping[str, Any], Plain, object, "x", int | str]
)
def test_other_annotations_give_the_dict_itself(annotation: object) -> None:
    data = {"a": 1}

    assert build(data, annotation) is data


def test_a_model_is_built() -> None:
    assert build({"id": 1, "lines": [{"price": "1.10"}]}, Order) == Order(
        id=1, lines=[Line(price=decimal.Decimal("1.10"))]
    )


def test_nested_dataclasses_are_built() -> None:
    built = build({"name": "Ada", "address": {"city": "Ely"}, "since": "2025-01-02"}, Customer)

    assert built == Customer("Ada", Address("Ely"), datetime.date(2025, 1, 2))


def test_a_generic_dataclass_is_built() -> None:
    assert build({"content": {"city": "Ely"}}, Box[Address]) == Box(Address("Ely"))


@pytest.mark.parametrize("annotation", [Optional[Order], Order | None])  # noqa: UP045 - both are written
def test_an_optional_model_is_built(annotation: object) -> None:
    assert build({"id": 1}, annotation) == Order(id=1)


def test_an_optional_model_is_none_where_there_was_nothing() -> None:
    assert build(decode(encode(None, what="input")), Order | None) is None


def test_a_strict_model_takes_the_json_forms_of_its_fields() -> None:
    wanted = Strict(id=uuid.UUID(int=1), day=datetime.date(2025, 1, 2))

    assert build(decode(encode(wanted, what="result")), Strict) == wanted


def test_unknown_keys_are_dropped_for_a_model_that_forbids_them() -> None:
    data = {"id": str(uuid.UUID(int=1)), "day": "2025-01-02", "total": 7, "more": {}}

    assert build(data, Strict) == Strict(id=uuid.UUID(int=1), day=datetime.date(2025, 1, 2))


def test_unknown_keys_are_dropped_for_a_dataclass() -> None:
    assert build({"city": "Ely", "total": 7}, Address) == Address("Ely")


def test_unknown_keys_deeper_down_are_a_mistake() -> None:
    message = refused({"inner": {"orderId": 1, "x": 2}}, Closed)

    assert message == "The data doesn't fit Closed: inner.x: Extra inputs are not permitted."


@pytest.mark.parametrize("key", ["orderId", "order_id"])
def test_a_field_with_an_alias_is_found_under_either_name(key: str) -> None:
    assert build({key: 1, "other": 2}, Aliased) == Aliased(orderId=1)


def test_a_model_with_an_alias_comes_back_as_it_was() -> None:
    wanted = Aliased(orderId=5)

    assert build(decode(encode(wanted, what="result")), Aliased) == wanted


def test_an_integer_over_64_bits_reaches_the_model() -> None:
    assert build({"id": 2**70}, Order) == Order(id=2**70)


def test_a_misfit_names_fields_and_reasons() -> None:
    message = refused({"lines": [{"price": []}]}, Order)

    assert message == (
        "The data doesn't fit Order: id: Field required; "
        "lines.0.price: Decimal input should be an integer, float, string or Decimal object."
    )


@pytest.mark.parametrize(
    ("data", "annotation"),
    [({"number": "4111"}, Card), ({"id": "4111x"}, Order), ({"id": "4111-1", "day": "4111"}, Strict)],
)
def test_a_misfit_never_tells_a_value(data: dict[str, Any], annotation: object) -> None:
    assert "4111" not in refused(data, annotation)


def test_a_misfit_of_a_user_s_validator_keeps_the_field() -> None:
    assert refused({"number": "4111"}, Card) == "The data doesn't fit Card: number: value error."


def test_many_misfits_are_cut_short() -> None:
    message = refused({"id": 1, "lines": [{}] * 15}, Order)

    assert message.endswith("lines.9.price: Field required and 5 more.")


def test_a_type_that_json_can_not_build_is_named() -> None:
    class Strange:
        pass

    @dataclasses.dataclass
    class Holder:
        strange: Strange

    assert "Holder can't be built from JSON" in refused({"strange": 1}, Holder)
