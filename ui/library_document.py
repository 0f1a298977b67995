"""One document on a page: passages, remarks of the screen, versions, and where it is used."""

from collections.abc import Sequence
from html import escape

import streamlit as st

from core.content.word_diff import Change, word_diff
from core.models.content import Document, DocumentStatus, Remark
from core.models.content_use import Uses
from ui import library, library_dialogs, state
from ui.links import link
from ui.message_html import quote_html, quoted_html
from ui.rights import Permission, refusal
from ui.words import STATES, count, plain, sentence

_SIGNS = {"same": "{}", "added": "<ins>{}</ins>", "removed": "<del>{}</del>"}


def one(document: Document) -> None:
    """One document in full, with what may be done about it."""
    app = state.application()
    told = app.reach.told([document])[document.audience]
    with st.container(border=True):
        library.head(document, told)
        _remarks(app.library.remarks(document))
        passages = app.library.passages(document.document_id)
        st.text(count(len(passages), "passage") + ":")
        for passage in passages:
            st.html(quote_html(passage.text))
        _actions(document)
        _versions(app.library.versions(document.document_id))
        _uses(app.library.uses(document.document_id))


def _actions(document: Document) -> None:
    why = refusal(Permission.EDIT_LIBRARY)
    status = document.status
    with st.container(horizontal=True):
        offered = [("edit", "Edit", ":material/edit:", why)]
        if status is DocumentStatus.DRAFT:
            offered.append(("publish", "Publish", ":material/publish:", why))
        if status is DocumentStatus.QUARANTINED:
            mine = refusal(Permission.RELEASE_CONTENT)
            offered.append(("release", "Release", ":material/lock_open:", mine))
        if status is not DocumentStatus.RETIRED:
            offered.append(("retire", "Retire", ":material/archive:", why))
        for kind, words, icon, refused in offered:
            st.button(
                words,
                key=f"library.{kind}",
                icon=icon,
                disabled=bool(refused),
                help=refused and plain(refused),
                on_click=library_dialogs.open_dialog,
                args=(kind, document.document_id),
            )


def _remarks(remarks: Sequence[Remark]) -> None:
    if not remarks:
        return
    with st.expander(f"The screen noticed {count(len(remarks), 'place')}", icon=":material/flag:"):
        st.dataframe(
            [
                {
                    "Where": sentence(r.place),
                    "What": r.text,
                    "Why": sentence(r.why),
                    "Quarantines": "yes" if r.quarantines else "no",
                }
                for r in remarks
            ],
            hide_index=True,
            alt="What the screen noticed in this document",
        )


def _versions(versions: Sequence[Document]) -> None:
    if len(versions) == 1:
        return
    with st.expander(count(len(versions), "version"), icon=":material/history:"):
        st.dataframe(
            [
                {
                    "Version": d.version,
                    "Status": sentence(d.status),
                    "Saved by": d.added_by or "unknown",
                    "Why": sentence(d.status_reason),
                }
                for d in versions
            ],
            hide_index=True,
            alt="The versions of this document, newest first",
        )
        older = [d.version for d in versions[1:]]
        chosen = st.selectbox("Compare the newest with version", older, key="library.compare")
        before = next(d for d in versions if d.version == chosen)
        st.html(diff_html(word_diff(before.content, versions[0].content)))
        for words in _other_changes(before, versions[0]):
            st.text(words)


def _other_changes(before: Document, now: Document) -> list[str]:
    """What changed beside the text, one line a field."""
    fields = ("title", "category", "audience", "approved_on", "valid_until", "source_url")
    pairs = [(name, getattr(before, name), getattr(now, name)) for name in fields]
    pairs.append(("keywords", ", ".join(before.keywords), ", ".join(now.keywords)))
    return [
        f"{sentence(name)}: {old or 'none'} became {new or 'none'}."
        for name, old, new in pairs
        if old != new
    ]


def _uses(uses: Uses) -> None:
    words = (
        f"Cited by {count(len(uses.messages), 'message')}, {len(uses.approvals)} of them approved"
    )
    if not uses.messages:
        st.caption("No message cites it.")
    else:
        with st.expander(words, icon=":material/link:"):
            st.dataframe(
                [
                    {
                        "Campaign": u.campaign,
                        "Segment": u.segment,
                        "Tone": sentence(u.tone),
                        "State": STATES[u.state],
                        "Version cited": u.version,
                    }
                    for u in uses.messages
                ],
                hide_index=True,
                alt="The messages that cite this document",
            )
            campaigns = dict.fromkeys((u.campaign_id, u.campaign) for u in uses.messages)
            for name, title in campaigns:
                link("messages", plain(title), icon=":material/mail:", campaign=name)
    for title in uses.offered_by:
        st.caption(f"It is the offer of {plain(title)}.")


def diff_html(changes: Sequence[Change]) -> str:
    """A text with what was added and removed; every character escaped."""
    return quoted_html("".join(_SIGNS[c.kind].format(escape(c.text)) for c in changes))
