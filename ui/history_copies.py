"""Copies of a customer's story: masked for support and audit, in full or for the customer.

Keys: `history.pdf`, `history.json`, `history.reason`, `history.reveal`, `history.own`,
`history.own_pdf`, `history.own_json`, `history.cover`.
"""

import json

import streamlit as st

from core.errors import BadInput
from core.models.history import History, Presence
from core.reports.customer_history import FULL, MASKED, OWN, history_document
from core.reports.history_pdf import history_pdf
from ui import files, history, state
from ui.actions import act
from ui.history import Shown
from ui.rights import Permission, refusal
from ui.words import plain

_REASON, _TURN = "history.reason", "history.turn"
_LABELS = {
    MASKED: "For support and audit, masked",
    FULL: "In full",
    OWN: "For the customer",
}


def show(shown: Shown) -> None:
    """The downloads of what is on the page, and the way to more."""
    _downloads(shown.story, shown.purpose, "history")
    own: tuple[str, History] | None = st.session_state.get(history.OWN_STORY)
    if own is not None and own[0] == shown.person and not refusal(Permission.REVEAL):
        _downloads(own[1], OWN, "history.own")
    if shown.story.revealed:
        st.button(
            "Mask again",
            key="history.cover",
            icon=":material/visibility_off:",
            on_click=act,
            args=(_cover,),
        )
    if shown.story.presence is Presence.KNOWN:
        _more(shown)


def _downloads(story: History, purpose: str, key: str) -> None:
    subject = f"customer_{purpose}"
    dot = "_" if key.endswith("own") else "."
    with st.container(horizontal=True, gap="small"):
        st.download_button(
            f"{_LABELS[purpose]} (PDF)",
            lambda: history_pdf(story, purpose=purpose),
            file_name=files.named(subject, "history", "pdf"),
            mime="application/pdf",
            key=f"{key}{dot}pdf",
            on_click="ignore",
            icon=":material/download:",
        )
        st.download_button(
            f"{_LABELS[purpose]} (JSON)",
            lambda: _json(story, purpose),
            file_name=files.named(subject, "history", "json"),
            mime="application/json",
            key=f"{key}{dot}json",
            on_click="ignore",
            icon=":material/download:",
        )


def _json(story: History, purpose: str) -> str:
    return json.dumps(history_document(story, purpose=purpose), indent=2, ensure_ascii=False) + "\n"


def _more(shown: Shown) -> None:
    st.subheader("See who it is, or answer the customer", anchor=False)
    why = refusal(Permission.REVEAL)
    if why:
        st.caption(plain(why))
        return
    st.text(
        "Both are recorded in the audit trail with your name and the reason; the customer is named "
        "there by a token. The copy for the customer holds all their data and no name of staff."
    )
    with st.form(f"history_more_{st.session_state.get(_TURN, 0)}", width=640):
        st.text_input("Why, such as: asked by letter", max_chars=200, key=_REASON)
        with st.container(horizontal=True):
            st.form_submit_button(
                "Reveal",
                key="history.reveal",
                icon=":material/visibility:",
                on_click=act,
                args=(_reveal, shown.asked),
            )
            st.form_submit_button(
                "Make the customer's copy",
                key="history.own",
                icon=":material/contact_page:",
                on_click=act,
                args=(_own_copy, shown.asked),
            )


def _reveal(asked: str) -> str:
    by, reason = state.acting(), str(st.session_state[_REASON])
    history.keep(asked, state.application().history.reveal(asked, reason=reason, by=by))
    _begin_anew()
    return "Shown in full. It is recorded in the audit trail."


def _own_copy(asked: str) -> str:
    by, reason = state.acting(), str(st.session_state[_REASON])
    copy = state.application().history.own_copy(asked, reason=reason, by=by)
    st.session_state[history.OWN_STORY] = (by.name, copy)
    _begin_anew()
    return "The copy for the customer is ready below. It is recorded in the audit trail."


def _cover() -> None:
    shown: Shown | None = st.session_state.get(history.SHOWN)
    if shown is None:
        raise BadInput("Look up the customer again.")
    history.keep(shown.asked, state.application().history.of(shown.asked, by=state.acting()))
    st.session_state.pop(history.OWN_STORY, None)


def _begin_anew() -> None:
    """A reason is for one look; it does not stay for the next."""
    st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1
    st.session_state[_REASON] = ""
