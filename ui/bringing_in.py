"""Bringing outcomes in on a page: a file of rows or events, how it is read, or a rehearsal."""

from collections.abc import Mapping
from pathlib import Path

import streamlit as st

from core.errors import BadInput
from core.models.campaign import Campaign
from core.models.send import OutcomesImport
from core.orchestrator.service.outcome_mappings import SaidMapping
from core.reports.events import apart_lines, event_lines
from ui import state, uploads
from ui.actions import act, say
from ui.frame import simulated_badge
from ui.rights import Permission, refusal
from ui.words import count, plain

DELIVERY_WORDS = "The columns sent, delivered, sent_on and outcome_on"
AS_BEFORE = "As last time, or by its column names"
_BROUGHT = "results.brought"
_NOTHING_SAID = {
    "columns": "",
    "leave_out": False,
    "lift": 20.0,
    "seed": 1,
    "sender": AS_BEFORE,
}


def take_in(campaign: Campaign, *, first: bool) -> None:
    """Outcomes from a file, or invented ones for a rehearsal."""
    why = refusal(Permission.IMPORT_OUTCOMES)
    number = state.begun("results.", campaign.campaign_id, _NOTHING_SAID)
    known = state.application().results.mappings(campaign.campaign_id)
    with st.expander("Bring in outcomes", expanded=first, icon=":material/upload_file:"):
        with st.form(f"results.import_form_{number}", border=False):
            _file_fields(known)
            st.form_submit_button(
                "Import outcomes",
                key="results.import",
                type="primary",
                disabled=bool(why),
                on_click=act,
                args=(_bring_in, campaign.campaign_id),
            )
        _mapping_editor(campaign, known, why)
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
    sender = str(st.session_state["results.sender"])
    if columns is not None and sender != AS_BEFORE:
        raise BadInput("Give other column names or choose a sender, not both.")
    with uploads.on_disk([upload]) as folder:
        made = state.application().results.import_outcomes(
            campaign_id,
            folder / Path(upload.name).name,
            by=state.acting(),
            columns=columns,
            said=SaidMapping(sender=None if sender == AS_BEFORE else sender),
            leave_out_others=bool(st.session_state["results.leave_out"]),
        )
    return words(made)


def words(made: OutcomesImport) -> str:
    """What came of a file, and which of its rows were not taken in."""
    others = count(made.others, "row was", "rows were")
    left_out = f" {others} of customers who are not in this test, and left out."
    if made.repeated:
        return "This file was known already; nothing changed."
    stored = f"Outcomes of {count(made.matched, 'customer')} are stored."
    if made.events is not None:
        stored = plain(" ".join(event_lines(made.events)))
    if made.passed_over:
        gone = count(made.passed_over, "row was", "rows were")
        stored += f" {gone} of customers who were erased or left out, and passed over."
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


def _file_fields(known: Mapping[str, str]) -> None:
    """A file with one row a customer, or one row an event; `known` are the mappings by sender."""
    st.text("From a file: one row a customer, customer_id and a column for each metric.")
    st.text(
        "Or one row an event: event_id, customer_id, event (sent, delivered, bounced, opened, "
        "clicked, visited, unsubscribed, complained, ordered, refunded) and time with its zone; "
        "for money amount, currency and order_id, for clicks of machines bot."
    )
    st.caption(
        f"{DELIVERY_WORDS} say how the messages travelled: sent and delivered are 0 or 1, sent_on "
        "and outcome_on (the first outcome) dates such as 2026-01-31. They are optional."
    )
    st.file_uploader(
        "Outcomes (CSV, TSV or Parquet)",
        ["csv", "tsv", "txt", "parquet", "gz"],
        key="results.upload",
    )
    st.selectbox(
        "How the file is read",
        [AS_BEFORE, *known],
        key="results.sender",
        help="Each sender has a mapping, shown below. It is kept with the file it read, so that "
        "next time nothing has to be chosen.",
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


def _mapping_editor(campaign: Campaign, known: Mapping[str, str], why: str | None) -> None:
    """The mapping of a sender, to read and to change."""
    st.subheader("How files of a sender are read", anchor=False)
    state.begun("results.", campaign.campaign_id, {"mapping_of": next(iter(known))})
    chosen = str(st.selectbox("Sender", list(known), key="results.mapping_of"))
    text = known.get(chosen, "")
    of = (campaign.campaign_id, chosen, text)
    number = state.begun("results.", of, {"mapping": text, "mapping_name": chosen})
    with st.form(f"results.mapping_form_{number}", border=False):
        st.text_area(
            "Ours: theirs, one line each",
            key="results.mapping",
            height=260,
            help="Under `values` their names of events stand for ours, or for `ignore`.",
        )
        st.text_input("Keep it for the sender", key="results.mapping_name", max_chars=60)
        st.form_submit_button(
            "Save the mapping",
            key="results.save_mapping",
            disabled=bool(why),
            on_click=act,
            args=(_save_mapping, campaign.campaign_id),
        )


def _save_mapping(campaign_id: str) -> str:
    """Keep what was typed."""
    sender = str(st.session_state["results.mapping_name"])
    state.application().results.save_mapping(
        campaign_id, str(st.session_state["results.mapping"]), sender=sender, by=state.acting()
    )
    return f"The mapping of {plain(sender)} is kept."


def came_in(campaign: Campaign) -> None:
    """What the events of a campaign are, and what of them is set apart; nothing without any."""
    imports = state.application().results.imports(campaign.campaign_id)
    newest = next((made.events for made in imports if made.events is not None), None)
    if newest is None:
        return
    with st.expander("What came in", icon=":material/receipt_long:"):
        st.table(
            [{"Event": k, "Number": f"{n:,}"} for k, n in newest.kinds.items()],
            hide_index=True,
            alt="All events of the campaign by kind",
        )
        if newest.currency:
            st.caption(f"Amounts are in {plain(newest.currency)}.")
        for line in apart_lines(newest):
            st.caption(plain(line))
