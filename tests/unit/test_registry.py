"""Factories: who makes the instance of a run."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.worker_bench import Bench, bench, saga_of

from fireflytx.exceptions import DefinitionError
from fireflytx.registry import Registry

__all__ = ["bench"]


async def _step(self: Any, data: Any) -> None: ...


async def _make() -> object:
    return object()


@pytest.mark.parametrize(
    ("factory", "complaint"),
    [
        ("a text", r"BenchSaga must be callable without arguments, got str\."),
        (lambda needed: needed, r"BenchSaga must be callable without arguments, got <lambda>\."),
        (_make, r"BenchSaga is async; write it with 'def'\."),
    ],
)
def test_a_factory_that_can_make_nothing_is_refused_at_once(factory: Any, complaint: str):
    with pytest.raises(DefinitionError, match=complaint):
        Registry().register(saga_of(_step), factory)


@pytest.mark.asyncio
@pytest.mark.parametrize(("made", "named"), [("a text", "an instance of builtins.str"), (None, "None")])
async def test_a_factory_that_returns_something_else_fails_the_step_once_and_is_named(
    bench: Bench, made: object, named: str
):
    saga_class = saga_of(_step)
    bench.registry.register(saga_class, lambda: made)
    error = (await bench.run(saga_class))["error"]
    assert f"returned {named}; it must return an instance of BenchSaga" in error["message"]
    assert (error["type"], error["retryable"]) == ("DefinitionError", False)


@pytest.mark.asyncio
async def test_an_instance_of_a_subclass_will_do(bench: Bench):
    saga_class = saga_of(_step)
    bench.registry.register(saga_class, type("Fake", (saga_class,), {}))
    assert (await bench.run(saga_class))["outcome"] == "succeeded"
