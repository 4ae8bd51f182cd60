"""The dashboard in a FastAPI application, beside its own routes.

DASHBOARD_TOKEN=… python examples/dashboard_app.py, then http://localhost:8000/sagas/ and

    curl -X POST localhost:8000/orders/ORD-1
"""

from __future__ import annotations

import os

import uvicorn
from command import run
from fastapi import FastAPI
from order import OrderProcessingSaga

from fireflytx import SagaEngine
from fireflytx.dashboard import Dashboard

ORDER = {
    "customer_id": "CUST-1",
    "customer_email": "a@example.com",
    "payment_method": "card_declined",
    "items": [{"product_id": "PROD-1", "quantity": 2, "price": 29.99}],
}


def application(engine: SagaEngine, token: str) -> FastAPI:
    """The application: a route that runs a saga, and the dashboard that shows it."""
    app = FastAPI(title="Orders")
    app.mount("/sagas", Dashboard(engine, token=token))

    @app.post("/orders/{order_id}")
    async def place_order(order_id: str) -> dict[str, str]:
        result = await engine.execute(
            OrderProcessingSaga, {"order_id": order_id, **ORDER}, correlation_id=order_id
        )
        return {"status": result.status}

    return app


async def serve() -> None:
    """Serve the application on port 8000 until it is interrupted."""
    async with SagaEngine() as engine:
        app = application(engine, os.environ["DASHBOARD_TOKEN"])
        config = uvicorn.Config(app, port=8000, timeout_graceful_shutdown=3)
        await uvicorn.Server(config).serve()


if __name__ == "__main__":
    run(OrderProcessingSaga, serve)
