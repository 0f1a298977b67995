"""Outcomes on a page: before there are any, and what was decided about them."""

import streamlit as st

from core.models.campaign import Campaign
from core.models.readout import Conclusion, Decision
from core.models.send import ResultDecision
from core.reports.reading import primary_metric
from core.reports.words import DECISIONS, decision_words
from ui import health, readouts, state
from ui.links import link
from ui.words import moment, plain


def no_campaign() -> None:
    """Nothing to read, because nothing was asked."""
    st.info("No campaign yet, so there are no results.")
    link("home", "Go to Home", icon=":material/home:")


def not_yet(campaign: Campaign) -> bool:
    """Say that there are no outcomes; whether they could be brought in now."""
    experiment = state.application().send.experiment(campaign.campaign_id)
    exported = bool(state.application().send.exports(campaign.campaign_id))
    st.markdown(f"**{plain(campaign.name)}**")
    if experiment is None or not exported:
        st.info("No outcomes yet. They come after the send was prepared and exported.")
        link("send", "Go to Send", icon=":material/outbox:")
        return False
    waiting = state.application().results.waiting(campaign.campaign_id)
    said = "No outcomes yet. Import them when your sender and your website have them."
    st.info(said if waiting is None else f"Nothing can be read yet. {plain(waiting)}")
    return True


def meanwhile() -> None:
    """The newest result there is, below an empty page."""
    other = state.last_measured()
    if other is None:
        return
    readout = state.readout(other)
    st.header(f"Meanwhile: {plain(other.name)}", anchor=False)
    st.text("The newest campaign with outcomes.")
    health.strip(readout)
    st.info(plain(readout.conclusion.reason), icon=":material/query_stats:")
    metric = primary_metric(readout)
    if metric:
        readouts.chart(readout, metric)
    link(
        "results",
        "Open these results",
        icon=":material/query_stats:",
        campaign=other.campaign_id,
    )


def decision_begun(campaign: Campaign, found: Conclusion) -> int:
    """Let the fields of the decision begin with the conclusion; the number of their form."""
    of = (campaign.campaign_id, found.decision)
    return state.begun("results.", of, {"decision": found.decision.value, "reason": ""})


def decision_fields() -> None:
    """What is done, and why; may differ from the conclusion."""
    st.selectbox(
        "Decision",
        [d.value for d in Decision],
        format_func=lambda value: DECISIONS[Decision(value)],
        key="results.decision",
    )
    st.text_area("Reason (goes into the record)", key="results.reason", height=90, max_chars=1000)


def decisions(campaign: Campaign) -> None:
    """What was decided before, newest first."""
    for made in state.application().results.decisions(campaign.campaign_id):
        with st.container(border=True):
            st.text(decided(made))
            verified = "" if made.verified else " (not verified)"
            st.caption(f"{plain(made.by)}{verified}, {moment(made.at)}")


def decided(made: ResultDecision) -> str:
    """A recorded decision in one line (plain text)."""
    other = (
        ""
        if made.decision == made.conclusion
        else f" The conclusion was: {decision_words(made.conclusion)}."
    )
    early = " Recorded before the day of the read-out: preliminary." if made.preliminary else ""
    return f"{decision_words(made.decision)}. “{made.reason}”{other}{early}"
