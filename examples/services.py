"""Fakes of the services that the examples call. They live in this process and fail when they are told to.

Like services of the real world they know nothing of sagas; the charge is idempotent, as a payment should be.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

from fireflytx.exceptions import NonRetryableError

DECLINED_CARD = "card_declined"
"""The payment method that is always declined."""

_LATENCY_S = 0.01


class PaymentDeclined(NonRetryableError):
    """The bank said no. It will say no again, so no step is retried for it."""


class FakeService:
    """What the fakes have in common: numbered answers, a little latency, and failures on demand."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._numbers = count(1)
        self._error: Exception | None = None

    @contextmanager
    def failing(self, error: Exception) -> Iterator[None]:
        """Let every call raise ``error`` inside the ``with``."""
        self._error = error
        try:
            yield
        finally:
            self._error = None

    async def _answer(self) -> str:
        """The id of a new thing, unless the service is told to fail."""
        await asyncio.sleep(_LATENCY_S)
        if self._error is not None:
            raise self._error
        return f"{self._prefix}-{next(self._numbers):03}"


class InventoryService(FakeService):
    """Reserves products for orders."""

    def __init__(self) -> None:
        super().__init__("RES")
        self.reserved: dict[str, str] = {}

    async def reserve(self, product_id: str, quantity: int, order_id: str) -> dict[str, Any]:
        """A reservation of ``quantity`` products."""
        reservation_id = await self._answer()
        self.reserved[reservation_id] = product_id
        return {"reservation_id": reservation_id, "quantity": quantity, "order_id": order_id}

    async def release(self, reservation_id: str) -> None:
        """Give a reservation back; once more does no harm."""
        self.reserved.pop(reservation_id, None)


class PaymentService(FakeService):
    """Charges customers, and declines ``DECLINED_CARD``."""

    def __init__(self) -> None:
        super().__init__("CHG")
        self.charges: dict[str, dict[str, Any]] = {}

    async def charge(
        self, amount: float, customer_id: str, idempotency_key: str, payment_method: str = "card_on_file"
    ) -> dict[str, Any]:
        """A charge; the same ``idempotency_key`` gets the same charge again.

        Raises:
            PaymentDeclined: the bank said no.
        """
        if payment_method == DECLINED_CARD:
            raise PaymentDeclined("Payment declined")
        if idempotency_key not in self.charges:
            charge = {"id": await self._answer(), "amount": amount, "customer_id": customer_id}
            self.charges[idempotency_key] = charge
        return self.charges[idempotency_key]

    async def refund(self, charge_id: str) -> dict[str, Any]:
        """Pay a charge back."""
        return {"id": f"REF-{charge_id}"}


class BookingService(FakeService):
    """Books one kind of thing: flights, hotel rooms or cars."""

    def __init__(self, prefix: str, price: float) -> None:
        super().__init__(prefix)
        self._price = price
        self.booked: dict[str, str] = {}

    async def book(self, reference: str, **wish: Any) -> dict[str, Any]:
        """A booking that fits ``wish``; the same ``reference`` gets the same booking again."""
        if reference not in self.booked:
            self.booked[reference] = await self._answer()
        return {"confirmation_code": self.booked[reference], "price": self._price, "wish": wish}

    async def cancel(self, reference: str) -> None:
        """Cancel what was booked under ``reference``, if anything was."""
        self.booked.pop(reference, None)


class UserDatabase(FakeService):
    """Keeps users."""

    def __init__(self) -> None:
        super().__init__("USER")
        self.users: dict[str, dict[str, Any]] = {}

    async def insert(self, user: dict[str, Any]) -> str:
        """The id of a new user."""
        user_id = await self._answer()
        self.users[user_id] = user
        return user_id

    async def delete(self, user_id: str) -> None:
        """Forget a user; once more does no harm."""
        self.users.pop(user_id, None)


class Auth0(FakeService):
    """Keeps accounts to log in with."""

    def __init__(self) -> None:
        super().__init__("AUTH")
        self.accounts: dict[str, str] = {}

    async def create_user(self, email: str, password: str, user_metadata: dict[str, Any]) -> dict[str, Any]:
        """A new account, without its password."""
        user_id = await self._answer()
        self.accounts[user_id] = email
        return {"user_id": user_id, "has_password": bool(password), "user_metadata": user_metadata}

    async def delete_user(self, user_id: str) -> None:
        """Delete an account; once more does no harm."""
        self.accounts.pop(user_id, None)


class EmailService(FakeService):
    """Sends mail, to a list."""

    def __init__(self) -> None:
        super().__init__("MAIL")
        self.sent: list[str] = []

    async def send(self, to: str, template: str, data: dict[str, Any], idempotency_key: str = "") -> None:
        """Send ``template``, filled with ``data``."""
        mail_id = await self._answer()
        self.sent.append(f"{mail_id} {template} to {to} ({len(data)} values) {idempotency_key}".strip())


inventory_service = InventoryService()
payment_service = PaymentService()
email_service = EmailService()
flight_api = BookingService("FL", price=420.0)
hotel_api = BookingService("HO", price=310.5)
car_rental_api = BookingService("CAR", price=99.0)
user_database = UserDatabase()
auth0 = Auth0()
