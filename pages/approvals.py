"""May this go out in our name?

Keys: `approvals.whose`, `approvals.segment`, `approvals.age`, `approvals.issues`,
`approvals.variant`, `approvals.phone`, `approvals.reader`, and those of `ui.deciding` and
`ui.discussing`.
"""

import streamlit as st

from core.models.campaign import Campaign
from core.models.messages import Variant
from ui import deciding, message_preview, reviewing, state, views
from ui.differences import against_approved
from ui.discussing import discussion
from ui.frame import page
from ui.links import link
from ui.words import count, plain


def review(campaign: Campaign, queue: dict[str, Variant]) -> None:
    """One message: as its readers get it, and everything to judge it by."""
    name = reviewing.choose(queue)
    variant = queue[name]
    st.header(plain(name), anchor=False)
    view = message_preview.view(variant, page="approvals")
    if view != message_preview.MARKED:
        message_preview.as_received(variant, view, page="approvals")
    text, facts = st.columns([3, 2], gap="medium")
    with text:
        if view == message_preview.MARKED:
            message_preview.marked(variant)
        against_approved(variant)
        deciding.bar(variant, list(queue))
        discussion(variant, page="approvals")
    with facts:
        reviewing.facts(campaign, variant)
    st.subheader(f"What it rests on ({count(len(variant.citations), 'sentence')})", anchor=False)
    views.sources(variant.citations)


with page("Approvals"):
    chosen = state.campaign()
    waiting = state.application().approvals.queue()
    here = [v for v in waiting if chosen and v.campaign_id == chosen.campaign_id]
    deciding.undo()
    if chosen is None or not here:
        reviewing.nothing(chosen)
        link("messages", "Go to the messages", icon=":material/edit_note:")
    else:
        filtered = reviewing.filtered(here)
        with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
            st.badge(f"{len(here)} waiting", icon=":material/rule:", color="blue")
            st.text(f"{len(filtered)} of {count(len(here), 'message')} in the queue.")
        if filtered:
            review(chosen, filtered)
        else:
            st.info("No message fits these filters. Choose All to see the whole queue.")
    if chosen is not None:
        deciding.mine(list(state.application().messages.variants(chosen.campaign_id)))
    if len(waiting) > len(here):
        st.caption(f"{count(len(waiting) - len(here), 'message')} wait in other campaigns.")
