"""Help for tests that speak the protocol: the vectors, and objects cut into members without being decoded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

VECTORS = Path(__file__).parent.parent / "protocol" / "vectors"


class Vector(NamedTuple):
    name: str
    kind: str
    text: str


def vectors(file: str, kind: str) -> list[Vector]:
    """The vectors of one file that are of one kind: ``header``, ``answer`` or ``item``."""
    loaded = [Vector(**each) for each in json.loads((VECTORS / file).read_text("utf-8"))]
    return [each for each in loaded if each.kind == kind]


def members(text: str) -> dict[str, bytes]:
    """The members of a JSON object, each with the text of its value as it stands."""
    decoder, found, at = json.JSONDecoder(), {}, 1
    while text[at] != "}":
        key, at = decoder.raw_decode(text, at)
        start = at + 1
        _, at = decoder.raw_decode(text, start)
        found[key] = text[start:at].encode()
        at += text[at] == ","
    return found
