"""What may be said of choosing by segment, by which arms were one message for all."""

from dataclasses import replace

import numpy as np
import pytest

from core.models.cube import Block, Cube
from core.models.readout import Personalization
from core.statistics.personalization import personalization
from tests.unit.statistics.arms import known, plan

SAME, NOBODY = "Same message for everyone", "Not contacted"
ARMS = ("friendly", NOBODY, SAME, "urgent")
ONE, TONES, ANY = (SAME,), (), None
UNTESTED = "Whether messages by segment beat one message for everyone was not tested."


def cube(shares, n=4000.0) -> Cube:
    """Two segments by four arms, the same in the fold that chooses and the one that values."""
    share = np.array(shares * 2, dtype=float)
    sizes = np.full(len(share), n)
    block = Block(sizes, share[:, None], (n * share * (1 - share))[:, None, None])
    where = {"segment": (("New",) * 4 + ("Old",) * 4) * 2}
    return Cube(ARMS * 4, where, (0,) * 16, (0,) * 8 + (1,) * 8, sizes, {"visit": block})


def worth(shares, singles, *, n=4000.0, mde=0.1, **changes) -> Personalization:
    asked = plan(control=NOBODY, mde=mde, single_messages=singles, **changes)
    found = personalization(cube(shares, n), asked, "segment", [0])
    assert found is not None
    return found


#          friendly nobody same urgent, for New and for Old
BETTER = [0.16, 0.05, 0.10, 0.10, 0.10, 0.05, 0.10, 0.16]
HARDLY = [0.102, 0.05, 0.10, 0.101, 0.10, 0.05, 0.10, 0.102]
NO_BETTER = [0.09, 0.05, 0.10, 0.09, 0.09, 0.05, 0.10, 0.09]


@pytest.mark.parametrize(
    ("shares", "singles", "begins", "ends"),
    [
        (
            BETTER,
            ONE,
            "Choosing the message by segment is worth +6.00 points of visits (+4.",
            "against the same message for everyone.",
        ),
        (BETTER, TONES, "Choosing the tone by segment is worth +3.00 points of visits (", UNTESTED),
        (
            BETTER,
            ANY,
            "Choosing by segment is worth +3.00 points of visits (",
            "against friendly for all.",
        ),
        (
            HARDLY,
            ONE,
            "Choosing the message by segment: benefit not shown, +0.20 points",
            "would show a gain of 10 % of today's visits; this one had 64,000.",
        ),
        (
            HARDLY,
            TONES,
            "Choosing the tone by segment: benefit not shown, +0.05 points of visits (",
            UNTESTED,
        ),
        (HARDLY, ANY, "Choosing by segment: benefit not shown, +0.05 points", "this choice."),
        (
            NO_BETTER,
            ONE,
            "Choosing the message by segment: benefit not shown. The same message for everyone ",
            "",
        ),
        (
            NO_BETTER,
            TONES,
            f"Choosing the tone by segment: benefit not shown. The same group, {SAME}, came out ",
            f"so choosing would have changed nothing. {UNTESTED}",
        ),
        (
            NO_BETTER,
            ANY,
            f"Choosing by segment: benefit not shown. The same group, {SAME}, came out best in ",
            "so choosing would have changed nothing.",
        ),
    ],
)
def test_what_is_said_depends_on_what_was_the_same_for_all(shares, singles, begins, ends):
    found = worth(shares, singles)
    assert found.sentence.startswith(begins)
    assert found.sentence.endswith(ends)
    assert found.single_message is (singles != TONES)
    assert ("for everyone" in found.sentence) or singles is ANY


def test_the_words_for_a_loss():
    shares = cube(BETTER)
    block = shares.blocks["visit"]
    mean = block.mean.copy()
    mean[8:, 0] = [0.06, 0.05, 0.10, 0.10, 0.10, 0.05, 0.10, 0.06]
    lost = replace(shares, blocks={"visit": replace(block, mean=mean)})
    asked = plan(control=NOBODY, single_messages=ONE)
    found = known(personalization(lost, asked, "segment", [0]))
    assert found.sentence.startswith(
        "Choosing the message by segment loses against the same message for everyone: "
    )
    assert "\N{MINUS SIGN}4.00 points of visits" in found.sentence


def test_the_customers_needed_are_told_where_more_of_them_would_help():
    found = worth(HARDLY, ONE)
    # 16 cells of 4,000; each difference rests on 4,000 against 4,000 in the fold that values.
    needed = known(found.needed_customers)
    assert needed > 64_000
    large = worth(HARDLY, ONE, n=30_000.0)
    assert large.needed_customers == pytest.approx(needed, rel=1e-3)
    assert "was large enough to show a gain of 10 % of today's visits, and rules it out" in (
        large.sentence
    )
    assert worth(HARDLY, ONE, mde=0.05).needed_customers == pytest.approx(4 * needed, rel=1e-3)


def test_a_large_test_that_leaves_the_question_open_says_how_sure_it_was():
    nearly = [0.105, 0.05, 0.10, 0.10, 0.10, 0.05, 0.10, 0.105]
    found = worth(nearly, ONE, n=8000.0)
    low, high = known(found.gain_interval)
    assert low < 0
    assert high > 0.1 * found.best_single_value
    assert found.sentence.endswith(
        "This test was large enough to show a gain of 10 % of today's visits in 80 % of cases."
    )


def test_without_a_smallest_effect_no_number_is_given():
    found = worth(HARDLY, ONE, mde=0.0)
    assert found.needed_customers is None
    assert found.sentence.endswith("against the same message for everyone.")


def test_the_power_is_that_of_the_plan():
    asked = plan(control=NOBODY, mde=0.1, single_messages=ONE)
    needed = [
        known(personalization(cube(HARDLY), asked, "segment", [0], power=power)).needed_customers
        for power in (0.8, 0.9)
    ]
    assert known(needed[0]) < known(needed[1])


def test_looking_more_than_once_widens_the_interval_and_says_so():
    asked = plan(control=NOBODY, mde=0.1, single_messages=ONE)
    once, often = (
        known(personalization(cube(HARDLY), asked, "segment", [0], alpha=alpha))
        for alpha in (None, 0.01)
    )
    widths = [high - low for low, high in (known(f.gain_interval) for f in (once, often))]
    assert widths[1] / widths[0] == pytest.approx(2.5758293 / 1.9599640)
    assert once.needed_customers == often.needed_customers
    assert often.method.endswith("wide enough for looking again")


def test_money_is_written_as_money():
    n = np.full(8, 400.0)
    block = Block(n, np.array([[1.0], [1.05], [1.05], [1.0]] * 2), np.full((8, 1, 1), 399.0))
    where = {"channel": ("Web", "Web", "App", "App") * 2}
    whole = Cube(("a", "b") * 4, where, (0,) * 8, (0,) * 4 + (1,) * 4, n, {"spend": block})
    asked = plan("spend:mean", mde=0.1)
    sentence = known(personalization(whole, asked, "channel", [0])).sentence
    assert sentence.startswith("Choosing by channel: benefit not shown, +$0.025 of spend per cus")
    assert "a gain of 10 % of today's spend" in sentence


def test_a_single_message_that_nobody_got_leaves_no_answer():
    asked = plan(control=NOBODY, single_messages=("Another",))
    assert personalization(cube(BETTER), asked, "segment", [0]) is None
