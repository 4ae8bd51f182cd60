from __future__ import annotations

from typing import Any

from fireflytx.decorators.saga import compensation_step, saga, saga_step
from fireflytx.definition import definition_of, steps_without_compensation


def test_steps_that_could_be_left_done_are_named() -> None:
    @saga("s")
    class S:
        @saga_step("undone")
        def a(self, data: Any) -> None: ...

        @compensation_step("undone")
        def undo(self, data: Any) -> None: ...

        @saga_step("waived", compensation=None)
        def b(self, data: Any) -> None: ...

        @saga_step("forgotten")
        def c(self, data: Any) -> None: ...

        @saga_step("last", depends_on=["undone", "waived", "forgotten"])
        def d(self, data: Any) -> None: ...

    assert steps_without_compensation(definition_of(S)) == ["forgotten"]


def test_of_two_steps_side_by_side_either_could_be_left_done() -> None:
    @saga("s")
    class S:
        @saga_step("left")
        def a(self, data: Any) -> None: ...

        @saga_step("right")
        def b(self, data: Any) -> None: ...

    assert steps_without_compensation(definition_of(S)) == ["left", "right"]


def test_the_pivot_and_what_comes_after_it_need_no_compensation() -> None:
    @saga("s")
    class S:
        @saga_step("before")
        def a(self, data: Any) -> None: ...

        @saga_step("pivot", depends_on="before", pivot=True)
        def b(self, data: Any) -> None: ...

        @saga_step("after", depends_on="pivot")
        def c(self, data: Any) -> None: ...

        @saga_step("beside", depends_on="pivot")
        def d(self, data: Any) -> None: ...

    assert steps_without_compensation(definition_of(S)) == ["before"]
