"""A table of accidents written by hand: each bad text is found, and each good one let through."""

import json
import re
from pathlib import Path

import pytest
import yaml

from core.content.accidental import accidents
from core.content.duplicates import duplicate_findings, likeness
from core.content.merge_fields import merge_findings
from core.models.messages import Level, Message, TextField
from core.orchestrator.config import ROOT

FOLDER = Path(__file__).parent
CASES = yaml.safe_load((FOLDER / "accidents.yaml").read_text())
NINE = yaml.safe_load((FOLDER / "nine_published.yaml").read_text())
BRAND = ("Tolman Row",)
CAPITALS = {"LAYER15", "UPF50", "XXXL", "PFAS"}


def found(text, field=TextField.BODY):
    ours = accidents(text, field, names=BRAND, capitals=CAPITALS, document_ids=["PRM-001"])
    return (*ours, *merge_findings(text, field, None))


@pytest.mark.parametrize("case", CASES["bad"])
def test_an_accident_is_found(case):
    text, rule, *part = case
    assert rule in {f.rule for f in found(text, TextField(*part) if part else TextField.BODY)}


@pytest.mark.parametrize("text", CASES["good"])
def test_ordinary_copy_is_let_through(text):
    assert found(text) == ()


def test_the_table_is_large_enough_to_tell():
    assert len(CASES["bad"]) + len(CASES["good"]) >= 150


@pytest.mark.parametrize("path", sorted((ROOT / "data/content/approved_content").glob("*.json")))
def test_no_approved_document_has_an_accident(path):
    document = json.loads(path.read_text())
    codes = set(re.findall(r"\bcode ([A-Z0-9]{4,})", document["content"])) | CAPITALS
    # The expiry is filled in when the document is loaded.
    text = document["content"].replace("{expiry}", "May 6, 2027").replace("{start}", "May 1, 2027")
    every = accidents(text, TextField.BODY, names=BRAND, capitals=codes)
    assert [f for f in every if f.level is not Level.NOTE] == []


@pytest.mark.parametrize("message", NINE)
@pytest.mark.parametrize("rule", ["placeholder", "markup", "source_tag"])
def test_each_of_nine_published_messages_blocks_for_each_reason(message, rule):
    every = (*found(message["subject"], TextField.SUBJECT), *found(message["body"]))
    assert rule in {f.rule for f in every if f.level is Level.BLOCK}


def test_the_subject_says_where_the_markdown_is():
    for message in NINE:
        assert "markup" in {f.rule for f in found(message["subject"], TextField.SUBJECT)}


ONE = Message(
    "A coat", "Warm and light", "The coat is warm and light. It costs $90. Order it today."
)


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (ONE, True),
        (Message("a COAT", "warm and light", f"{ONE.body}!"), True),
        (Message("A coat", "Warm and light", "The coat is warm and light. It costs $90."), False),
        (Message("A shirt", "Soft and cool", "The shirt is soft and cool. It costs $40."), False),
    ],
)
def test_a_message_that_another_tone_says_too_blocks(other, same):
    assert [f.level for f in duplicate_findings(ONE, {"urgent": other})] == [Level.BLOCK] * same


def test_one_word_of_a_long_message_makes_no_other_message():
    body = " ".join(f"Sentence {n} says something of the coat." for n in range(20))
    changed = body.replace("Sentence 7", "Paragraph 7")
    assert likeness(Message("A", "B", body), Message("A", "B", changed)) > 0.9
    assert duplicate_findings(Message("A", "B", body), {"urgent": Message("A", "B", changed)})


def test_nothing_is_like_nothing():
    assert likeness(Message("", "", ""), Message("", "", "")) == 0.0
