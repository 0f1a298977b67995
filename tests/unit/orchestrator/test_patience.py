"""How long an engine is waited for, and how many ask it at once."""

import threading
import time
from random import Random

import pytest

from core.errors import FailureKind, PatienceOver, ProviderRejected, ProviderUnavailable
from core.orchestrator.patience import Gate, Patience
from core.protocols.chat_model import Completion
from core.protocols.model_calls import ModelCalls
from core.protocols.patience import RateLimit

CALLS = ModelCalls(attempts=4, patience_s=1000, backoff_s=1, retry_after_max_s=60)
ANSWER = Completion("{}", "test", "test-1")


class Clock:
    """A clock that only waiting moves."""

    def __init__(self):
        self.now, self.waits = 0.0, []

    def __call__(self):
        return self.now

    def pause(self, seconds):
        self.waits.append(seconds)
        self.now += seconds


def failing(*wishes):
    """An engine that is away once for each wish to wait, and then answers."""
    left = list(wishes)

    def once():
        if left:
            raise ProviderUnavailable("The engine", "answer", "away.", retry_after_s=left.pop(0))
        return ANSWER

    return once


def busy(*wishes):
    """An engine that is asked too often once for each wish, and then answers."""
    left = list(wishes)

    def once():
        if left:
            wish_s, kind = left.pop(0), FailureKind.RATE_LIMITED
            raise ProviderUnavailable(
                "The engine", "answer", "busy.", retry_after_s=wish_s, kind=kind
            )
        return ANSWER

    return once


def patience(clock, calls=CALLS, seed=1, rate=None):
    return Patience(calls, Gate(1, rate, clock), Random(seed), clock)  # noqa: S311 - no secret


def test_without_a_wish_waits_grow_and_are_left_to_chance():
    firsts = set()
    for seed in range(20):
        clock = Clock()
        assert patience(clock, seed=seed).ask(failing(None, None, None), clock.pause) == ANSWER
        first, second, third = clock.waits
        assert 0.5 <= first <= 1
        assert 1 <= second <= 2
        assert 2 <= third <= 4
        firsts.add(first)
    assert len(firsts) == 20


@pytest.mark.parametrize(
    ("wish_s", "least_s", "most_s"),
    [
        (7, 7, 7.7),  # honoured: never earlier than asked
        (0, 0, 0),
        (59, 59, 60),
        (3600, 60, 60),  # capped: nobody waits an hour with the marketer looking on
    ],
)
def test_a_wish_to_wait_is_honoured_and_capped(wish_s, least_s, most_s):
    clock = Clock()
    patience(clock).ask(failing(wish_s), clock.pause)
    assert least_s <= clock.now <= most_s


def test_after_so_many_tries_it_is_over_and_the_words_say_how_many():
    clock = Clock()
    with pytest.raises(PatienceOver, match=r"away\. \(tried 4 times in \d+ s\)"):
        patience(clock).ask(failing(*[None] * 9), clock.pause)
    assert len(clock.waits) == 3


def test_a_wait_that_would_pass_the_bound_is_not_begun():
    clock = Clock()
    bounded = ModelCalls(attempts=99, patience_s=100, retry_after_max_s=60)
    with pytest.raises(PatienceOver, match="tried 2 times"):
        patience(clock, bounded).ask(failing(*[60] * 9), clock.pause)
    assert clock.now <= 100


@pytest.mark.parametrize("within_s", [10, 1000])
def test_who_waits_less_than_the_settings_say_is_answered_sooner_and_never_later(within_s):
    clock = Clock()
    calls = ModelCalls(attempts=99, patience_s=100, retry_after_max_s=4, breaker_failures=99)
    with pytest.raises(PatienceOver, match=r"tried \d+ times"):
        patience(clock, calls).ask(failing(*[4] * 99), clock.pause, within_s=within_s)
    most = min(within_s, 100)
    assert most - 5 <= clock.now <= most


def test_a_wish_of_ten_minutes_blocks_no_longer_than_configured():
    clock = Clock()
    calls = ModelCalls(patience_s=90, retry_after_max_s=20)
    with pytest.raises(PatienceOver, match="busy") as caught:
        patience(clock, calls).ask(busy(*[600] * 99), clock.pause)
    assert max(clock.waits) <= 20
    assert clock.now <= 90
    assert caught.value.kind is FailureKind.RATE_LIMITED


def test_that_an_engine_is_busy_counts_as_no_try():
    clock = Clock()
    # Ten refusals and four tries: the storm is over before patience is.
    assert patience(clock).ask(busy(*[None] * 10), clock.pause) == ANSWER
    assert max(clock.waits) <= 4


def test_a_refusal_is_not_tried_again():
    clock, asked = Clock(), []

    def once():
        asked.append(1)
        raise ProviderRejected("The engine", "answer", "no.")

    with pytest.raises(ProviderRejected):
        patience(clock).ask(once, clock.pause)
    assert (len(asked), clock.waits) == (1, [])


def test_a_wish_to_wait_holds_back_everybody():
    clock = Clock()
    gate = Gate(2, None, clock)
    gate.close_for(30)
    with gate.passing(clock.pause):
        assert clock.now >= 30


def test_no_more_than_so_many_are_inside_at_once_and_who_waits_to_retry_is_outside():
    gate = Gate(3, None, time.monotonic)
    inside, most, lock = [0], [0], threading.Lock()

    def once():
        with lock:
            inside[0] += 1
            most[0] = max(most[0], inside[0])
        time.sleep(0.02)
        with lock:
            inside[0] -= 1
        return ANSWER

    asking = Patience(CALLS, gate, Random(1), time.monotonic)  # noqa: S311 - no secret
    threads = [threading.Thread(target=asking.ask, args=(once, time.sleep)) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most[0] == 3


def test_no_more_than_so_many_requests_begin_in_any_stretch():
    clock, begun = Clock(), []
    asking = patience(clock, rate=RateLimit(requests=5, period_s=10))

    def once():
        begun.append(clock.now)
        clock.now += 0.5
        return ANSWER

    for _ in range(23):
        asking.ask(once, clock.pause)
    for start in begun:
        assert sum(start <= at < start + 10 for at in begun) <= 5
    assert begun[-1] < 45
