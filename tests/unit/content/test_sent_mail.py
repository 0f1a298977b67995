"""A received mail held against an approved one: what differs is named, what senders add is not."""

import time
from contextlib import suppress
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest

from core.content.approved_mail import approved_mails
from core.content.merge_dialects import DIALECTS
from core.content.merge_fields import rendered_message
from core.content.received_mail import read_mail
from core.content.sent_mail import compared, received_words
from core.errors import BadInput
from core.models.messages import Message
from core.models.sent_mail import DifferenceKind as K
from core.models.sent_mail import SentResult
from core.orchestrator.letterhead import read_shell

SHELL = read_shell(Path(__file__).parents[3] / "config")
LINK = "https://www.tolmanrow.example/offers/layers"
WAY_OUT = "https://x.us1.list-manage.com/unsubscribe?u=1&id=2"
MESSAGE = Message(
    '{{ first_name | default: "Friend" }}, 20 % off boots',
    "Until January 6 with code LAYER15",
    'Hello {{ first_name | default: "there" }},\n\nOur wool coats are $120 until January 6, 2027. '
    "Use code LAYER15 for 20 % off."
    '{% if tier == "Gold" %} As a Gold member you order first.{% else %} Order soon.{% endif %}\n\n'
    "Warm regards\nTolman Row",
)
APPROVED = approved_mails(MESSAGE, SHELL, link=LINK, language="en")


def parts(values) -> tuple[str, str, str]:
    """Subject, HTML and plain text of the message for one reader, as a sender fills them in."""
    message = rendered_message(MESSAGE, values)
    html = SHELL.html(message, DIALECTS["generic"], link=LINK)
    text = SHELL.text(message, DIALECTS["generic"], link=LINK)
    way = "{{ unsubscribe_url }}"
    return (
        message.subject,
        html.replace(way, WAY_OUT.replace("&", "&amp;")),
        text.replace(way, WAY_OUT),
    )


def mail(subject, html, text):
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "a@shop.example", "seed@inbox.example", subject
    made["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    if text is not None:
        made.set_content(text)
    if html is not None and text is not None:
        made.add_alternative(html, subtype="html")
    elif html is not None:
        made.set_content(html, subtype="html")
    return made.as_bytes()


def found(subject, html, text, approved=APPROVED):
    return compared(
        "v", received_words(read_mail(mail(subject, html, text), name="x.eml")), approved
    )


def changed(was, now, *, only="", values=None):
    """The comparison of a mail in which one thing was changed, in one part only or in all."""
    made = dict(
        zip(("subject", "html", "text"), parts(values or {"first_name": "Ada"}), strict=True)
    )
    assert any(was in made[part] for part in made if only in {"", part}), was
    return found(**{
        part: text.replace(was, now) if only in {"", part} else text for part, text in made.items()
    })  # fmt: skip


NAMED = [
    # was, now, kind, quoted as approved, quoted as received
    ("20 %", "25 %", K.PERCENTAGE, "20 %", "25 %"),
    ("20 %", "20 percent", K.PERCENTAGE, "20 %", "20 percent"),
    ("$120", "$102", K.PRICE, "$120", "$102"),
    ("$120", "€120", K.PRICE, "$120", "€120"),
    ("6, 2027", "8, 2027", K.DATE, "January 6, 2027", "January 8, 2027"),
    ("LAYER15 for", "LAYER20 for", K.CODE, "LAYER15", "LAYER20"),
    ("20 %", "2\u041e %", K.PERCENTAGE, "20 %", "2\u041e %"),  # a Cyrillic letter for the nought
    ("Warm", "W\u0430rm", K.SIGN, "Warm", "W\u0430rm"),
    ("coats", "co\u202eats", K.SIGN, "coats", "co⟨U+202E⟩ats"),
    ("wool coats", "coats", K.WORDS, "wool", ""),
    ("wool coats", "wool coats and hats", K.WORDS, "", "and hats"),
    ("Our wool", "Ourwool", K.SPACING, "Our wool", "Ourwool"),
    ("regards", "Regards", K.WORDS, "regards", "Regards"),
    ("14 Mill", "14 Hill", K.WORDS, "Mill", "Hill"),
    ("Dunmore", "Dunmoore", K.WORDS, "Dunmore", "Dunmoore"),
    ("because you agreed", "because we agreed", K.WORDS, "you", "we"),
    ("Go to the website", "Go to the shop", K.WORDS, "website", "shop"),
    ("Unsubscribe", "Opt out", K.WORDS, "Unsubscribe", "Opt out"),
    (LINK, f"{LINK}/more", K.LINK, LINK, f"{LINK}/more"),
]


@pytest.mark.parametrize(("was", "now", "kind", "approved", "received"), NAMED)
def test_a_change_is_named_by_its_kind_with_both_sides(was, now, kind, approved, received):
    told = changed(was, now)
    assert told.result is SentResult.DIFFERS
    assert (kind, approved, received) in {
        (d.kind, d.approved, d.received) for d in told.differences
    }


def test_look_alike_signs_are_named_by_their_number():
    said = changed("Warm", "W\u0430rm").differences[0]
    assert said.explanation == "'\u0430' is U+0430 CYRILLIC SMALL LETTER A"
    assert "U+202E RIGHT-TO-LEFT OVERRIDE" in changed("coats", "co\u202eats").differences[0].words


PLACES = [
    ("20 % off.", "25 % off.", "html", "paragraph 2, HTML"),
    ("20 % off.", "25 % off.", "text", "paragraph 2, plain text"),
    ("boots", "shoes", "subject", "subject"),
    (">Until January 6 with", ">Until January 7 with", "html", "preheader"),
    ("Tolman Row</td>", "Tolman Road</td>", "html", "letterhead, HTML"),
    ("14 Mill", "14 Hill", "text", "postal address, plain text"),
    ("because you", "because we", "html", "footer, HTML"),
    ("the website", "the shop", "html", "button, HTML"),
    ("boots</title>", "shoes</title>", "html", "title of the HTML"),
]


@pytest.mark.parametrize(("was", "now", "only", "where"), PLACES)
def test_a_change_in_one_part_alone_is_named_with_its_place(was, now, only, where):
    assert [d.where for d in changed(was, now, only=only).differences] == [where]


HIDDEN = "<div style='display:none'>Not for children</div></body>"
TRICKS = [
    ("</body>", HIDDEN, K.HIDDEN, "Not for children"),
    ("</body>", "<p style='font-size:1px'>small print</p></body>", K.HIDDEN, "small print"),
    ("</body>", "<p style='color:#FFF;background:#ffffff'>pale</p></body>", K.HIDDEN, "pale"),
    ("</body>", "<style>.q{display:none}</style><p class=q>class</p></body>", K.HIDDEN, "class"),
    ("</body>", "<!--[if mso]><p>for Outlook</p><![endif]--></body>", K.HIDDEN, "for Outlook"),
    ("</body>", "<p>One line more</p></body>", K.WORDS, "One line more"),
    ("</body>", "<script>alert(1)</script></body>", K.PART, "<script>"),
    ("</body>", "<form action=x></form></body>", K.PART, "<form>"),
    ("</body>", "<p onclick='x()'></p></body>", K.PART, "onclick"),
    ("</body>", "<img src='https://cdn.example/sale.png' width=600></body>", K.PART, "cdn.example"),
    ("</head>", "<style>p:after{content:'25 % off'}</style></head>", K.PART, "style sheet"),
    ("</head>", "<base href='https://evil.example/'></head>", K.PART, "<base>"),
    ("wool", "<s>wool</s>", K.PART, "struck out"),
    ("wool", "<span style='text-decoration:line-through'>wool</span>", K.PART, "struck out"),
    ("$120", "<span style='color:#fdfdfd'>$120</span>", K.PRICE, "$120"),
    ("$120", "<span style='height:0;overflow:hidden'>$120</span>", K.PRICE, "$120"),
    ("<p style", "<style>@media tv{.z{display:none}}</style><p class=z style", K.HIDDEN, "some"),
    ("wool", "<a href='https://evil.example/x'>wool</a>", K.LINK, "evil.example"),
    ("<p style=\"margin:0;\">", "<p style='display:none'>", K.WORDS, ""),  # the way out is hidden
    ("wool", "w&#x43E;ol", K.SIGN, "w\u043eol"),  # a look-alike letter as an entity
    ("20 % off.", "20 &#8238;% off.", K.PERCENTAGE, "U+202E"),
]  # fmt: skip


@pytest.mark.parametrize(("was", "now", "kind", "said"), TRICKS)
def test_what_no_reader_sees_or_no_mail_needs_is_named(was, now, kind, said):
    told = changed(was, now, only="html").differences
    assert any(d.kind is kind and said in d.words for d in told), [d.words for d in told]


WAYS_OUT = ["#", "http://unsubscribe", "{{ unsubscribe_url }}", "*|UNSUB|*", LINK]


@pytest.mark.parametrize("target", WAYS_OUT)
def test_a_way_out_that_leads_nowhere_is_named(target):
    subject, html, text = parts({"first_name": "Ada"})
    html = html.replace(WAY_OUT.replace("&", "&amp;"), target)
    kinds = {d.kind for d in found(subject, html, text).differences}
    assert kinds == {K.UNSUBSCRIBE}


def test_a_link_that_was_taken_away_is_named():
    subject, html, text = parts({"first_name": "Ada"})
    html = html.replace(f'href="{LINK}"', "")
    told = found(subject, html, text).differences
    assert [(d.kind, d.approved, d.where) for d in told] == [(K.LINK, LINK, "button, HTML")]


ADDED = [
    ('<body class="page"', '<p>View this email in your browser</p><body class="page"'),
    ("</body>", "<p><a href='https://x.example/u'>Unsubscribe</a></p></body>"),
    ("</body>", "<p>This email was sent to <a href='mailto:s@x.io'>s@x.io</a></p></body>"),
    ("</body>", "<p>Sent with Klaviyo</p><p>Why did I get this?</p></body>"),
    ("</body>", "<img src='https://x.example/o.gif' width='1' height='1'></body>"),
    ("wool", "w&shy;o&#8203;ol"),
    ("20 %", "20&nbsp;%"),
    ("</body>", "<i style='display:none'>Until January 6 with code LAYER15</i></body>"),
]  # fmt: skip


@pytest.mark.parametrize(("was", "now"), ADDED)
def test_what_senders_add_by_themselves_is_no_alarm(was, now):
    told = changed(was, now, only="html")
    assert [d.words for d in told.differences] == []
    assert told.result is SentResult.SAME


VALUES = [
    ({"first_name": "Ada", "tier": "Gold"}, {"Ada"}),
    ({"first_name": "O'Brien"}, {"O'Brien"}),
    ({"first_name": "Ada Maria von und zu"}, {"Ada Maria von und zu"}),
    ({}, {"there", "Friend"}),
    ({"first_name": "عبد الرحمن"}, {"عبد الرحمن"}),
]


@pytest.mark.parametrize(("values", "read"), VALUES)
def test_any_value_may_stand_in_the_place_of_a_field_and_is_listed(values, read):
    told = found(*parts(values))
    assert told.result is SentResult.SAME
    assert {v.value for v in told.values} == read


NO_VALUES = [
    ("Ada", "{{ first_name }}", "no value can be written like this"),
    ("Ada", "*|FNAME|*", "no value can be written like this"),
    ("Ada", "Ada and 50 % off", "a value promises nothing"),
    ("Ada", "", "nothing was filled in"),
    ("Ada", "A\u202eda", "no value can be written like this"),
]


@pytest.mark.parametrize(("was", "now", "why"), NO_VALUES)
def test_what_no_reader_can_have_for_a_value_is_named(was, now, why):
    told = changed(was, now).differences
    assert any(d.kind is K.FIELD and d.explanation == why for d in told), [d.words for d in told]


def test_a_field_that_reads_differently_in_two_places_is_named():
    told = changed("Ada, 20", "Bob, 20", only="subject").differences
    assert [(d.kind, d.approved) for d in told] == [(K.FIELD, "[first_name]")]
    assert "'Ada'" in told[0].received
    assert "'Bob'" in told[0].received


def test_with_a_customer_every_word_has_to_be_that_of_the_customer():
    exact = approved_mails(
        rendered_message(MESSAGE, {"first_name": "Ada", "tier": "Gold"}),
        SHELL,
        link=LINK,
        language="en",
    )
    assert (
        found(*parts({"first_name": "Ada", "tier": "Gold"}), approved=exact).result
        is SentResult.SAME
    )
    other = found(*parts({"first_name": "Bob", "tier": "Gold"}), approved=exact).differences
    assert {(d.approved, d.received) for d in other} == {("Ada", "Bob")}
    silver = found(*parts({"first_name": "Ada"}), approved=exact).differences
    assert any("Gold" in d.approved for d in silver)


def test_a_part_that_is_missing_is_said():
    subject, html, text = parts({"first_name": "Ada"})
    assert [d.where for d in found(subject, None, text).differences] == ["HTML"]
    without = found(subject, html, None)
    assert without.result is SentResult.SAME
    assert any("no plain-text part" in note for note in without.notes)


def test_amounts_come_first_then_links_then_words():
    subject, html, text = parts({"first_name": "Ada"})
    for was, now in (("wool", "silk"), (LINK, f"{LINK}x"), ("20 %", "25 %")):
        html, text, subject = (each.replace(was, now) for each in (html, text, subject))
    kinds = [d.kind for d in found(subject, html, text).differences]
    assert kinds == [K.PERCENTAGE, K.LINK, K.WORDS]


HOSTILE = ["<", "<!--", "<a ", "<div>", "<style>", "<![x", "</", "<p>a", "&", "<table><td>"]


@pytest.mark.parametrize("piece", HOSTILE)
def test_html_that_would_keep_a_parser_busy_is_refused_or_read_at_once(piece):
    subject, _, text = parts({"first_name": "Ada"})
    began = time.monotonic()
    with suppress(BadInput):
        assert found(subject, piece * (400_000 // len(piece)), text).result is SentResult.DIFFERS
    assert time.monotonic() - began < 20


def test_a_message_with_another_letterhead_is_another_mail():
    head = replace(SHELL.letterhead, postal_address="Elsewhere 1, Berlin")
    other = approved_mails(MESSAGE, replace(SHELL, letterhead=head), link=LINK, language="en")
    told = found(*parts({"first_name": "Ada"}), approved=other).differences
    assert {d.where for d in told} == {"postal address, HTML; postal address, plain text"}
