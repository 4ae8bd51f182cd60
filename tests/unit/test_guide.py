"""What the guide says of sagas without an engine: its tutorial's class and its chapter "Test Thoroughly"."""

# The guide's methods have no annotations, and its unit tests pass a context to a step that takes none.
# mypy: disable-error-code="no-untyped-def, no-untyped-call, call-arg"

from __future__ import annotations

import pytest

from fireflytx import SagaContext
from fireflytx.decorators.saga import compensation_step, saga, saga_step, step_events
from fireflytx.definition import definition_of
from fireflytx.exceptions import DefinitionError


class InventoryService:
    async def reserve(self, *, product_id, quantity, order_id):
        return {"reservation_id": f"RES-{product_id}"}

    async def release(self, reservation_id):
        released.append(reservation_id)


inventory_service = InventoryService()
released: list[str] = []


@saga("e-commerce-order")
class OrderProcessingSaga:
    def __init__(self):
        pass

    @saga_step("validate-order", retry=3, timeout_ms=5000)
    async def validate_order(self, order_data):
        if not order_data.get("customer_id"):
            raise ValueError("Missing customer_id")
        if not order_data.get("items") or len(order_data["items"]) == 0:
            raise ValueError("Order must have at least one item")
        total = sum(item["price"] * item["quantity"] for item in order_data["items"])
        if total <= 0:
            raise ValueError("Invalid order total")
        validation_id = f"VAL-{order_data['order_id']}"
        return {"validation_id": validation_id, "total_amount": total, "status": "validated"}

    @saga_step("reserve-inventory", depends_on=["validate-order"])
    async def reserve_inventory(self, order_data, context: SagaContext):
        reservations = []
        for item in order_data["items"]:
            reservation = await inventory_service.reserve(
                product_id=item["product_id"], quantity=item["quantity"], order_id=order_data["order_id"]
            )
            reservations.append(reservation)
        reservation_ids = [r["reservation_id"] for r in reservations]
        context.set_data("reservation_ids", reservation_ids)
        return {"reservations": reservations, "status": "reserved"}

    @compensation_step("reserve-inventory")
    async def release_inventory(self, reservation_result, context: SagaContext):
        reservation_ids = context.get_data("reservation_ids", [])
        for reservation_id in reservation_ids:
            await inventory_service.release(reservation_id)
        return {"released": len(reservation_ids), "status": "compensated"}

    @saga_step("charge-payment", depends_on=["reserve-inventory"], retry=5)
    async def charge_payment(self, order_data, context: SagaContext):
        return {"charge_id": "CH-1", "amount": context.get_data("total_amount")}

    @step_events(
        topic="order-events",
        include_timing=True,
        include_payload=True,
        publish_on_start=True,
        publish_on_success=True,
        publish_on_failure=True,
    )
    @saga_step("process-order", depends_on=["charge-payment"])
    async def process_order(self, order_data):
        return {"processed": True}

    @saga_step("apply-discount", condition=lambda data: data.get("discount_code") is not None)
    async def apply_discount(self, order_data):
        return {"discount": 1}


# --- "Test Thoroughly", as written --------------------------------------------------------------


@pytest.mark.asyncio
async def test_validate_order_success():
    saga = OrderProcessingSaga()
    context = SagaContext(correlation_id="test-123")

    order_data = {
        "order_id": "ORD-001",
        "customer_id": "CUST-001",
        "items": [{"product_id": "PROD-001", "quantity": 1, "price": 10.00}],
    }

    result = await saga.validate_order(order_data, context)

    assert result["status"] == "validated"
    assert result["total_amount"] == 10.00
    assert context.get_data("validation_id") == "VAL-ORD-001"


@pytest.mark.asyncio
async def test_validate_order_missing_customer():
    saga = OrderProcessingSaga()
    context = SagaContext(correlation_id="test-123")

    order_data = {"order_id": "ORD-001", "items": []}

    with pytest.raises(ValueError, match="Missing customer_id"):
        await saga.validate_order(order_data, context)


# --- and what follows from it -------------------------------------------------------------------


@pytest.mark.asyncio
async def test_a_compensation_finds_what_its_step_stored() -> None:
    order = OrderProcessingSaga()
    context = SagaContext(correlation_id="test-123")
    released.clear()

    result = await order.reserve_inventory(
        {"order_id": "O", "items": [{"product_id": "P", "quantity": 1}]}, context
    )
    await order.release_inventory(result, context)

    assert released == ["RES-P"]


def test_the_tutorial_s_saga_has_the_steps_that_the_guide_names() -> None:
    assert [step.id for step in definition_of(OrderProcessingSaga).steps] == [
        "validate-order",
        "reserve-inventory",
        "charge-payment",
        "process-order",
        "apply-discount",
    ]


def test_a_circular_dependency_is_an_error() -> None:
    class Pitfall:
        @saga_step("step-a", depends_on=["step-b"])
        async def step_a(self, data):
            return {"done": True}

        @saga_step("step-b", depends_on=["step-a"])
        async def step_b(self, data):
            return {"done": True}

    with pytest.raises(DefinitionError, match="step-a -> step-b -> step-a"):
        saga("pitfall-2")(Pitfall)


def test_a_compensation_with_a_wrong_id_is_an_error() -> None:
    class Pitfall:
        @saga_step("reserve-inventory")
        async def reserve(self, data): ...

        @compensation_step("reserve")
        async def release(self, data): ...

    with pytest.raises(DefinitionError, match="Did you mean 'reserve-inventory'"):
        saga("issue-2")(Pitfall)
