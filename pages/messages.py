"""What will we say to them?

Keys: `messages.view`, `messages.generate`, `messages.retry`, `messages.cancel`,
`messages.variant`, `messages.phone`, `messages.reader`, `messages.revision`,
`messages.edit_subject`, `messages.edit_preheader`, `messages.edit_body`, `messages.save`,
`messages.regenerate`, `messages.check_again`, `messages.open_<variant>`, `messages.back`,
`messages.download_<what>`, and `messages.brief_<field>` with `messages.save_brief` or
`messages.create`.
"""

import streamlit as st

from core.models.campaign import Campaign
from core.models.messages import Variant
from ui import (
    briefs,
    claims_panel,
    composing,
    message_downloads,
    message_grid,
    message_history,
    message_preview,
    state,
    writing_runs,
)
from ui.audience_panel import audience_panel
from ui.discussing import discussion
from ui.frame import page
from ui.links import link
from ui.words import plain

MESSAGES, BRIEF, NEW = "Messages", "Brief", "New brief"


def messages(campaign: Campaign) -> None:
    """All messages of a campaign, or the one that is open."""
    variants = state.application().messages.variants(campaign.campaign_id)
    by_label = {message_grid.label(v): v for v in variants}
    if not variants:
        writing_runs.controls(campaign)
        st.info("No messages yet. Read the brief, then generate one for each segment and tone.")
        briefs.summary(campaign.brief)
        return
    slot = st.container()
    chosen = st.selectbox(
        "Open a message",
        list(by_label),
        index=None,
        key="messages.variant",
        placeholder="Choose a segment and a tone, or open one below",
        bind="query-params",
    )
    if chosen:
        with slot:
            writing_runs.show(campaign)
        one(campaign, by_label[chosen])
    else:
        with slot:
            writing_runs.controls(campaign)
        message_grid.show(campaign, variants)
        message_downloads.buttons(campaign, variants)
        link("approvals", "Go to the approval queue", icon=":material/rule:")


def one(campaign: Campaign, variant: Variant) -> None:
    """One message in full, with everything that can be done to it."""
    st.button(
        "Back to all messages",
        key="messages.back",
        icon=":material/arrow_back:",
        on_click=lambda: st.session_state.update({"messages.variant": None}),
    )
    st.header(plain(message_grid.label(variant)), anchor=False)
    view = message_preview.view(variant)
    if view != message_preview.MARKED:
        message_preview.as_received(variant, view)
    text, facts = st.columns([3, 2], gap="medium")
    with text:
        if view == message_preview.MARKED:
            message_preview.marked(variant)
        composing.edit(variant)
        discussion(variant, page="messages")
    with facts:
        composing.facts(variant)
    claims_panel.show(variant)
    audience_panel(campaign, variant)
    composing.rests_on(variant)
    message_history.show(variant)


with page("Messages"):
    chosen = state.campaign()
    offered = [NEW] if chosen is None else [MESSAGES, BRIEF, NEW]
    view = st.segmented_control(
        "View",
        offered,
        default=offered[0],
        required=True,
        key="messages.view",
        bind="query-params",
        label_visibility="collapsed",
    )
    if view == NEW or chosen is None:
        briefs.new()
    elif chosen.imported:
        briefs.imported(chosen)
    elif view == BRIEF:
        briefs.change(chosen)
    else:
        messages(chosen)
