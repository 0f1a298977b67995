"""What no reader sees cannot hide words from the checks."""

import pytest

from core.content.hidden_text import hidden_findings
from core.models.messages import Level, TextField


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("So ch\u200beap.", "\u200b"),  # zero width space
        ("2\u20600 percent off", "\u2060"),  # word joiner
        ("sc\u00adum", "\u00ad"),  # soft hyphen
        ("\u202eevil\u202c", "\u202e"),  # right to left override
        ("\ufeffHello", "\ufeff"),
        ("a\u200db", "\u200d"),  # joins letters, not pictures
        ("Hello\x00", "\x00"),
        ("ch\u0435ap", "ch\u0435ap"),  # a Cyrillic letter
        ("\u0391pple", "\u0391pple"),  # a Greek one
    ],
)
def test_what_no_reader_sees_is_stopped(text, shown):
    found = hidden_findings(text, TextField.BODY)
    assert shown in [f.text for f in found]
    assert all(f.level is Level.BLOCK and text[f.start : f.end] == f.text for f in found)


@pytest.mark.parametrize(
    "text",
    [
        "Caf\u00e9, Stra\u00dfe, 5\u00a0\u00b5m, \u20ac5, \u201cquoted\u201d\n\tand \u2014 more.",
        "\u041f\u0440\u0438\u0432\u0435\u0442 and hello",  # a word of each alphabet
        "\u03a9 and \u03b1-helix",
        "\U0001f468\u200d\U0001f469\u200d\U0001f467 and \u2764\ufe0f\u200d\U0001f525",
    ],
)
def test_what_readers_see_is_left_alone(text):
    assert hidden_findings(text, TextField.BODY) == ()
