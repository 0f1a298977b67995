"""Outcomes on a page: bringing them in, rehearsing, and what was decided about them."""

from pathlib import Path

import streamlit as st

from core.errors import BadInput
from core.models.campaign import Campaign
from core.models.readout import Conclusion, Decision
from core.models.send import ResultDecision
from core.reports.reading import primary_metric
from core.reports.words import DECISIONS, decision_words
from ui import health, readouts, state, uploads
from ui.actions import act, say
from ui.frame import simulated_badge
from ui.links import link
from ui.rights import Permission, refusal
from ui.words import count, moment, plain

DELIVERY_WORDS = "The columns sent, delivered, sent_on and outcome_on"
_BROUGHT = "results.brought"
_NOTHING_SAID = {"columns": "", "leave_out": False, "lift": 20.0, "seed": 1}


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


def take_in(campaign: Campaign, *, first: bool) -> None:
    """Outcomes from a file, or invented ones for a rehearsal."""
    why = refusal(Permission.IMPORT_OUTCOMES)
    number = state.begun("results.", campaign.campaign_id, _NOTHING_SAID)
    with st.expander("Bring in outcomes", expanded=first, icon=":material/upload_file:"):
        with st.form(f"results.import_form_{number}", border=False):
            _file_fields()
            st.form_submit_button(
                "Import outcomes",
                key="results.import",
                type="primary",
                disabled=bool(why),
                on_click=act,
                args=(_bring_in, campaign.campaign_id),
            )
        with st.form(f"results.simulate_form_{number}"):
            _rehearsal_fields()
            st.form_submit_button(
                "Simulate outcomes",
                key="results.simulate",
                disabled=bool(why),
                on_click=act,
                args=(_rehearse, campaign.campaign_id),
            )
        if why:
            st.caption(plain(why))


def _bring_in(campaign_id: str) -> str:
    """Take in the uploaded outcomes."""
    upload = st.session_state["results.upload"]
    if upload is None:
        say("error", "Choose a file of outcomes first.")
        return ""
    # A browser keeps a chosen file when the campaign changes.
    brought = st.session_state.setdefault(_BROUGHT, {})
    if brought.setdefault(upload.file_id, campaign_id) != campaign_id:
        say("error", "This file was chosen for another campaign; choose the file of this one.")
        return ""
    columns = _mapping(str(st.session_state["results.columns"]))
    with uploads.on_disk([upload]) as folder:
        made = state.application().results.import_outcomes(
            campaign_id,
            folder / Path(upload.name).name,
            by=state.acting(),
            columns=columns,
            leave_out_others=bool(st.session_state["results.leave_out"]),
        )
    others = count(made.others, "row was", "rows were")
    left_out = f" {others} of customers who are not in this test, and left out."
    if made.repeated:
        return "This file was known already; nothing changed."
    stored = f"Outcomes of {count(made.matched, 'customer')} are stored."
    return stored + left_out if made.others else stored


def _rehearse(campaign_id: str) -> str:
    """Invent outcomes, marked SIMULATED everywhere."""
    made = state.application().results.simulate(
        campaign_id,
        lift=float(st.session_state["results.lift"]) / 100,
        seed=int(st.session_state["results.seed"]),
        by=state.acting(),
    )
    return f"SIMULATED outcomes of {count(made.matched, 'customer')} are stored."


def _file_fields() -> None:
    """A file with one row a customer."""
    st.text("From a file: one row a customer, customer_id and a column for each metric.")
    st.caption(
        f"{DELIVERY_WORDS} say how the messages travelled: sent and delivered are 0 or 1, sent_on "
        "and outcome_on (the first outcome) dates such as 2026-01-31. They are optional."
    )
    st.file_uploader(
        "Outcomes (CSV, TSV or Parquet)", ["csv", "tsv", "txt", "parquet"], key="results.upload"
    )
    st.text_input(
        "Other column names, if any",
        key="results.columns",
        placeholder="customer_id=id, visit=visited, sent_on=send_date",
        help="Ours = theirs, separated by commas. Leave empty when the names are ours. "
        f"{DELIVERY_WORDS} can be named here too.",
    )
    st.checkbox(
        "Leave out rows of customers who are not in this test",
        key="results.leave_out",
        help="They are counted and said on this page. A file with mostly other customers is "
        "refused all the same: it is probably of another campaign.",
    )


def _mapping(text: str) -> dict[str, str] | None:
    """Ours to theirs, as written in the field; None when nothing was written.

    Raises:
        BadInput: a part is not of the form ours=theirs.
    """
    pairs = [part.partition("=") for part in text.split(",") if part.strip()]
    for ours, sign, theirs in pairs:
        if not (sign and ours.strip() and theirs.strip()):
            raise BadInput(f"'{text}' is not of the form ours=theirs, ours=theirs.")
    return {ours.strip(): theirs.strip() for ours, _, theirs in pairs} or None


def _rehearsal_fields() -> None:
    """A lift and a seed for invented outcomes."""
    simulated_badge()
    st.text("For a rehearsal: invented outcomes, marked as such on everything made from them.")
    lift, seed = st.columns(2)
    lift.number_input("Lift over the control group (%)", -100.0, 1000.0, key="results.lift")
    seed.number_input("Seed", 0, 2**31 - 1, key="results.seed")


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
