"""One report: what was found in short, the PDF beside it, and everything to take away.

Keys: `reports.build`, `reports.pdf`, `reports.summary`, `reports.results_csv`,
`reports.file_<name>`.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

import streamlit as st

from core.charts.forest import SIMULATED
from core.errors import OrchestratorError
from core.models.learning import SealedTest
from core.models.readout import Readout
from core.orchestrator.service.report_files import ReportFile
from core.reports.report_summary import Line, summary, summary_html
from core.reports.results_csv import results_csv
from ui import evidence_pack, files, notebook_export, state
from ui.actions import act, say
from ui.frame import simulated_badge
from ui.links import link
from ui.trouble import explained
from ui.words import moment, plain

PDF = "experiment_report.pdf"
_PAPERS = {
    PDF: "Report (PDF)",
    "experiment_report.html": "Report (HTML)",
    "safety_audit_report.csv": "Content checks (CSV, exact)",
    "safety_audit_report_for_excel.csv": "Content checks (for Excel)",
}
STALE = "Outcomes or a decision came after this report was built. Build it again."
_MIMES = {
    ".pdf": "application/pdf",
    ".html": "text/html",
    ".csv": "text/csv",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".zip": "application/zip",
}


def show(test: SealedTest) -> None:
    """The report of a sealed test; without outcomes only how it will be judged."""
    st.header(plain(test.campaign.name), anchor=False)
    if test.campaign.simulated:
        simulated_badge()
    campaign_id = test.campaign.campaign_id
    kept = state.application().report_files.of_campaign(campaign_id)
    readout = state.readout(test.campaign) if test.conclusion else None
    pdf = next((file for file in kept if file.name == PDF), None)
    _summary(summary(test, readout))
    _build(campaign_id, again=pdf is not None)
    if pdf is not None:
        _paper(pdf, test)
    _take_away(test, readout, kept)


def _summary(lines: Sequence[Line]) -> None:
    with st.grid(2, min_column_width=300):
        for line in lines:
            with st.container(gap="xxsmall"):
                st.markdown(f"**{plain(line.heading)}**")
                st.text(line.text)


def _build(campaign_id: str, *, again: bool) -> None:
    st.button(
        "Build the report again" if again else "Build the report",
        key="reports.build",
        type="primary",
        icon=":material/print:",
        on_click=act,
        args=(_built, campaign_id),
    )


def _built(campaign_id: str) -> str:
    """Build every file of the report; where that fails, the rest can be taken away all the same."""
    try:
        with st.spinner("Building the report"):
            state.application().reporting.build(campaign_id)
    except (OrchestratorError, RuntimeError, OSError) as error:
        say("error", f"{explained(error)} The summary and the numbers below can be taken away.")
        return ""
    return "The report is built."


def _paper(pdf: ReportFile, test: SealedTest) -> None:
    st.caption(f"Built {moment(pdf.at)}.")
    if test.changed_at is not None and test.changed_at > pdf.at:
        st.warning(STALE, icon=":material/history:")
    st.pdf(
        _bytes(pdf.path, pdf.at), height=720, key="reports.pdf", alt=f"Report: {test.campaign.name}"
    )


@st.cache_data(show_spinner=False, max_entries=8)
def _bytes(path: Path, at: datetime) -> bytes:
    # The moment only makes the key: a file that was written anew is read anew.
    del at
    return path.read_bytes()


def _take_away(test: SealedTest, readout: Readout | None, kept: Sequence[ReportFile]) -> None:
    st.subheader("Take it with you", anchor=False)
    campaign_id = test.campaign.campaign_id
    subject = campaign_id + (f"_{SIMULATED}" if test.campaign.simulated else "")
    built = {file.name: file for file in kept}
    with st.container(horizontal=True):
        for name, words in _PAPERS.items():
            if name in built:
                _file(subject, built.pop(name), words)
        page = files.named(subject, "summary", "html")
        said = summary_html(test, readout).encode()
        _button("Summary (HTML)", "summary", lambda: said, (page, "text/html"))
        if readout is not None:
            numbers = partial(_numbers, test, readout)
            name = files.named(subject, "results", "csv")
            _button("Results (CSV)", "results_csv", numbers, (name, "text/csv"))
    if built:
        with st.expander("Figures"), st.container(horizontal=True):
            for name, file in built.items():
                _file(subject, file, Path(name).name)
    link("results", "Open the results", icon=":material/query_stats:", campaign=campaign_id)
    evidence_pack.section(campaign_id)
    notebook_export.section(campaign_id)


def _file(subject: str, file: ReportFile, words: str) -> None:
    path = Path(file.name)
    name = files.named(subject, path.stem, path.suffix.lstrip("."))
    mime = _MIMES.get(path.suffix, "application/octet-stream")
    _button(words, f"file_{file.name}", file.data, (name, mime))


def _numbers(test: SealedTest, readout: Readout) -> bytes:
    return results_csv(readout, test.experiment.card.guardrails).encode("utf-8-sig")


def _button(words: str, key: str, data: Callable[[], bytes], named: tuple[str, str]) -> None:
    st.download_button(
        words,
        data,
        file_name=named[0],
        mime=named[1],
        key=f"reports.{key}",
        on_click="ignore",
        icon=":material/download:",
    )
