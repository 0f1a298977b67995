"""The content policy on the page of settings: in force, proposed, to be changed, and its history.

Keys: those of `ui.policy_fields`, and `settings.policy_reason`, `settings.policy_propose`,
`settings.policy_try`, `settings.policy_why_<proposal>`, `settings.policy_adopt_<proposal>`,
`settings.policy_reject_<proposal>`, `settings.policy_flips_<proposal>`.
"""

import streamlit as st

from core.models.policy import KnownProposal, PolicyTexts, ProposalState
from core.orchestrator.policy import Policy
from ui import policy_diff, policy_fields, state
from ui.actions import act
from ui.rights import Permission, refusal
from ui.trouble import told
from ui.words import count, moment, plain

_TRIED = "policy.tried"
_OPEN = frozenset({ProposalState.OPEN, ProposalState.STALE})


def policy() -> None:
    """What is in force, what waits for a second person, the form, and every version before."""
    app = state.application()
    now, versions = app.policies.in_force(), app.policies.history()
    st.header("Content policy", anchor=False)
    newest = versions[0]
    by = f", proposed by {plain(newest.proposed_by)}" if newest.proposed_by else ""
    st.text(
        f"Version {newest.number} is in force since {moment(newest.at)}{by}, adopted by "
        f"{newest.adopted_by}."
    )
    for name in app.policies.changed_files():
        st.warning(
            f"config/{plain(name)} differs from the policy in force. What was adopted stays in "
            "force; propose the change here, or set the file back.",
            icon=":material/difference:",
        )
    waiting = [p for p in app.policies.proposals() if p.state in _OPEN]
    for known in waiting:
        _waiting(known, now)
    why = refusal(Permission.PROPOSE_POLICY)
    if why:
        st.text(f"{why} You can see what is in force.")
    else:
        with st.expander("Propose a change", icon=":material/policy:"):
            _propose(now)
    _history()


def _propose(now: Policy) -> None:
    with told():
        texts = policy_fields.wanted(now)
        if texts == now.texts:
            st.text("Nothing differs from the policy in force yet.")
            return
        state.application().policies.checked(texts)
        st.subheader("What differs", anchor=False)
        policy_diff.diff(now.texts, texts)
        policy_diff.effect(texts)
        flips(texts, "settings.policy_try")
        st.text_input("Why", key="settings.policy_reason", max_chars=2000)
        st.button(
            "Propose",
            key="settings.policy_propose",
            type="primary",
            icon=":material/send:",
            on_click=act,
            args=(proposed, texts, now.number, "settings.policy_reason"),
        )
        st.caption("Nothing changes until a second person adopts it.")


def flips(texts: PolicyTexts, key: str) -> None:
    """A button that holds every checked text to these texts, and what it came to."""
    st.button(
        "Show what would flip",
        key=key,
        icon=":material/compare_arrows:",
        on_click=act,
        args=(_tried, texts),
    )
    asked, found = st.session_state.get(_TRIED, (None, None))
    if found is not None and asked == (texts, state.application().policies.in_force().number):
        policy_diff.what_if(found)


def _tried(texts: PolicyTexts) -> None:
    app = state.application()
    asked = (texts, app.policies.in_force().number)
    st.session_state[_TRIED] = (asked, app.policies.what_if.of(texts))


def proposed(texts: PolicyTexts, base: int, reason: str) -> str:
    """Propose what the person looked at; `reason` is the key of the field with why."""
    made = state.application().policies.propose(
        texts, base=base, reason=str(st.session_state[reason]), by=state.acting()
    )
    return f"{made.proposal.proposal_id} waits for a second person, in Settings."


def _waiting(known: KnownProposal, now: Policy) -> None:
    made = known.proposal
    name = made.proposal_id
    with st.container(border=True):
        st.subheader(f"Proposal {name}", anchor=False)
        verified = "" if made.verified else " (not verified)"
        st.text(f"By {made.by}{verified}, {moment(made.at)}: {made.reason}")
        if known.state is ProposalState.STALE:
            st.warning(
                f"It was made for version {made.base}, and version {now.number} is in force: it "
                "can be turned down, not adopted.",
                icon=":material/history:",
            )
        policy_diff.diff(now.texts, made.texts)
        policy_diff.effect(made.texts)
        flips(made.texts, f"settings.policy_flips_{name}")
        why = _why_not(known)
        if why:
            st.text(why)
        st.text_input("Reason", key=f"settings.policy_why_{name}", max_chars=2000)
        with st.container(horizontal=True):
            st.button(
                "Adopt",
                key=f"settings.policy_adopt_{name}",
                type="primary",
                icon=":material/check:",
                disabled=bool(why) or known.state is ProposalState.STALE,
                on_click=act,
                args=(_adopted, name),
            )
            st.button(
                "Turn down",
                key=f"settings.policy_reject_{name}",
                icon=":material/close:",
                disabled=bool(why),
                on_click=act,
                args=(_rejected, name),
            )


def _why_not(known: KnownProposal) -> str | None:
    """Why the person may not decide; only to explain, the service refuses."""
    if state.acting().among({known.proposal.by}):
        return "You proposed this; a second person has to decide about it."
    return refusal(Permission.ADOPT_POLICY)


def _adopted(name: str) -> str:
    made = state.application().policies.adopt(
        name, reason=str(st.session_state[f"settings.policy_why_{name}"]), by=state.acting()
    )
    voided = count(len(made.voided), "approval")
    return f"Version {made.version.number} is in force. {voided} void."


def _rejected(name: str) -> str:
    state.application().policies.reject(
        name, reason=str(st.session_state[f"settings.policy_why_{name}"]), by=state.acting()
    )
    return f"{name} is turned down."


def _history() -> None:
    policies = state.application().policies
    versions = policies.history()
    with st.expander("History", icon=":material/history:"):
        for new, old in zip(versions, [*versions[1:], None], strict=True):
            st.markdown(f"**Version {new.number}**, {moment(new.at)}")
            by = f"Proposed by {plain(new.proposed_by)}: " if new.proposed_by else ""
            st.caption(f"{by}{plain(new.why)}")
            if old is not None:
                st.caption(f"Adopted by {plain(new.adopted_by)}: {plain(new.reason)}")
                policy_diff.diff(old.texts, new.texts)
        for known in policies.proposals():
            if known.state is ProposalState.REJECTED and known.decision:
                said = known.decision
                st.markdown(f"**Proposal {known.proposal.proposal_id}**, turned down")
                st.caption(
                    f"Proposed by {plain(known.proposal.by)}: {plain(known.proposal.reason)} "
                    f"Turned down by {plain(said.by)}, {moment(said.at)}: {plain(said.reason)}"
                )
