"""What ``@step_events`` and ``@saga_events`` ask for: which events, where to, and with what in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

STEP_KEY_FIELDS: Final = ("saga", "step", "correlation_id")
SAGA_KEY_FIELDS: Final = ("saga", "correlation_id")


@dataclass(frozen=True, slots=True)
class EventOptions:
    """What a step publishes, and where to; see ``@step_events``."""

    topic: str
    event_type: str | None = None
    include_timing: bool = False
    include_payload: bool = False
    publish_on_start: bool = True
    publish_on_success: bool = True
    publish_on_failure: bool = True
    publish_on_retry: bool = False
    include_result: bool = False
    include_context: bool = False
    publish_on_compensation: bool = False
    key: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict, hash=False)

    def to_wire(self) -> dict[str, Any]:
        """The options as the protocol writes them."""
        return {
            "topic": self.topic,
            "event_type": self.event_type,
            **_carried(self),
            "publish_on_start": self.publish_on_start,
            "publish_on_success": self.publish_on_success,
            "publish_on_failure": self.publish_on_failure,
            "publish_on_retry": self.publish_on_retry,
            **_if_set(publish_on_compensation=self.publish_on_compensation),
        }


@dataclass(frozen=True, slots=True)
class SagaEventOptions:
    """What a saga publishes about itself, and where to; see ``@saga_events``."""

    topic: str
    key: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict, hash=False)
    include_timing: bool = False
    include_payload: bool = False
    include_result: bool = False
    include_context: bool = False
    publish_on_start: bool = True
    publish_on_success: bool = True
    publish_on_failure: bool = True
    publish_on_compensation: bool = True
    publish_on_parked: bool = True

    def to_wire(self) -> dict[str, Any]:
        """The options as the protocol writes them."""
        return {
            "topic": self.topic,
            **_carried(self),
            "publish_on_start": self.publish_on_start,
            "publish_on_success": self.publish_on_success,
            "publish_on_failure": self.publish_on_failure,
            "publish_on_compensation": self.publish_on_compensation,
            "publish_on_parked": self.publish_on_parked,
        }


def key_problem(key: str, fields: Sequence[str]) -> str | None:
    """What is wrong with a key's template, in the words that Java uses too; None if it is sound."""
    at = 0
    while at < len(key):
        opened, closed = key.find("{", at), key.find("}", at)
        if opened < 0 and closed < 0:
            return None
        if opened < 0 or closed < opened:
            return f"key has a brace that belongs to no field; {_allowed(fields)}"
        if key[opened + 1 : closed] not in fields:
            return f"key knows no field '{key[opened : closed + 1]}'; {_allowed(fields)}"
        at = closed + 1
    return None


def _allowed(fields: Sequence[str]) -> str:
    words = [f"{{{each}}}" for each in fields]
    return f"it may use {', '.join(words[:-1])} and {words[-1]}."


def _carried(options: EventOptions | SagaEventOptions) -> dict[str, Any]:
    """What events carry; what older journals don't know is left out unless it is asked for."""
    return {
        "include_timing": options.include_timing,
        "include_payload": options.include_payload,
        **_if_set(
            include_result=options.include_result,
            include_context=options.include_context,
            key=options.key,
            headers=dict(options.headers),
        ),
    }


def _if_set(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value}
