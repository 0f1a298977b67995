"""One message: where it stands, edited, checked again, and written anew."""

import streamlit as st

from core.models.campaign import Tone
from core.models.messages import Message, Variant, VariantState
from ui import state, views
from ui.actions import act, say
from ui.rights import Permission, refusal
from ui.words import STATES, count, plain, word_count

_CHECKABLE = frozenset(
    {
        VariantState.DRAFT,
        VariantState.SCREENING,
        VariantState.BLOCKED,
        VariantState.VOID,
        VariantState.EXPIRED,
    }
)
_ANEW = "Writing anew keeps the old revision; a check reads the same text."
_FIXED = frozenset({VariantState.EXPORTED, VariantState.RETIRED})


def facts(variant: Variant) -> None:
    """Where the message stands, its issues, and who made it."""
    st.subheader("Where it stands", anchor=False)
    with st.container(horizontal=True, gap="xsmall"):
        views.state_chip(variant)
        views.finding_chips(variant.screened)
    st.text(views.origin(variant))
    _again(variant)
    st.subheader("Issues", anchor=False)
    views.findings(variant.screened)
    decisions = state.application().approvals.decisions(variant.variant_id)
    if decisions:
        st.subheader("Decisions", anchor=False)
        views.reviews(decisions)


def _checkable(variant: Variant) -> bool:
    waits = variant.state is VariantState.NEEDS_REVIEW
    return variant.state in _CHECKABLE or (
        waits and state.application().approvals.outdated(variant)
    )


def _again(variant: Variant) -> None:
    why = refusal(Permission.WRITE)
    fixed = why or ("It was exported." if variant.state in _FIXED else None)
    by_hand = variant.tone is Tone.CONTROL
    with st.container(horizontal=True):
        st.button(
            "Write this one anew",
            key="messages.regenerate",
            icon=":material/refresh:",
            disabled=bool(fixed) or by_hand,
            on_click=act,
            args=(_regenerate, variant.campaign_id, variant.variant_id),
        )
        st.button(
            "Check again",
            key="messages.check_again",
            icon=":material/rule:",
            disabled=bool(fixed) or not _checkable(variant) or not variant.message.body,
            on_click=act,
            args=(_check, variant.variant_id),
        )
    said = "A person writes this message." if by_hand else _ANEW
    st.caption(plain(fixed or said))


def edit(variant: Variant) -> None:
    """The text in three fields; saving makes a new revision, checked at once."""
    why = refusal(Permission.WRITE)
    text = variant.message
    number = state.begun(
        "messages.edit_",
        (variant.variant_id, variant.revision),
        {"subject": text.subject, "preheader": text.preheader, "body": text.body},
    )
    with (
        st.expander("Edit the text", icon=":material/edit:", expanded=not variant.message.body),
        st.form(f"messages.edit_{number}", border=False),
    ):
        st.text_input("Subject", key="messages.edit_subject")
        st.text_input("Preheader", key="messages.edit_preheader")
        st.text_area("Body", height=360, key="messages.edit_body")
        st.caption(plain(why or "Whoever edits a message becomes an author and cannot approve it."))
        st.form_submit_button(
            "Save edit",
            key="messages.save",
            icon=":material/save:",
            disabled=bool(why) or variant.state in _FIXED,
            on_click=act,
            args=(_save, variant.variant_id, variant.revision),
        )


def rests_on(variant: Variant) -> None:
    """The passages behind the message."""
    rests = st.expander(
        f"What it rests on ({count(len(variant.citations), 'sentence')})", icon=":material/link:"
    )
    with rests:
        views.sources(variant.citations)


def _save(variant_id: str, revision: int) -> str:
    text = Message(
        *(
            str(st.session_state[f"messages.edit_{part}"])
            for part in ("subject", "preheader", "body")
        )
    )
    saved = state.application().messages.edit(
        variant_id, text, expected_revision=revision, by=state.acting()
    )
    words = count(word_count(saved.message.body), "word")
    return _checked(f"Revision {saved.revision} is stored ({words}) and checked", saved)


def _checked(words: str, variant: Variant) -> str:
    """What a check came to; a block is no success."""
    said = f"{words}: {STATES[variant.state].lower()}."
    if variant.state is not VariantState.BLOCKED:
        return said
    say("warning", said)
    return ""


def _regenerate(campaign_id: str, variant_id: str) -> str:
    state.application().messages.generate(
        campaign_id, by=state.acting(), only=frozenset({variant_id})
    )
    return "This message is being written anew."


def _check(variant_id: str) -> str:
    checked = state.application().messages.check_again(variant_id, by=state.acting())
    return _checked("Checked again", checked)
