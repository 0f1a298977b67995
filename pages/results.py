"""Did it work, and can I believe it?

Keys: `results.metric`, `results.chart`, `results.days`, `results.together`, `results.segments`,
`results.decision`, `results.reason`, `results.decide`, `results.upload`, `results.columns`,
`results.leave_out`, `results.import`, `results.lift`, `results.seed`, `results.simulate`,
`results.sender`, `results.mapping_of`, `results.mapping`, `results.mapping_name`,
`results.save_mapping`, `results.reconciliation`, `results.csv`, `results.png`, `results.days_png`,
`results.pdf`, `results.placebo`.
"""

import streamlit as st

from core.models.campaign import Campaign
from core.models.readout import Decision, Readout
from ui import (
    bringing_in,
    cumulative,
    guardrails,
    health,
    opens,
    outcomes,
    personalization,
    planning,
    readouts,
    segment_lift,
    state,
    taking_away,
)
from ui.actions import act
from ui.frame import page
from ui.rights import Permission, refusal
from ui.words import plain

BEFORE_THE_DATE = "This is before the read-out date; the record will say so."


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
    """Health, conclusion, chart, table, guardrails, days, segments, opens: in this order."""
    readout = state.readout(campaign)
    experiment = state.application().send.experiment(campaign.campaign_id)
    registered = experiment.card.guardrails if experiment else ()
    health.strip(readout)
    bringing_in.came_in(campaign)
    readouts.conclusion(readout)
    metric = readouts.chosen_metric(campaign, readout)
    readouts.chart(readout, metric)
    readouts.table(readout, metric)
    guardrails.section(readout, registered)
    cumulative.section(readout)
    segment_lift.section(readout, metric)
    personalization.section(readout)
    opens.section(readout)
    decision(campaign, readout)
    st.header("Take it with you", anchor=False)
    taking_away.buttons(campaign, readout, metric, registered)
    with st.expander("Prove it on your own data", icon=":material/casino:"):
        planning.own_data(campaign)


def decision(campaign: Campaign, readout: Readout) -> None:
    """What was decided, and a form to decide."""
    st.header("Decision", anchor=False)
    outcomes.decisions(campaign)
    why = refusal(Permission.DECIDE)
    number = outcomes.decision_begun(campaign, readout.conclusion)
    with st.form(f"results.form_{number}"):
        outcomes.decision_fields()
        if readout.conclusion.preliminary:
            st.caption(BEFORE_THE_DATE)
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


with page("Results", measured=True):
    chosen = state.campaign()
    if chosen is None:
        outcomes.no_campaign()
    elif state.application().results.measured(chosen.campaign_id):
        st.markdown(f"**{plain(chosen.name)}**")
        read(chosen)
        if not chosen.imported:
            bringing_in.take_in(chosen, first=False)
    else:
        sent = outcomes.not_yet(chosen)
        if sent:
            bringing_in.came_in(chosen)
            bringing_in.take_in(chosen, first=True)
        outcomes.meanwhile()
