"""The order saga of the guide's tutorial, run twice: to success, and to a declined payment.

python examples/order.py, or with --graph to see its steps.
"""

from __future__ import annotations

from typing import Any

from command import run
from services import DECLINED_CARD, email_service, inventory_service, payment_service

from fireflytx import SagaContext, SagaEngine
from fireflytx.decorators.saga import compensation_step, saga, saga_step

Data = dict[str, Any]


@saga("e-commerce-order")
class OrderProcessingSaga:
    """Process e-commerce orders with automatic rollback."""

    @saga_step("validate-order", retry=3, timeout_ms=5000, compensation=None)
    async def validate_order(self, order_data: Data) -> Data:
        """Validate order data and business rules."""
        if not order_data.get("customer_id"):
            raise ValueError("Missing customer_id")
        if not order_data.get("items"):
            raise ValueError("Order must have at least one item")
        total = sum(item["price"] * item["quantity"] for item in order_data["items"])
        if total <= 0:
            raise ValueError("Invalid order total")
        validation_id = f"VAL-{order_data['order_id']}"
        return {"validation_id": validation_id, "total_amount": total, "status": "validated"}

    @saga_step("reserve-inventory", depends_on=["validate-order"])
    async def reserve_inventory(self, order_data: Data, context: SagaContext) -> Data:
        """Reserve inventory for order items."""
        reservations = []
        for item in order_data["items"]:
            reservation = await inventory_service.reserve(
                product_id=item["product_id"], quantity=item["quantity"], order_id=order_data["order_id"]
            )
            reservations.append(reservation)
        context.set_data("reservation_ids", [each["reservation_id"] for each in reservations])
        return {"reservations": reservations, "status": "reserved"}

    @compensation_step("reserve-inventory")
    async def release_inventory(self, reservation_result: Data, context: SagaContext) -> Data:
        """Release inventory reservations."""
        reservation_ids = context.get_data("reservation_ids", [])
        for reservation_id in reservation_ids:
            await inventory_service.release(reservation_id)
        return {"released": len(reservation_ids), "status": "compensated"}

    @saga_step("charge-payment", depends_on=["reserve-inventory"], retry=5)
    async def charge_payment(self, order_data: Data, context: SagaContext) -> Data:
        """Charge the customer's payment method, once, however often this is retried."""
        total_amount = context.get_data("total_amount")
        charge = await payment_service.charge(
            amount=total_amount,
            customer_id=order_data["customer_id"],
            payment_method=order_data["payment_method"],
            idempotency_key=f"{context.correlation_id}-payment",
        )
        context.set_data("charge_id", charge["id"])
        return {"charge_id": charge["id"], "amount": total_amount, "status": "charged"}

    @compensation_step("charge-payment")
    async def refund_payment(self, charge_result: Data, context: SagaContext) -> Data:
        """Refund the payment, if there was one."""
        charge_id = context.get_data("charge_id")
        if not charge_id:
            return {"status": "no_charge_to_refund"}
        refund = await payment_service.refund(charge_id)
        return {"refund_id": refund["id"], "status": "refunded"}

    @saga_step("send-confirmation", depends_on=["charge-payment"])
    async def send_confirmation(self, order_data: Data, context: SagaContext) -> Data:
        """Send order confirmation email."""
        await email_service.send(
            to=order_data["customer_email"],
            template="order_confirmation",
            data={
                "order_id": order_data["order_id"],
                "total": context.get_data("total_amount"),
                "items": order_data["items"],
            },
        )
        return {"email_sent": True, "status": "completed"}


def order(payment_method: str) -> Data:
    """The tutorial's order, to be paid with ``payment_method``."""
    return {
        "order_id": "ORD-12345",
        "customer_id": "CUST-789",
        "customer_email": "customer@example.com",
        "payment_method": payment_method,
        "items": [
            {"product_id": "PROD-001", "quantity": 2, "price": 29.99},
            {"product_id": "PROD-002", "quantity": 1, "price": 49.99},
        ],
    }


async def process(engine: SagaEngine, order_data: Data) -> None:
    """Run the saga for one order and print how it ended."""
    result = await engine.execute_by_class(OrderProcessingSaga, order_data)
    if result.is_success:
        print(f"✅ Order {order_data['order_id']} processed successfully!")
        print(f"   Duration: {result.duration_ms}ms")
        print(f"   Steps completed: {list(result.steps.keys())}")
    else:
        print(f"❌ Order {order_data['order_id']} failed!")
        print(f"   Error: {result.error}")
        print(f"   Failed at step: {result.failed_step}")
        print(f"   Compensated steps: {result.compensated_steps}")


async def main() -> None:
    """One order that goes through, and one whose payment is declined."""
    async with SagaEngine() as engine:
        await process(engine, order("card_xyz"))
        await process(engine, order(DECLINED_CARD))


if __name__ == "__main__":
    run(OrderProcessingSaga, main)
