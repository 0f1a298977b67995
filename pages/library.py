"""What are we allowed to say?

Keys: `library.view`, `library.query`, `library.segment`, `library.day`, `library.search`,
`library.status`, `library.document`, `library.new`, `library.edit`, `library.retire`,
`library.release`, `library.publish`, `library.upload`, `library.add`, `library.samples`,
`library.reindex`, `library.try_segment`, `library.try_tone`.
"""

import streamlit as st

from core.models.content import Document
from ui import (
    library,
    library_dialogs,
    library_document,
    library_files,
    library_reach,
    library_search,
    state,
)
from ui.actions import act
from ui.frame import page
from ui.rights import Permission, refusal
from ui.words import count

VIEWS = ["Documents", "Try retrieval", "Coverage", "Last searches"]


def reindex() -> str:
    """Bring the index in step with the library."""
    return f"The index holds {count(state.application().library.reindex(), 'passage')}."


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
    library.table(shown, state.application().reach.told(shown))
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
        library_document.one(labels[chosen])


with page("Library"):
    known, off = state.application().library.everything(), bool(refusal(Permission.EDIT_LIBRARY))
    library_dialogs.show()
    outdated = state.application().library.outdated() if known else ()
    if outdated:
        st.warning(
            f"The index is out of date for {count(len(outdated), 'document')}; until it is made "
            "again they cannot be found.",
            icon=":material/sync_problem:",
        )
        st.button("Index again", key="library.reindex", on_click=act, args=(reindex,))
    with st.container(horizontal=True):
        st.button(
            "Add a document",
            key="library.new",
            type="primary",
            icon=":material/note_add:",
            disabled=off,
            on_click=library_dialogs.open_dialog,
            args=("add",),
        )
        if known:
            library_files.download()
    view = st.segmented_control(
        "View", VIEWS, default=VIEWS[0], required=True, key="library.view", bind="query-params"
    )
    if not known:
        st.info("Add at least one approved document: messages rest on nothing else.")
    elif view == "Documents":
        st.header("Search", anchor=False)
        library_search.form()
        st.header(count(len(known), "document"), anchor=False)
        documents(known)
    elif view == "Try retrieval":
        library_search.try_retrieval()
    elif view == "Coverage":
        library_reach.coverage(state.application().reach.coverage())
    else:
        library_search.kept(state.application().library.last_retrievals())
    with st.expander("Add many documents", expanded=not known, icon=":material/upload_file:"):
        library_files.take_in()
