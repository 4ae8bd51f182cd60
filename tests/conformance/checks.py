"""Compares what a run did with what its scenario expects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tests.conformance.runner import Observed
from tests.conformance.scenario import Json, Scenario
from tests.conformance.world import Effect

from fireflytx.events import SagaEvent
from fireflytx.result import SagaError, SagaResult


def problems(scenario: Scenario, seen: Observed) -> list[str]:
    """What differs, each in a sentence with what was expected and what was seen."""
    found = list(seen.problems)
    found += _differences_in_effects(scenario, seen.effects)
    found += _differences("events", scenario.expect["events"], [_event(each) for each in seen.events])
    parked = [{"status": str(each.status), "steps": list(each.steps)} for each in seen.parked]
    found += _differences("parked", scenario.expect["parked"], parked)
    if seen.result is not None:
        found += _differences_in_result(scenario.expect["result"], seen.result)
    return found + _wrong_keys(seen.effects)


def _differences_in_effects(scenario: Scenario, effects: list[Effect]) -> list[str]:
    expected: list[Json] = scenario.expect["effects"]
    flat = list(_flat(expected))
    ends_count = any(each["call"].endswith(" ends") for each in flat)
    seen = [each for each in effects if ends_count or not each.call.endswith(" ends")]
    shown = [_effect(each, scenario.name) for each in seen]
    return _differences("effects", flat, _in_expected_order(expected, shown))


def _flat(expected: list[Json]) -> Iterator[Json]:
    """The effects without their groups, within which they are sorted."""
    for each in expected:
        yield from sorted(each.get("any_order", [each]), key=lambda effect: str(effect["call"]))


def _in_expected_order(expected: list[Json], seen: list[Json]) -> list[Json]:
    """What was seen, sorted within the groups whose order is open."""
    ordered: list[Json] = []
    for each in expected:
        group = seen[len(ordered) : len(ordered) + len(each.get("any_order", [each]))]
        ordered += sorted(group, key=lambda effect: str(effect["call"]))
    return ordered + seen[len(ordered) :]


def _effect(effect: Effect, correlation_id: str) -> Json:
    key = effect.key and effect.key.replace(correlation_id, "{id}", 1)
    return {**vars(effect), "key": key}


def _event(event: SagaEvent) -> Json:
    return {
        "type": event.event_type,
        "topic": event.topic,
        "step": event.step,
        "attempt": event.attempt,
        "payload": event.payload,
        "timed": event.duration_ms is not None,
    }


def _differences(what: str, expected: list[Json], seen: list[Json]) -> list[str]:
    if _matches_all(expected, seen):
        return []
    shown = [{key: value for key, value in each.items() if value not in (None, False, {})} for each in seen]
    return [f"{what}: expected {expected}, seen {shown}"]


def _matches_all(expected: list[Json], seen: list[Json]) -> bool:
    return len(expected) == len(seen) and all(map(_matches, expected, seen))


def _matches(expected: Json, seen: Json) -> bool:
    """Whether everything expected is there; what isn't mentioned doesn't count."""
    return all(seen[key] == value for key, value in expected.items())


def _differences_in_result(expected: Json, result: SagaResult) -> Iterator[str]:
    for key, seen in _plain(result).items():
        if expected[key] != seen:
            yield f"{key}: expected {expected[key]}, seen {seen}"
    if not _is_error(expected["error"], result.error):
        yield f"error: expected {expected['error']}, seen {_said(result.error)}"
    yield from _differences_in_steps(expected, result)


def _differences_in_steps(expected: Json, result: SagaResult) -> Iterator[str]:
    for step, value in expected["results"].items():
        seen = result.steps[step].result if step in result.steps else "no such step"
        if seen != value:
            yield f"the result of '{step}': expected {value}, seen {seen}"
    for step, value in expected["errors"].items():
        error = result.steps[step].error if step in result.steps else None
        if not _is_error(value, error):
            yield f"the error of '{step}': expected {value}, seen {_said(error)}"


def _plain(result: SagaResult) -> Json:
    return {
        "status": str(result.status),
        "failed_step": result.failed_step,
        "compensated_steps": result.compensated_steps,
        "failed_compensations": result.failed_compensations,
        "in_doubt_steps": result.in_doubt_steps,
        "steps": [
            {"step": step, "status": str(each.status), "attempts": each.attempts}
            for step, each in result.steps.items()
        ],
    }


def _is_error(expected: Mapping[str, Any] | None, seen: SagaError | None) -> bool:
    if expected is None or seen is None:
        return expected is None and seen is None
    return (
        expected.get("type", seen.type) == seen.type
        and expected.get("message", seen.message) == seen.message
        and all(text in seen.message for text in expected.get("says", ()))
    )


def _said(error: SagaError | None) -> str:
    return "none" if error is None else f"{error.type}: {error.message}"


def _wrong_keys(effects: list[Effect]) -> list[str]:
    """Each step, and each compensation, has one idempotency key on all its attempts, and no other has it."""
    keys: dict[str, set[str]] = {}
    for effect in effects:
        if effect.key is not None:
            keys.setdefault(effect.call.rpartition(" ")[0], set()).add(effect.key)
    distinct = set[str]().union(*keys.values())
    is_right = len(distinct) == len(keys) and all(len(each) == 1 for each in keys.values())
    return [] if is_right else [f"idempotency keys: expected one for each step and compensation, seen {keys}"]
