"""Documents that come in as files, and all of them as one file.

Keys: `library.upload`, `library.add`, `library.samples`, `library.json`.
"""

import json

import streamlit as st

from core.models.people import Person
from ui import files, state, uploads
from ui.actions import act
from ui.rights import Permission, refusal
from ui.words import count, listed, plain


def _add(me: Person) -> str:
    """Take in the uploaded documents."""
    with uploads.on_disk(st.session_state["library.upload"] or ()) as folder:
        made = state.application().library.load(folder, by=me)
    held = f" Quarantined: {plain(listed(made.quarantined))}." if made.quarantined else ""
    return f"{count(made.read, 'document')} read: {made.new} new, {made.changed} changed.{held}"


def _samples(me: Person) -> str:
    """The documents of the demo."""
    return f"{count(state.application().demo.load_content(me), 'sample document')} read."


def take_in() -> None:
    """Many documents at once, from files."""
    why, me = refusal(Permission.EDIT_LIBRARY), state.acting()
    st.file_uploader("Documents (JSON)", ["json"], accept_multiple_files=True, key="library.upload")
    with st.container(horizontal=True):
        st.button(
            "Add these documents",
            key="library.add",
            disabled=bool(why) or not st.session_state["library.upload"],
            on_click=act,
            args=(_add, me),
        )
        st.button(
            "Load the sample documents",
            key="library.samples",
            disabled=bool(why),
            on_click=act,
            args=(_samples, me),
        )
    if why:
        st.caption(plain(why))


def download() -> None:
    """All current documents as one JSON file."""
    st.download_button(
        "Documents (JSON)",
        lambda: json.dumps(state.application().library.files(), indent=2, ensure_ascii=False),
        file_name=files.named("library", "documents", "json"),
        mime="application/json",
        key="library.json",
        on_click="ignore",
        icon=":material/download:",
    )
