from __future__ import annotations

import inspect
import pickle

import pytest

from fireflytx import exceptions
from fireflytx.exceptions import (
    DefinitionError,
    FireflyTxError,
    NonRetryableError,
    OutcomeUnknown,
    ResultNotVisibleError,
    ValueRefusedError,
)

ALL = [value for value in vars(exceptions).values() if inspect.isclass(value)]


def test_every_exception_is_a_firefly_error() -> None:
    assert all(issubclass(each, FireflyTxError) for each in ALL)


def test_every_exception_is_drawn_in_the_tree() -> None:
    assert exceptions.__doc__ is not None
    assert [each.__name__ for each in ALL if each.__name__ not in exceptions.__doc__] == []


def test_every_exception_is_exported() -> None:
    assert {each.__name__ for each in ALL} == set(exceptions.__all__)


@pytest.mark.parametrize(
    "name", ["InvalidResultError", "InvalidInputError", "ValueRefusedError", "ConditionError"]
)
def test_findings_of_the_framework_are_never_retried(name: str) -> None:
    assert issubclass(getattr(exceptions, name), NonRetryableError)


def test_a_definition_error_is_a_value_error() -> None:
    assert issubclass(DefinitionError, ValueError)


def test_a_result_that_is_not_visible_is_a_key_error_with_a_plain_message() -> None:
    error = ResultNotVisibleError("Step 'b' sees no result of 'a'.")

    assert isinstance(error, KeyError)
    assert str(error) == "Step 'b' sees no result of 'a'."


def test_a_lost_engine_keeps_exit_code_and_output_through_pickling() -> None:
    error = pickle.loads(pickle.dumps(OutcomeUnknown("gone", exit_code=-9, stderr="oops")))

    assert (str(error), error.exit_code, error.stderr) == ("gone", -9, "oops")


def test_an_unknown_outcome_says_that_the_saga_may_have_run_and_where_to_look() -> None:
    error = pickle.loads(pickle.dumps(OutcomeUnknown("The engine's process is gone.", correlation_id="o-1")))

    assert str(error) == (
        "The saga may have run, or go on: look it up by its correlation_id 'o-1' before you start it under "
        "another. The engine's process is gone."
    )


def test_a_refused_value_has_the_path_of_the_field() -> None:
    assert ValueRefusedError("result.x is NaN.", path="result.x").path == "result.x"
