"""python-cqrs: a saga of step handlers, run by its mediator."""

# pyright: reportMissingImports=false
from __future__ import annotations

import dataclasses
import logging
from typing import Any

import cqrs
import di
from cqrs.saga.models import SagaContext
from cqrs.saga.recovery import recover_saga
from cqrs.saga.saga import Saga
from cqrs.saga.storage.memory import MemorySagaStorage

from bench.actions import Actions, Declined
from bench.peers import Setting
from bench.workloads import Step, Workload

_PATIENCE_S = 3600  # a saga that waits for a connection doesn't fail


@dataclasses.dataclass
class Order(SagaContext):
    """What the steps share."""

    order: int
    payload: str
    results: dict[str, Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass
class Answer(cqrs.DCResponse):
    """What a step gives back."""

    result: dict[str, Any]


class Runner:
    """Runs the workload as a saga; in memory, or through its SQLAlchemy storage."""

    def __init__(self, setting: Setting, store: str) -> None:
        logging.getLogger("cqrs").setLevel(logging.CRITICAL)
        self._order = setting.workload.order
        self._saga = _saga(setting.workload, setting.actions)
        self._container = cqrs.container.di.DIContainer()
        self._container.attach_external_container(di.Container())
        self._url = _url(setting, store)
        self._engine: Any = None
        self._storage: Any = MemorySagaStorage()

    async def start(self) -> None:
        """Open the storage, and go on with the sagas that an earlier process left running."""
        if self._url:
            await self._open()
            for saga_id in await self._storage.get_sagas_for_recovery(limit=100):
                await recover_saga(self._saga(), saga_id, Order, self._container, self._storage)
        saga_map = cqrs.SagaMap()
        saga_map.bind(Order, self._saga)
        self._mediator = cqrs.SagaMediator(saga_map, self._container, storage=self._storage)

    async def run_saga(self, number: int) -> bool:
        """Run one saga."""
        try:
            async for _ in self._mediator.execute(Order(**self._order(number))):
                pass
        except Declined:
            return False
        return True

    async def stop(self) -> None:
        """Close the storage."""
        if self._engine is not None:
            await self._engine.dispose()

    async def _open(self) -> None:
        from cqrs.saga.storage.sqlalchemy import Base, SqlAlchemySagaStorage
        from sqlalchemy import BigInteger
        from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
        from sqlalchemy.ext.compiler import compiles

        # SQLite numbers rows by itself only in a column of this very type; the storage asks for another.
        compiles(BigInteger, "sqlite")(lambda *_, **__: "INTEGER")

        self._engine = create_async_engine(self._url, pool_timeout=_PATIENCE_S)
        async with self._engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        self._storage = SqlAlchemySagaStorage(async_sessionmaker(self._engine, expire_on_commit=False))


def _url(setting: Setting, store: str) -> str:
    if store == "postgres":
        return f"postgresql+asyncpg://{setting.postgres_url}"
    return f"sqlite+aiosqlite:///{setting.folder.absolute()}/cqrs.sqlite" if store == "sqlite" else ""


def _saga(workload: Workload, actions: Actions) -> Any:
    class MeasuredSaga(Saga[Order]):
        """The workload's steps, one after the other: this library has no parallel ones."""

        steps = [_handler(step, actions) for step in workload.steps]  # noqa: RUF012 - as the library asks

    return MeasuredSaga


def _handler(step: Step, actions: Actions) -> Any:
    class Handler(cqrs.SagaStepHandler[Order, Answer]):
        """One step."""

        @property
        def events(self) -> list[Any]:
            return []

        async def act(self, context: Order) -> Any:
            result = await actions.act(step, {"order": context.order})
            context.results[step.name] = result
            return self._generate_step_result(Answer(result))

        async def compensate(self, context: Order) -> None:
            if step.is_undone:
                await actions.undo(step)

    Handler.__name__ = step.name
    return Handler
