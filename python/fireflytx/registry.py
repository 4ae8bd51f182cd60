"""The saga classes that an engine knows, by name."""

from __future__ import annotations

import dataclasses
import inspect
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from fireflytx._nearest import nearest
from fireflytx._signature import Annotation
from fireflytx.definition import SagaDefinition, definition_of, steps_without_compensation
from fireflytx.exceptions import DefinitionError, UnknownSagaError
from fireflytx.logs import LOGGER, extras
from fireflytx.redaction import secret_fields


@dataclass(frozen=True, slots=True)
class Registration:
    """One saga class: what it defines, and how a run gets its instance."""

    saga_class: type
    definition: SagaDefinition
    factory: Callable[[], Any]


class Registry:
    """Saga classes by name; every name belongs to one class.

    Args:
        redact: Fields of every saga that must not be shown.
        encrypts: Whether the engine encrypts values, which code in Java could not read.
    """

    def __init__(self, redact: Iterable[str] = (), *, encrypts: bool = False) -> None:
        self._by_name: dict[str, Registration] = {}
        self._redact = frozenset(redact)
        self._redacted: dict[str, frozenset[str]] = {}
        self._redacting = threading.Lock()
        self._encrypts = encrypts

    def register(self, saga_class: type, factory: Callable[[], Any] | None = None) -> Registration:
        """Take in ``saga_class``; the same class again changes nothing but a ``factory`` that is given.

        Raises:
            DefinitionError: it is no saga, its name belongs to another class, its constructor needs
                arguments and there is no factory, or a step is Java's and the engine has a codec.
        """
        definition = definition_of(saga_class)
        known = self._by_name.get(definition.name)
        if known is not None and known.saga_class is saga_class and factory is None:
            return known
        _check_name(known, saga_class, definition.name)
        if self._encrypts:
            _refuse_java(definition)
        made = _checked(factory, saga_class)
        registration = Registration(saga_class, self._with_redact(definition), made)
        self._by_name[definition.name] = registration
        if known is None or known.saga_class is not saga_class:
            _hint_at_missing_compensations(definition)
        return registration

    def resolve(self, saga: type | str) -> Registration:
        """The registration of a class, registered here if need be, or of a name.

        Raises:
            UnknownSagaError: no class of that name is registered.
            DefinitionError: as ``register``.
        """
        if isinstance(saga, str):
            return self._by_name.get(saga) or _raise_unknown(saga, list(self._by_name))
        return self.register(saga)

    def find(self, name: str) -> Registration | None:
        """The registration of ``name``, if there is one."""
        return self._by_name.get(name)

    def redacted(self, name: str) -> frozenset[str]:
        """The fields of a saga that must not be shown, as far as this process knows."""
        return self._redacted.get(name, self._redact)

    def redact(self, name: str, fields: Iterable[str]) -> None:
        """These fields of a saga must not be shown either. Safe in any thread."""
        with self._redacting:
            self._redacted[name] = self.redacted(name).union(fields)

    def _with_redact(self, definition: SagaDefinition) -> SagaDefinition:
        """The definition with all that must not be shown: as it says, as the engine says, and its secrets."""
        others = hidden_fields(definition).union(self._redact).difference(definition.redact)
        names = (*definition.redact, *sorted(others))
        self.redact(definition.name, names)
        return definition if names == definition.redact else dataclasses.replace(definition, redact=names)

    def all(self) -> Iterable[Registration]:
        """Every registration, in the order in which they came."""
        return tuple(self._by_name.values())


def hidden_fields(definition: SagaDefinition) -> frozenset[str]:
    """The fields of a saga that must not be shown: those that it names, and its models' secrets."""
    secret = (name for each in _annotations(definition) for name in secret_fields(each.peek()))
    return frozenset((*definition.redact, *secret))


def _raise_unknown(name: str, known: list[str]) -> Registration:
    if not known:
        raise UnknownSagaError(
            f"No saga is registered, so '{name}' is not known. Call engine.register(TheClass) first."
        )
    raise UnknownSagaError(
        f"No saga is registered as '{name}'. Did you mean '{nearest(name, known)}'? "
        f"Registered: {', '.join(known)}."
    )


def _check_name(known: Registration | None, saga_class: type, name: str) -> None:
    if known is None or place_of(known.saga_class) == place_of(saga_class):
        return  # the same place again is the same class, reloaded or run again in a notebook
    raise DefinitionError(
        f"Two classes are called saga '{name}': {place_of(known.saga_class)} and {place_of(saga_class)}. "
        "A saga's name is unique in an engine; rename one of them."
    )


def place_of(saga_class: type) -> str:
    """A class's module and qualified name."""
    return f"{saga_class.__module__}.{saga_class.__qualname__}"


def _checked(factory: Callable[[], Any] | None, saga_class: type) -> Callable[[], Any]:
    if factory is not None:
        return _making(saga_class, factory)
    if not _takes_no_arguments(saga_class):
        name = saga_class.__name__
        raise DefinitionError(
            f"The constructor of {place_of(saga_class)} needs arguments, and each run makes its own "
            f"instance. Say how: engine.register({name}, factory=lambda: {name}(...))."
        )
    return saga_class


def _making(saga_class: type, factory: Any) -> Callable[[], Any]:
    """``factory``, held to what it is for."""
    if not callable(factory) or not _takes_no_arguments(factory):
        name = getattr(factory, "__name__", type(factory).__name__)
        raise DefinitionError(
            f"The factory of {place_of(saga_class)} must be callable without arguments, got {name}."
        )
    if inspect.iscoroutinefunction(factory):
        raise DefinitionError(f"The factory of {place_of(saga_class)} is async; write it with 'def'.")

    def make() -> Any:
        instance = factory()
        if not isinstance(instance, saga_class):
            raise DefinitionError(
                f"The factory of {place_of(saga_class)} returned {_described(instance)}; it must return an "
                f"instance of {saga_class.__name__}."
            )
        return instance

    return make


def _described(instance: object) -> str:
    return "None" if instance is None else f"an instance of {place_of(type(instance))}"


def _takes_no_arguments(make: Callable[..., Any]) -> bool:
    try:
        inspect.signature(make).bind()
    except TypeError:
        return False
    except ValueError:  # a constructor written in C may have no signature
        return True
    return True


def _annotations(definition: SagaDefinition) -> Iterator[Annotation]:
    for step in definition.steps:
        yield step.annotation
        if step.compensation is not None:
            yield step.compensation.annotation


def _refuse_java(definition: SagaDefinition) -> None:
    for step in definition.steps:
        undo = step.compensation
        if step.kind == "java" or (undo is not None and undo.kind == "java"):
            what = "step" if step.kind == "java" else "the compensation of step"
            raise DefinitionError(
                f"Saga '{definition.name}': {what} '{step.id}' runs in Java, which can't read what this "
                "engine's codec encrypts. Write it in Python, or run the saga with an engine without a codec."
            )


def _hint_at_missing_compensations(definition: SagaDefinition) -> None:
    for step in steps_without_compensation(definition):
        LOGGER.info(
            "Saga '%s': step '%s' has no compensation, but another step can still fail after it. Write "
            "one with @compensation_step('%s'), or say compensation=None on the step if none is needed.",
            definition.name,
            step,
            step,
            extra=extras(saga=definition.name, step=step),
        )
