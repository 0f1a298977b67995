"""Documents and passages on a page, with what may be used and what not."""

from collections.abc import Sequence

import streamlit as st

from core.models.content import Document, DocumentStatus, Retrieved
from ui import state
from ui.message_html import quote_html
from ui.words import count, moment, plain, sentence

STANDINGS = ["All", "Valid", "Ends soon", "Expired", "Quarantined", "Other"]

_COLORS = {"Valid": "green", "Ends soon": "orange", "Expired": "red", "Quarantined": "red"}
_ICONS = {
    "Valid": ":material/check_circle:",
    "Ends soon": ":material/schedule:",
    "Expired": ":material/event_busy:",
    "Quarantined": ":material/gpp_bad:",
}


def label(document: Document) -> str:
    """How a document is called in a list."""
    return f"{document.document_id} {document.title}"


def standing(document: Document) -> str:
    """Which of `STANDINGS` a document has today."""
    words = state.application().library.standing(document)
    if document.status is DocumentStatus.QUARANTINED:
        return "Quarantined"
    for start, name in (("valid", "Valid"), ("expires", "Ends soon"), ("expired", "Expired")):
        if words.startswith(start):
            return name
    return "Other"


def _audience(document: Document) -> str:
    return "everyone" if document.audience in {"", "everyone"} else document.audience


def table(documents: Sequence[Document]) -> None:
    """Documents with what decides whether they may be used."""
    if not documents:
        st.text("No document stands like this.")
        return
    st.dataframe(
        [
            {
                "Id": d.document_id,
                "Title": d.title,
                "Category": d.category,
                "Standing": sentence(state.application().library.standing(d)),
                "Audience": _audience(d),
                "Version": d.version,
                "Last day": moment(d.valid_until) if d.valid_until else "none",
            }
            for d in documents
        ],
        hide_index=True,
        height=320 if len(documents) > 8 else "auto",
        alt="The documents of the library and whether each may be used today",
    )


def badge(document: Document) -> None:
    """The standing of a document as a chip."""
    name = standing(document)
    words = state.application().library.standing(document).partition(":")[0]
    st.badge(
        sentence(words),
        icon=_ICONS.get(name, ":material/info:"),
        color=_COLORS.get(name, "gray"),  # type: ignore[arg-type]  # a table of literals
    )


def one(document: Document) -> None:
    """One document: where it stands, and its passages."""
    with st.container(border=True):
        st.subheader(plain(label(document)), anchor=False)
        with st.container(horizontal=True, gap="xsmall"):
            badge(document)
            st.badge(plain(document.category), color="gray")
            st.badge(f"version {document.version}", color="gray")
            if document.metadata.get("trap"):
                st.badge("a trap of the demo", icon=":material/bug_report:", color="violet")
        if document.status_reason:
            st.text(sentence(document.status_reason))
        if document.metadata.get("note"):
            st.text(str(document.metadata["note"]))
        last = moment(document.valid_until) if document.valid_until else "no last day (evergreen)"
        st.caption(
            f"Audience: {plain(_audience(document))}. Approved {moment(document.approved_on)}, "
            f"{last}. Keywords: {plain(', '.join(document.keywords))}. "
            f"Source: {plain(document.source_url)}"
        )
        passages = state.application().library.passages(document.document_id)
        st.text(count(len(passages), "passage") + ":")
        for passage in passages:
            st.html(quote_html(passage.text))


def found(retrieved: Retrieved) -> None:
    """The passages that answer a search, and the documents left out with the reason."""
    st.subheader(f"{count(len(retrieved.hits), 'passage')} found", anchor=False)
    if not retrieved.hits:
        st.text("Nothing that may be used today answers this.")
    for rank, hit in enumerate(retrieved.hits, start=1):
        with st.container(border=True, gap="xsmall"):
            with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
                st.badge(f"{rank}", color="blue")
                st.markdown(f"**{plain(hit.passage.title)}**")
                st.caption(
                    f"{plain(hit.passage.document_id)}, passage {hit.passage.index + 1}, "
                    f"score {hit.score:.2f}"
                )
            st.html(quote_html(hit.passage.text))
    if retrieved.skipped:
        with st.expander(
            f"Left out: {count(len(retrieved.skipped), 'document')}", icon=":material/block:"
        ):
            st.dataframe(
                [{"Document": s.document_id, "Why": sentence(s.reason)} for s in retrieved.skipped],
                hide_index=True,
                alt="Documents that may not be used, and why",
            )
