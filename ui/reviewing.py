"""The approval queue on a page: what is in it, which is open, and what it is judged by."""

from collections.abc import Sequence
from datetime import timedelta

import streamlit as st

from core.models.campaign import Campaign
from core.models.customers import EVERYONE
from core.models.messages import Variant
from core.models.people import Role
from core.orchestrator import clock
from ui import state, views
from ui.actions import act
from ui.audience_panel import audience_panel
from ui.links import link
from ui.message_grid import label, totals
from ui.rights import Permission, refusal
from ui.severity_bars import severity_bars
from ui.words import count, listed, moment, plain, share

_OPEN = "approvals.variant"
_ALL = "All"
_ISSUES = {_ALL: None, "With issues": True, "Without issues": False}
_FOR_ME, _BY_ME = "For me to decide", "Written by me"
_ANY_AGE = "Any age"
_AGES = {_ANY_AGE: 0, "Over a day": 1, "Over 3 days": 3, "Over a week": 7}


def filtered(queue: Sequence[Variant]) -> dict[str, Variant]:
    """The queue by label, as far as the filters let it through."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            "Whose", [_ALL, _FOR_ME, _BY_ME], key="approvals.whose", width=190, bind="query-params"
        )
        segments = [_ALL, *dict.fromkeys(v.segment for v in queue)]
        st.selectbox("Segment", segments, key="approvals.segment", width=230, bind="query-params")
        st.selectbox("Waiting", list(_AGES), key="approvals.age", width=150, bind="query-params")
        st.segmented_control(
            "Issues",
            list(_ISSUES),
            default=_ALL,
            required=True,
            key="approvals.issues",
            bind="query-params",
        )
    return {label(v): v for v in queue if _let_through(v)}


def _let_through(variant: Variant) -> bool:
    said, me = st.session_state, state.acting()
    whose, segment = said["approvals.whose"], said["approvals.segment"]
    oldest = clock.utc_now() - timedelta(days=_AGES[str(said["approvals.age"])])
    return (
        segment in {_ALL, variant.segment}
        and _ISSUES[str(said["approvals.issues"])] in {None, _has_issues(variant)}
        and (said["approvals.age"] == _ANY_AGE or variant.updated_at <= oldest)
        and (whose != _BY_ME or me.among(variant.authors))
        and (whose != _FOR_ME or state.application().approvals.why_not(variant, me) is None)
    )


def _has_issues(variant: Variant) -> bool:
    return bool(variant.screened and variant.screened.findings)


def choose(queue: dict[str, Variant]) -> str:
    """The message that is open: the chosen one, else the first of the queue."""
    if st.session_state.get(_OPEN, st.query_params.get(_OPEN)) not in queue:
        st.session_state[_OPEN] = next(iter(queue))
    chosen = st.selectbox("Message", list(queue), index=None, key=_OPEN, bind="query-params")
    return str(chosen) if chosen in queue else next(iter(queue))


def opened() -> str | None:
    """What the list of messages holds; in a callback, what it held in the browser."""
    held: str | None = st.session_state.get(_OPEN)
    return held


def following(labels: Sequence[str], now: str, *, steps: int = 1) -> str | None:
    """The message so many places on, around the end; None when it is the only one."""
    if len(labels) < 2:
        return None
    return labels[(labels.index(now) + steps) % len(labels)]


def open_message(name: str) -> None:
    """Show another message of the queue."""
    st.session_state[_OPEN] = name


def facts(campaign: Campaign, variant: Variant) -> None:
    """What an approval would cover, the issues, the scores, and who wrote it."""
    st.subheader("What your approval covers", anchor=False)
    _seal(campaign, variant)
    audience_panel(campaign, variant, repairs=False)
    st.subheader("Issues", anchor=False)
    views.findings(variant.screened)
    if variant.screened is not None:
        st.subheader("Harm screen", anchor=False)
        severity_bars(variant.screened)
    st.subheader("Who wrote it", anchor=False)
    st.text(views.origin(variant))
    views.reviews(state.application().approvals.decisions(variant.variant_id))


def _outdated(variant: Variant) -> None:
    """Say that the policy changed since the check, and let who may write check again."""
    if not state.application().approvals.outdated(variant):
        return
    st.warning(
        "The content policy changed since this message was checked: it has to be checked again "
        "before it is approved.",
        icon=":material/policy:",
    )
    st.button(
        "Check all of these again",
        key="approvals.check_again",
        icon=":material/rule:",
        disabled=bool(refusal(Permission.WRITE)),
        help=refusal(Permission.WRITE),
        on_click=act,
        args=(_checked_again, variant.campaign_id),
    )


def _checked_again(campaign_id: str) -> str:
    done = state.application().messages.check_outdated(campaign_id, by=state.acting())
    return f"{count(done, 'message')} checked again under the policy in force."


def approvers(variant: Variant) -> None:
    """How many people have to approve, why, and who has; first whether its check still counts."""
    _outdated(variant)
    found = state.application().approvals.approvers(variant)
    if found.needed == 1 and not found.given:
        return
    names = listed(r.by for r in found.given) or "nobody yet"
    why = f" because {found.because}" if found.because else ""
    st.info(
        plain(f"Needs {found.needed} approvers{why}. Approved so far by: {names}."),
        icon=":material/group:",
    )


def _seal(campaign: Campaign, variant: Variant) -> None:
    app = state.application()
    seal = app.approvals.seal_now(variant.variant_id)
    readers = app.audience_truth.readers(campaign, variant.segment_id)
    reachable = readers.customers if readers.reachable is None else readers.reachable
    weights = {(a.tone, a.everyone): a.weight for a in app.send.arms(campaign)}
    # A message that the brief no longer asks for has no group.
    weight = weights.get((variant.tone, variant.segment_id == EVERYONE), 0.0)
    until = moment(seal.valid_until) if seal.valid_until else "no end"
    with st.container(border=True, gap="xsmall"):
        st.text(f"Text: revision {variant.revision}, exactly as shown")
        st.text(f"Audience: {readers.name}, {readers.customers:,} customers")
        st.text(
            f"May be written to: {reachable:,}; about {round(reachable * weight):,} get this "
            f"message ({share(campaign.brief.holdout, 0)} are the control group)"
        )
        st.text(f"Sources and offer valid until: {until}")
        st.text(f"Content policy: {seal.policy[:10]}, prompts: {seal.prompt[:10]}")
        st.text(f"Approvers: {app.approvals.approvers(variant).words}")
        st.caption("When any of these changes, the approval no longer holds.")


def nothing(campaign: Campaign | None) -> None:
    """What an empty queue means, and who could work on it."""
    app = state.application()
    st.info(f"Nothing to review. {app.approvals.approved_lately():,} approved in seven days.")
    if campaign is not None:
        variants = app.messages.variants(campaign.campaign_id)
        st.text(f"{campaign.name}: {totals(variants) if variants else 'no messages yet'}.")
        if variants and all(v.state in {"approved", "exported"} for v in variants):
            link("send", "Every message is approved: go to Send", icon=":material/outbox:")
    if not any(p.holds(Role.APPROVER) for p in app.people.everyone()):
        st.warning(
            "Nobody here is an approver. An admin can add one on Home, or with "
            f"{plain('python -m core people add NAME --role approver')}."
        )
