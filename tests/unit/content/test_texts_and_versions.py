"""Texts that come in as Markdown, and what changed between two versions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.content.word_diff import word_diff
from core.content.written_text import written_text
from core.models.content import Passage


@pytest.mark.parametrize(
    ("text", "title", "content"),
    [
        ("Plain words.", "", "Plain words."),
        ("# Returns #\n\nBring it back.", "Returns", "Bring it back."),
        ("Intro.\n\n## Later heading\nBody.", "Later heading", "Intro.\n\nBody."),
        ("It is **very** _soft_ and `wool`.", "", "It is very soft and wool."),
        ("See [the page](https://a.example/x) or ![a coat](c.png).", "", "See the page or a coat."),
        ("- One thing.\n- Another.\n1. A third.", "", "One thing.\n\nAnother.\n\nA third."),
        ("> Quoted\n> words.", "", "Quoted words."),
        ("First\nline.\r\n\r\nSecond.", "", "First line.\n\nSecond."),
        ("One.\n\n---\n\nTwo. <!-- hidden -->", "", "One.\n\nTwo."),
        ("2 * 3 is 6, and snake_case_word stays.", "", "2 * 3 is 6, and snake_case_word stays."),
        ("   \n\n", "", ""),
    ],
)
def test_markdown_becomes_paragraphs_without_its_signs(text, title, content):
    written = written_text(text)
    assert (written.title, written.content) == (title, content)


@given(st.text(alphabet="ab .\n", max_size=60), st.text(alphabet="ab .\n", max_size=60))
def test_either_text_can_be_read_from_the_difference(before, after):
    changes = word_diff(before, after)
    assert "".join(c.text for c in changes if c.kind != "added") == before
    assert "".join(c.text for c in changes if c.kind != "removed") == after


def test_the_same_paragraph_is_recognised_in_another_version_and_place():
    old = Passage("D-1", 1, 0, "Title", "brand", "Soft  wool.")
    new = Passage("D-1", 2, 3, "Another title", "brand", "Soft wool.")
    assert old.fingerprint == new.fingerprint
    assert old.passage_id != new.passage_id
    assert old.fingerprint != Passage("D-1", 2, 0, "", "", "Soft cotton.").fingerprint
