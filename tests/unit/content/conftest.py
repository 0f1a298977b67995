"""Approved passages for the checks of text, written for these tests."""

import pytest

from core.models.content import Passage

TEXTS = {
    "OFF-1": (
        "Save up to 20 percent on boots",
        (
            "You take up to 20 percent off leather boots with code BOOTS20 until January 6, 2027. "
            "The offer needs an order of $75 or more, and code BOOTS20 works once per customer."
        ),
    ),
    "POL-1": (
        "Delivery and returns",
        (
            "Standard delivery takes three to five business days and costs $7.95 an order. "
            "Standard delivery is free on orders of $100 or more. "
            "You have 60 days to return anything unworn, and our two-year guarantee covers seams. "
            "Our stores open at 10 a.m. on Saturdays, and 85 percent of parcels arrive early."
        ),
    ),
    "PRD-1": (
        "The Harbor jacket",
        (
            "The Harbor jacket is 8-ounce waxed cotton with two pockets, and it costs $148. "
            "Write to care@harbor.example or see www.harbor.example/care for the wax."
        ),
    ),
}


@pytest.fixture
def passages() -> tuple[Passage, ...]:
    return tuple(
        Passage(name, 1, 0, title, "policy", text) for name, (title, text) in TEXTS.items()
    )
