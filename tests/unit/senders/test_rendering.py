"""What a sender makes of an export is what was previewed, for every awkward reader."""

import csv
from html.parser import HTMLParser

import pytest

from core.content.merge_fields import rendered_message
from core.errors import Refused
from core.models.customers import Column, ColumnKind, ColumnRole
from core.models.messages import Message
from core.orchestrator.service.exporting import profile_named
from tests.unit.senders.languages import LANGUAGES
from tests.unit.senders.small import COLUMNS, CUSTOMERS, LINK, MESSAGES, SHELL, exported, values_of

WAYS = [(sender, way) for sender, ways in LANGUAGES.items() for way in ways]


@pytest.fixture(scope="module")
def exports(tmp_path_factory):
    """The small campaign, exported for every sender."""
    return {sender: exported(sender, tmp_path_factory.mktemp(sender)) for sender in LANGUAGES}


class Seen(HTMLParser):
    """What a browser makes of a page: elements, attributes, words."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.found = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        given = {k: "#" if k == "href" else v for k, v in attrs}
        if given.get("http-equiv") != "Content-Security-Policy":
            self.found.append((tag, given))

    def handle_endtag(self, tag):
        self.found.append((f"/{tag}", {}))

    def handle_data(self, data):
        words = " ".join(data.split())
        if words and self.found and isinstance(self.found[-1], str):
            self.found[-1] += f" {words}"
        elif words:
            self.found.append(words)


def rows(out):
    with (out / "recipients.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(("sender", "way"), WAYS)
def test_every_reader_gets_the_words_of_the_preview(exports, sender, way):
    out, handed, _ = exports[sender]
    render, address = LANGUAGES[sender][way], SHELL.letterhead.postal_address
    by_id = {customer[0]: customer for customer in CUSTOMERS}
    compared = 0
    for row in rows(out):
        customer = by_id[row[handed.columns.customer_id]]
        if customer[6] is None:
            assert not row[handed.columns.variant]
            continue
        message = rendered_message(MESSAGES[customer[6]], values_of(customer))
        variant = row[handed.columns.variant]
        for ending in ("txt", "html"):
            template = (out / "templates" / f"{variant}.{ending}").read_text(encoding="utf-8")
            shown = render(template, row, address, html=ending == "html")
            if ending == "txt":
                head = f"Subject: {message.subject}\nPreheader: {message.preheader}\n\n"
                assert shown == head + SHELL.shown_text(message, link=LINK), customer
            else:
                preview = SHELL.shown(message, link=LINK)
                assert Seen(shown).found == Seen(preview).found, customer
                assert f'href="{LINK.replace("&", "&amp;")}"' in template
            compared += 1
    assert compared == 2 * sum(customer[6] is not None for customer in CUSTOMERS) > 60


@pytest.mark.parametrize("sender", LANGUAGES)
def test_nothing_in_a_value_can_run_at_a_sender(exports, sender):
    out, handed, _ = exports[sender]
    columns = set(handed.columns.values.values())
    said = [row[column] for row in rows(out) for column in columns]
    assert said
    assert not [
        value for value in said if any(m in value for m in ("{{", "{%", "*|", "<", "&amp;"))
    ]


CUT = [
    # orders of 007 read as the number 7; a date is shown in another form; 81 emoji are too long
    ("braze", "code", "007", "may take 1 values of 'code'"),
    ("customerio", "code", "2024-01-02", "may take 1 values of 'code'"),
    ("klaviyo", "code", "TRUE", "may take 1 values of 'code'"),
    ("mailchimp", "code", "😀" * 70, "cuts values at 255 bytes, and one of 'code' has 280"),
]


@pytest.mark.parametrize(("sender", "name", "value", "why"), CUT)
def test_a_value_the_sender_would_change_stops_the_export(tmp_path, sender, name, value, why):
    columns = (
        *COLUMNS[:3],
        Column("tier", ColumnRole.ATTRIBUTE, ColumnKind.TEXT, mentionable=True),
    )
    messages = {key: Message("S", "P", 'Your {{ tier | default: "x" }}.') for key in MESSAGES}
    customers = [(*c[:3], value if n == 0 else "Gold", *c[4:]) for n, c in enumerate(CUSTOMERS)]
    with pytest.raises(Refused, match=why.replace(name, "tier")):
        exported(sender, tmp_path, customers=customers, columns=columns, messages=messages)


@pytest.mark.parametrize("sender", ["mailchimp", "klaviyo"])
def test_a_sender_that_finds_people_by_address_needs_one(tmp_path, sender):
    customers = [(*c[:2], "none", *c[3:]) for c in CUSTOMERS]
    with pytest.raises(Refused, match="finds people by their e-mail address"):
        exported(sender, tmp_path, customers=customers)


def test_a_message_a_sender_would_misread_is_named(tmp_path):
    messages = {key: Message("S", "P", "Use *|CODE|* now") for key in MESSAGES}
    with pytest.raises(Refused, match=r"Loyal / friendly: The text holds '\*\|'"):
        exported("mailchimp", tmp_path, messages=messages)


def test_a_sender_nobody_knows_is_refused_with_those_there_are():
    with pytest.raises(
        Refused, match="no profile 'hermes'; there is: generic, braze, klaviyo, mail"
    ):
        profile_named("hermes")
