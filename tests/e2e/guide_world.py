"""The services that the guide's snippets call, as fakes that answer what a test wants."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from tests.e2e.snippets import MODULE

from fireflytx import SagaContext
from fireflytx.decorators.saga import compensation_step, saga, saga_step

_SERVICES = (
    "api",
    "approval_service",
    "auth0",
    "car_rental_api",
    "db",
    "discount_service",
    "email_service",
    "external_api",
    "flight_api",
    "hotel_api",
    "inventory_service",
    "payment_api",
    "payment_service",
    "report_generator",
)
_FUNCTIONS = (
    "async_function",
    "create_order_in_db",
    "do_work",
    "process_item",
    "send_email",
    "undo_process_item",
)


class World:
    """Every service, what was asked of them, and what they answer.

    Args:
        answers: Answers by dotted name; an exception is raised, the members of a list are used one by one.

    Attributes:
        calls: What was called, as it would be written: ``payment_service.refund('CHG-1')``.
    """

    def __init__(self, answers: Mapping[str, Any] | None = None) -> None:
        self._answers = {name: _copied(answer) for name, answer in (answers or {}).items()}
        self.calls: list[str] = []

    def namespace(self) -> dict[str, Any]:
        """What the snippets can name without importing it."""
        return {
            "__name__": MODULE,
            "SagaContext": SagaContext,
            "asyncio": asyncio,
            "compensation_step": compensation_step,
            "create_order": lambda: "ORD-1",
            "datetime": _Clock,
            "logger": logging.getLogger(MODULE),
            "saga": saga,
            "saga_step": saga_step,
            **{name: _Service(self, name) for name in (*_SERVICES, *_FUNCTIONS)},
        }

    def answer(self, name: str, arguments: str) -> Any:
        """Write the call down and answer it."""
        self.calls.append(f"{name}({arguments})")
        answer = self._answers.get(name)
        if isinstance(answer, list):
            answer = answer.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


class Api:
    """An API with the errors that the guide's smart step tells apart."""

    class RateLimitError(Exception): ...

    class AuthenticationError(Exception): ...

    class NetworkError(Exception): ...

    def __init__(self, error: type[Exception]) -> None:
        self._error = error

    async def call(self, data: object) -> None:
        raise self._error("no")


def block(*arguments: object) -> SimpleNamespace:
    """Stands for ``requests.get`` and for ``time.sleep``: holds the event loop."""
    time.sleep(0.3)
    return SimpleNamespace(json=lambda: {"answer": 42})


class _Service:
    """A service or a method of one, whichever the snippet takes it for."""

    def __init__(self, world: World, name: str) -> None:
        self._world = world
        self._name = name

    def __getattr__(self, name: str) -> _Service:
        return _Service(self._world, f"{self._name}.{name}")

    async def __call__(self, *args: Any, **kwargs: Any) -> Any:
        await asyncio.sleep(0)
        texts = [*map(repr, args), *(f"{key}={value!r}" for key, value in kwargs.items())]
        return self._world.answer(self._name, ", ".join(texts))


class _Clock:
    """A ``datetime`` whose ``utcnow`` is not deprecated."""

    @staticmethod
    def utcnow() -> str:
        return "2025-10-19T12:00:00Z"


def _copied(answer: Any) -> Any:
    return list(answer) if isinstance(answer, list) else answer
