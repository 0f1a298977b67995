"""The report as HTML: whole in itself, readable without a picture, and of the paper's words."""

import io
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from pypdf import PdfReader

from core.models.approval import Review, ReviewDecision
from core.models.attribution import Association, Attribution
from core.models.campaign import Tone
from core.models.messages import Generation, Message, Variant, VariantState
from core.models.reporting import MessageSent
from core.reports.campaign_report import document, pdf_bytes
from core.reports.report_document import Points, Quoted, Words
from core.reports.report_html import html_bytes
from core.reports.report_tables import PaperTable

VOID = {"meta", "img", "br", "link", "input", "hr"}


class Page(HTMLParser):
    """What a reader that shows no pictures makes of a page."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.open, self.words, self.rows = [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag == "tr":
            self.rows.append([])
        if tag in {"td", "th"}:
            self.rows[-1].append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not {"style", "title"} & set(self.open):
            self.words.append(data)
        if self.open and self.open[-1] in {"td", "th"}:
            self.rows[-1][-1] += data

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())

    def every(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]


def page(content):
    return Page(html_bytes(content).decode())


def attribution():
    rows = tuple(
        Association(
            trait=name,
            binary=True,
            step=1.0,
            n=9000,
            held=3000,
            difference=d,
            standard_error=0.01,
            interval=(d - 0.03, d + 0.03),
            p_value=0.01,
            p_adjusted=0.02,
        )
        for name, d in (("new customer", 0.05), ("area: Rural", 0.01))
    )
    return Attribution("visit", rows, 0.95, ("city: more than 12 different texts",))


@pytest.fixture
def whole(content):
    return content(attribution=attribution(), packages=(("numpy", "2.0"),))


def test_nothing_comes_from_outside_and_nothing_runs(whole):
    text = html_bytes(whole).decode()
    found = page(whole)
    assert not found.every("script")
    assert not found.every("link")
    assert all(
        attrs["src"].startswith("data:image/svg+xml;base64,") for attrs in found.every("img")
    )
    assert all(attrs["href"].startswith("#") for attrs in found.every("a"))
    assert not re.search(r"https?://|url\(|@import| on[a-z]+=", text)
    assert "default-src 'none'" in text


def test_headings_go_down_one_step_at_a_time_and_everything_is_closed(whole):
    found = page(whole)
    levels = [int(tag[1]) for tag, _ in found.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert not found.open
    names = [attrs["id"] for _, attrs in found.tags if "id" in attrs]
    assert len(names) == len(set(names))
    assert {attrs["href"][1:] for attrs in found.every("a")} <= set(names)


def test_pictures_and_tables_speak(whole):
    found = page(whole)
    assert found.every("html") == [{"lang": "en"}]
    assert len(found.every("img")) >= 2
    assert all(len(attrs["alt"]) > 20 for attrs in found.every("img"))
    assert all(attrs["scope"] in {"col", "row"} for attrs in found.every("th"))
    assert len(found.every("caption")) == len(found.every("table")) > 5
    regions = [attrs for attrs in found.every("div") if attrs.get("role") == "region"]
    assert all(attrs["tabindex"] == "0" and attrs["aria-label"] for attrs in regions)
    assert {"main", "header", "footer", "nav"} <= {tag for tag, _ in found.tags}


def test_it_can_be_printed_and_read_in_the_dark(whole):
    styles = html_bytes(whole).decode()
    assert "@media print" in styles
    assert "prefers-color-scheme: dark" in styles


def test_html_and_pdf_hold_the_same_words(whole):
    paper = " ".join(
        "".join(p.extract_text() for p in PdfReader(io.BytesIO(pdf_bytes(whole))).pages).split()
    )
    bare = re.sub(r"\s", "", paper)
    told, screen = document(whole), page(whole)
    lines = [*told.advice, *told.limits, told.verdict.title, told.verdict.reason]
    for part in told.sections:
        lines.append(part.title)
        for block in part.blocks:
            if isinstance(block, Words | Points):
                lines += block.lines
            if isinstance(block, Quoted):
                lines += [line for _, said in block.parts for line in said]
            if isinstance(block, PaperTable):
                assert [list(row) for row in block.rows] == [
                    row for row in screen.rows if tuple(row) in block.rows
                ]
                lines += [cell for row in block.rows for cell in row]
    assert len(lines) > 100
    for line in lines:
        assert " ".join(line.split()) in screen.text
        # On paper a line may end, or a page, at any place.
        words = re.sub(r"\s", "", line)
        assert words[:40] in bare
        assert words[-40:] in bare


def test_text_is_never_read_as_markup(content):
    hostile = "<script>alert(1)</script> & \"x\" 'y' </h1>"
    found = page(content(name=hostile, sources=(hostile,)))
    assert not found.every("script")
    assert hostile in found.text


def test_simulated_outcomes_are_called_so_at_the_top_and_in_every_result_picture(whole, mailing):
    read = replace(mailing, health=replace(mailing.health, simulated=True))
    found = page(replace(whole, readout=read))
    assert found.text.count("SIMULATED outcomes") >= 2
    assert all("SIMULATED outcomes." in attrs["alt"] for attrs in found.every("img"))
    assert "SIMULATED" not in page(whole).text


def test_without_outcomes_it_says_not_measured_yet(content):
    found = page(content(readout=None, read_at=None, decision=None))
    assert found.text.count("Not measured yet") == 2
    assert not found.every("img")


def test_traits_are_called_an_association_with_their_uncertainty(whole):
    text = page(whole).text
    assert "Which traits go with response: association, not cause" in text
    assert "+5.00 (+2.00 to +8.00)" in text
    assert "Left out: city: more than 12 different texts." in text
    assert "all traits together" in text


def german(given):
    """The content with one long message in another language, approved twice."""
    sentence = "Die Jacke ist aus Wolle und hält warm. "
    message = Message("Für kalte Tage", "Aus <Wolle>", "\n\n".join(["Guten Tag,", sentence * 40]))
    variant = Variant(
        "v",
        "spring-mailing",
        "s",
        "S",
        Tone.FRIENDLY,
        2,
        VariantState.EXPORTED,
        message,
        (),
        None,
        Generation("local writer", "phrases", "", ""),
        frozenset({"marketer"}),
        given.made_at,
    )
    approvals = tuple(
        Review(name, "v", 2, ReviewDecision.APPROVE, name, verified, "Good.", given.made_at, None)
        for name, verified in (("Ada", True), ("Ben", False))
    )
    brief = replace(given.campaign.brief, language="de-AT")
    sent = (MessageSent("Mens E-Mail", 1234, variant, approvals),)
    return replace(given, sent=sent, campaign=replace(given.campaign, brief=brief))


def test_a_message_is_whole_in_its_own_language_with_everybody_who_approved(content):
    given = german(content())
    found = page(given)
    assert found.text.count("hält warm.") == 40
    assert {"lang": "de"} in found.every("div")
    assert "Preheader: Aus <Wolle>" in found.text
    assert "For S, 1,234 customers" in found.text
    said = "by Ada on 3 November 2026, 09:05 UTC: Good.; by Ben on 3 November 2026, 09:05 UTC"
    assert f"Approved {said} (identity not verified): Good." in found.text
    pages = PdfReader(io.BytesIO(pdf_bytes(given))).pages
    paper = " ".join(" ".join(p.extract_text() for p in pages).split())
    assert paper.count("hält warm.") == 40
    assert "Für kalte Tage" in paper


def test_the_same_content_gives_the_same_bytes(whole):
    assert html_bytes(whole) == html_bytes(whole)
