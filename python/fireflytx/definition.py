"""A saga's definition: what the decorators collected from a class, ready for the engine.

Definitions are immutable. They are made by ``@saga`` alone, which checks them first; see
:func:`definition_of`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import orjson

from fireflytx._signature import Annotation, Kind
from fireflytx.event_options import EventOptions, SagaEventOptions
from fireflytx.exceptions import NotASagaError

CompensationOrder = Literal["sequential", "parallel"]
InDoubtPolicy = Literal["compensate", "fail", "park"]
StepKind = Literal[Kind, "java"]

COMPENSATION_ORDERS: Final = ("sequential", "parallel")
IN_DOUBT_POLICIES: Final = ("compensate", "fail", "park")

# The attribute of a class that holds its definition.
DEFINITION_ATTRIBUTE: Final = "__saga_definition__"

# How a method is called and what is published say nothing about the graph or its policies.
_NOT_HASHED = frozenset({"kind", "takes_context", "events"})


@dataclass(frozen=True, slots=True)
class CompensationDefinition:
    """The method that undoes a step.

    Attributes:
        attribute: The name under which the class has the method.
        kind: ``coroutine`` for an ``async def``, ``thread`` for a plain ``def``, ``java`` for code in a jar.
        takes_context: Whether the method takes a context behind its data.
        function: The undecorated method: ``function(instance, data)``, or with a context behind.
        retry: How many attempts there are in all.
        timeout_ms: How long an attempt may take.
        backoff_ms: The longest delay before the second attempt; it doubles for each further one.
    """

    attribute: str
    kind: StepKind
    takes_context: bool
    function: Callable[..., Any]
    annotation: Annotation = field(repr=False, compare=False)
    retry: int = 3
    timeout_ms: int = 30_000
    backoff_ms: int = 100

    @property
    def input_type(self) -> object | None:
        """The annotation of the data parameter; None if there is none or it can't be evaluated."""
        return self.annotation.value

    def to_wire(self) -> dict[str, Any]:
        """The compensation as the protocol writes it."""
        return {
            "kind": self.kind,
            "takes_context": self.takes_context,
            "retry": self.retry,
            "timeout_ms": self.timeout_ms,
            "backoff_ms": self.backoff_ms,
        }


@dataclass(frozen=True, slots=True)
class StepDefinition:
    """One step of a saga.

    Attributes:
        id: The step's id, unique in its saga.
        attribute: The name under which the class has the method.
        kind: ``coroutine`` for an ``async def``, ``thread`` for a plain ``def``, ``java`` for code in a jar.
        takes_context: Whether the method takes a context behind its data.
        function: The undecorated method: ``function(instance, data)``, or with a context behind.
        depends_on: The ids of the steps that must be done first.
        retry: How many attempts there are in all.
        timeout_ms: How long an attempt may take.
        backoff_ms: The longest delay before the second attempt; it doubles for each further one.
        condition: Asked with the step's input before its first attempt; a false answer skips the step.
        pivot: Whether the saga only goes forward once this step has succeeded.
        in_doubt: What to do when nobody knows whether the step took effect.
        event_type: What ``@saga_step(event_type=...)`` said; ``events`` has the one that counts.
        compensation: What undoes the step.
        compensation_waived: Whether ``compensation=None`` says that it needs no undoing.
        events: What it publishes; None for nothing.
    """

    id: str
    attribute: str
    kind: StepKind
    takes_context: bool
    function: Callable[..., Any]
    annotation: Annotation = field(repr=False, compare=False)
    depends_on: tuple[str, ...] = ()
    retry: int = 3
    timeout_ms: int = 30_000
    backoff_ms: int = 100
    condition: Callable[[dict[str, Any]], object] | None = None
    pivot: bool = False
    in_doubt: InDoubtPolicy = "compensate"
    event_type: str | None = None
    compensation: CompensationDefinition | None = None
    compensation_waived: bool = False
    events: EventOptions | None = None

    @property
    def input_type(self) -> object | None:
        """The annotation of the data parameter; None if there is none or it can't be evaluated."""
        return self.annotation.value

    def to_wire(self) -> dict[str, Any]:
        """The step as the protocol writes it."""
        return {
            "id": self.id,
            "depends_on": list(self.depends_on),
            "kind": self.kind,
            "takes_context": self.takes_context,
            "retry": self.retry,
            "timeout_ms": self.timeout_ms,
            "backoff_ms": self.backoff_ms,
            "condition": self.condition is not None,
            "pivot": self.pivot,
            "in_doubt": self.in_doubt,
            "compensation": self.compensation.to_wire() if self.compensation else None,
            "events": self.events.to_wire() if self.events else None,
        }


@dataclass(frozen=True, slots=True)
class SagaDefinition:
    """A saga: its steps in the order of the class, base classes first, and its own policies.

    Attributes:
        name: The saga's name, unique in an engine.
        steps: Its steps.
        timeout_ms: How long a run may take before it is undone; None for no limit.
        layer_concurrency: The most steps of one run that run at once; None for no limit.
        compensation: ``sequential``, newest first, or ``parallel``.
        version: Which code its runs need; a run never gets that of another version.
        events: What it publishes about itself; None for nothing.
        redact: The names of the fields that nobody may see, at any depth; see ``redaction``.
    """

    name: str
    steps: tuple[StepDefinition, ...] = ()
    timeout_ms: int | None = None
    layer_concurrency: int | None = None
    compensation: CompensationOrder = "sequential"
    version: str | None = None
    events: SagaEventOptions | None = None
    redact: tuple[str, ...] = ()
    _by_id: dict[str, StepDefinition] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_id", {step.id: step for step in self.steps})

    def step(self, step_id: str) -> StepDefinition:
        """The step with that id, at the cost of one dictionary lookup.

        Raises:
            KeyError: The saga has no such step.
        """
        return self._by_id[step_id]

    def to_wire(self) -> dict[str, Any]:
        """The definition as ``PROTOCOL.md`` writes it: a JSON object, times in milliseconds."""
        return {
            "name": self.name,
            "version": self.version,
            "timeout_ms": self.timeout_ms,
            "layer_concurrency": self.layer_concurrency,
            "compensation": self.compensation,
            "redact": list(self.redact),
            **({"events": self.events.to_wire()} if self.events else {}),
            "steps": [step.to_wire() for step in self.steps],
        }

    @property
    def definition_hash(self) -> str:
        """SHA-256 in hex of the graph and its policies; the same on every machine, whatever the code does."""
        wire = self.to_wire()
        del wire["redact"]  # says nothing about the graph or its policies
        wire["steps"] = [_hashed_part(step) for step in wire["steps"]]
        wire.pop("events", None)
        return hashlib.sha256(orjson.dumps(wire, option=orjson.OPT_SORT_KEYS)).hexdigest()


def definition_of(cls: type) -> SagaDefinition:
    """The definition that ``@saga`` gave to this very class.

    Raises:
        NotASagaError: The class has no ``@saga`` of its own; the message says what to write.
    """
    found = getattr(cls, "__dict__", {}).get(DEFINITION_ATTRIBUTE)
    if isinstance(found, SagaDefinition):
        return found
    raise NotASagaError(_why_not_a_saga(cls))


def steps_without_compensation(definition: SagaDefinition) -> list[str]:
    """The ids of steps that could be left done in a saga that fails: nothing undoes them.

    A step without a compensation is listed if another step can still fail after it, that is if any other step
    isn't before it. In a finite graph this spares one step at most: the only one on which nothing depends.
    Steps with ``compensation=None`` are spared, and so are the pivot and all behind it: nothing undoes those.
    """
    inner = {dependency for step in definition.steps for dependency in step.depends_on}
    last = [step.id for step in definition.steps if step.id not in inner]
    spared = _pivot_and_after(definition) | (set(last) if len(last) == 1 else set())
    return [
        step.id
        for step in definition.steps
        if step.compensation is None and not step.compensation_waived and step.id not in spared
    ]


def _pivot_and_after(definition: SagaDefinition) -> set[str]:
    """The pivot and every step that isn't before it; a sound definition has nothing beside it."""
    pivot = next((step for step in definition.steps if step.pivot), None)
    if pivot is None:
        return set()
    before: set[str] = set()
    waiting = list(pivot.depends_on)
    while waiting:
        step_id = waiting.pop()
        if step_id not in before:
            before.add(step_id)
            waiting.extend(definition.step(step_id).depends_on)
    return {step.id for step in definition.steps} - before


def _hashed_part(step: dict[str, Any]) -> dict[str, Any]:
    part = {key: value for key, value in step.items() if key not in _NOT_HASHED}
    if undo := part["compensation"]:
        part["compensation"] = {key: value for key, value in undo.items() if key not in _NOT_HASHED}
    return part


def _why_not_a_saga(cls: object) -> str:
    if not isinstance(cls, type):
        return f"Expected a class decorated with @saga, got {_described(cls)}."
    name = cls.__qualname__
    base = next((each for each in cls.__mro__[1:] if DEFINITION_ATTRIBUTE in vars(each)), None)
    if base is None:
        return f'{name} is not a saga: decorate the class with @saga("its-name").'
    return (
        f"{name} inherits from the saga {base.__qualname__} but is no saga itself: "
        f'decorate it with its own @saga("another-name").'
    )


def _described(value: object) -> str:
    kind = type(value).__name__
    is_saga_instance = any(DEFINITION_ATTRIBUTE in vars(each) for each in type(value).__mro__)
    return f"an instance of {kind}; pass the class itself" if is_saga_instance else f"a {kind}"
