"""The parts of the front page: what waits, what runs, what ends, and how far a campaign is."""

import streamlit as st

from core.models.campaign import Campaign
from core.models.readout import Readout
from core.orchestrator.application import Application
from core.orchestrator.service.home import Desk, Step
from core.reports.words import conclusion_reason, conclusion_title
from ui import library, state
from ui.frame import simulated_badge
from ui.jobs import job
from ui.links import link
from ui.message_grid import label
from ui.words import STATES, count, moment, plain

_SHOWN = 4


def waiting(desk: Desk) -> None:
    """What this person can do something about."""
    known = state.campaigns()
    with st.container(border=True):
        if not (desk.to_review or desk.to_change or desk.to_decide):
            st.text("Nothing waits for you.")
        for campaign_id in dict.fromkeys(v.campaign_id for v in desk.to_review):
            number = sum(v.campaign_id == campaign_id for v in desk.to_review)
            link(
                "approvals",
                f"{count(number, 'message')} to review: {plain(known[campaign_id].name)}",
                icon=":material/rule:",
                campaign=campaign_id,
            )
        for variant in desk.to_change[:_SHOWN]:
            link(
                "messages",
                f"{STATES[variant.state]}: {plain(variant.segment)}, {variant.tone}",
                icon=":material/edit:",
                campaign=variant.campaign_id,
                variant=label(variant),
            )
        if len(desk.to_change) > _SHOWN:
            st.caption(f"and {len(desk.to_change) - _SHOWN} more in Messages")
        for campaign in desk.to_decide:
            link(
                "results",
                f"Results are ready: {plain(campaign.name)}",
                icon=":material/query_stats:",
                campaign=campaign.campaign_id,
            )


def running(desk: Desk) -> None:
    """Runs under way."""
    with st.container(border=True):
        if not desk.running:
            st.text("No job is running.")
        for run in desk.running:
            st.progress(run.done / max(run.total, 1), text=job(run))


def ending(desk: Desk) -> None:
    """Documents and offers that end soon."""
    with st.container(border=True):
        if not desk.expiring:
            st.text("Nothing ends soon.")
        for document in desk.expiring:
            link(
                "library",
                plain(document.title),
                icon=":material/event_busy:",
                document=library.label(document),
            )
            if document.valid_until:
                st.caption(f"Last day {moment(document.valid_until)}")


def step(one: Step, application: Application) -> None:
    """One step of a campaign's way."""
    with st.container(border=True, gap="xsmall", height="stretch"):
        if one.done:
            st.badge("done", icon=":material/check_circle:", color="green")
        else:
            st.badge("open", icon=":material/radio_button_unchecked:", color="gray")
        st.markdown(f"**{one.name}**")
        st.caption(plain(_amount(one, application)))


def _amount(one: Step, application: Application) -> str:
    """What has been done in a step; data and segments are said in customers, not in ids."""
    if one.name == "Data":
        return count(application.customers.get(one.count).rows, "customer")
    if one.name == "Segments":
        return count(len(application.segments.get(one.count).segments), "segment")
    return one.count


def primary_link(page: str, words: str, *, key: str) -> None:
    """The one next action: a button that opens a page."""
    if st.button(words, key=key, type="primary", icon=":material/arrow_forward:"):
        st.switch_page(f"pages/{page}.py")


def last_result(campaign: Campaign, readout: Readout) -> None:
    """The newest conclusion, in its own words."""
    conclusion = readout.conclusion
    st.header("Newest result", anchor=False)
    with st.container(border=True):
        st.subheader(plain(conclusion_title(conclusion)), anchor=False)
        if readout.health.simulated:
            simulated_badge()
        st.text(conclusion_reason(conclusion))
        st.caption(plain(campaign.name))
        link(
            "results",
            "Open the results",
            icon=":material/query_stats:",
            campaign=campaign.campaign_id,
        )
