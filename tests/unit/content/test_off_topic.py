"""A message speaks of what approved content speaks of."""

import pytest

from core.content.off_topic import off_topic_findings
from core.models.content import Passage
from core.models.messages import Level, TextField

PASSAGES = (
    Passage(
        "PRD-1", 1, 0, "The Harbor jacket", "product",
        "The Harbor jacket is waxed cotton with a corduroy collar, from our mill in New Hampshire.",
        ("rain", "wind"),
    ),
)  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "Solar panels turn sunlight into electricity through photovoltaic cells.",
        "A detective chased a notorious thief through foggy streets.",
        "How do I solve quadratic equations?",
        "What is the capital of Brazil?",
        "As seen in Vogue.",
    ],
)
def test_a_sentence_nothing_approved_speaks_of_blocks(text):
    found = off_topic_findings(f"Hello Anna, {text[0].lower()}{text[1:]}", TextField.BODY, PASSAGES)
    assert [f.level for f in found] == [Level.BLOCK]


@pytest.mark.parametrize(
    "text",
    [
        "Hello Anna,",
        "Some mornings ask for a warm jacket and a slow coffee.",
        "The corduroy keeps your neck warm when the wind picks up.",
        "See you on Monday, or any day before Christmas.",
        "Made in New Hampshire.",
        "The Harbor Jacket Is Back",
        "",
    ],
)
def test_ordinary_words_about_the_brand_pass(text):
    assert off_topic_findings(text, TextField.BODY, PASSAGES) == ()
