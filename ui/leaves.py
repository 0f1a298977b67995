"""What leaves the company when messages are written: the engine, and each thing it is given."""

import streamlit as st

from core.models.campaign import Campaign
from core.models.merge_fields import merge_fields
from ui import state
from ui.words import listed, plain

_LOCAL = (
    "What leaves the company: nothing. The local writer composes from approved passages on this "
    "machine; it is not a language model."
)
_NEVER = "Never: a row of a customer, an id, a name, an address, or any value of a merge field."


def what_leaves(campaign: Campaign) -> None:
    """Which engine writes, and everything it is given."""
    app = state.application()
    engine = app.settings.engines.chat_model
    if engine == "local":
        st.caption(_LOCAL)
        return
    dataset = app.customers.get(campaign.dataset_id)
    traits = sorted(dataset.mentionable)
    fields = [f.name for f in merge_fields(dataset.columns)]
    with st.expander(f"What leaves the company, to {engine.replace('_', '-')}"):
        st.text(
            "Of the brief: goal, channel, language, offer, code, price, last day, must say, must "
            "not say, lengths and tone."
        )
        st.text(
            "Of a segment: its name, its description, and averages in words of: "
            f"{listed(traits) or 'no column'}."
        )
        st.text("The approved passages found for it: id, title, category and text.")
        st.text(f"The names of the merge fields: {listed(fields) or 'none'}.")
        st.caption(plain(_NEVER))
