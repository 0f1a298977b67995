"""Earlier revisions of a message, each with what was changed in it, word by word.

Keys: `messages.revision`.
"""

import streamlit as st

from core.content.word_diff import word_diff
from core.models.messages import TextField, Variant
from ui import state, views
from ui.library_document import diff_html
from ui.words import moment, sentence


def show(variant: Variant) -> None:
    """What a chosen revision changed against the one before it; nothing for a first one."""
    revisions = [r for r in state.application().messages.history(variant.variant_id) if r.revision]
    st.subheader("History", anchor=False)
    if len(revisions) < 2:
        st.caption("This is the first revision.")
        return
    by_label = {_label(r): place for place, r in enumerate(revisions)}
    chosen = st.selectbox("Revision", list(by_label), key="messages.revision")
    place = by_label[str(chosen)]
    after = revisions[place]
    st.caption(views.origin(after))
    if place + 1 == len(revisions):
        st.caption("The first revision.")
        return
    before = revisions[place + 1]
    st.caption(f"Against revision {before.revision}: underlined is new, struck through is gone.")
    for part in TextField:
        old, new = before.message.part(part), after.message.part(part)
        st.caption(sentence(part.value) + ("" if old != new else ", unchanged"))
        if old != new:
            st.html(diff_html(word_diff(old, new)))


def _label(variant: Variant) -> str:
    authors = ", ".join(sorted(variant.authors)) or "nobody"
    return f"Revision {variant.revision}, {moment(variant.updated_at)}, {authors}"
