"""A message as its readers get it: marked, as an e-mail at two widths, and as plain text.

Keys, with the name of the page before them: `phone`, `reader`.
"""

import base64

import streamlit as st

from core.models.messages import Variant
from core.orchestrator.service.merging import SampleReader
from ui import state, views
from ui.message_html import inbox_html, message_html
from ui.words import plain

MARKED, DESKTOP, PHONE, TEXT = "With issues", "Desktop", "Phone", "Plain text"
_WIDTHS = {DESKTOP: 600, PHONE: 375}
_HEIGHT = 860


def view(variant: Variant, *, page: str = "messages") -> str:
    """How the message is to be seen; marked while there is no text."""
    if variant.problem:
        st.warning(plain(variant.problem), icon=":material/warning:")
    chosen = st.segmented_control(
        "View",
        [MARKED, DESKTOP, PHONE, TEXT],
        default=MARKED,
        required=True,
        key=f"{page}.phone",
        label_visibility="collapsed",
    )
    return str(chosen) if variant.message.body else MARKED


def marked(variant: Variant) -> None:
    """The text with its issues marked and numbered, as they are listed beside it."""
    found = variant.screened.findings if variant.screened else ()
    st.html(message_html(variant.message, found))
    st.caption(views.length_line(variant))


def as_received(variant: Variant, view: str, *, page: str = "messages") -> None:
    """The message as one reader gets it, as an e-mail or as plain text."""
    previews = state.application().previews
    readers = {r.label: r for r in previews.readers(variant)}
    chosen = st.selectbox(
        "As it is read by",
        list(readers),
        key=f"{page}.reader",
        help="Customers of this segment, and readers as they break messages.",
    )
    reader = readers[str(chosen)]
    shown = previews.of(variant, reader)
    st.caption(_values(reader))
    if view == TEXT:
        st.code(shown.text, language=None, wrap_lines=True)
        return
    st.html(inbox_html(shown.message))
    # An address of its own keeps the e-mail apart from the page: it can neither run nor fetch.
    packed = base64.b64encode(shown.html.encode()).decode()
    st.iframe(
        f"data:text/html;charset=utf-8;base64,{packed}",
        width=_WIDTHS[view],
        height=_HEIGHT,
        alt=f"The message as an e-mail, {_WIDTHS[view]} pixels wide",
    )


def _values(reader: SampleReader) -> str:
    known = [
        f"{name.replace('_', ' ')}: {value or 'not known'}" for name, value in reader.values.items()
    ]
    source = "Invented reader" if reader.invented else "Customer of this segment"
    return plain(f"{source}. {', '.join(known) or 'No merge fields'}.")
