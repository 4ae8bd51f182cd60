from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from fireflytx.context import SagaContext
from fireflytx.decorators.saga import saga, saga_step
from fireflytx.definition import definition_of

if TYPE_CHECKING:
    from decimal import Decimal as OnlyForTypeCheckers


@dataclasses.dataclass
class Order:
    id: str


@saga("order")
class OrderSaga:
    @saga_step("reserve")
    async def reserve(self, order: Order, context: SagaContext) -> None: ...


def test_the_input_type_is_the_annotation_of_the_data() -> None:
    assert definition_of(OrderSaga).step("reserve").input_type is Order


def test_a_class_that_is_local_to_a_function_can_be_an_input_type() -> None:
    @dataclasses.dataclass
    class Local:
        id: str

    @saga("s")
    class S:
        @saga_step("a")
        def a(self, data: Local) -> None: ...

    assert definition_of(S).step("a").input_type is Local


def test_a_class_that_is_defined_after_the_saga_can_be_an_input_type() -> None:
    assert definition_of(EarlySaga).step("a").input_type is DefinedLater


def test_an_annotation_that_can_not_be_evaluated_counts_as_none() -> None:
    assert definition_of(EarlySaga).step("b").input_type is None


def test_data_without_an_annotation_has_no_input_type() -> None:
    @saga("s")
    class S:
        @saga_step("a")
        def a(self, data): ...  # type: ignore[no-untyped-def]

    assert definition_of(S).step("a").input_type is None


@saga("early")
class EarlySaga:
    @saga_step("a")
    def a(self, data: DefinedLater) -> None: ...

    @saga_step("b")
    def b(self, data: OnlyForTypeCheckers) -> None: ...


class DefinedLater:
    pass
