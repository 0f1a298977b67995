"""A rendered mail says who sends it, from where, and how to leave."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.content.mail import MailRules, mail_faults

RULES = MailRules(
    sender_name="Tolman Row",
    sender_email="hello@tolmanrow.example",
    postal_address="12 Mill Street, Keene, NH 03431",
)
HTML = """<!doctype html><html><head><title>A coat</title><style>a { color: red }</style></head>
<body><p>The Harbor jacket.</p><p>Tolman Row, hello@tolmanrow.example<br>12 Mill Street,
<b>Keene</b>, NH 03431</p><p><a href="{{ unsubscribe_url }}">Unsubscribe</a></p></body></html>"""
TEXT = """The Harbor jacket.

Tolman Row, hello@tolmanrow.example
12 Mill Street, Keene, NH 03431
Unsubscribe: {{ unsubscribe_url }}"""
LINK = '<a href="{{ unsubscribe_url }}">Unsubscribe</a>'


def rules(html=HTML, text=TEXT, asked=RULES):
    return [(f.rule, f.where) for f in mail_faults(html, text, asked)]


def test_a_whole_mail_may_leave():
    assert rules() == []


@pytest.mark.parametrize(
    "link",
    [
        '<a href="https://tolmanrow.example/unsubscribe?u=1">here</a>',
        '<a href="https://tolmanrow.example/u/1">Unsubscribe</a>',
        '<a href="mailto:unsubscribe@tolmanrow.example">Stop receiving these</a>',
        '<a href="*|UNSUB|*">opt out</a>',
        '<a href="{% unsubscribe_link %}">leave</a>',
        '<a href="https://tolmanrow.example/u"><img src="x.png" alt="Unsubscribe"></a>',
        '<a href="https://tolmanrow.example/u">Newsletter abbestellen</a>',
    ],
)
def test_every_sender_s_way_out_counts(link):
    assert rules(HTML.replace(LINK, link)) == []


@pytest.mark.parametrize(
    "link",
    [
        "",
        "Unsubscribe",  # words without a link
        "<a>Unsubscribe</a>",
        '<a href="">Unsubscribe</a>',
        '<a href="#">Unsubscribe</a>',
        '<a href="https://tolmanrow.example/shop">Shop now</a>',
        '<a href="{{ shop_url }}">Shop now</a>',
        f'<div style="display: none">{LINK}</div>',
        f'<span style="font-size:0">{LINK}</span>',
        f"<p hidden>{LINK}</p>",
        f"<!-- {LINK} -->",
        f"<template>{LINK}</template>",
    ],
)
def test_a_way_out_that_no_reader_can_follow_is_none(link):
    assert rules(HTML.replace(LINK, link)) == [("unsubscribe", "HTML")]


@pytest.mark.parametrize(
    ("html", "text", "found"),
    [
        (HTML.replace("Keene", "Boston"), TEXT, [("sender_address", "HTML")]),
        (HTML, TEXT.replace("12 Mill Street", ""), [("sender_address", "plain text")]),
        (HTML.replace("Tolman Row", "We"), TEXT, [("sender_name", "HTML")]),
        (HTML, TEXT.replace("hello@", "mail@"), [("sender_email", "plain text")]),
        (HTML, TEXT.partition("Unsubscribe")[0], [("unsubscribe", "plain text")]),
        (HTML + "<script>x()</script>", TEXT, [("active_content", "HTML")]),
        (HTML + "<form></form>", TEXT, [("active_content", "HTML")]),
        ("", TEXT, [("unsubscribe", "HTML"), ("sender_name", "HTML"), ("sender_email", "HTML"),
                    ("sender_address", "HTML")]),
    ],
)  # fmt: skip
def test_each_part_has_to_say_who_sends_it(html, text, found):
    assert rules(html, text) == found


def test_what_is_not_configured_is_not_asked_for():
    assert rules("<p>Hello</p>", "Hello", MailRules(unsubscribe=False)) == []
    assert rules("<p>Hello</p>", "Hello", MailRules()) == [
        ("unsubscribe", "HTML"), ("unsubscribe", "plain text"),
    ]  # fmt: skip


def test_a_sender_address_that_is_none_is_named():
    faults = mail_faults(HTML + " nobody", TEXT + " nobody", MailRules(sender_email="nobody"))
    assert ["is no e-mail address" in f.explanation for f in faults] == [True, True]


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="<a href='{}\"/>=unsub p!-&#", max_size=80))
def test_broken_html_is_read_to_its_end(html):
    assert ("unsubscribe", "plain text") in rules(html, "")
