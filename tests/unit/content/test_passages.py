"""Paragraphs and sentences keep the characters of the text they come from."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.content.passages import passages_of
from core.content.sentences import count_words, same_sentence, sentences
from core.models.content import Document


def document(content: str) -> Document:
    return Document(
        "D-1", 3, "T", "policy", content, "everyone", ("k",), date(2020, 1, 1), None, ""
    )


def test_a_document_becomes_its_paragraphs_numbered_without_gaps():
    found = passages_of(document("One.\r\n\r\n  \n\nTwo lines\nof it.\n \nThree."))
    assert [(p.passage_id, p.text) for p in found] == [
        ("D-1@3#0", "One."), ("D-1@3#1", "Two lines\nof it."), ("D-1@3#2", "Three."),
    ]  # fmt: skip
    assert found[0].keywords == ("k",)
    assert passages_of(document(" \n\n ")) == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
        ("It costs $1.50 a pair. Fine.", ["It costs $1.50 a pair.", "Fine."]),
        ("Bring e.g. socks. Done.", ["Bring e.g. socks.", "Done."]),
        ("Open to 5 p.m. on Sunday. Bye.", ["Open to 5 p.m. on Sunday.", "Bye."]),
        ("Open to 5 p.m. We wait.", ["Open to 5 p.m.", "We wait."]),
        ("See Mr. Smith at St. Mark.", ["See Mr. Smith at St. Mark."]),
        ("It is no. 5 of ten. No. That is it.", ["It is no. 5 of ten.", "No.", "That is it."]),
        ('He said "wait." Then left.', ['He said "wait."', "Then left."]),
        ("Hello,\n\nyou are here", ["Hello,", "you are here"]),
        ("a hard\nwrapped line. And so", ["a hard\nwrapped line.", "And so"]),
        ("Really? yes, really.", ["Really? yes, really."]),
        ("shop.example/x.html is it.", ["shop.example/x.html is it."]),
        ("1. First thing. 2. Second.", ["1. First thing.", "2. Second."]),
    ],
)
def test_sentences_end_where_a_reader_would_end_them(text, expected):
    assert [s.text for s in sentences(text)] == expected


@given(st.text(alphabet=st.sampled_from("aB1 .!?…\n\"')\u00a0$e.g"), max_size=120) | st.text())
def test_sentences_are_exact_cuts_with_only_white_space_between(text):
    place = 0
    for sentence in sentences(text):
        assert sentence.text == text[sentence.start : sentence.end] == sentence.text.strip() != ""
        assert not text[place : sentence.start].strip()
        place = sentence.end
    assert not text[place:].strip()


@pytest.mark.parametrize(
    ("text", "words"),
    [("", 0), (" - \u2013 ", 0), ("a well-made\n coat for $148 \u2013 yes", 6), ("a.b c", 2)],
)
def test_words_are_counted_as_runs_with_a_letter_or_digit(text, words):
    assert count_words(text) == words


def test_sentences_are_the_same_but_for_white_space():
    assert same_sentence("Soft  wool.", "Soft\nwool. ")
    assert not same_sentence("Soft wool.", "soft wool.")
