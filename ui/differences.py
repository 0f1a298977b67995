"""What differs between a message and one that was approved, paragraph by paragraph."""

from difflib import SequenceMatcher
from html import escape

import streamlit as st

from core.content.word_diff import word_diff
from core.models.messages import Message, Variant
from ui import state
from ui.message_grid import label
from ui.message_html import quoted_html
from ui.words import count

_TAGS = {"same": "", "added": "ins", "removed": "del"}
_ALIKE = 0.3


def against_approved(variant: Variant) -> None:
    """Only what differs from the approved text that is most like this one."""
    st.subheader("Compared with what was approved", anchor=False)
    before = state.application().approvals.last_approved(variant)
    if before is None:
        st.text("Nothing like it has been approved yet.")
        return
    same, pieces = differences(before.message, variant.message)
    name = (
        f"revision {before.revision} of this message"
        if before.variant_id == variant.variant_id
        else f"{label(before)}, approved"
    )
    if not pieces:
        st.text(f"Word for word as {name}.")
        return
    st.text(f"Held against {name}: {count(same, 'paragraph')} the same, {len(pieces)} different.")
    # Where little is the same, the message above is the better reading.
    with st.container() if same >= len(pieces) else st.expander("What differs"):
        for piece in pieces:
            st.html(quoted_html(piece))


def differences(before: Message, after: Message) -> tuple[int, tuple[str, ...]]:
    """How many paragraphs are the same, and the others as escaped HTML with what changed."""
    old, new = _paragraphs(before), _paragraphs(after)
    same, pieces = 0, []
    for kind, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            same += j2 - j1
        else:
            pieces += _changed(old[i1:i2], new[j1:j2])
    return same, tuple(pieces)


def _changed(old: list[str], new: list[str]) -> list[str]:
    pairs = list(zip(old, new, strict=False))
    shown = [_pair(a, b) for a, b in pairs]
    shown += [f"<del>{escape(text)}</del>" for text in old[len(pairs) :]]
    return shown + [f"<ins>{escape(text)}</ins>" for text in new[len(pairs) :]]


def _pair(old: str, new: str) -> str:
    if SequenceMatcher(None, old.split(), new.split()).ratio() < _ALIKE:
        return f"<del>{escape(old)}</del>\n<ins>{escape(new)}</ins>"
    return "".join(_marked(_TAGS[c.kind], c.text) for c in word_diff(old, new))


def _marked(tag: str, text: str) -> str:
    return f"<{tag}>{escape(text)}</{tag}>" if tag else escape(text)


def _paragraphs(message: Message) -> list[str]:
    body = [part.strip() for part in message.body.split("\n\n")]
    return [message.subject, message.preheader, *(part for part in body if part)]
