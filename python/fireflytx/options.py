"""What a user may set on an engine, checked when the engine is made."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from fireflytx.codec import Codec
from fireflytx.publishers.base import Publisher
from fireflytx.store import StoreLocation
from fireflytx.telemetry import Telemetry
from fireflytx.validation import is_printable
from fireflytx.values import VALUE_LIMIT_BYTES

SHORTEST_RETENTION_MS = 1_000


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """The options of ``SagaEngine``, which documents them.

    Attributes:
        location: Where sagas are kept, as ``store`` and the environment say when the engine is made.
    """

    store: str | None = None
    java: str | None = None
    settle_ms: int = 30_000
    thread_workers: int = 32
    max_in_flight: int = 10_000
    block_warning_ms: int | None = 500
    value_limit_bytes: int = VALUE_LIMIT_BYTES
    retention_ms: int | None = None
    observer: bool = False
    start_timeout_ms: int = 30_000
    shutdown_timeout_ms: int = 10_000
    jvm_args: tuple[str, ...] = ()
    java_classpath: tuple[str, ...] = ()
    publishers: tuple[Publisher, ...] = ()
    telemetry: Telemetry | bool | None = None
    redact: tuple[str, ...] = ()
    codec: Codec | None = None
    location: StoreLocation = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "location", StoreLocation.of(self.store))  # the way around frozen=True
        _check_number("settle_ms", self.settle_ms, at_least=0)
        _check_number("thread_workers", self.thread_workers, at_least=1)
        _check_number("max_in_flight", self.max_in_flight, at_least=1)
        _check_number("block_warning_ms", self.block_warning_ms or 0, at_least=0)
        _check_number("value_limit_bytes", self.value_limit_bytes, at_least=1, at_most=VALUE_LIMIT_BYTES)
        _check_codec(self.codec)
        self._check_observer()
        self._check_retention()
        object.__setattr__(self, "java_classpath", tuple(map(_place_of_classes, self.java_classpath)))
        _check_number("start_timeout_ms", self.start_timeout_ms, at_least=1)
        _check_number("shutdown_timeout_ms", self.shutdown_timeout_ms, at_least=0)

    def _check_observer(self) -> None:
        if self.observer and not self.location.is_durable:
            raise ValueError("An observer needs a journal; what 'memory' holds is its own engine's.")
        if self.observer and self.retention_ms is not None:
            raise ValueError("An observer keeps no sagas: retention_ms is for the engines that run them.")
        if self.observer and self.java_classpath:
            raise ValueError("An observer runs no steps: java_classpath is for the engines that run them.")
        if self.observer and self.publishers:
            raise ValueError("An observer changes nothing: publishers are for the engines that run sagas.")
        if self.observer and self.has_telemetry:
            raise ValueError("An observer runs no sagas: telemetry is for the engines that run them.")

    def _check_retention(self) -> None:
        if self.retention_ms is None:
            return
        _check_number("retention_ms", self.retention_ms, at_least=SHORTEST_RETENTION_MS)
        if not self.location.is_durable:
            raise ValueError(
                "retention_ms goes with a journal; the store 'memory' keeps the last 10 000 results."
            )

    @property
    def store_options(self) -> dict[str, object]:
        """How the store is kept, and whether its events are published, as far as the user has said."""
        if self.observer:
            return {"observer": True}
        said: dict[str, object] = {} if self.retention_ms is None else {"retention_ms": self.retention_ms}
        return {**said, "publishes": True} if self.publishers else said

    @property
    def has_telemetry(self) -> bool:
        """Whether spans and metrics are made."""
        return self.telemetry is not None and self.telemetry is not False

    @property
    def credits(self) -> dict[str, int]:
        """The attempts that may be out at once, by kind."""
        return {"coroutine": self.max_in_flight, "thread": self.thread_workers}


def several(name: str, values: Iterable[str | os.PathLike[str]]) -> tuple[str, ...]:
    """The texts or paths that were given, as texts; one by itself is a mistake."""
    if isinstance(values, str | os.PathLike):
        raise TypeError(f"{name} must be several, such as [{str(values)!r}], and not one by itself.")
    return tuple(os.fspath(each) for each in values)


def _check_codec(codec: Any) -> None:
    methods = ("encode", "decode", "identity")
    if codec is not None and not all(callable(getattr(codec, name, None)) for name in methods):
        raise TypeError(f"codec must have encode, decode and identity, got a {type(codec).__name__}.")


def check_timeout(timeout_ms: Any) -> None:
    """Check a saga's ``timeout_ms``, where None means none."""
    if timeout_ms is not None:
        _check_number("timeout_ms", timeout_ms, at_least=1)


def check_text(name: str, value: Any) -> None:
    """Check an argument that is a text: it may be empty, and has no control characters."""
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a string, got {type(value).__name__}.")
    if not is_printable(value):
        raise ValueError(
            f"{name} holds a control character, such as a line break; ids, names and reasons can't."
        )


def check_correlation_id(correlation_id: Any) -> None:
    """Check an id that the user chose: a string of 1 to 200 printable characters, valid Unicode."""
    check_text("correlation_id", correlation_id)
    if not 1 <= len(correlation_id) <= 200:
        raise ValueError(f"correlation_id must have 1 to 200 characters, got {len(correlation_id)}.")
    try:
        correlation_id.encode()
    except UnicodeEncodeError:
        raise ValueError("correlation_id holds half a surrogate pair, which is not valid Unicode.") from None


def _place_of_classes(path: str) -> str:
    """The whole path of a jar, a folder of classes, or with ``*`` at its end a folder of jars."""
    if os.pathsep in path:
        raise ValueError(f"java_classpath: '{path}' holds '{os.pathsep}'; give each jar or folder by itself.")
    whole = os.path.abspath(path)
    if not os.path.exists(whole.removesuffix(f"{os.sep}*")):
        raise ValueError(f"java_classpath: there is no '{path}' in '{os.getcwd()}'.")
    return whole


def _check_number(name: str, value: Any, *, at_least: int, at_most: int | None = None) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{name} must be an integer, got {type(value).__name__}.")
    if value < at_least:
        raise ValueError(f"{name} must be at least {at_least}, got {value}.")
    if at_most is not None and value > at_most:
        raise ValueError(f"{name} must be at most {at_most}, got {value}.")
