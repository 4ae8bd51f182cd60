"""Scenarios are written as README.md says, and its tables name them all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conformance.scenario import ScenarioError, every_scenario, read

README = Path(__file__).parent / "README.md"
WHOLE = """
{"shows": "x", "source": "x", "definition": {"steps": [{"id": "a"}]}, "script": {}, "actions": [],
 "expect": {"effects": [], "result": {"status": "COMPLETED", "steps": []}}}
"""
MISTAKES = [
    ('"id": "a"', '"id": "a", "retires": 3', "step 'a' has 'retires'; it can have"),
    ('"script": {}', '"script": {"b": []}', "the script has 'b'; it can have a"),
    ('"script": {}', '"script": {"a": [{"return": {}}]}', "an outcome of 'a' has 'return'; it can have"),
    (
        '"script": {}',
        '"script": {"a": [{"after": "the rain"}]}',
        "'the rain' is no moment of this saga, and no gate",
    ),
    ('"script": {}', '"script": {"a": [{"after": "b 1 ends"}]}', "'b 1 ends' is no moment of this saga"),
    (
        '"id": "a"}]}, "script": {}',
        '"id": "a", "plain": true}]}, "script": {"a": [{"after": "a 1 ends"}]}',
        "a plain call",
    ),
    ('"actions": []', '"actions": [{"do": "hope"}]', "'hope' is no action"),
    ('"actions": []', '"actions": [{"do": "cancel", "when": "later"}]', "'later' is no moment of this saga"),
    ('"effects": []', '"effects": ["a"]', "'a' is no effect"),
    ('"steps": []}', '"steps": ["a is done"]}', "'a is done' is not how a step settles"),
    ('"shows": "x"', '"shows": "x", "expects": {}', "the scenario has 'expects'; it can have"),
]


@pytest.mark.parametrize(("right", "wrong", "problem"), MISTAKES, ids=[wrong for _, wrong, _ in MISTAKES])
def test_a_mistake_in_a_scenario_is_named(right: str, wrong: str, problem: str):
    with pytest.raises(ScenarioError, match=re.escape(problem)):
        read("x", WHOLE.replace(right, wrong))


def test_the_example_in_the_readme_is_written_as_the_readme_says():
    example = re.search(r"```json\n(.*?)```", README.read_text(), re.DOTALL)
    assert example
    assert read("example", example[1]).stores == ["memory", "sqlite"]


def rows() -> Iterator[tuple[str, list[str], str]]:
    """Each row of the tables: table and name, the scenarios that it names, and what is shown elsewhere."""
    table = ""
    for line in README.read_text().partition("## What is covered")[2].splitlines():
        if line.startswith("### "):
            table = line.removeprefix("### ")
        elif line.startswith("| ") and not line.startswith("| Row "):
            row, scenarios, elsewhere = (cell.strip() for cell in line.strip("|").split("|"))
            yield f"{table}: {row}", re.findall(r"`([^`]+)`", scenarios), elsewhere


def test_no_row_names_a_scenario_that_is_not_there():
    there = {scenario.name for scenario in every_scenario()}
    assert {row: gone for row, names, _ in rows() if (gone := set(names) - there)} == {}


def test_every_scenario_is_named_by_the_row_that_it_gives_as_its_source():
    named = {row: names for row, names, _ in rows()}
    assert [each.name for each in every_scenario() if each.name not in named.get(each.source, ())] == []


def test_every_row_has_a_scenario_or_says_where_else_it_is_shown():
    assert [row for row, names, elsewhere in rows() if not names and not elsewhere] == []
