"""Dialogs that change the library; which one is open is kept, so that a change can close it.

Keys: `library.form_id`, `_title`, `_category`, `_audience`, `_text`, `_keywords`, `_approved`,
`_lasts`, `_until`, `_source`, `_metadata`; `library.save`, `library.save_draft`,
`library.reason`, `library.confirm`.
"""

from collections.abc import Callable
from typing import Any

import streamlit as st

from core.models.content_use import Saved, Uses
from core.models.people import Person
from ui import library_form, state
from ui.actions import act, show_outcomes
from ui.words import count, listed, plain

_OPEN = "library.dialog"
_WORDS = {
    "add": "Add a document",
    "edit": "Edit the document",
    "publish": "Publish the draft",
    "release": "Release from quarantine",
    "retire": "Retire the document",
}


def open_dialog(kind: str, document_id: str = "") -> None:
    """Let the page open a dialog; in a callback."""
    st.session_state[_OPEN] = (kind, document_id)
    library_form.forget()


def close() -> None:
    """Let no dialog be open."""
    st.session_state.pop(_OPEN, None)


def show() -> None:
    """The dialog that is open, if one is."""
    kind, document_id = st.session_state.get(_OPEN) or ("", "")
    if kind:
        st.dialog(_WORDS[kind], width="large", on_dismiss=close)(_body)(kind, document_id)


def _body(kind: str, document_id: str) -> None:
    if not st.session_state.get(_OPEN):
        # Its change is made; the page shows what came of it.
        st.rerun()
    show_outcomes()
    if kind in {"add", "edit"}:
        _written(document_id)
    else:
        _decided(kind, document_id)


def _written(document_id: str) -> None:
    app = state.application()
    known = app.library.get(document_id) if document_id else None
    library_form.fields(app.content.fields(document_id) if document_id else None)
    if known is not None:
        _voids(app.library.uses(document_id))
    me = state.acting()
    version = known.version if known else 0
    with st.container(horizontal=True):
        st.button(
            "Save as a new version" if known else "Add",
            key="library.save",
            type="primary",
            on_click=act,
            args=(_save, document_id, version, me),
        )
        if known is None:
            st.button(
                "Keep as a draft",
                key="library.save_draft",
                help="Stored and screened, but no message can cite it until it is published.",
                on_click=act,
                args=(_save_draft, me),
            )


def _decided(kind: str, document_id: str) -> None:
    app = state.application()
    document = app.library.get(document_id)
    st.text(f"{document.document_id} {document.title}, version {document.version}")
    if kind == "release":
        st.text(document.status_reason)
        for remark in (r for r in app.library.remarks(document) if r.quarantines):
            st.text(f"{remark.place}: “{remark.text}”")
    if kind == "retire":
        _voids(app.library.uses(document_id))
    if kind != "publish":
        st.text_area("Reason", key="library.reason", max_chars=500)
    st.button(
        _WORDS[kind],
        key="library.confirm",
        type="primary",
        on_click=act,
        args=(_CHANGES[kind], document_id, document.version, state.acting()),
    )


def _voids(uses: Uses) -> None:
    """The approvals that the change will void, before it is made."""
    if not uses.approvals:
        st.caption("No approval rests on it.")
        return
    st.warning(
        f"This voids {count(len(uses.approvals), 'approval')}; each message then needs approval "
        "again.",
        icon=":material/lock_open:",
    )
    st.dataframe(
        [{"Campaign": u.campaign, "Segment": u.segment, "Tone": u.tone} for u in uses.approvals],
        hide_index=True,
        alt="The approvals this change voids",
    )


def _save(document_id: str, version: int, me: Person) -> str:
    content, data = state.application().content, library_form.data(document_id)
    if document_id:
        return _done(content.edit(document_id, data, expected_version=version, by=me))
    return _done(content.add(data, by=me))


def _save_draft(me: Person) -> str:
    return _done(state.application().content.add(library_form.data(""), by=me, draft=True))


def _publish(document_id: str, version: int, me: Person) -> str:
    content = state.application().content
    return _done(content.publish(document_id, expected_version=version, by=me))


def _retire(document_id: str, version: int, me: Person) -> str:
    return _done(
        state.application().content.retire(
            document_id, expected_version=version, reason=_reason(), by=me
        )
    )


def _release(document_id: str, version: int, me: Person) -> str:
    return _done(
        state.application().content.release(
            document_id, expected_version=version, reason=_reason(), by=me
        )
    )


_CHANGES: dict[str, Callable[..., Any]] = {
    "publish": _publish,
    "retire": _retire,
    "release": _release,
}


def _reason() -> str:
    return str(st.session_state.get("library.reason") or "")


def _done(saved: Saved) -> str:
    """The sentence about a change that was made; the dialog is closed."""
    close()
    stored = saved.document
    why = f": {stored.status_reason}" if stored.status_reason else ""
    words = f"{stored.document_id} version {stored.version} is {stored.status}{why}."
    if saved.voided:
        words += f" Void: {listed(saved.voided)}."
    noticed = [r for r in saved.remarks if not r.quarantines]
    if noticed:
        words += f" The screen noticed {count(len(noticed), 'place')} worth a look."
    return plain(words)
