"""FireflyTX: sagas in Python, run by a Java engine that the package brings along.

Write a saga as a class with ``@saga`` and ``@saga_step``, then ``await SagaEngine().execute(TheClass,
data)``, or ``run(TheClass, data)`` in a script. Importing this package starts nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fireflytx import _lazily, exceptions
from fireflytx._version import __version__
from fireflytx.context import SagaContext
from fireflytx.decorators.saga import compensation_step, saga, saga_events, saga_step, step_events

# At once, not when first asked for: importing the module would put it in the place of its function.
from fireflytx.graph import graph
from fireflytx.result import SagaResult, SagaStatus, StepResult, StepStatus

if TYPE_CHECKING:
    from fireflytx.engine import SagaEngine, SagaHandle, create_saga_engine
    from fireflytx.events import ParkedSaga, SagaEvent
    from fireflytx.queries import HistoryFact, SagaInfo, SagaPage
    from fireflytx.report import JournalProblem, JournalReport
    from fireflytx.script import run
    from fireflytx.standing import SagaCount, SagaInspection
else:
    # What needs asyncio and the bridge, which a program that only defines sagas should not pay for.
    __getattr__, __dir__ = _lazily.names(
        globals(),
        {
            "ParkedSaga": "fireflytx.events",
            "HistoryFact": "fireflytx.queries",
            "JournalProblem": "fireflytx.report",
            "JournalReport": "fireflytx.report",
            "SagaEngine": "fireflytx.engine",
            "SagaEvent": "fireflytx.events",
            "SagaHandle": "fireflytx.engine",
            "SagaCount": "fireflytx.standing",
            "SagaInfo": "fireflytx.queries",
            "SagaInspection": "fireflytx.standing",
            "SagaPage": "fireflytx.queries",
            "create_saga_engine": "fireflytx.engine",
            "run": "fireflytx.script",
        },
    )

__all__ = [
    "HistoryFact",
    "JournalProblem",
    "JournalReport",
    "ParkedSaga",
    "SagaContext",
    "SagaCount",
    "SagaEngine",
    "SagaEvent",
    "SagaHandle",
    "SagaInfo",
    "SagaInspection",
    "SagaPage",
    "SagaResult",
    "SagaStatus",
    "StepResult",
    "StepStatus",
    "__version__",
    "compensation_step",
    "create_saga_engine",
    "exceptions",
    "graph",
    "run",
    "saga",
    "saga_events",
    "saga_step",
    "step_events",
]
