"""Errors: one tree, written for people, and able to be stored by a durable run."""

import pickle

import pytest

from core import errors

CASES = [
    errors.BadInput("wrong"),
    errors.FileInvalid("folder/file.csv", "broken", line=3),
    errors.NotFound("campaign", "x", "Look again."),
    errors.StaleRevision("message v"),
    errors.StaleRevision("message v", own=True),
    errors.ProviderUnavailable("azure", "write", "time-out"),
    errors.ProviderRejected("azure", "write", "refused"),
    errors.UndefinedStatistic("no events yet"),
]


@pytest.mark.parametrize("error", CASES, ids=lambda e: type(e).__name__)
def test_an_error_survives_being_stored(error):
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert again.__dict__ == error.__dict__


def test_bad_input_exits_with_2_and_everything_else_with_1():
    kinds = [k for k in vars(errors).values() if isinstance(k, type)]
    tree = [k for k in kinds if issubclass(k, errors.OrchestratorError)]
    assert {k.exit_code for k in tree if issubclass(k, errors.BadInput)} == {2}
    assert {k.exit_code for k in tree if not issubclass(k, errors.BadInput)} == {1}


def test_a_file_error_names_file_and_line():
    assert str(CASES[1]) == "file.csv line 3: broken"
