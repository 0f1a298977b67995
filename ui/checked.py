"""What the content checks stopped and let through, as the page on them shows it.

Keys: `content_checks.scope`, `content_checks.csv`, `content_checks.csv_exact`,
`content_checks.png`, and those of the chart `content_checks.distribution`.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial

import streamlit as st

from core.content.sentences import sentences
from core.models.approval import ReviewDecision
from core.models.campaign import Campaign
from core.models.messages import Finding, Level, Message, ScreenDecision
from core.models.screening import Screening
from core.reports.safety_csv import safety_csv, safety_csv_for_excel
from ui import charts, files, state
from ui.words import count, plain, sentence

_HERE, _EVERYWHERE = "This campaign", "All campaigns"
_LISTED = 20
_EVERYTHING = "workspace"


def chosen(campaign: Campaign | None) -> tuple[str, tuple[Screening, ...]]:
    """What the page is about, as the name of files, and its screenings."""
    screenings = state.application().screenings
    options = [_HERE, _EVERYWHERE] if campaign else [_EVERYWHERE]
    scope = st.radio("Screenings of", options, horizontal=True, key="content_checks.scope")
    if campaign is not None and scope == _HERE:
        return campaign.campaign_id, screenings.everything(campaign.campaign_id)
    return _EVERYTHING, screenings.everything()


def counts(found: Sequence[Screening]) -> None:
    """How many came to what, and how far the engine's word goes."""
    came_to = state.application().screenings.outcomes(found)
    shown = (
        ("Screenings", len(found), "Each time a text went through the checks."),
        ("Passed", came_to.passed, "No issue; a person decides all the same."),
        ("To look at", came_to.looked_at, "An issue that a person has to look at."),
        ("Stopped", came_to.stopped, "An issue that cannot be approved."),
        ("Not screened", came_to.not_screened, "No answer: such a text has not passed."),
    )
    for column, (words, number, why) in zip(st.columns(len(shown)), shown, strict=True):
        column.metric(words, f"{number:,}", help=why)
    if came_to.basic:
        st.caption(
            f"{count(came_to.basic, 'screening')} by a basic local screen: it raises issues and "
            "never clears a text by itself."
        )


def distribution(found: Sequence[Screening]) -> None:
    """The severities by category, beside the lines."""
    chart = state.application().screenings.distribution(found)
    if chart is None:
        st.text("No screening came to an outcome, so there is nothing to draw.")
    else:
        charts.show_severities(chart, "content_checks.distribution")


def stopped(found: Sequence[Screening]) -> None:
    """The messages that stand stopped, each with the sentence and why."""
    newest = {screening.variant_id: screening for screening in found}
    blocked = [s for s in newest.values() if _is_stopped(s)]
    if not blocked:
        st.text("No message stands stopped.")
        return
    for screening in blocked[:_LISTED]:
        with st.container(border=True):
            st.markdown(f"**{plain(screening.segment)} · {plain(screening.tone)}**")
            for finding, words in _sentences(screening):
                st.text(words)
                st.caption(f"{plain(sentence(finding.rule))}: {plain(finding.explanation)}")
    if len(blocked) > _LISTED:
        st.caption(f"{len(blocked) - _LISTED:,} more are in the report.")


def reviewers(found: Sequence[Screening]) -> None:
    """Who decided how often."""
    made = Counter((r.by, r.decision) for s in found for r in s.decisions)
    if not made:
        st.text("Nobody has decided on these yet.")
        return
    names = sorted({name for name, _ in made})
    table = {"Person": [plain(name) for name in names]} | {
        plain(sentence(d.value)): [f"{made[name, d]:,}" for name in names] for d in ReviewDecision
    }
    st.table(table, alt="Decisions by person", hide_index=True)


def downloads(subject: str, found: Sequence[Screening]) -> None:
    """The report, exact and for Excel, and the picture."""
    with st.container(horizontal=True):
        for label, key, made in (
            ("Report for Excel (CSV)", "csv", safety_csv_for_excel),
            ("Report, exact (CSV)", "csv_exact", safety_csv),
        ):
            st.download_button(
                label,
                partial(made, found),
                file_name=files.named(subject, "safety_audit_report", "csv"),
                mime="text/csv",
                key=f"content_checks.{key}",
                on_click="ignore",
                icon=":material/download:",
            )
        app = state.application()
        chart = app.screenings.distribution(found)
        if chart is not None:
            st.download_button(
                "Severities (PNG)",
                lambda: app.reporting.png(chart),
                file_name=files.named(subject, "safety_distribution", "png"),
                mime="image/png",
                key="content_checks.png",
                on_click="ignore",
                icon=":material/download:",
            )


def _is_stopped(screening: Screening) -> bool:
    found = screening.screened
    return found is not None and found.decision is ScreenDecision.BLOCK


def _sentences(screening: Screening) -> Iterator[tuple[Finding, str]]:
    """Each stopping issue with the sentence it stands in; the words alone where that is gone."""
    history = state.application().messages.history(screening.variant_id)
    texts = {variant.revision: variant.message for variant in history}
    message = texts.get(screening.revision, Message("", "", ""))
    for finding in screening.screened.findings if screening.screened else ():
        if finding.level is Level.BLOCK:
            around = (
                s.text
                for s in sentences(message.part(finding.field))
                if s.start <= finding.start < s.end
            )
            yield finding, next(around, finding.text)
