"""Comments on a message and edits people suggest, on the pages where it is read.

Keys, with the name of the page before them: `comment`, `add_comment`, `suggest_subject`,
`suggest_preheader`, `suggest_body`, `suggest_note`, `suggest`, and for each suggestion
`accept_<number>`, `answer_<number>`, `decline_<number>`.
"""

import streamlit as st

from core.models.discussion import Suggestion, SuggestionState
from core.models.messages import Message, Variant, VariantState
from ui import state
from ui.actions import act
from ui.differences import differences
from ui.message_html import quoted_html
from ui.rights import Permission, refusal
from ui.words import STATES, moment

_FIXED = frozenset({VariantState.EXPORTED, VariantState.RETIRED})
_PARTS = ("subject", "preheader", "body")


def discussion(variant: Variant, *, page: str) -> None:
    """What was said about the message, what was suggested, and a place to say more."""
    app = state.application()
    comments = app.discussion.comments(variant.variant_id)
    suggestions = app.discussion.suggestions(variant.variant_id)
    st.subheader(f"Comments and suggestions ({len(comments) + len(suggestions)})", anchor=False)
    for each in comments:
        who = _who(each.by, verified=each.verified)
        st.text(f"{who}, {moment(each.at)}, revision {each.revision}: {each.text}")
    for number, suggestion in enumerate(reversed(suggestions), start=1):
        _suggestion(variant, suggestion, number, page)
    _say(variant, page)
    if variant.state not in _FIXED and variant.message.body:
        _suggest(variant, page)


def _who(name: str, *, verified: bool) -> str:
    return name if verified else f"{name} (not verified)"


def _say(variant: Variant, page: str) -> None:
    why = refusal(Permission.DISCUSS)
    number = state.begun(f"{page}.", variant.variant_id, {"comment": ""})
    with st.form(f"{page}.comment_form_{number}", border=False, clear_on_submit=True):
        st.text_area("Comment", key=f"{page}.comment", height=70, max_chars=2000)
        st.form_submit_button(
            "Add comment",
            key=f"{page}.add_comment",
            icon=":material/chat:",
            disabled=bool(why),
            on_click=act,
            args=(_comment, variant.variant_id, variant.revision, page),
        )


def _suggest(variant: Variant, page: str) -> None:
    why = refusal(Permission.DISCUSS)
    text = variant.message
    number = state.begun(
        f"{page}.suggest_",
        (variant.variant_id, variant.revision),
        {"subject": text.subject, "preheader": text.preheader, "body": text.body, "note": ""},
    )
    with (
        st.expander("Suggest another wording", icon=":material/rate_review:"),
        st.form(f"{page}.suggestion_{number}", border=False),
    ):
        st.text_input("Subject", key=f"{page}.suggest_subject")
        st.text_input("Preheader", key=f"{page}.suggest_preheader")
        st.text_area("Body", height=300, key=f"{page}.suggest_body")
        st.text_input("Why", key=f"{page}.suggest_note", max_chars=2000)
        st.caption(
            "A suggestion makes nobody an author: the text changes only when somebody who writes "
            "messages accepts it, and then they are its author."
        )
        st.form_submit_button(
            "Suggest",
            key=f"{page}.suggest",
            icon=":material/rate_review:",
            disabled=bool(why),
            on_click=act,
            args=(_propose, variant.variant_id, variant.revision, page),
        )


def _suggestion(variant: Variant, one: Suggestion, number: int, page: str) -> None:
    with st.container(border=True, gap="xsmall"):
        st.text(
            f"{_who(one.by, verified=one.verified)} suggested for revision {one.revision}, "
            f"{moment(one.at)}" + (f": {one.note}" if one.note else ".")
        )
        before = _text_of(variant, one)
        if before is not None:
            for piece in differences(before, one.message)[1]:
                st.html(quoted_html(piece))
        if one.state is not SuggestionState.OPEN:
            answer = f": {one.answer}" if one.answer else "."
            st.text(f"{one.state.capitalize()} by {one.settled_by}{answer}")
        elif one.revision != variant.revision:
            st.caption("The text has changed since, so this can no longer be accepted.")
        else:
            _settle(one, number, page)


def _text_of(variant: Variant, one: Suggestion) -> Message | None:
    history = state.application().messages.history(variant.variant_id)
    return next((v.message for v in history if v.revision == one.revision), None)


def _settle(one: Suggestion, number: int, page: str) -> None:
    why = refusal(Permission.WRITE)
    mine = state.acting().among({one.by})
    st.text_input("Answer", key=f"{page}.answer_{number}", max_chars=2000)
    with st.container(horizontal=True):
        st.button(
            "Accept and become its author",
            key=f"{page}.accept_{number}",
            icon=":material/check:",
            disabled=bool(why) or mine,
            on_click=act,
            args=(_accept, one.suggestion_id),
        )
        st.button(
            "Take it back" if mine else "Decline",
            key=f"{page}.decline_{number}",
            icon=":material/close:",
            disabled=bool(why) and not mine,
            on_click=act,
            args=(_decline, one.suggestion_id, f"{page}.answer_{number}"),
        )
    if mine:
        st.caption("You suggested this; somebody else accepts it.")


def _comment(variant_id: str, revision: int, page: str) -> str:
    text = str(st.session_state.get(f"{page}.comment") or "")
    state.application().discussion.comment(variant_id, text, revision=revision, by=state.acting())
    return "The comment is kept with this revision."


def _propose(variant_id: str, revision: int, page: str) -> str:
    said = st.session_state
    state.application().discussion.suggest(
        variant_id,
        Message(*(str(said[f"{page}.suggest_{part}"]) for part in _PARTS)),
        revision=revision,
        note=str(said.get(f"{page}.suggest_note") or ""),
        by=state.acting(),
    )
    return "Suggested. The text stays as it is until somebody who writes messages accepts it."


def _accept(suggestion_id: str) -> str:
    made = state.application().discussion.accept(suggestion_id, by=state.acting())
    return f"Accepted as revision {made.revision}, and you are an author: {STATES[made.state]}."


def _decline(suggestion_id: str, answer: str) -> str:
    reason = str(st.session_state.get(answer) or "")
    state.application().discussion.decline(suggestion_id, reason=reason, by=state.acting())
    return "Declined; the text stays as it is."
