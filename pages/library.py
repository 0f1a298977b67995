"""What are we allowed to say?

Keys: `library.query`, `library.segment`, `library.search`, `library.status`, `library.document`,
`library.upload`, `library.add`, `library.samples`.
"""

import streamlit as st

from core.models.content import Document
from core.models.people import Person
from ui import library, state, uploads
from ui.actions import act
from ui.frame import page
from ui.rights import Permission, refusal
from ui.words import count, listed, plain


def add(me: Person) -> str:
    """Take in the uploaded documents."""
    with uploads.on_disk(st.session_state["library.upload"] or ()) as folder:
        made = state.application().library.load(folder, by=me)
    held = f" Quarantined: {plain(listed(made.quarantined))}." if made.quarantined else ""
    return f"{count(made.read, 'document')} read: {made.new} new, {made.changed} changed.{held}"


def samples(me: Person) -> str:
    """The documents of the demo."""
    return f"{count(state.application().demo.load_content(me), 'sample document')} read."


def search() -> None:
    """What the writer would find, and what it may not use."""
    names = state.segment_names()
    with (
        st.form("library.form", border=False),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        st.text_input("Search the library", key="library.query", width=420, max_chars=400)
        st.selectbox("For segment", ["Everyone", *names], key="library.segment", width=240)
        st.form_submit_button("Search", key="library.search", icon=":material/search:")
    query = str(st.session_state["library.query"]).strip()
    if query:
        wanted = st.session_state["library.segment"]
        library.found(
            state.application().library.search(
                query, top=5, segment=None if wanted == "Everyone" else wanted
            )
        )


def documents(every: tuple[Document, ...]) -> None:
    """All documents with their standing; one of them in full."""
    wanted = st.segmented_control(
        "Show",
        library.STANDINGS,
        default="All",
        required=True,
        key="library.status",
        bind="query-params",
    )
    shown = [d for d in every if wanted in {"All", library.standing(d)}]
    library.table(shown)
    labels = {library.label(d): d for d in every}
    chosen = st.selectbox(
        "Open a document",
        list(labels),
        index=None,
        key="library.document",
        placeholder="Choose a document",
        bind="query-params",
    )
    if chosen:
        library.one(labels[chosen])


def take_in() -> None:
    """A form for new documents."""
    why = refusal(Permission.EDIT_LIBRARY)
    me = state.acting()
    st.file_uploader("Documents (JSON)", ["json"], accept_multiple_files=True, key="library.upload")
    with st.container(horizontal=True):
        st.button(
            "Add these documents",
            key="library.add",
            disabled=bool(why) or not st.session_state["library.upload"],
            on_click=act,
            args=(add, me),
        )
        st.button(
            "Load the sample documents",
            key="library.samples",
            disabled=bool(why),
            on_click=act,
            args=(samples, me),
        )
    if why:
        st.caption(plain(why))


with page("Library"):
    known = state.application().library.everything()
    if known:
        st.header("Search", anchor=False)
        search()
        st.header(count(len(known), "document"), anchor=False)
        documents(known)
    else:
        st.info("Add at least one approved document: messages rest on nothing else.")
    with st.expander("Add documents", expanded=not known, icon=":material/note_add:"):
        take_in()
