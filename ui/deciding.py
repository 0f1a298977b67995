"""The bar of decisions under a message: what is confirmed, why, the buttons, and taking it back.

Keys: `approvals.seen_<rule>`, `approvals.reason`, `approvals.category`, `approvals.approve`,
`approvals.request_changes`, `approvals.reject`, `approvals.previous`, `approvals.next`,
`approvals.undo`, `approvals.mine`, `approvals.withdraw_reason`, `approvals.withdraw`.
"""

from datetime import datetime, timedelta

import streamlit as st

from core.models.approval import Judged, Review, ReviewDecision
from core.models.messages import Variant, VariantState
from core.orchestrator import clock
from core.orchestrator.service.confirming import to_confirm
from ui import reviewing, state
from ui.actions import act, say
from ui.message_grid import label
from ui.words import plain, sentence

_DONE = {
    ReviewDecision.APPROVE: "Approved",
    ReviewDecision.REQUEST_CHANGES: "Changes requested for",
    ReviewDecision.REJECT: "Rejected",
    ReviewDecision.WITHDRAW: "Taken back:",
}
_SEEN, _REASON, _CATEGORY, _LAST = (
    "approvals.seen_",
    "approvals.reason",
    "approvals.category",
    "approvals.last",
)
_BUTTONS = (
    ("Approve", "approve", ":material/check_circle:", ReviewDecision.APPROVE, "a"),
    ("Request changes", "request_changes", ":material/edit:", ReviewDecision.REQUEST_CHANGES, None),
    ("Reject", "reject", ":material/cancel:", ReviewDecision.REJECT, None),
)


def bar(variant: Variant, labels: list[str]) -> None:
    """What to confirm, reason and buttons; closed with the reason to those who may not decide."""
    app, me = state.application(), state.acting()
    why = app.approvals.why_not(variant, me)
    seen = (variant.variant_id, variant.revision)
    state.begun(_SEEN, seen, dict.fromkeys(to_confirm(variant), False))
    state.begun(_REASON, seen, {"": ""})
    state.begun(_CATEGORY, seen, {"": None})
    reviewing.approvers(variant)
    _confirmations(variant, closed=bool(why))
    _reasons()
    if why:
        st.warning(f"You cannot decide about this message. {plain(why)}", icon=":material/lock:")
    here = label(variant)
    after = reviewing.following(labels, here)
    with st.container(horizontal=True):
        for words, key, icon, decision, shortcut in _BUTTONS:
            st.button(
                words,
                key=f"approvals.{key}",
                icon=icon,
                type="primary" if key == "approve" else "secondary",
                disabled=bool(why),
                shortcut=shortcut,
                on_click=act,
                args=(_decide, *seen, decision, after, reviewing.opened()),
            )
        _steps(labels, here)
    if not me.verified:
        st.caption("Your name is local, so the decision is recorded as not verified.")


def _steps(labels: list[str], here: str) -> None:
    for words, key, icon, shortcut, steps in (
        ("Previous", "previous", ":material/arrow_back:", "k", -1),
        ("Next", "next", ":material/arrow_forward:", "j", 1),
    ):
        target = reviewing.following(labels, here, steps=steps)
        st.button(
            words,
            key=f"approvals.{key}",
            icon=icon,
            disabled=target is None,
            shortcut=shortcut,
            on_click=reviewing.open_message,
            args=(target,),
        )


def _confirmations(variant: Variant, *, closed: bool) -> None:
    for rule in to_confirm(variant):
        st.checkbox(
            f"I looked at this issue: {plain(rule.replace('_', ' '))}",
            key=f"{_SEEN}{rule}",
            disabled=closed,
        )
    if variant.screened is not None and variant.screened.basic:
        st.caption(
            "Checked by the basic local screen only, which clears nothing by itself. By approving "
            "you confirm that you read the message for harm yourself."
        )


def _reasons() -> None:
    st.selectbox(
        "What it is about (to request changes or reject)",
        state.application().policies.in_force().approval.categories,
        index=None,
        format_func=sentence,
        placeholder="Choose a category",
        key=_CATEGORY,
    )
    st.text_area(
        "Reason (needed to request changes or reject)",
        key=_REASON,
        height=80,
        max_chars=1000,
    )


def _decide(
    variant_id: str, revision: int, decision: ReviewDecision, after: str | None, shown: str | None
) -> str | None:
    """Record the decision about the revision that was seen, and go on to the next message."""
    said = st.session_state
    if reviewing.opened() != shown:
        _say_too_soon()
        return None
    ticked = {str(k).removeprefix(_SEEN) for k, v in said.items() if v is True and _is_tick(k)}
    made = state.application().approvals.decide(
        variant_id,
        decision,
        revision=revision,
        reason=str(said.get(_REASON) or ""),
        by=state.acting(),
        judged=Judged(str(said.get(_CATEGORY) or ""), frozenset(ticked)),
    )
    said["approvals.variant"] = after
    said[_LAST] = (variant_id, revision, made.at)
    return _words(made)


def _say_too_soon() -> None:
    """Nothing is decided about what the server has drawn and the browser has not.

    A button is known by its key alone: the second of two quick clicks presses the button of the
    message that follows. But the browser sends what its lists hold, which is what it shows.
    """
    say(
        "warning",
        "You pressed again before the next message was shown. About that one nothing was "
        "recorded; what you pressed first stands.",
    )


def _is_tick(key: object) -> bool:
    return str(key).startswith(_SEEN)


def _words(made: Review) -> str:
    app = state.application()
    variant = app.messages.get(made.variant_id)
    kept = "" if made.verified else " Recorded as not verified."
    waits = ""
    if made.decision is ReviewDecision.APPROVE and variant.state is VariantState.NEEDS_REVIEW:
        waits = f" It waits for {app.approvals.approvers(variant).missing} more."
    return (
        f"{_DONE[made.decision]} {plain(variant.segment)}, {variant.tone}, revision "
        f"{made.revision}, by {plain(made.by)}.{waits}{kept}"
    )


def undo() -> None:
    """For a short while, the way back from the last decision."""
    last = st.session_state.get(_LAST)
    if last is None or _left(last[2]) <= 0:
        return
    variant_id, revision, at = last
    st.button(
        f"Undo the last decision (for {_left(at)} s)",
        key="approvals.undo",
        icon=":material/undo:",
        on_click=act,
        args=(_take_back, variant_id, revision, ""),
    )


def _left(at: datetime) -> int:
    until = at + timedelta(seconds=state.application().policies.in_force().approval.undo_seconds)
    return round((until - clock.utc_now()).total_seconds())


def mine(variants: list[Variant]) -> None:
    """What this person approved and nobody has exported: it can be taken back with a reason."""
    app, me = state.application(), state.acting()
    waiting = {VariantState.NEEDS_REVIEW, VariantState.APPROVED}
    own = {
        label(v): v
        for v in variants
        if v.state in waiting and app.approvals.own_decision(v, me) is not None
    }
    if not own:
        return
    with st.expander(f"Approved by you ({len(own)})", icon=":material/history:"):
        chosen = st.selectbox("Message", list(own), key="approvals.mine")
        st.text_input("Why you take it back", key="approvals.withdraw_reason", max_chars=1000)
        variant = own.get(str(chosen))
        if variant is not None:
            st.button(
                "Take the approval back",
                key="approvals.withdraw",
                icon=":material/undo:",
                on_click=act,
                args=(_take_back_chosen, variant, chosen),
            )


def _take_back_chosen(variant: Variant, shown: str) -> str | None:
    if st.session_state.get("approvals.mine") != shown:
        _say_too_soon()
        return None
    return _take_back(variant.variant_id, variant.revision, None)


def _take_back(variant_id: str, revision: int, reason: str | None) -> str:
    said = st.session_state.get("approvals.withdraw_reason") if reason is None else reason
    made = state.application().approvals.withdraw(
        variant_id, revision=revision, by=state.acting(), reason=str(said or "")
    )
    st.session_state.pop(_LAST, None)
    variant = state.application().messages.get(variant_id)
    st.session_state["approvals.variant"] = label(variant)
    return f"{_words(made)} It is in review again."
