"""What is wrong with a saga's definition: the same first problem, in the same words, that Java finds.

Both languages read ``protocol/vectors/definitions.json`` in their tests. Everything here takes time linear in
the number of steps and edges, and none of it recurses: a chain of 10 000 steps is an ordinary input.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from fireflytx._nearest import nearest
from fireflytx.definition import COMPENSATION_ORDERS, IN_DOUBT_POLICIES, SagaDefinition
from fireflytx.event_options import SAGA_KEY_FIELDS, STEP_KEY_FIELDS, key_problem

MAX_NAME_LENGTH: Final = 200
"""The longest name of a saga and id of a step, in characters."""

MAX_VERSION_LENGTH: Final = 64
"""The longest version of a saga, in characters."""

_DEFAULT_RETRY = 3
_DEFAULT_TIMEOUT_MS = 30_000
_DEFAULT_BACKOFF_MS = 100

Wire = Mapping[str, Any]
"""A definition, or a part of one, in the form of ``PROTOCOL.md``; what is missing has its default."""


def problem(definition: SagaDefinition | Wire) -> str | None:
    """The first thing that is wrong with a definition, as a sentence for people; None if it is sound.

    Args:
        definition: A :class:`SagaDefinition`, or the wire form of one.
    """
    wire = definition.to_wire() if isinstance(definition, SagaDefinition) else definition
    name = wire.get("name")
    if not is_name(name):
        return f"A saga's name must be a string of 1 to {MAX_NAME_LENGTH} printable characters."
    found = next(_problems(wire), None)
    return f"Saga '{name}': {found}" if found else None


def is_name(value: object) -> bool:
    """Whether ``value`` can be the name of a saga or the id of a step."""
    return isinstance(value, str) and 0 < len(value) <= MAX_NAME_LENGTH and is_printable(value)


def policy_problem(policy: Wire) -> str | None:
    """What is wrong with ``retry``, ``timeout_ms`` and ``backoff_ms``; None if they are sound."""
    return (
        _below(1, "retry", policy.get("retry", _DEFAULT_RETRY))
        or _below(1, "timeout_ms", policy.get("timeout_ms", _DEFAULT_TIMEOUT_MS))
        or _below(0, "backoff_ms", policy.get("backoff_ms", _DEFAULT_BACKOFF_MS))
    )


def in_doubt_problem(value: object) -> str | None:
    """What is wrong with a step's ``in_doubt``; None if it is sound."""
    return _unlisted("in_doubt", value, IN_DOUBT_POLICIES)


def saga_problem(wire: Wire) -> str | None:
    """What is wrong with a saga's own ``version``, numbers and ``compensation``."""
    return (
        _version_problem(wire.get("version"))
        or _below(1, "timeout_ms", wire.get("timeout_ms"))
        or _below(1, "layer_concurrency", wire.get("layer_concurrency"))
        or _unlisted("compensation", wire.get("compensation", "sequential"), COMPENSATION_ORDERS)
    )


def events_problem(events: Wire, key_fields: Sequence[str]) -> str | None:
    """What is wrong with the key and the headers of events; None if they are sound."""
    key = events.get("key") or ""
    if not is_printable(key):
        return "key holds a control character, such as a line break."
    if found := key_problem(key, key_fields):
        return found
    for name, value in (events.get("headers") or {}).items():
        if not is_name(name):
            return f"a header's name must be a string of 1 to {MAX_NAME_LENGTH} printable characters."
        if not is_printable(value):
            return f"header '{name}' holds a control character, such as a line break."
    return None


def _events_in(where: str, wire: Wire, key_fields: Sequence[str]) -> str | None:
    found = events_problem(wire.get("events") or {}, key_fields)
    return f"{where}: {found}" if found else None


def _problems(wire: Wire) -> Iterator[str]:
    """The problems in the protocol's order; a later check relies on the earlier ones having found nothing."""
    steps: Sequence[Wire] = wire.get("steps", ())
    yield from _found(saga_problem(wire))
    yield from _found(_events_in("events", wire, SAGA_KEY_FIELDS))
    yield from _found_in(_step_problem(step) for step in steps)
    yield from _found(_duplicate_id(steps))
    graph = {step["id"]: tuple(step.get("depends_on", ())) for step in steps}
    yield from _found(_bad_dependency(graph))
    yield from _found(_cycle_problem(graph))
    yield from _found(_pivot_problem(graph, [step["id"] for step in steps if step.get("pivot", False)]))


def _found(problem: str | None) -> Iterator[str]:
    if problem:
        yield problem


def _found_in(problems: Iterable[str | None]) -> Iterator[str]:
    return (problem for problem in problems if problem)


def _version_problem(version: str | None) -> str | None:
    if version is None or (0 < len(version) <= MAX_VERSION_LENGTH and is_printable(version)):
        return None
    return f"version must be 1 to {MAX_VERSION_LENGTH} printable characters."


def is_printable(text: str) -> bool:
    """Whether ``text`` has no control characters (ISO 6429's C0, C1 and DEL): line breaks, tabs, escapes.

    ``str.isprintable`` depends on Python's version of Unicode; this is what Java says, too.
    """
    return not any(char < " " or "\x7f" <= char <= "\x9f" for char in text)


def _below(minimum: int, name: str, value: int | None) -> str | None:
    if value is None or value >= minimum:
        return None
    return f"{name} must be at least {minimum}, got {value}."


def _unlisted(name: str, value: object, choices: Sequence[str]) -> str | None:
    if value in choices:
        return None
    quoted = [f"'{choice}'" for choice in choices]
    return f"{name} must be {', '.join(quoted[:-1])} or {quoted[-1]}, got '{value}'."


def _step_problem(step: Wire) -> str | None:
    step_id = step.get("id")
    if not is_name(step_id):
        return f"a step's id must be a string of 1 to {MAX_NAME_LENGTH} printable characters."
    if own := policy_problem(step) or in_doubt_problem(step.get("in_doubt", "compensate")):
        return f"step '{step_id}': {own}"
    if undo := policy_problem(step.get("compensation") or {}):
        return f"compensation of step '{step_id}': {undo}"
    return _events_in(f"events of step '{step_id}'", step, STEP_KEY_FIELDS)


def _duplicate_id(steps: Sequence[Wire]) -> str | None:
    seen: set[str] = set()
    for step in steps:
        if step["id"] in seen:
            return f"step '{step['id']}' is defined twice."
        seen.add(step["id"])
    return None


Graph = Mapping[str, Sequence[str]]


def _bad_dependency(graph: Graph) -> str | None:
    for step_id, dependencies in graph.items():
        seen: set[str] = set()
        for dependency in dependencies:
            if dependency not in graph:
                hint = did_you_mean(dependency, graph, asking=step_id)
                return f"step '{step_id}' depends on '{dependency}', which is not defined. {hint}"
            if dependency in seen:
                return f"step '{step_id}' lists its dependency '{dependency}' twice."
            seen.add(dependency)
    return None


def did_you_mean(name: str, known: Iterable[str], *, asking: str | None = None) -> str:
    """The sentences that follow an unknown step id: the nearest known one, then all of them.

    The step that is ``asking`` is not suggested, since it can't depend on itself, unless there is no other.
    """
    ids = list(known)
    if not ids:
        return "The saga has no steps."
    others = [each for each in ids if each != asking] or ids
    return f"Did you mean '{nearest(name, others)}'? Steps: {', '.join(ids)}."


def _cycle_problem(graph: Graph) -> str | None:
    cycle = _cycle(graph)
    return f"the steps depend on each other in a circle: {' -> '.join(cycle)}." if cycle else None


def _cycle(graph: Graph) -> list[str]:
    """The first cycle met by a depth-first walk over the dependencies, as a path that ends where it began."""
    done: set[str] = set()
    for start in graph:
        if start not in done and (cycle := _cycle_from(start, graph, done)):
            return cycle
    return []


def _cycle_from(start: str, graph: Graph, done: set[str]) -> list[str]:
    path = {start: iter(graph[start])}
    while path:
        current = next(reversed(path))
        dependency = next((each for each in path[current] if each not in done), None)
        if dependency is None:
            done.add(current)
            del path[current]
        elif dependency in path:
            steps = list(path)
            return [*steps[steps.index(dependency) :], dependency]
        else:
            path[dependency] = iter(graph[dependency])
    return []


def _pivot_problem(graph: Graph, pivots: Sequence[str]) -> str | None:
    if len(pivots) > 1:
        return f"steps '{pivots[0]}' and '{pivots[1]}' are both pivots; a saga has at most one."
    if not pivots:
        return None
    ordered = reachable(pivots[0], graph) | reachable(pivots[0], dependants(graph))
    beside = next((step_id for step_id in graph if step_id not in ordered), None)
    if beside is None:
        return None
    return (
        f"step '{beside}' is neither before nor after the pivot '{pivots[0]}'; "
        "every other step must be one or the other."
    )


def dependants(graph: Graph) -> dict[str, list[str]]:
    """The graph with its edges turned round: for each step the steps that depend on it directly."""
    turned: dict[str, list[str]] = {step_id: [] for step_id in graph}
    for step_id, dependencies in graph.items():
        for dependency in dependencies:
            turned[dependency].append(step_id)
    return turned


def reachable(start: str, graph: Graph) -> set[str]:
    """``start`` and every step that can be reached from it along the graph's edges."""
    seen, waiting = {start}, [start]
    while waiting:
        new = [each for each in graph[waiting.pop()] if each not in seen]
        seen.update(new)
        waiting.extend(new)
    return seen
