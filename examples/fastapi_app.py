"""Sagas in a FastAPI application. The lifespan starts one engine and ends it; each order runs a saga.

python examples/fastapi_app.py, or uvicorn --app-dir examples fastapi_app:app, then

    curl -X POST localhost:8000/orders -H 'content-type: application/json' -d '{"order_id": "ORD-1",
        "customer_id": "CUST-1", "customer_email": "a@example.com", "payment_method": "card_declined",
        "items": [{"product_id": "PROD-1", "quantity": 2, "price": 29.99}]}'
    curl localhost:8000/orders/ORD-1
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from command import run
from fastapi import FastAPI, HTTPException, Request, Response
from order import OrderProcessingSaga
from pydantic import BaseModel

from fireflytx import SagaEngine
from fireflytx.exceptions import IdConflictError, UnknownIdError


class Item(BaseModel):
    """One line of an order."""

    product_id: str
    quantity: int
    price: float


class Order(BaseModel):
    """What a customer orders."""

    order_id: str
    customer_id: str
    customer_email: str
    payment_method: str
    items: list[Item]


class Answer(BaseModel):
    """How an order stands."""

    correlation_id: str
    status: str
    error: str | None = None
    failed_step: str | None = None
    compensated_steps: list[str] = []


@asynccontextmanager
async def lifespan(application: FastAPI) -> AsyncIterator[None]:
    """One engine for the life of the application. Requests that are being served end before it does."""
    async with SagaEngine() as engine:
        application.state.engine = engine
        yield


app = FastAPI(title="Orders", lifespan=lifespan)


@app.post("/orders", status_code=201)
async def place_order(order: Order, request: Request, response: Response) -> Answer:
    """Run the saga to its end. The same order sent again gets the same answer, and is not charged again."""
    engine: SagaEngine = request.app.state.engine
    try:
        result = await engine.execute(OrderProcessingSaga, order, correlation_id=order.order_id)
    except IdConflictError as error:
        raise HTTPException(409, str(error)) from error
    if not result.is_success:
        response.status_code = 422
    return Answer(
        correlation_id=result.correlation_id,
        status=result.status,
        error=str(result.error) if result.error else None,
        failed_step=result.failed_step,
        compensated_steps=result.compensated_steps,
    )


@app.get("/orders/{correlation_id}")
async def find_order(correlation_id: str, request: Request) -> Answer:
    """How an order stands now."""
    engine: SagaEngine = request.app.state.engine
    try:
        handle = await engine.get(correlation_id)
    except UnknownIdError as error:
        raise HTTPException(404, str(error)) from error
    return Answer(correlation_id=correlation_id, status=await handle.status())


async def serve() -> None:
    """Serve the application on port 8000 until it is interrupted."""
    await uvicorn.Server(uvicorn.Config(app, port=8000)).serve()


if __name__ == "__main__":
    run(OrderProcessingSaga, serve)
