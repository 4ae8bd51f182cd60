"""A saga's graph as a picture: where things stand, and what it says."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fireflytx import saga, saga_step
from fireflytx.decorators.saga import compensation_step
from fireflytx.definition import SagaDefinition, definition_of
from fireflytx.inspection.drawing import STYLE, svg
from fireflytx.inspection.layout import Layout, layout

SVG = "{http://www.w3.org/2000/svg}"


@saga("order <&> \u202e")
class Order:
    @saga_step("reserve", condition=lambda data: data["wanted"])
    async def reserve(self, data): ...

    @compensation_step("reserve")
    async def release(self, data): ...

    @saga_step("charge", depends_on="reserve")
    async def charge(self, data): ...

    @saga_step('<script>"&\u202e', depends_on="charge", pivot=True)
    async def ship(self, data): ...


DEFINITION = definition_of(Order)


def drawn(definition: SagaDefinition = DEFINITION, **how: object) -> ElementTree.Element:
    return ElementTree.fromstring(svg(definition, **how))  # type: ignore[arg-type]


def groups(picture: ElementTree.Element) -> dict[str, ElementTree.Element]:
    return {str(group.get("data-step")): group for group in picture.iter(f"{SVG}g")}


def texts(group: ElementTree.Element) -> list[str]:
    return ["".join(text.itertext()) for text in group.iter(f"{SVG}text")]


def test_each_step_has_a_box_that_says_what_it_is() -> None:
    found = groups(drawn())

    assert texts(found["reserve"]) == ["reserve", "conditional", "↶ release"]
    assert texts(found["charge"]) == ["charge"]
    assert found["reserve"].get("class") == "step conditional"


def test_names_can_bring_neither_markup_nor_marks_of_direction() -> None:
    found = groups(drawn())

    assert texts(found['<script>"&\\u202e']) == ['<script>"&\\u202e', "pivot"]
    assert "<script>" not in svg(DEFINITION)
    assert "\u202e" not in svg(DEFINITION)


def test_a_state_is_a_word_and_a_class_in_its_step_s_box() -> None:
    found = groups(
        drawn(states={"reserve": "compensation failed", "charge": 'odd"<word', "nothing": "running"})
    )

    assert found["reserve"].get("class") == "step conditional state-compensation-failed"
    assert texts(found["reserve"])[-1] == "compensation failed"
    assert found["charge"].get("class") == "step state-odd--word"


def test_the_picture_brings_its_looks_along_unless_the_page_has_them() -> None:
    assert "prefers-color-scheme: dark" in svg(DEFINITION)
    assert drawn().find(f"{SVG}style") is not None
    assert STYLE not in svg(DEFINITION, styled=False)
    assert "style" not in svg(DEFINITION, styled=False)


def test_the_same_saga_always_gives_the_same_picture() -> None:
    assert svg(DEFINITION) == svg(DEFINITION)


def test_a_saga_without_steps_is_an_empty_picture() -> None:
    assert list(drawn(SagaDefinition("empty")).iter(f"{SVG}g")) == []


def test_an_edge_past_a_layer_runs_beside_what_stands_there() -> None:
    above = {"a": [], "b": ["a"], "c": ["b", "a"]}
    placed = layout(dict.fromkeys("abc", (40.0, 20.0)), above, gap_across=10, gap_down=30)

    passing = placed.edges["a", "c"]
    assert len(passing) == 4
    assert all(abs(x - placed.centres["b"][0]) > 20 for x, _ in passing[1:3])


@pytest.mark.parametrize("swapped", [False, True])
def test_what_can_be_drawn_without_a_crossing_is(swapped: bool) -> None:
    """Two pairs: crossed in the order of the definition, or not."""
    above = {"a": [], "b": [], "c": ["b" if swapped else "a"], "d": ["a" if swapped else "b"]}
    placed = layout(dict.fromkeys("abcd", (40.0, 20.0)), above, gap_across=10, gap_down=30)

    left = {node: placed.centres[node][0] for node in "abcd"}
    assert (left["a"] < left["b"]) == (left[above_of(above, "a")] < left[above_of(above, "b")])


def above_of(above: dict[str, list[str]], node: str) -> str:
    return next(each for each, sources in above.items() if node in sources)


@st.composite
def graphs(draw: st.DrawFn) -> dict[str, list[str]]:
    nodes = [f"s{number}" for number in range(draw(st.integers(1, 14)))]
    return {
        node: draw(st.lists(st.sampled_from(nodes[:at]), unique=True, max_size=4)) if at else []
        for at, node in enumerate(nodes)
    }


@given(graphs(), st.data())
def test_nothing_overlaps_and_every_edge_leads_down(above: dict[str, list[str]], data: st.DataObject) -> None:
    sides = st.floats(10, 200)
    sizes = {node: (data.draw(sides), data.draw(sides)) for node in above}
    placed = layout(sizes, above, gap_across=10, gap_down=20)

    for one, other in combinations(above, 2):
        assert is_apart(placed, sizes, one, other)
    for (source, node), points in placed.edges.items():
        assert source in above[node]
        assert all(upper <= lower + 1e-6 for (_, upper), (_, lower) in pairwise(points))
        assert points[0][0] == placed.centres[source][0]
        assert points[-1][0] == placed.centres[node][0]
    for node, (x, y) in placed.centres.items():
        width, height = sizes[node]
        assert -1e-6 <= x - width / 2 <= x + width / 2 <= placed.width + 1e-6
        assert -1e-6 <= y - height / 2 <= y + height / 2 <= placed.height + 1e-6


def is_apart(placed: Layout, sizes: dict[str, tuple[float, float]], one: str, other: str) -> bool:
    (x1, y1), (x2, y2) = placed.centres[one], placed.centres[other]
    across = abs(x1 - x2) - (sizes[one][0] + sizes[other][0]) / 2
    down = abs(y1 - y2) - (sizes[one][1] + sizes[other][1]) / 2
    return across >= 10 - 1e-6 or down >= 20 - 1e-6
