from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field, Secret, SecretBytes, SecretStr

from fireflytx.redaction import MASK, masked, masked_text, secret_fields, secret_texts

TEXTS = st.text()
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    max_leaves=20,
)


class Card(BaseModel):
    number: SecretStr
    holder: str


@dataclass
class Login:
    user: str
    cards: list[Card]
    pin: SecretBytes | None = None


def test_a_named_field_is_masked_at_any_depth() -> None:
    value = {"user": "ann", "password": "hunter2", "logins": [{"password": {"old": "a", "new": "b"}}]}

    assert masked(value, ["password"]) == {
        "user": "ann",
        "password": MASK,
        "logins": [{"password": MASK}],
    }


def test_upper_and_lower_case_are_the_same_field() -> None:
    assert masked({"PassWord": 1}, ["password"]) == {"PassWord": MASK}


def test_secrets_are_masked_without_being_named() -> None:
    login = Login("ann", [Card(number=SecretStr("4111111111111111"), holder="Ann")], SecretBytes(b"1234"))

    assert masked({"login": login}, ()) == {
        "login": {"user": "ann", "cards": [{"number": MASK, "holder": "Ann"}], "pin": MASK}
    }


def test_what_is_masked_is_a_copy() -> None:
    value: dict[str, Any] = {"a": {"password": "x"}}
    masked(value, ["password"])
    assert value == {"a": {"password": "x"}}


@given(JSON)
def test_a_value_without_redacted_fields_stays_as_it_is(value: Any) -> None:
    assert masked(value, ()) == value


@given(
    st.dictionaries(TEXTS, JSON),
    st.text(min_size=1, max_size=11),
    st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), min_size=12),
)
def test_the_canary_of_a_redacted_field_is_nowhere_in_what_is_shown(
    value: dict[str, Any], name: str, canary: str
) -> None:
    assert canary not in json.dumps(masked({**value, name: [canary]}, [name]), ensure_ascii=False)


@pytest.mark.parametrize(
    "text",
    [
        "hunter2",
        'qu"ote\\',
        "zwei\nZeilen",
        "größe 10 µm",
    ],
)
def test_a_secret_is_taken_out_of_a_message_however_it_is_written(text: str) -> None:
    secrets = secret_texts([{"user": "ann", "password": text}], ["password"])

    for written in (text, repr(text), json.dumps(text), json.dumps(text, ensure_ascii=False), quote(text)):
        shown = masked_text(f"ann: wrong password {written}!", secrets)
        assert shown.startswith("ann: wrong password ")
        assert not any(part in shown for part in (text, *text.splitlines()))


def test_a_longer_secret_goes_before_one_that_it_contains() -> None:
    secrets = secret_texts([{"pin": "1234", "password": "12345678"}], ["pin", "password"])

    assert masked_text("12345678 1234", secrets) == f"{MASK} {MASK}"


def test_everything_below_a_redacted_field_is_secret_but_what_is_too_short_to_find() -> None:
    assert secret_texts([{"card": {"number": 4111111111111111, "code": "123", "ok": True}}], ["card"]) == [
        "4111111111111111"
    ]


def test_the_fields_of_a_type_that_hold_secrets_are_found_however_deep() -> None:
    class Key(BaseModel):
        secret: Secret[int] = Field(alias="theSecret")
        parents: list[Key] = []

    Key.model_rebuild()
    assert secret_fields(Login | None) == {"number", "pin"}
    assert secret_fields(dict[str, list[Key]]) == {"secret", "theSecret"}
    assert secret_fields(dict) == secret_fields(None) == frozenset()
