"""Documents on a page: which there are, where each stands, and who may be told."""

from collections.abc import Mapping, Sequence

import streamlit as st

from core.models.content import Document, DocumentStatus
from core.models.content_use import Told
from ui import state
from ui.words import moment, plain, sentence, share

STANDINGS = ["All", "Valid", "Ends soon", "Expired", "Draft", "Quarantined", "Retired", "Other"]

_COLORS = {
    "Valid": "green",
    "Ends soon": "orange",
    "Expired": "red",
    "Draft": "blue",
    "Quarantined": "red",
}
_ICONS = {
    "Valid": ":material/check_circle:",
    "Ends soon": ":material/schedule:",
    "Expired": ":material/event_busy:",
    "Draft": ":material/edit_note:",
    "Quarantined": ":material/gpp_bad:",
    "Retired": ":material/archive:",
}
_BY_STATUS = {
    DocumentStatus.DRAFT: "Draft",
    DocumentStatus.QUARANTINED: "Quarantined",
    DocumentStatus.RETIRED: "Retired",
}


def label(document: Document) -> str:
    """How a document is called in a list."""
    return f"{document.document_id} {document.title}"


def standing(document: Document) -> str:
    """Which of `STANDINGS` a document has today."""
    if document.status in _BY_STATUS:
        return _BY_STATUS[document.status]
    words = state.application().library.standing(document)
    for start, name in (("valid", "Valid"), ("expires", "Ends soon"), ("expired", "Expired")):
        if words.startswith(start):
            return name
    return "Other"


def told_words(told: Told) -> str:
    """Who may be told, and how many customers that is."""
    if told.truth is None:
        return told.words
    everybody = told.truth.true + told.truth.false + told.truth.unknown
    if everybody and told.truth.unknown == everybody:
        return f"{told.words} (this data cannot say)"
    some = 0 < told.truth.true < everybody
    part = f", {share(told.truth.true / everybody, 0)}" if some else ""
    return f"{told.words} ({told.truth.true:,} customers{part})"


def table(documents: Sequence[Document], told: Mapping[str, Told]) -> None:
    """Documents with what decides whether they may be used."""
    if not documents:
        st.text("No document stands like this.")
        return
    st.dataframe(
        [
            {
                "Id": d.document_id,
                "Title": d.title,
                "Standing": sentence(state.application().library.standing(d)),
                "Who may be told": told_words(told[d.audience]),
                "Category": d.category,
                "Version": d.version,
                "Last day": _last_day(d),
            }
            for d in documents
        ],
        hide_index=True,
        height=320 if len(documents) > 8 else "auto",
        alt="The documents of the library, whether each may be used today, and who may be told",
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


def head(document: Document, told: Told) -> None:
    """What a document is called, where it stands and who may be told."""
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
    st.text(f"Who may be told: {told_words(told)}.")
    # Plain text: an address somebody typed is nothing to click on.
    st.text(f"{_days(document)} Stands on: {document.source_url or 'no page named'}.")
    saved = f" Saved by {plain(document.added_by)}." if document.added_by else ""
    st.caption(f"Keywords: {plain(', '.join(document.keywords)) or 'none'}.{saved}")


def _days(document: Document) -> str:
    if not document.dated:
        return "Not both days are given, so it counts as expired."
    last = f"last day {moment(document.valid_until)}" if document.valid_until else "no last day"
    return f"Approved {moment(document.approved_on)}, {last}."


def _last_day(document: Document) -> str:
    if not document.dated:
        return "Not given"
    return moment(document.valid_until) if document.valid_until else "None (evergreen)"
