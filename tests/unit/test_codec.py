"""What AES-GCM must hold to, and which keys it takes."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fireflytx.codec import AesGcmCodec, Encrypted, Place
from fireflytx.exceptions import CodecError

OLD, NEW = bytes(range(32)), bytes(range(32, 64))
IDENTITY = b"i" * 32
CODEC = AesGcmCodec({"2026-05": OLD, "2026-11": NEW}, "2026-11", identity_key=IDENTITY)
PLACES = st.builds(Place, st.text(max_size=20), st.text(max_size=20), st.sampled_from(["value", "error"]))


@given(st.binary(), PLACES)
def test_what_was_encrypted_comes_back(text: bytes, place: Place) -> None:
    assert CODEC.decode(CODEC.encode(text, place), place) == text


@given(st.binary(max_size=64), PLACES, st.data())
def test_every_flipped_bit_is_detected(text: bytes, place: Place, data: st.DataObject) -> None:
    encrypted = CODEC.encode(text, place)
    bit = data.draw(st.integers(0, len(encrypted.data) * 8 - 1))
    flipped = bytearray(encrypted.data)
    flipped[bit // 8] ^= 1 << bit % 8

    with pytest.raises(CodecError, match="key '2026-11' does not open it"):
        CODEC.decode(Encrypted("2026-11", bytes(flipped)), place)


def test_every_bit_of_one_value_is_covered() -> None:
    place = Place("run", "password")
    encrypted = CODEC.encode(b"x", place)
    for bit in range(len(encrypted.data) * 8):
        flipped = bytearray(encrypted.data)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(CodecError):
            CODEC.decode(Encrypted("2026-11", bytes(flipped)), place)


@given(st.binary(max_size=64), PLACES, PLACES)
def test_a_value_is_refused_under_another_name_and_in_another_run(
    text: bytes, place: Place, other: Place
) -> None:
    assume(place != other)
    with pytest.raises(CodecError, match="belongs elsewhere"):
        CODEC.decode(CODEC.encode(text, place), other)


@given(PLACES, PLACES)
def test_no_two_places_look_alike_to_a_cipher(one: Place, other: Place) -> None:
    assert (bytes(one) == bytes(other)) == (one == other)


@given(st.binary(max_size=64), st.integers(0, 27))
def test_what_is_cut_short_is_refused(text: bytes, length: int) -> None:
    with pytest.raises(CodecError):
        CODEC.decode(Encrypted("2026-11", CODEC.encode(text, Place("r", "n")).data[:length]), Place("r", "n"))


def test_the_same_text_is_another_one_each_time() -> None:
    place = Place("run", "password")
    assert len({CODEC.encode(b"secret", place).data for _ in range(100)}) == 100


def test_an_old_key_still_reads_what_it_wrote_and_the_current_one_writes() -> None:
    place = Place("run", "password")
    old = AesGcmCodec({"2026-05": OLD}).encode(b"secret", place)
    assert (old.key_id, CODEC.decode(old, place)) == ("2026-05", b"secret")
    assert CODEC.encode(b"secret", place).key_id == "2026-11"


def test_an_unknown_key_is_named_beside_those_that_there_are() -> None:
    with pytest.raises(CodecError) as error:
        CODEC.decode(Encrypted("2024-01", b"x" * 40), Place("r", "n"))
    assert str(error.value) == (
        "it is encrypted with key '2024-01', which this codec does not have. Its keys: 2026-05, 2026-11"
    )


def test_another_key_under_the_same_id_opens_nothing() -> None:
    place = Place("run", "password")
    other = AesGcmCodec({"2026-11": OLD})
    with pytest.raises(CodecError, match="or the key of that id is another one"):
        other.decode(CODEC.encode(b"secret", place), place)


def test_equal_inputs_of_one_run_have_one_hash_and_of_two_runs_two() -> None:
    assert CODEC.identity(b"{}", "run") == CODEC.identity(b"{}", "run")
    assert len({CODEC.identity(b"{}", "run"), CODEC.identity(b"{}", "ru"), CODEC.identity(b"[]", "run")}) == 3


def test_a_hash_outlives_the_rotation_of_keys() -> None:
    alone = AesGcmCodec({"2026-05": OLD})
    rotated = AesGcmCodec(
        {"2026-05": OLD, "2026-11": NEW}, "2026-11", identity_key=AesGcmCodec.identity_key_of(OLD)
    )
    later = AesGcmCodec({"2026-11": NEW}, identity_key=AesGcmCodec.identity_key_of(OLD))
    assert len({codec.identity(b"{}", "run") for codec in (alone, rotated, later)}) == 1
    assert AesGcmCodec({"2026-05": NEW}).identity(b"{}", "run") != alone.identity(b"{}", "run")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"keys": {}}, "at least one key"),
        ({"keys": {"a": OLD, "b": NEW}}, r"Of several keys \(a, b\) one must be current"),
        ({"keys": {"a": OLD, "b": NEW}, "current": "a"}, "With several keys, say identity_key"),
        ({"keys": {"a": OLD}, "current": "b"}, "The current key 'b' is none of the keys: a"),
        ({"keys": {"a": b"hunter2-canary"}}, "Key 'a' must have 16, 24 or 32 bytes, got 14"),
        ({"keys": {"a": "hunter2-canary"}}, "Key 'a' must be bytes, got a str"),
        ({"keys": {"a:b": OLD}}, "A key's id must be 1 to 64 of A-Z a-z 0-9"),
        ({"keys": {"": OLD}}, "A key's id must be"),
        ({"keys": {"a": OLD}, "identity_key": b"short"}, "identity_key must be at least 16 bytes"),
    ],
)
def test_a_wrong_key_is_refused_without_showing_it(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message) as error:
        AesGcmCodec(**arguments)
    assert "canary" not in str(error.value)


def test_a_codec_shows_the_ids_of_its_keys_and_no_key() -> None:
    assert repr(CODEC) == "<AesGcmCodec with the keys 2026-05, 2026-11; current: 2026-11>"


def test_without_the_extra_everything_is_imported_and_the_codec_says_what_to_install() -> None:
    program = (
        "import sys; sys.modules['cryptography'] = None\n"
        "import fireflytx, fireflytx.engine\n"
        "from fireflytx.codec import AesGcmCodec\n"
        "try: AesGcmCodec({'a': bytes(32)})\n"
        "except ImportError as error: print(error)\n"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout == "AesGcmCodec needs the package cryptography: pip install fireflytx[crypto]\n"


def test_the_package_does_not_load_cryptography() -> None:
    program = "import sys, fireflytx.engine; print('cryptography' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout == "False\n"
