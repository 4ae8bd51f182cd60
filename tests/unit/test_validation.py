from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fireflytx._nearest import nearest
from fireflytx.validation import problem

VECTORS = json.loads(
    (Path(__file__).parents[2] / "protocol" / "vectors" / "definitions.json").read_text(encoding="utf-8")
)


def saga_of(*steps: dict[str, Any]) -> dict[str, Any]:
    return {"name": "s", "steps": list(steps)}


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["name"] for vector in VECTORS])
def test_a_definition_has_the_problem_of_its_vector(vector: dict[str, Any]) -> None:
    assert problem(vector["definition"]) == vector["problem"]


@pytest.mark.parametrize("name", ["", "x" * 201, None, 7])
def test_a_name_that_is_no_short_string_is_refused(name: object) -> None:
    expected = "A saga's name must be a string of 1 to 200 printable characters."

    assert problem({"name": name, "steps": []}) == expected


def test_a_name_of_200_characters_is_accepted() -> None:
    assert problem({"name": "x" * 200, "steps": [{"id": "y" * 200}]}) is None


def test_an_id_of_201_characters_is_refused() -> None:
    expected = "Saga 's': a step's id must be a string of 1 to 200 printable characters."

    assert problem(saga_of({"id": "x" * 201})) == expected


def test_a_saga_s_own_numbers_are_named_before_those_of_its_steps() -> None:
    definition = {**saga_of({"id": "a", "retry": 0}), "timeout_ms": 0}

    assert problem(definition) == "Saga 's': timeout_ms must be at least 1, got 0."


def test_an_unknown_dependency_is_named_before_a_circle() -> None:
    found = problem(saga_of({"id": "a", "depends_on": ["a"]}, {"id": "b", "depends_on": ["x"]}))

    assert found is not None
    assert "step 'b' depends on 'x', which is not defined" in found


def test_a_circle_is_named_without_the_steps_that_lead_to_it() -> None:
    found = problem(
        saga_of(
            {"id": "start", "depends_on": ["a"]},
            {"id": "a", "depends_on": ["b"]},
            {"id": "b", "depends_on": ["a"]},
        )
    )

    assert found == "Saga 's': the steps depend on each other in a circle: a -> b -> a."


def chain(length: int) -> list[dict[str, Any]]:
    return [
        {"id": str(number), "depends_on": [str(number - 1)] if number else []} for number in range(length)
    ]


def test_a_chain_of_ten_thousand_steps_in_any_order_is_sound() -> None:
    steps = chain(10_000)
    random.Random(1).shuffle(steps)

    assert problem(saga_of(*steps)) is None


def test_a_circle_of_ten_thousand_steps_is_found() -> None:
    steps = chain(10_000)
    steps[0]["depends_on"] = ["9999"]

    found = problem(saga_of(*steps))

    assert found is not None
    assert found.startswith("Saga 's': the steps depend on each other in a circle: 0 -> 9999 -> 9998 -> ")


@given(st.data())
def test_a_graph_whose_edges_lead_backward_has_no_problem(data: st.DataObject) -> None:
    steps: list[dict[str, Any]] = []
    for number in range(data.draw(st.integers(0, 12))):
        earlier = [step["id"] for step in steps]
        depends_on = data.draw(st.lists(st.sampled_from(earlier), unique=True)) if earlier else []
        steps.append({"id": f"s{number}", "depends_on": depends_on})

    assert problem(saga_of(*data.draw(st.permutations(steps)))) is None


def test_of_equally_near_names_the_first_is_meant() -> None:
    assert nearest("ab", ["xx", "ax", "xb"]) == "ax"


def test_nothing_is_near_when_nothing_is_known() -> None:
    assert nearest("a", []) == ""


def plain_distance(left: str, right: str) -> int:
    table = [[i + j if not i or not j else 0 for j in range(len(right) + 1)] for i in range(len(left) + 1)]
    for i in range(1, len(left) + 1):
        for j in range(1, len(right) + 1):
            swap = table[i - 1][j - 1] + (left[i - 1] != right[j - 1])
            table[i][j] = min(swap, table[i - 1][j] + 1, table[i][j - 1] + 1)
    return table[-1][-1]


words = st.text("abc", max_size=6)


@given(words, st.lists(words, min_size=1, max_size=6))
def test_the_nearest_name_has_the_smallest_edit_distance(name: str, known: list[str]) -> None:
    assert nearest(name, known) == min(known, key=lambda each: plain_distance(name, each))
