"""An engine that fails again and again is left alone, tried by one, and used again."""

from random import Random

import pytest

from core.errors import (
    BudgetReached,
    FailureKind,
    PatienceOver,
    ProviderRejected,
    ProviderUnavailable,
)
from core.orchestrator.breaker import Breaker, Circuit
from core.orchestrator.patience import Gate, Patience, Waiting
from core.protocols.model_calls import ModelCalls
from tests.unit.orchestrator.test_patience import ANSWER, Clock

CALLS = ModelCalls(
    attempts=1, patience_s=100, breaker_failures=3, breaker_rest_s=30, retry_after_max_s=60
)
AWAY = ProviderUnavailable("The engine", "answer", "away.", kind=FailureKind.OUT_OF_ORDER)
BUSY = ProviderUnavailable("The engine", "answer", "busy.", kind=FailureKind.RATE_LIMITED)
NO = ProviderRejected("The engine", "answer", "no.", kind=FailureKind.NOT_UNDERSTOOD)


def raising(problem, asked=None):
    def once():
        if asked is not None:
            asked.append(problem)
        raise problem

    return once


def patience(clock, calls=CALLS):
    return Patience(calls, Gate(2, None, clock), Random(1), clock)  # noqa: S311 - no secret


def opened(clock):
    asking = patience(clock)
    for _ in range(3):
        with pytest.raises(PatienceOver, match="away"):
            asking.ask(raising(AWAY), clock.pause)
    assert asking.standing().circuit is Circuit.OPEN
    return asking


def test_after_so_many_failures_in_a_row_the_engine_is_not_asked():
    clock, asked = Clock(), list[ProviderUnavailable]()
    asking = opened(clock)
    with pytest.raises(PatienceOver, match=r"failed 3 times in a row .* 30 s; .*: away") as caught:
        asking.ask(raising(AWAY, asked), clock.pause, hurried=True)
    assert caught.value.kind is FailureKind.LEFT_ALONE
    assert asked == []
    assert clock.now == 0


def test_a_call_of_a_run_waits_for_the_rest_and_an_answer_closes_the_circuit():
    clock = Clock()
    asking = opened(clock)
    assert asking.ask(lambda: ANSWER, clock.pause) == ANSWER
    assert 30 <= clock.now <= 34
    assert asking.standing().circuit is Circuit.CLOSED
    assert asking.standing().failures == 0


def test_a_try_that_fails_opens_it_for_another_rest():
    clock = Clock()
    asking = opened(clock)
    with pytest.raises(PatienceOver, match="away"):
        asking.ask(raising(AWAY), clock.pause)
    standing = asking.standing()
    assert standing.circuit is Circuit.OPEN
    assert standing.waits_s == pytest.approx(30)
    assert standing.problem.endswith("away.")


def test_half_open_lets_one_try_through():
    clock = Clock()
    breaker = Breaker(CALLS, clock)
    for _ in range(3):
        breaker.failed(AWAY)
    clock.now = 31
    assert [breaker.lets_through() for _ in range(3)] == [True, False, False]
    assert breaker.standing().circuit is Circuit.HALF_OPEN
    assert breaker.wait_s() > 0
    breaker.answered()
    assert breaker.lets_through()


def test_a_try_that_was_not_made_leaves_the_next_one_its_turn():
    clock = Clock()
    asking = opened(clock)
    clock.now = 31
    with pytest.raises(BudgetReached):
        asking.ask(raising(BudgetReached("no money left")), clock.pause)
    assert asking.ask(lambda: ANSWER, clock.pause) == ANSWER


@pytest.mark.parametrize("between", [BUSY, NO])
def test_an_engine_that_says_no_or_not_now_is_there(between):
    clock = Clock()
    asking = patience(clock, ModelCalls(attempts=1, patience_s=1, breaker_failures=3))
    for problem in (AWAY, AWAY, between, AWAY, AWAY):
        with pytest.raises((PatienceOver, ProviderRejected)):
            asking.ask(raising(problem), clock.pause)
        clock.now += 100
    assert asking.standing().circuit is Circuit.CLOSED


def test_a_wait_beyond_patience_is_not_begun():
    clock = Clock()
    asking = patience(clock, ModelCalls(attempts=1, patience_s=20, breaker_failures=1))
    with pytest.raises(PatienceOver, match="away"):
        asking.ask(raising(AWAY), clock.pause)
    with pytest.raises(PatienceOver, match="left alone"):
        asking.ask(lambda: ANSWER, clock.pause)
    assert clock.now == 0


@pytest.mark.parametrize("in_run", [True, False])
def test_a_run_waits_for_an_engine_that_is_left_alone_and_a_person_does_not(in_run):
    clock = Clock()
    asking = Waiting(opened(clock), clock.pause, lambda: in_run)
    if in_run:
        assert asking.ask(lambda: ANSWER) == ANSWER
    else:
        with pytest.raises(PatienceOver, match="left alone"):
            asking.ask(lambda: ANSWER)
