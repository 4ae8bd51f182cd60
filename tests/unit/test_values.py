from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import json
import types
import uuid
from collections import ChainMap, namedtuple
from typing import Any

import orjson
import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fireflytx.exceptions import ValueRefusedError
from fireflytx.values import decode, encode


class Color(enum.Enum):
    RED = "red"


class Word(str):
    pass


@dataclasses.dataclass
class Item:
    price: Any
    _cache: Any = None


class Order(pydantic.BaseModel):
    id: uuid.UUID
    price: decimal.Decimal = decimal.Decimal("1.10")
    tags: set[int] = {1}


Pair = namedtuple("Pair", "left right")


def test_none_is_an_empty_object() -> None:
    assert encode(None, what="result") == b"{}"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (datetime.datetime(2025, 1, 2, 3, tzinfo=datetime.UTC), '"2025-01-02T03:00:00+00:00"'),
        (datetime.date(2025, 1, 2), '"2025-01-02"'),
        (datetime.time(3, 4), '"03:04:00"'),
        (uuid.UUID(int=1), '"00000000-0000-0000-0000-000000000001"'),
        (decimal.Decimal("1.10"), '"1.10"'),
        (Color.RED, '"red"'),
        (Item(1, _cache=object()), '{"price":1}'),
        ((1, 2), "[1,2]"),
        (Pair(1, 2), "[1,2]"),
        (types.MappingProxyType({"a": 1}), '{"a":1}'),
        (ChainMap({"a": 1}), '{"a":1}'),
        (-0.0, "-0.0"),
        (2**64 - 1, "18446744073709551615"),
        (Word("text"), '"text"'),
    ],
)
def test_a_member_is_written_by_its_rule(value: object, text: str) -> None:
    assert encode({"v": value}, what="result").decode() == f'{{"v":{text}}}'


def test_a_model_is_written_as_pydantic_does() -> None:
    text = encode(Order(id=uuid.UUID(int=1)), what="result")

    assert json.loads(text) == {"id": str(uuid.UUID(int=1)), "price": "1.10", "tags": [1]}


def test_a_dataclass_is_an_object_of_its_fields() -> None:
    assert encode(Item(price=decimal.Decimal("2.50")), what="result") == b'{"price":"2.50"}'


def test_keys_of_a_subclass_of_str_are_strings() -> None:
    assert encode({Word("a"): {Word("b"): 1}}, what="result") == b'{"a":{"b":1}}'


def test_a_null_or_a_star_in_plain_text_is_no_reason_to_refuse() -> None:
    assert encode({"a": None, "b": "null", "c": "**********"}, what="result")


@pytest.mark.parametrize("number", [2**63 - 1, 2**64, -(2**63) - 1, 10**29 + 1])
def test_a_long_integer_stays_exact(number: int) -> None:
    assert decode(f'{{"x":{number},"y":1.5}}') == {"x": number, "y": 1.5}


def test_text_and_bytes_are_decoded_alike() -> None:
    assert decode('{"a":"é"}') == decode('{"a":"é"}'.encode()) == {"a": "é"}


@pytest.mark.parametrize(
    "text", [b"", b"[]", b"7", b"{", b'{"x":NaN}', b'{"x":1e400}', b'{"x":"\\ud800"}', "\ud800"]
)
def test_what_is_no_json_object_is_refused(text: bytes | str) -> None:
    with pytest.raises(ValueRefusedError):
        decode(text)


def test_a_laxer_reader_is_never_asked_first() -> None:
    with pytest.raises(ValueRefusedError):
        decode(b'{"x":NaN,"y":1234567890123456789012}')


def test_an_integer_that_python_refuses_to_read_is_refused() -> None:
    with pytest.raises(ValueRefusedError, match="not JSON that Python can hold"):
        decode(b'{"x":' + b"9" * 5000 + b"}")


def test_a_refused_text_is_not_in_the_error() -> None:
    with pytest.raises(ValueRefusedError) as caught:
        decode('{"card":"4111')

    assert "4111" not in str(caught.value)


texts = st.text(st.characters(exclude_categories=["Cs"]))
finite = st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda members: st.lists(members) | st.dictionaries(texts, members),
    max_leaves=20,
)


@given(st.dictionaries(texts, values))
def test_every_json_value_comes_back_as_it_was(value: dict[str, Any]) -> None:
    assert decode(encode(value, what="input")) == value


@given(st.dictionaries(texts, st.none() | st.just(float("nan")) | texts))
def test_a_value_is_either_written_whole_or_refused(value: dict[str, Any]) -> None:
    has_nan = any(isinstance(member, float) for member in value.values())
    try:
        assert orjson.loads(encode(value, what="input")) == value
        assert not has_nan
    except ValueRefusedError:
        assert has_nan
