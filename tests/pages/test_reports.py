"""The page of reports: what is listed, what is found, what is opened and taken away."""

import hashlib
import io
import re
import zipfile
from dataclasses import replace

import pytest

from core.charts.forest import SIMULATED
from core.errors import StorageUnavailable
from core.models.readout import Decision
from core.orchestrator import config
from core.orchestrator.service.sealed_tests import SealedTests
from core.orchestrator.wiring import opened
from core.reports.report_summary import summary_html
from tests.pages.reading import sound, words

FINISHED = "mens-and-womens-mailing"
EMPTY = "Reports appear after the first sealed test."
DOWNLOADS = ["Summary (HTML)", "Results (CSV)"]


@pytest.fixture
def seen(visit, loaded):
    """The page with the demo's finished campaign open."""

    def open_page(person="analyst"):
        visitor = visit("reports", loaded, person, FINISHED)
        sound(visitor)
        return visitor

    return open_page


def listed(visitor):
    return list(visitor.dataframe[0].value["Campaign"]) if visitor.dataframe else []


def downloads(visitor):
    return [button.proto.label for button in visitor.get("download_button")]


def test_without_a_sealed_test_the_page_says_when_reports_appear(visit, loaded, monkeypatch):
    monkeypatch.setattr(
        "core.orchestrator.service.sealed_tests.SealedTests.everything", lambda _: ()
    )
    visitor = visit("reports", loaded, "marketer")
    sound(visitor)
    assert EMPTY in words(visitor)
    assert not visitor.selectbox(key="frame.campaign").disabled


def test_a_report_is_listed_with_its_verdict_and_opened(seen):
    visitor = seen()
    row = visitor.dataframe[0].value.iloc[0]
    assert (row["Conclusion"], row["Outcomes"], row["In the ledger"]) == (
        "Use",
        "made elsewhere",
        "yes",
    )
    said = words(visitor)
    assert "Use Mens E-Mail" in said
    assert "Mens E-Mail: +7.75 (+6.82 to +8.69)" in said
    assert downloads(visitor)[-2:] == DOWNLOADS


@pytest.mark.parametrize(
    ("field", "text", "found"),
    [
        ("words", "women mailing", 1),
        ("words", "merchandise USE", 1),
        ("words", "no such words", 0),
        ("segment", "High spenders", 1),
        ("tone", "Womens E-Mail", 1),
        ("verdict", "Use", 1),
    ],
)
def test_reports_are_found_by_words_segment_tone_and_conclusion(seen, field, text, found):
    visitor = seen()
    widgets = visitor.text_input if field == "words" else visitor.selectbox
    widgets(key=f"reports.{field}").set_value(text).run()
    sound(visitor)
    assert len(listed(visitor)) == found
    assert ("No report fits that" in words(visitor)) is (found == 0)


def test_one_click_builds_the_report_and_it_is_shown_beside_the_summary(seen):
    visitor = seen()
    visitor.button(key="reports.build").click().run()
    sound(visitor)
    assert [s.value for s in visitor.success] == ["The report is built."]
    assert "Report (PDF)" in downloads(visitor)
    assert visitor.button(key="reports.build").label == "Build the report again"
    assert "Built " in words(visitor)
    assert not visitor.warning


def test_a_report_that_cannot_be_built_leaves_summary_and_numbers(seen, monkeypatch):
    def broken(*_):
        raise StorageUnavailable("Cannot write reports: the disk is full.")

    monkeypatch.setattr("core.orchestrator.service.reporting.Reporting.build", broken)
    visitor = seen()
    visitor.button(key="reports.build").click().run()
    assert not visitor.exception
    assert "the disk is full" in visitor.error[0].value
    assert "can be taken away" in visitor.error[0].value
    assert downloads(visitor)[-2:] == DOWNLOADS


def test_a_decision_after_the_report_says_that_it_is_old(seen, workspace, tmp_path):
    visitor = seen()
    visitor.button(key="reports.build").click().run()
    with opened(config.load(tmp_path / "workspace", environment={})) as app:
        analyst = app.people.get("analyst")
        app.results.decide(FINISHED, Decision.USE, reason="It brings visits", by=analyst)
    visitor.run()
    sound(visitor)
    assert "Build it again" in visitor.warning[0].value
    assert "It brings visits" in words(visitor)


def test_of_a_test_that_was_not_read_nothing_is_called_real(seen, monkeypatch):
    real = SealedTests.everything

    def not_read(self):
        return tuple(replace(t, conclusion=None, read_on=None, effects=()) for t in real(self))

    monkeypatch.setattr(SealedTests, "everything", not_read)
    row = seen().dataframe[0].value.iloc[0]
    assert (row["Conclusion"], row["Read out"]) == ("Not read yet", "")
    assert row["Outcomes"] == "not read yet"


def test_a_rehearsal_says_simulated_in_the_list_and_stays_out_of_the_ledger(seen, monkeypatch):
    real = SealedTests.everything

    def with_a_rehearsal(self):
        (test,) = real(self)
        campaign = replace(test.campaign, campaign_id="rehearsal", simulated=True)
        why = "Its outcomes are SIMULATED"
        return (test, replace(test, campaign=campaign, effects=(), left_out=why))

    monkeypatch.setattr(SealedTests, "everything", with_a_rehearsal)
    visitor = seen()
    table = visitor.dataframe[0].value
    assert list(table["Outcomes"]) == ["made elsewhere", SIMULATED]
    assert list(table["In the ledger"]) == ["yes", "no"]
    assert any(SIMULATED in name for name in visitor.selectbox(key="reports.open").options)
    visitor.segmented_control(key="reports.view").set_value("Learning ledger").run()
    sound(visitor)
    assert set(visitor.dataframe[0].value["Tests"]) == {1}
    assert "Its outcomes are SIMULATED" in words(visitor)


def test_the_summary_is_a_whole_page_in_which_nothing_runs(loaded):
    with opened(config.load(loaded, environment={})) as app:
        test = app.learning.ledger().tests[0]
        readout = app.results.readout(FINISHED)
    brief = replace(test.campaign.brief, name="<script>alert(1)</script>")
    page = summary_html(replace(test, campaign=replace(test.campaign, brief=brief)), readout)
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "Mens E-Mail: +7.75 (+6.82 to +8.69)" in page
    assert page.endswith("</html>\n")
    assert SIMULATED not in page
    invented = replace(test, campaign=replace(test.campaign, simulated=True))
    assert SIMULATED in summary_html(invented, readout)


def test_the_evidence_pack_is_built_on_request_and_taken_with_its_hashes(seen, tmp_path):
    visitor = seen()
    assert not any(label.startswith("Evidence pack") for label in downloads(visitor))
    visitor.toggle(key="reports.pack_outcomes").set_value(True).run()
    visitor.button(key="reports.pack_build").click().run()
    sound(visitor)
    assert any(label.startswith("Evidence pack (zip, ") for label in downloads(visitor))
    held = visitor.session_state["reports.pack"]
    assert hashlib.sha256(held.data).hexdigest() in visitor.code[-1].value
    assert "31,999 customers assigned" in words(visitor)
    assert "- a decision on the result: nobody has recorded one" in words(visitor)
    with zipfile.ZipFile(io.BytesIO(held.data)) as archive:
        assert {"outcomes.csv", "verify.py", "MANIFEST.sha256"} <= set(archive.namelist())
    with opened(config.load(tmp_path / "workspace", environment={})) as app:
        (recorded,) = [e for e in app.audit.latest() if e.action == "build evidence"]
    assert (recorded.actor, recorded.subject) == ("analyst", FINISHED)
    assert held.pack.sha256 in recorded.detail


def test_a_pack_stays_with_who_built_it_and_goes_with_an_erasure(seen, monkeypatch):
    visitor = seen()
    visitor.button(key="reports.pack_build").click().run()
    assert "reports.pack" in visitor.session_state
    monkeypatch.setattr("core.orchestrator.service.erasing.Erasing.count", lambda _: 1)
    visitor.run()
    sound(visitor)
    assert "Build the pack again" in visitor.info[0].value
    assert "reports.pack" not in visitor.session_state


def test_who_may_not_build_a_pack_is_told_so(seen):
    visitor = seen("approver")
    assert "build an evidence pack" in words(visitor)
    with pytest.raises(KeyError):
        visitor.button(key="reports.pack_build")


def test_the_ledger_has_a_chart_a_table_and_a_file(seen):
    visitor = seen()
    visitor.segmented_control(key="reports.view").set_value("Learning ledger").run()
    sound(visitor)
    table = visitor.dataframe[0].value
    assert len(table) == 10
    assert set(table["Weight"]) == {"weak"}
    assert set(table["Made elsewhere"]) == {1}
    alts = [chart.proto.alt for chart in visitor.get("plotly_chart")]
    assert alts == ["10 rows of the ledger; the interval of 9 lies on one side of 0. 10 are weak."]
    assert downloads(visitor) == ["Download the table (CSV)", "The whole ledger (CSV)"]
    visitor.selectbox(key="reports.segment").set_value("High spenders").run()
    assert set(visitor.dataframe[0].value["Segment"]) == {"High spenders"}
    assert not re.search(r"\bbest\b", words(visitor).lower())


def test_the_brief_of_a_campaign_without_earlier_tests_says_nothing(visit, loaded):
    visitor = visit("messages", loaded, "marketer", "dress-for-the-week")
    visitor.segmented_control(key="messages.view").set_value("Brief").run()
    sound(visitor)
    assert "What earlier tests say" not in words(visitor)


def test_the_brief_says_what_earlier_tests_found(visit, loaded, monkeypatch):
    with opened(config.load(loaded, environment={})) as app:
        known = app.learning.ledger().rows[:2]
    monkeypatch.setattr("core.orchestrator.service.learning.Learning.about", lambda *_, **__: known)
    visitor = visit("messages", loaded, "marketer", "dress-for-the-week")
    visitor.segmented_control(key="messages.view").set_value("Brief").run()
    sound(visitor)
    said = words(visitor)
    assert "What earlier tests say" in said
    assert f"For {known[0].subject.segment}, {known[0].subject.tone} against" in said
    assert "1 test made elsewhere, brought in less than a month ago. Weak." in said
