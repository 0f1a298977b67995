"""What will we say to them?

Keys: `messages.view`, `messages.generate`, `messages.cancel`, `messages.variant`,
`messages.phone`, `messages.edit_subject`, `messages.edit_preheader`, `messages.edit_body`,
`messages.save`, `messages.regenerate`, `messages.check_again`, `messages.open_<variant>`,
`messages.back`, and `messages.brief_<field>` with `messages.save_brief` or `messages.create`.
"""

import streamlit as st

from core.models.campaign import Campaign
from core.models.messages import Variant
from ui import briefs, composing, message_grid, state, views
from ui.actions import act
from ui.discussing import discussion
from ui.frame import page
from ui.links import link
from ui.rights import Permission, refusal
from ui.words import count, plain

MESSAGES, BRIEF, NEW = "Messages", "Brief", "New brief"
STAYS = "Writes what is missing or was sent back; what is in review or approved stays."


def generate(campaign_id: str) -> str:
    """Start writing, or join the run under way."""
    run = state.application().messages.generate(campaign_id, by=state.acting())
    if run.done or run.started_by != state.acting().name:
        return f"A run is under way already: {run.done} of {run.total} messages are written."
    return f"{count(run.total, 'message')} will be written and checked. You can leave this page."


def controls(campaign: Campaign) -> None:
    """Generate, with what leaves the company, and the run under way."""
    why = refusal(Permission.WRITE)
    st.caption(briefs.what_leaves(state.application().settings))
    st.button(
        "Generate",
        key="messages.generate",
        type="primary",
        icon=":material/edit_note:",
        disabled=bool(why),
        on_click=act,
        args=(generate, campaign.campaign_id),
    )
    st.caption(plain(why or STAYS))
    composing.show_run(campaign)


def messages(campaign: Campaign) -> None:
    """All messages of a campaign, or the one that is open."""
    variants = state.application().messages.variants(campaign.campaign_id)
    by_label = {message_grid.label(v): v for v in variants}
    if not variants:
        controls(campaign)
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
            composing.show_run(campaign)
        one(by_label[chosen])
    else:
        with slot:
            controls(campaign)
        message_grid.show(campaign, variants)
        link("approvals", "Go to the approval queue", icon=":material/rule:")


def one(variant: Variant) -> None:
    """One message in full, with everything that can be done to it."""
    st.button(
        "Back to all messages",
        key="messages.back",
        icon=":material/arrow_back:",
        on_click=lambda: st.session_state.update({"messages.variant": None}),
    )
    st.header(plain(message_grid.label(variant)), anchor=False)
    text, facts = st.columns([3, 2], gap="medium")
    with text:
        views.preview(variant, key="messages.phone")
        composing.edit(variant)
        discussion(variant, page="messages")
    with facts:
        composing.facts(variant)
    composing.rests_on(variant)


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
