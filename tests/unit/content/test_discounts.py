"""The largest discount a text states; in doubt a share is taken for one."""

import pytest

from core.content.discounts import largest_discount


@pytest.mark.parametrize(
    ("text", "percent"),
    [
        ("Take 15 percent off an order of $120 or more.", 15),
        ("Save up to 40%.", 40),
        ("Thirty per cent less until Friday.", 30),
        ("Twenty-five percent off.", 25),
        ("Coats at half price.", 50),
        ("Half off everything.", 50),
        ("Two for one on socks.", 50),
        ("Buy one, get one free.", 50),
        ("10 % off shirts. 35 % off coats.", 35),
        ("12.5 % off.", 12.5),
        ("Prices reduced by 60 percent.", 60),
        ("Made of 80 % cotton.", 0),
        ("Returns are free for 30 days.", 0),
        ("", 0),
    ],
)
def test_the_largest_discount_counts(text, percent):
    assert largest_discount([text]) == percent


def test_several_texts_are_looked_at_together():
    assert largest_discount(["15 percent off.", "Code MORE takes 30 percent off."]) == 30
