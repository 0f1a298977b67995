"""A message as an e-mail: escaped, nothing fetched, the same words in HTML and in plain text."""

import re
from dataclasses import replace
from html import unescape

import pytest

from core.content.email_shell import EmailShell
from core.content.merge_dialects import DIALECTS
from core.errors import ConfigInvalid
from core.models.messages import Message
from core.orchestrator.config import CONFIG
from core.orchestrator.letterhead import read_shell

SHELL = read_shell(CONFIG)
GENERIC = DIALECTS["generic"]
LINK = "https://www.tolmanrow.example/offers/layers?a=1&b=2"
MESSAGE = Message(
    "For Tom & <Jerry>",
    'It\'s "fine"',
    'Hello {{ first_name | default: "there" }},\n\nTom & Jerry <script>alert(1)</script>\nA line.'
    '\n\n{% if tier == "Gold" %}Gold & so on.{% else %}All.{% endif %}\n\nTolman Row',
)


def words(text):
    """The words, without addresses and without the signs of merge fields."""
    plain = re.sub(r"\{\{ unsubscribe_url \}\}|https://\S+|\| escape", "", text)
    return [w.rstrip(":") for w in plain.split()]


def visible(html):
    body = html.partition("<body")[2].partition(">")[2]
    shown = re.sub(r'<div style="display:none.*?</div>', "", body, flags=re.DOTALL)
    return unescape(re.sub(r"<[^>]+>", " ", shown))


def test_html_and_plain_text_say_the_same_words():
    html = words(visible(SHELL.html(MESSAGE, GENERIC, link=LINK)))
    assert html == words(SHELL.text(MESSAGE, GENERIC, link=LINK))
    assert {"Tom", "<script>alert(1)</script>", "website", "Unsubscribe"} <= set(html)


@pytest.mark.parametrize("link", [None, LINK])
def test_everything_written_by_somebody_is_escaped(link):
    for html in (SHELL.html(MESSAGE, GENERIC, link=link), SHELL.shown(MESSAGE, link=link)):
        assert "<script" not in html
        assert "&lt;script&gt;alert(1)&lt;/script&gt;<br>" in html
        assert "<title>For Tom &amp; &lt;Jerry&gt;</title>" in html


def test_nothing_is_fetched_and_a_preview_can_do_nothing():
    html = SHELL.html(MESSAGE, GENERIC)
    assert not re.search(r"<(?:img|script|link|iframe|object|form)\b|@import|url\(", html)
    assert re.findall(r'href="([^"]*)"', html) == ["{{ unsubscribe_url }}"]
    shown = SHELL.shown(MESSAGE, link=LINK)
    assert set(re.findall(r'href="([^"]*)"', shown)) == {"#"}
    assert "default-src 'none'" in shown
    assert "Content-Security-Policy" not in html


def test_merge_fields_are_left_to_the_sender_and_escaped_there():
    html = SHELL.html(MESSAGE, GENERIC)
    assert 'Hello {{ first_name | default: "there" | escape }},' in html
    assert '{% if tier_choice == "first" %}Gold &amp; so on.{% else %}All.{% endif %}' in html
    assert 'Hello {{ first_name | default: "there" }},' in SHELL.text(MESSAGE, GENERIC)


def test_it_carries_the_address_the_footer_and_a_way_out():
    head = SHELL.letterhead
    for text in (SHELL.html(MESSAGE, GENERIC), SHELL.text(MESSAGE, GENERIC)):
        assert head.postal_address in text
        assert all(paragraph in text for paragraph in head.footer)
        assert "{{ unsubscribe_url }}" in text
        assert "website" not in text


def test_it_is_for_light_and_dark_and_for_narrow_screens():
    html = SHELL.html(MESSAGE, GENERIC)
    for part in ("prefers-color-scheme: dark", "max-width: 480px", "max-width:600px", 'lang="en"'):
        assert part in html


@pytest.mark.parametrize(
    ("template", "reason"),
    [("$subject $5", "lone"), ("$subject", "lacks the slot"), ("{}", "lacks the slot")],
)
def test_a_template_that_cannot_work_is_refused(template, reason):
    with pytest.raises(ConfigInvalid, match=reason):
        EmailShell(template, SHELL.letterhead)
    with pytest.raises(ConfigInvalid, match=r"unknown slot \$logo"):
        EmailShell(SHELL.template + "$logo", SHELL.letterhead)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"shop": " "}, "shop and postal_address"),
        ({"postal_address": ""}, "shop and postal_address"),
        ({"unsubscribe": ""}, "need a word"),
        ({"accent": "red"}, "a colour"),
    ],
)
def test_a_letterhead_without_what_the_law_asks_for_is_refused(wrong, reason):
    with pytest.raises(ValueError, match=reason):
        replace(SHELL.letterhead, **wrong)


def test_a_missing_template_is_named(tmp_path):
    (tmp_path / "letterhead.yaml").write_text("shop: A\nfooter: []\npostal_address: B\n")
    with pytest.raises(ConfigInvalid, match=r"email\.html cannot be read"):
        read_shell(tmp_path)
