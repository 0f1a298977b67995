import io
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pypdf import PdfReader

from core.charts.table import as_table
from core.errors import ProviderRejected
from core.models.campaign import ImportedArm
from core.models.erasure import ERASED
from core.models.readout import Conclusion, Decision, Loss, Personalization, Progress, Stage
from core.reports import campaign_report
from core.reports.campaign_report import pdf_bytes
from core.reports.files import write_whole
from core.reports.lift_chart import forest

HOSTILE = [
    "#strong[Hi] $x$ *b* _i_ @ref <b> `code` // #panic() \\ [ ] { } ~ = Heading",
    '"; #read("/etc/passwd") "',
    "中文 한국어 ไทย 🎉",
    "العربية עברית",
    "Zoë Łukasz Ελλάδα Привет",
    "a\x00b\x07c\u202edr\ud800ow\ue000",
    "W" * 300,
    "",
]


def text_of(pdf):
    pages = PdfReader(io.BytesIO(pdf)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def question_verdict_and_limits_are_on_the_first_page(pdf):
    first = PdfReader(io.BytesIO(pdf)).pages[0].extract_text()
    said = ("Question", "Bring visits", "Decided by", "What this result does not say")
    return all(words in first for words in said)


def title_of(pdf):
    found = PdfReader(io.BytesIO(pdf)).metadata
    return found.title if found else None


def root_of(pdf) -> Any:
    return PdfReader(io.BytesIO(pdf)).trailer["/Root"]


def test_the_report_holds_the_numbers_of_the_read_out(content, mailing):
    text = text_of(pdf_bytes(content()))
    for row in mailing.estimates:
        factor, unit = (1, "$") if row.metric == "spend" else (100, "")
        low, high = (factor * end for end in row.difference_interval)
        assert f"{factor * row.difference:+.2f} ({low:+.2f} to {high:+.2f})" in text
        assert f"{unit}{factor * row.mean:.2f}" in text
        if row.metric == "visit":
            low, high = (100 * end for end in row.lift_interval)
            assert f"{100 * row.lift:+.1f} % ({low:+.1f} to {high:+.1f})" in text
            assert f"{row.n:,} {100 * row.mean:.2f} %" in text
    assert "18.29 %" in text
    assert "+7.75 (+6.82 to +8.69)" in text


def test_the_report_and_the_chart_say_the_same(content, mailing):
    text = text_of(pdf_bytes(content()))
    for row in as_table(forest(mailing, "visit")).rows:
        assert f"{row[3]} ({row[4]} to {row[5]})" in text


def test_the_report_says_what_was_asked_concluded_and_decided(content):
    text = text_of(pdf_bytes(content()))
    for said in (
        "Spring mailing",
        "An e-mail brings visits.",
        "Use Mens E-Mail",
        "18.29 % against 10.53 %",
        "Decided by analyst (identity not verified) on 3 November 2026, 09:05 UTC: Use. Clear.",
        "as planned, p 0.951",
        "duplicates: 0",
        "9 messages, resting on: PRM-001, SRV-002.",
        "Smallest effect worth using: 10 % of control.",
        "0f" * 32,
        "Read out 3 November 2026",
        "Intervals hold for 95 % one group at a time; the conclusion reads 97.5 % intervals",
        "Holm",
    ):
        assert said in text
    assert "SIMULATED" not in text
    assert "winner" not in text.lower()


def test_the_report_is_tagged_and_has_title_language_and_alt_text(content, mailing):
    pdf = pdf_bytes(content())
    root = root_of(pdf)
    assert title_of(pdf) == "Spring mailing: experiment report"
    assert root["/Lang"] == "en"
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    tags = tagged(root["/StructTreeRoot"])
    assert {"/H1", "/H2", "/H3", "/Table", "/TH", "/Figure"} <= {tag for tag, _ in tags}
    alt = next(node["/Alt"] for tag, node in tags if tag == "/Figure")
    assert alt == forest(mailing, "visit").finding


def tagged(node):
    """Every structure element below a node, with its tag."""
    node = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(node, list):
        return [found for child in node for found in tagged(child)]
    if not isinstance(node, dict):
        return []
    own = [(node["/S"], node)] if "/S" in node else []
    return own + (tagged(node["/K"]) if "/K" in node else [])


def test_the_same_content_gives_the_same_bytes(content):
    assert pdf_bytes(content()) == pdf_bytes(content())
    later = content()
    assert pdf_bytes(replace(later, made_at=later.made_at + timedelta(1))) != pdf_bytes(later)


def test_simulated_outcomes_are_called_so_all_over(content, mailing):
    read = replace(mailing, health=replace(mailing.health, simulated=True))
    for simulated in (content(simulated=True), content(readout=read)):
        for page in PdfReader(io.BytesIO(pdf_bytes(simulated))).pages:
            assert page.extract_text().count("SIMULATED outcomes") >= 2


def test_without_outcomes_nothing_is_concluded(content):
    text = text_of(pdf_bytes(content(readout=None, read_at=None, decision=None)))
    pages = PdfReader(io.BytesIO(pdf_bytes(content(readout=None, read_at=None)))).pages
    assert all("Not measured yet" in page.extract_text() for page in pages)
    assert "Wait: there are no outcomes yet" in text
    assert "Nobody has recorded a decision yet." in text
    assert "Groups as prepared" in text
    assert "Mens E-Mail 50 % 1,234" in text
    assert "Use Mens" not in text


def test_before_the_lock_there_is_a_report_too(content):
    bare = content(readout=None, experiment=None, decision=None, messages=0, sources=())
    text = text_of(pdf_bytes(bare))
    assert "Nothing is locked yet" in text
    assert "No message is approved yet." in text


@pytest.mark.parametrize("name", HOSTILE)
def test_text_is_never_read_as_markup_and_never_breaks_the_page(content, estimate, readout, name):
    read = readout(estimate(arm=name, control=f"not {name}"), reason=name)
    hostile = content(name=name, readout=read, sources=(name,))
    pdf = pdf_bytes(hostile)
    assert question_verdict_and_limits_are_on_the_first_page(pdf)
    assert str(title_of(pdf)).endswith(": experiment report")


def test_markup_in_a_name_is_shown_letter_by_letter(content):
    text = text_of(pdf_bytes(content(name=HOSTILE[0])))
    for part in ("#strong[Hi]", "$x$", "*b*", "@ref", "#panic()"):
        assert part in text


@pytest.mark.parametrize(
    ("decision", "title"),
    [
        (Decision.HARM, "Harm (guardrail)"),
        (Decision.DO_NOT_TRUST, "Do not trust this test (The groups have wrong sizes)"),
        (Decision.NO_DIFFERENCE, "No difference worth using"),
    ],
)
def test_every_conclusion_keeps_its_words(content, estimate, readout, decision, title):
    read = readout(estimate(), decision=decision, reason="The groups have wrong sizes. Look.")
    assert title in text_of(pdf_bytes(content(readout=read)))


def test_a_guardrail_says_whether_harm_is_shown(content, estimate, readout):
    given = content()
    specs = ("unsubscribed:proportion:rise", "open_rate:proportion:fall")
    card = replace(given.experiment.card, guardrails=specs)
    rows = [
        estimate(),
        estimate(metric="unsubscribed", difference=0.02, guardrail=True),
        estimate(metric="open_rate", difference=0.02, guardrail=True),
        estimate(metric="complaint", difference=0.02, guardrail=True),
        estimate(metric="conversion", difference=None, undefined="No events yet."),
    ]
    experiment = replace(given.experiment, card=card)
    text = text_of(pdf_bytes(replace(given, readout=readout(*rows), experiment=experiment)))
    assert "+2.00 (+1.00 to +3.00) harm shown" in text
    assert "+2.00 (+1.00 to +3.00) no harm shown; without a margin it is not ruled out" in text
    assert "not estimable" in text
    assert "B on conversions: No events yet." in text


def test_the_way_to_the_planned_precision_is_told(content, mailing):
    read = replace(mailing, progress=Progress(10653, 15742))
    said = "Progress: 10,653 of about 15,800 customers in the smallest group, as needed to see"
    assert f"{said} a lift of 10 %." in text_of(pdf_bytes(content(readout=read)))
    unknown = replace(mailing, progress=None)
    assert "Progress:" not in text_of(pdf_bytes(content(readout=unknown)))


def test_before_the_read_out_date_the_heading_tells_nothing(content, mailing):
    reason = "Preliminary until 6 December 2026: Mens E-Mail is better."
    early = Conclusion(Decision.USE, "Mens E-Mail", reason, preliminary=True)
    text = text_of(pdf_bytes(content(readout=replace(mailing, conclusion=early))))
    assert "Preliminary: read-out on 6 December 2026" in text
    assert "Use Mens E-Mail" not in text


def test_opens_come_last_and_say_that_they_decide_nothing(content, estimate, readout):
    rows = [estimate(), estimate(metric="opens"), estimate(metric="clicks")]
    text = text_of(pdf_bytes(content(readout=readout(*rows))))
    assert text.index("Clicks (percentage points)") < text.index("Opens (percentage points)")
    assert "opens are shown last and decide nothing" in text


def test_every_metric_has_its_relative_lift(content, mailing):
    text = text_of(pdf_bytes(content()))
    for row in mailing.estimates:
        low, high = (100 * end for end in row.lift_interval)
        assert f"{100 * row.lift:+.1f} % ({low:+.1f} to {high:+.1f})" in text


def test_an_imported_mailing_invents_no_text(content):
    given = content()
    arms = (ImportedArm("Mens E-Mail", "Its text is not part of the public data."),)
    imported = replace(given, campaign=replace(given.campaign, imported_arms=arms))
    text = text_of(pdf_bytes(imported))
    assert "Mens E-Mail: Its text is not part of the public data." in text
    assert "written down by marketer after the send" in text


def test_a_read_out_of_nothing_and_with_nothing_to_test_is_reported(content, readout):
    read = readout(decision=Decision.NOT_ENOUGH_DATA, reason="No group could be compared.")
    srm = replace(read.health.srm, p_value=None, passed=None)
    health = replace(read.health, srm=srm, duplicates=None)
    text = text_of(pdf_bytes(content(readout=replace(read, health=health), sources=())))
    assert "Not enough data No group could be compared." in text
    assert "nothing to test" in text
    assert "duplicates: not checked" in text
    assert "9 messages; no source is cited." in text


def test_a_sequential_read_out_says_how_long_its_intervals_hold(content, estimate, readout):
    rows = [estimate(arm=arm, sequential_interval=(0.01, 0.05)) for arm in ("B", "C")]
    text = text_of(pdf_bytes(content(readout=readout(*rows))))
    assert "Intervals hold at every planned look (97.5 % for each group)." in text
    assert "(+1.00 to +5.00)" in text


def test_personalisation_is_answered_in_its_own_sentence(content, mailing):
    worth = Personalization(
        "segment", "visit", {}, 0.1, "B", 0.1, 0.0, None, "", "A benefit is not shown."
    )
    text = text_of(pdf_bytes(content(readout=replace(mailing, personalization=worth))))
    assert "Is choosing by segment worth it? A benefit is not shown." in text
    assert "B for everybody 10.00 %" in text


def test_a_decision_against_the_conclusion_is_named(content):
    given = content()
    other = replace(given.decision, decision="no_difference", verified=True)
    text = text_of(pdf_bytes(replace(given, decision=other)))
    assert "No difference worth using, other than the conclusion (Use)" in text
    assert "not verified" not in text


def test_of_a_crowded_report_the_first_page_is_still_one_page(content, estimate, readout):
    metrics = ("visit", "conversion", "spend", "clicks", "orders")
    rows = [estimate(arm=f"Group {n}", metric=m) for m in metrics for n in range(8)]
    read = readout(*rows)
    warnings = tuple(f"Warning {number} about something long to read." for number in range(20))
    read = replace(read, health=replace(read.health, warnings=warnings))
    pdf = pdf_bytes(content(readout=read, sources=tuple(f"PRM-{n:03}" for n in range(50))))
    assert question_verdict_and_limits_are_on_the_first_page(pdf)
    assert "And 14 more, listed on the results page." in text_of(pdf)
    for metric in ("Orders", "Clicks"):
        assert text_of(pdf).count(f"{metric} (percentage points) Group 7") == 1


def test_the_file_is_whole_or_not_there(content, tmp_path, monkeypatch):
    path = tmp_path / "reports" / "experiment_report.pdf"
    write_whole(path, pdf_bytes(content()))
    before = path.read_bytes()
    assert before.startswith(b"%PDF")
    broken = tmp_path / "broken.typ"
    broken.write_text("#panic()")
    monkeypatch.setattr(campaign_report, "_TEMPLATE", broken)
    with pytest.raises(ProviderRejected, match="typst could not set the report of 'Spring"):
        write_whole(path, pdf_bytes(content()))
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_who_was_lost_and_who_was_erased_is_told_by_group_and_reason(content, mailing):
    arms = {"Mens E-Mail": 10_653, "Womens E-Mail": 10_693, "No E-Mail": 10_653}
    fewer = {**arms, "Mens E-Mail": 10_648}
    stages = (Stage("assigned", arms), Stage("matched", fewer, 0.2, passed=True, before=arms))
    lost = (
        Loss("matched", "not in the file", {"Mens E-Mail": 4}),
        Loss("matched", ERASED, {"Mens E-Mail": 1}),
    )
    health = replace(mailing.health, stages=stages, losses=lost)
    text = text_of(pdf_bytes(content(readout=replace(mailing, health=health))))
    assert "With outcomes erased on request 1 0 0" in text
    assert "With outcomes not in the file 4 0 0" in text
    assert "equal loss, p 0.200" in text
    assert "nobody was erased" not in text


def test_a_chart_of_many_segments_still_fits_a_page(content, estimate, readout):
    slices = [
        estimate(f"Group {n}", where=f"Segment {place}") for place in range(14) for n in range(6)
    ]
    overall = [estimate(f"Group {n}") for n in range(6)]
    pdf = pdf_bytes(content(readout=readout(*overall, *slices)))
    pages = PdfReader(io.BytesIO(pdf)).pages
    heights = [height for page in pages for height in figure_heights(page)]
    assert len(heights) == 2
    assert max(heights) == pytest.approx(23 / 2.54 * 72, abs=1)
    assert "Segment 13 Group 5 1,000" in text_of(pdf)


def figure_heights(page):
    """How high each figure of a page is, from the frame that is written beside it."""
    root = page.pdf.trailer["/Root"]["/StructTreeRoot"]
    for tag, node in tagged(root):
        if tag == "/Figure" and node["/Pg"].get_object() == page.get_object():
            _, low, _, high = node["/A"][0]["/BBox"]
            yield float(high - low)
