import math

import pytest

from core.charts.units import (
    DASH,
    MINUS,
    MONEY,
    NUMBER,
    POINTS,
    chance,
    change,
    count,
    money,
    p_value,
    percent,
    points,
    share,
)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (points(0.0775), "+7.75"),
        (points(-0.001234), f"{MINUS}0.12"),
        (points(0.0), "0.00"),
        (points(None), DASH),
        (points(math.nan), DASH),
        (share(0.1829), "18.29 %"),
        (money(1234.5), "$1,234.50"),
        (money(-0.5), f"{MINUS}$0.50"),
        (change(0.7361), "+73.6 %"),
        (change(None), DASH),
        (count(31999), "31,999"),
        (percent(1 - 0.05 / 3), "98.33 %"),
        (p_value(0.0), "< 0.001"),  # a p-value is never 0
        (p_value(1.0), "> 0.999"),
        (p_value(None), DASH),
        (chance(1.0), "> 99.9 %"),  # and a chance never 100 %
        (chance(0.5), "50.0 %"),
        (POINTS.interval((-0.01, 0.02)), f"{MINUS}1.00 to +2.00"),
        (POINTS.interval(None), DASH),
        (MONEY.amount(-0.77), "$0.77"),
        (POINTS.amount(0.01), "1.00 points"),
    ],
)
def test_a_number_is_written_in_its_unit(written, expected):
    assert written == expected


@pytest.mark.parametrize(
    ("unit", "half", "decimals"),
    [
        (POINTS, 0.009, 2),
        (POINTS, 0.00004, 4),  # ten million customers
        (NUMBER, 300, 0),
        (NUMBER, 3, 1),
        (POINTS, 1e-12, 6),  # no more than six, whatever happens
        (POINTS, 0, 2),
        (POINTS, math.inf, 2),
    ],
)
def test_decimals_suit_the_narrowest_interval(unit, half, decimals):
    assert unit.fitted([(0.1 - half, 0.1 + half), None]).decimals == decimals


def test_an_interval_above_0_is_not_printed_as_0():
    unit = POINTS.fitted([(0.00001, 0.00005)])
    assert unit.interval((0.00001, 0.00005)) == "+0.0010 to +0.0050"
