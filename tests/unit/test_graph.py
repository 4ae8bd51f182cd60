from __future__ import annotations

from typing import Any

import pytest

from fireflytx.decorators.saga import compensation_step, saga, saga_step
from fireflytx.exceptions import NotASagaError
from fireflytx.graph import graph


@saga("order")
class Order:
    @saga_step("reserve")
    def reserve(self, data: Any) -> None: ...

    @compensation_step("reserve")
    def release(self, data: Any) -> None: ...

    @saga_step("charge", depends_on="reserve", pivot=True)
    def charge(self, data: Any) -> None: ...

    @saga_step("ship", depends_on="charge", condition=bool)
    def ship(self, data: Any) -> None: ...


@saga('odd "name"')
class Odd:
    @saga_step('end "x"]#')
    def first(self, data: Any) -> None: ...


def test_a_saga_is_drawn_in_mermaid() -> None:
    assert graph(Order).mermaid == (
        "flowchart TD\n"
        '    subgraph saga["order"]\n'
        '        step1["reserve"]\n'
        '        step1_undo(["release"])\n'
        '        step2{{"charge<br/>#40;pivot#41;"}}\n'
        '        step3["ship<br/>#40;conditional#41;"]\n'
        "    end\n"
        "    step1 --> step2\n"
        "    step2 --> step3\n"
        "    step1 -. undo .-> step1_undo\n"
    )


def test_a_saga_is_drawn_in_dot() -> None:
    assert graph(Order).dot == (
        'digraph "order" {\n'
        "    node [shape=box, style=rounded];\n"
        '    step1 [label="reserve"];\n'
        '    step1_undo [label="release", style=dashed];\n'
        '    step2 [label="charge\\n(pivot)", shape=hexagon];\n'
        '    step3 [label="ship\\n(conditional)"];\n'
        "    step1 -> step2;\n"
        "    step2 -> step3;\n"
        '    step1 -> step1_undo [label="undo", style=dotted];\n'
        "}\n"
    )


def test_odd_ids_can_not_break_the_mermaid_text() -> None:
    assert '["end #34;x#34;#93;#35;"]' in graph(Odd).mermaid


def test_odd_ids_can_not_break_the_dot_text() -> None:
    assert '[label="end \\"x\\"]#"]' in graph(Odd).dot


def test_the_text_of_a_graph_is_mermaid() -> None:
    assert str(graph(Order)) == graph(Order).mermaid


def test_a_saga_without_steps_is_drawn() -> None:
    @saga("empty")
    class Empty:
        pass

    assert graph(Empty).dot == 'digraph "empty" {\n    node [shape=box, style=rounded];\n}\n'


def test_a_class_that_is_no_saga_is_refused() -> None:
    with pytest.raises(NotASagaError, match="str is not a saga: decorate the class with @saga"):
        graph(str)
