"""The travel booking of the guide: a flight, then hotel and car side by side, then one charge for all three.

Every booking has the saga's id as its reference, so it can be cancelled even when nobody knows if it exists.
Run twice: to success, and with a car rental that has no cars, so that the flight and the hotel are cancelled.
"""

from __future__ import annotations

from typing import Any

from command import run
from services import car_rental_api, flight_api, hotel_api, payment_service

from fireflytx import SagaContext, SagaEngine
from fireflytx.decorators.saga import compensation_step, saga, saga_step

Data = dict[str, Any]


@saga("travel-booking")
class TravelBookingSaga:
    """Book a complete travel package with rollback."""

    @saga_step("book-flight", retry=3, timeout_ms=15000)
    async def book_flight(self, booking_data: Data, context: SagaContext) -> Data:
        """Book the flight."""
        flight = await flight_api.book(
            reference=context.correlation_id,
            from_city=booking_data["from"],
            to_city=booking_data["to"],
            date=booking_data["date"],
            passengers=booking_data["passengers"],
        )
        return {"confirmation_code": flight["confirmation_code"], "price": flight["price"]}

    @compensation_step("book-flight")
    async def cancel_flight(self, flight_result: Data, context: SagaContext) -> Data:
        """Cancel the flight."""
        await flight_api.cancel(reference=context.correlation_id)
        return {"cancelled": flight_result.get("confirmation_code")}

    @saga_step("book-hotel", depends_on=["book-flight"], retry=3)
    async def book_hotel(self, booking_data: Data, context: SagaContext) -> Data:
        """Book the hotel."""
        hotel = await hotel_api.book(
            reference=context.correlation_id,
            city=booking_data["to"],
            check_in=booking_data["date"],
            check_out=booking_data["return_date"],
            guests=booking_data["passengers"],
        )
        return {"confirmation_code": hotel["confirmation_code"], "price": hotel["price"]}

    @compensation_step("book-hotel")
    async def cancel_hotel(self, hotel_result: Data, context: SagaContext) -> Data:
        """Cancel the hotel."""
        await hotel_api.cancel(reference=context.correlation_id)
        return {"cancelled": hotel_result.get("confirmation_code")}

    @saga_step("book-car", depends_on=["book-flight"], retry=3)
    async def book_car(self, booking_data: Data, context: SagaContext) -> Data:
        """Book the car."""
        car = await car_rental_api.book(
            reference=context.correlation_id,
            location=booking_data["to"],
            pickup_date=booking_data["date"],
            return_date=booking_data["return_date"],
        )
        return {"confirmation_code": car["confirmation_code"], "price": car["price"]}

    @compensation_step("book-car")
    async def cancel_car(self, car_result: Data, context: SagaContext) -> Data:
        """Cancel the car."""
        await car_rental_api.cancel(reference=context.correlation_id)
        return {"cancelled": car_result.get("confirmation_code")}

    # A charge of which nobody knows whether it was made waits for a person, instead of being refunded.
    @saga_step("charge-payment", depends_on=["book-hotel", "book-car"], retry=5, in_doubt="park")
    async def charge_payment(self, booking_data: Data, context: SagaContext) -> Data:
        """Charge the total amount."""
        # Each result has a "price", so the merged input has only one of them: ask each step for its own.
        bookings = [context.result(step) for step in ("book-flight", "book-hotel", "book-car")]
        charge = await payment_service.charge(
            amount=sum(booking["price"] for booking in bookings),
            customer_id=booking_data["customer_id"],
            idempotency_key=context.idempotency_key,
        )
        return {"charge_id": charge["id"], "amount": charge["amount"]}

    @compensation_step("charge-payment")
    async def refund_payment(self, charge_result: Data) -> Data:
        """Refund the payment."""
        await payment_service.refund(charge_result["charge_id"])
        return {"refunded": charge_result["amount"]}


BOOKING: Data = {
    "from": "NYC",
    "to": "LAX",
    "date": "2025-11-01",
    "return_date": "2025-11-05",
    "passengers": 2,
    "customer_id": "CUST-123",
}


async def book(engine: SagaEngine) -> None:
    """Run the saga once and print how it ended."""
    result = await engine.execute_saga_class(TravelBookingSaga, BOOKING)
    if result.is_success:
        charge = result.steps["charge-payment"].result or {}
        print("✅ Travel package booked!")
        print(f"   Charged: {charge['amount']:.2f}")
    else:
        print(f"❌ Booking failed: {result.error}")
        print(f"   All reservations cancelled: {result.compensated_steps}")


async def main() -> None:
    """One journey that can be booked, and one for which there is no car."""
    async with SagaEngine() as engine:
        await book(engine)
        with car_rental_api.failing(RuntimeError("No cars left in LAX")):
            await book(engine)
    print(f"   Still booked: {len(flight_api.booked)} flight, {len(hotel_api.booked)} hotel")


if __name__ == "__main__":
    run(TravelBookingSaga, main)
