"""Did it work, and can I believe it?

Keys: `results.metric`, `results.chart`, `results.segments`, `results.decision`, `results.reason`,
`results.decide`, `results.upload`, `results.columns`, `results.import`, `results.lift`,
`results.seed`, `results.simulate`, `results.csv`, `results.png`, `results.pdf`.
"""

import streamlit as st

from core.models.campaign import Campaign
from core.models.readout import Decision
from ui import outcomes, readouts, state
from ui.actions import act
from ui.frame import page
from ui.rights import Permission, refusal
from ui.words import plain


def decide(campaign_id: str) -> str:
    """Record what is done with the result."""
    made = state.application().results.decide(
        campaign_id,
        Decision(st.session_state["results.decision"]),
        reason=str(st.session_state["results.reason"]),
        by=state.acting(),
    )
    return f"Recorded: {plain(outcomes.decided(made))}"


def read(campaign: Campaign) -> None:
    """Health, conclusion, chart, table, segments, decision: in this order."""
    readout = state.readout(campaign)
    readouts.health(readout)
    readouts.conclusion(readout)
    metric = readouts.chosen_metric(readout)
    readouts.chart(readout, metric)
    readouts.table(readout, metric)
    readouts.by_segment(readout, metric)
    st.header("Decision", anchor=False)
    outcomes.decisions(campaign)
    why = refusal(Permission.DECIDE)
    with st.form("results.form"):
        outcomes.decision_fields(readout.conclusion)
        st.form_submit_button(
            "Record the decision",
            key="results.decide",
            type="primary",
            disabled=bool(why),
            on_click=act,
            args=(decide, campaign.campaign_id),
        )
    if why:
        st.caption(plain(why))
    st.header("Take it with you", anchor=False)
    readouts.downloads(campaign, readout, metric)


with page("Results", measured=True):
    chosen = state.campaign()
    if chosen is None:
        outcomes.no_campaign()
    elif state.application().results.measured(chosen.campaign_id):
        st.markdown(f"**{plain(chosen.name)}**")
        read(chosen)
        if not chosen.imported:
            outcomes.take_in(chosen, first=False)
    else:
        sent = outcomes.not_yet(chosen)
        if sent:
            outcomes.take_in(chosen, first=True)
        outcomes.meanwhile()
