"""May this go out in our name?

Keys: `approvals.segment`, `approvals.issues`, `approvals.variant`, `approvals.phone`,
`approvals.reason`, `approvals.approve`, `approvals.request_changes`, `approvals.reject`,
`approvals.next`.
"""

import streamlit as st

from core.models.approval import ReviewDecision
from core.models.campaign import Campaign
from core.models.messages import Variant
from ui import reviewing, state, views
from ui.actions import act
from ui.frame import page
from ui.links import link
from ui.words import count, plain

DONE = {
    ReviewDecision.APPROVE: "Approved",
    ReviewDecision.REQUEST_CHANGES: "Changes requested for",
    ReviewDecision.REJECT: "Rejected",
}


def decide(variant_id: str, revision: int, decision: ReviewDecision, after: str | None) -> str:
    """Record the decision about the revision that was seen, and go on to the next message."""
    app = state.application()
    made = app.approvals.decide(
        variant_id,
        decision,
        revision=revision,
        reason=str(st.session_state.get("approvals.reason") or ""),
        by=state.acting(),
    )
    st.session_state["approvals.variant"] = after
    variant = app.messages.get(made.variant_id)
    kept = "" if made.verified else " Recorded as not verified."
    return (
        f"{DONE[made.decision]} {plain(variant.segment)}, {variant.tone}, revision "
        f"{made.revision}, by {plain(made.by)}.{kept}"
    )


def decision_bar(variant: Variant, after: str | None) -> None:
    """Reason and buttons; closed with the reason to those who may not decide."""
    why = state.application().approvals.why_not(variant, state.acting())
    state.begun("approvals.", (variant.variant_id, variant.revision), {"reason": ""})
    st.text_area(
        "Reason (needed to request changes or reject)",
        key="approvals.reason",
        height=80,
        max_chars=1000,
    )
    if why:
        st.warning(f"You cannot decide about this message. {plain(why)}", icon=":material/lock:")
    buttons = (
        ("Approve", "approve", ":material/check_circle:", ReviewDecision.APPROVE),
        ("Request changes", "request_changes", ":material/edit:", ReviewDecision.REQUEST_CHANGES),
        ("Reject", "reject", ":material/cancel:", ReviewDecision.REJECT),
    )
    with st.container(horizontal=True):
        for words, key, icon, decision in buttons:
            st.button(
                words,
                key=f"approvals.{key}",
                icon=icon,
                type="primary" if key == "approve" else "secondary",
                disabled=bool(why),
                on_click=act,
                args=(decide, variant.variant_id, variant.revision, decision, after),
            )
        st.button(
            "Next",
            key="approvals.next",
            icon=":material/arrow_forward:",
            disabled=after is None,
            on_click=reviewing.open_message,
            args=(after,),
        )
    if not state.acting().verified:
        st.caption("Your name is local, so the decision is recorded as not verified.")


def review(campaign: Campaign, queue: dict[str, Variant]) -> None:
    """One message: as received on the left, everything to judge it by on the right."""
    label = reviewing.choose(queue)
    variant, after = queue[label], reviewing.following(list(queue), label)
    st.header(plain(label), anchor=False)
    text, facts = st.columns([3, 2], gap="medium")
    with text:
        views.preview(variant, key="approvals.phone")
        decision_bar(variant, after)
    with facts:
        reviewing.facts(campaign, variant)
    st.subheader(f"What it rests on ({count(len(variant.citations), 'sentence')})", anchor=False)
    views.sources(variant.citations)


with page("Approvals"):
    chosen = state.campaign()
    waiting = state.application().approvals.queue()
    here = [v for v in waiting if chosen and v.campaign_id == chosen.campaign_id]
    if chosen is None or not here:
        reviewing.nothing(chosen)
        link("messages", "Go to the messages", icon=":material/edit_note:")
    else:
        filtered = reviewing.filtered(here)
        st.text(f"{len(filtered)} of {count(len(here), 'message')} in the queue.")
        if filtered:
            review(chosen, filtered)
    if len(waiting) > len(here):
        st.caption(f"{count(len(waiting) - len(here), 'message')} wait in other campaigns.")
