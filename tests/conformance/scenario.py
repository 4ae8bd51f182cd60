"""A scenario as data: what README.md describes, read strictly."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "scenarios"
OTHER_SAGA = "other"
RESULT = "result"

Json = dict[str, Any]
Calls = dict[str, bool]

_CALL = r"(?:(?:undo )?\S+ [1-9]\d*|if \S+)"
_MOMENT = re.compile(rf"(?P<call>{_CALL}) (?P<what>begins|is stopped|ends)")
_EFFECT = re.compile(rf"{_CALL}(?: is stopped| ends)?")
_STEP = re.compile(r"(?P<step>\S+) (?P<status>[A-Z_]+)(?: in (?P<attempts>\d+) attempts)?")

_POLICY = {"retry", "timeout_ms", "backoff_ms"}
_STEP_OPTIONS = {
    "id",
    "depends_on",
    "condition",
    "pivot",
    "in_doubt",
    "events",
    "compensation",
    "plain",
    *_POLICY,
}
_EVENT_OPTIONS = {
    "topic",
    "event_type",
    "include_timing",
    "include_payload",
    "publish_on_start",
    "publish_on_success",
    "publish_on_failure",
    "publish_on_retry",
}
_OUTCOME = {"set", "get", "result_of", "after", "ignores_stop", "returns", "returns_input", "raises", "hangs"}
_RESULT = {
    "status",
    "failed_step",
    "error",
    "compensated_steps",
    "failed_compensations",
    "in_doubt_steps",
    "steps",
    "results",
    "errors",
}
_ARGUMENTS = {
    "open": {"gate"},
    "cancel": {"reason"},
    "retry_step": {"step", "reason"},
    "complete_step": {"step", "result", "reason"},
    "fail_step": {"step", "reason"},
    "retry_compensation": {"reason"},
    "mark_compensated": {"step", "reason"},
    "skip_compensation": {"step", "reason"},
    "start": {"input", "saga"},
    "status": set[str](),
    "list": {"status"},
    "restart": set[str](),
}


class ScenarioError(ValueError):
    """A scenario is not written as README.md says."""


@dataclass(frozen=True)
class Scenario:
    """One file of ``scenarios/``, checked.

    Attributes:
        name: The file's name, without its ending.
        expect: With every default filled in.
    """

    name: str
    shows: str
    source: str
    definition: Json
    engine: Json
    input: Any
    timeout_ms: int | None
    script: Mapping[str, list[Json]]
    actions: list[Json]
    expect: Json

    @property
    def stores(self) -> list[str]:
        """The stores that it runs on: what is to survive a restart needs a journal."""
        return ["sqlite"] if self.restarts else ["memory", "sqlite"]

    @property
    def restarts(self) -> bool:
        """Whether its engine is shut down on the way, and another one goes on."""
        return any(action["do"] == "restart" for action in self.actions)

    @property
    def is_refused(self) -> bool:
        """Whether its definition is wrong."""
        return "refused" in self.expect


def every_scenario() -> list[Scenario]:
    """All of them, by name."""
    return [read(path.stem, path.read_text()) for path in sorted(FOLDER.glob("*.json"))]


def read(name: str, text: str) -> Scenario:
    """The scenario in a file.

    Raises:
        ScenarioError: It is not written as README.md says.
    """
    try:
        return _scenario(name, json.loads(text))
    except ScenarioError as error:
        raise ScenarioError(f"{name}: {error}") from None
    except KeyError as error:
        raise ScenarioError(f"{name}: {error} is missing") from None


def _scenario(name: str, given: Json) -> Scenario:
    optional = {"engine", "input", "timeout_ms", "script", "actions"}
    _check_keys("the scenario", given, {"shows", "source", "definition", "expect", *optional})
    _check_keys("engine", given.get("engine", {}), {"settle_ms", "value_limit_bytes"})
    _check_definition(given["definition"])
    calls = _calls(given["definition"])
    script, actions = given.get("script", {}), given.get("actions", [])
    _check_actions(actions, calls)
    _check_script(script, calls, gates=[each["gate"] for each in actions if each["do"] == "open"])
    return Scenario(
        name,
        shows=given["shows"],
        source=given["source"],
        definition=given["definition"],
        engine=given.get("engine", {}),
        input=given.get("input", {}),
        timeout_ms=given.get("timeout_ms"),
        script=script,
        actions=actions,
        expect=_expectation(given["expect"]),
    )


def _check_definition(definition: Json) -> None:
    options = {"name", "steps", "timeout_ms", "layer_concurrency", "compensation", "version"}
    _check_keys("the definition", definition, options)
    for step in definition["steps"]:
        _check_keys(f"step '{step['id']}'", step, _STEP_OPTIONS)
        _check_keys(f"the events of '{step['id']}'", step.get("events", {}), _EVENT_OPTIONS)
        for compensation in compensations(step):
            _check_keys(f"the compensation of '{step['id']}'", compensation, {"plain", *_POLICY})


def compensations(step: Json) -> list[Json]:
    """A step's compensations: one, none, or, where that is to be refused, several."""
    given = step.get("compensation", [])
    return given if isinstance(given, list) else [given]


def _calls(definition: Json) -> Calls:
    """The names that calls have, and whether they block a thread."""
    calls: Calls = {}
    for step in definition["steps"]:
        calls[step["id"]] = step.get("plain", False)
        if step.get("condition"):
            calls[f"if {step['id']}"] = False
        for compensation in compensations(step):
            calls[f"undo {step['id']}"] = compensation.get("plain", False)
    return calls


def _check_script(script: Json, calls: Calls, *, gates: list[str]) -> None:
    _check_keys("the script", script, calls)
    for name, outcomes in script.items():
        for outcome in outcomes:
            _check_keys(f"an outcome of '{name}'", outcome, _OUTCOME)
            _check_keys(f"what '{name}' raises", outcome.get("raises", {}), {"type", "message"})
            if "after" in outcome and outcome["after"] not in gates:
                _check_moment(outcome["after"], calls)


def _check_moment(moment: str, calls: Calls) -> None:
    found = _MOMENT.fullmatch(moment)
    name = re.sub(r" \d+$", "", found["call"]) if found else None
    if not found or name not in calls:
        raise ScenarioError(f"'{moment}' is no moment of this saga, and no gate that an action opens")
    if found["what"] == "ends" and calls[name]:
        raise ScenarioError(
            f"'{moment}' can't be waited for: a plain call has ended before its attempt is reported"
        )


def _check_actions(actions: list[Json], calls: Calls) -> None:
    for action in actions:
        if action["do"] not in _ARGUMENTS:
            raise ScenarioError(f"'{action['do']}' is no action; there are {', '.join(_ARGUMENTS)}")
        allowed = {"do", "when", "gives", "refused"}
        _check_keys(f"the action '{action['do']}'", action, allowed | _ARGUMENTS[action["do"]])
        _check_keys("a refusal", action.get("refused", {}), {"code", "says"})
        if action.get("when", RESULT) != RESULT:
            _check_moment(action["when"], calls)


def _expectation(given: Json) -> Json:
    if "refused" in given:
        _check_keys("expect", given, {"refused"})
        return given
    _check_keys("expect", given, {"effects", "events", "parked", "result"})
    _check_keys("the result", given["result"], _RESULT)
    return {
        "effects": [_effect(each) for each in given["effects"]],
        "events": [_event(each) for each in given.get("events", [])],
        "parked": [_parked(each) for each in given.get("parked", [])],
        "result": _result(given["result"]),
    }


def _effect(given: str | Json) -> Json:
    effect = {"call": given} if isinstance(given, str) else given
    if "any_order" in effect:
        _check_keys("a group of effects", effect, {"any_order"})
        return {"any_order": [_effect(each) for each in effect["any_order"]]}
    _check_keys("an effect", effect, {"call", "saw", "got", "results", "in_doubt", "key"})
    if not _EFFECT.fullmatch(effect["call"]):
        raise ScenarioError(f"'{effect['call']}' is no effect")
    return {"in_doubt": False, **effect}


def _event(given: str | Json) -> Json:
    event = {"type": given} if isinstance(given, str) else given
    _check_keys("an event", event, {"type", "topic", "step", "attempt", "payload", "timed"})
    return event


def _parked(given: Json) -> Json:
    _check_keys("a notice of a parked saga", given, {"status", "steps"})
    return {"status": given["status"], "steps": given["steps"]}


def _result(given: Json) -> Json:
    errors = given.get("errors", {})
    for error in (given.get("error"), *errors.values()):
        _check_keys("an error", error or {}, {"type", "message", "says"})
    return {
        "failed_step": None,
        "error": None,
        "compensated_steps": [],
        "failed_compensations": [],
        "in_doubt_steps": [],
        "results": {},
        **given,
        "errors": errors,
        "steps": [_settled(each) for each in given["steps"]],
    }


def _settled(text: str) -> Json:
    found = _STEP.fullmatch(text)
    if not found:
        raise ScenarioError(f"'{text}' is not how a step settles, such as 'charge FAILED in 3 attempts'")
    attempts = found["attempts"] or ("0" if found["status"] == "SKIPPED" else "1")
    return {"step": found["step"], "status": found["status"], "attempts": int(attempts)}


def _check_keys(what: str, given: Mapping[str, Any], allowed: Iterable[str]) -> None:
    unknown = sorted(set(given) - set(allowed))
    if unknown:
        raise ScenarioError(f"{what} has '{unknown[0]}'; it can have {', '.join(sorted(allowed))}")
