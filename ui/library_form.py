"""The fields of a document as a form."""

import json
from collections.abc import Mapping
from datetime import date, timedelta

import streamlit as st

from core.content.written_text import written_text
from core.errors import BadInput
from core.models.content import Document
from ui import library, state

_PREFIX = "library.form_"
_CATEGORIES = ["product", "promotion", "service", "policy", "brand"]
_EVERGREEN, _UNTIL = "Evergreen", "Until a last day"
_TWO_MONTHS = timedelta(days=60)


def forget() -> None:
    """Let the form start anew."""
    for key in [k for k in st.session_state if str(k).startswith(_PREFIX)]:
        del st.session_state[key]


def fields(known: Mapping[str, object] | None) -> None:
    """The form, filled with what is known of the document, or empty for a new one."""
    _start(known or {})
    if known is None:
        st.file_uploader(
            "Start from a Markdown or text file",
            ["md", "markdown", "txt"],
            key=f"{_PREFIX}file",
            max_upload_size=1,
            on_change=_take_text,
        )
        st.text_input("Id", key=f"{_PREFIX}id", max_chars=64, help="Stays for good: PRM-014")
    st.text_input("Title", key=f"{_PREFIX}title", max_chars=300)
    st.text_area(
        "Text",
        key=f"{_PREFIX}text",
        height=260,
        help="Paragraphs with a blank line between; each is a passage a message may quote.",
    )
    left, right = st.columns(2)
    with left:
        st.selectbox("Category", _categories(), key=f"{_PREFIX}category", accept_new_options=True)
        st.date_input("Approved on", key=f"{_PREFIX}approved")
        st.text_input("Keywords, with commas between", key=f"{_PREFIX}keywords")
    with right:
        st.text_input(
            "Who may be told",
            key=f"{_PREFIX}audience",
            help="everyone, or a rule such as past_year_spend >= 500 and area = 'Urban'",
        )
        lasts = st.radio("Valid", [_EVERGREEN, _UNTIL], key=f"{_PREFIX}lasts", horizontal=True)
        if lasts == _UNTIL:
            st.date_input("Last day", key=f"{_PREFIX}until")
        st.text_input("Page it stands on (URL)", key=f"{_PREFIX}source")
    _told()
    with st.expander("Offer and other data (JSON)"):
        st.text_area("Data", key=f"{_PREFIX}metadata", height=140)


def data(document_id: str) -> dict[str, object]:
    """What the form holds as the fields of a document file.

    Raises:
        BadInput: the other data is no JSON object.
    """
    held = {str(k).removeprefix(_PREFIX): v for k, v in st.session_state.items() if _ours(k)}
    until = held.get("until")
    keywords = str(held.get("keywords") or "").split(",")
    return {
        "document_id": document_id or str(held.get("id") or "").strip(),
        "title": str(held.get("title") or ""),
        "category": str(held.get("category") or ""),
        "content": str(held.get("text") or ""),
        "audience": str(held.get("audience") or "everyone"),
        "keywords": [word.strip() for word in keywords if word.strip()],
        "approval_date": _day(held.get("approved")),
        "expiry": "evergreen" if held.get("lasts") == _EVERGREEN else _day(until),
        "source_url": str(held.get("source") or ""),
        "metadata": _metadata(str(held.get("metadata") or "{}")),
    }


def _ours(key: object) -> bool:
    return str(key).startswith(_PREFIX)


def _start(known: Mapping[str, object]) -> None:
    """Put what is known into the fields, once."""
    if f"{_PREFIX}title" in st.session_state:
        return
    today = state.application().library.context.today()
    expiry = known.get("expiry", "evergreen")
    keywords = known.get("keywords", [])
    values = {
        "id": "",
        "title": known.get("title", ""),
        "category": known.get("category", _CATEGORIES[0]),
        "text": known.get("content", ""),
        "audience": known.get("audience", "everyone"),
        "keywords": ", ".join(keywords) if isinstance(keywords, list) else "",
        "approved": _date(known.get("approval_date"), today),
        "lasts": _EVERGREEN if expiry == "evergreen" else _UNTIL,
        "until": _date(expiry, today + _TWO_MONTHS),
        "source": known.get("source_url", ""),
        "metadata": json.dumps(known.get("metadata", {}), indent=2, ensure_ascii=False),
    }
    for name, value in values.items():
        st.session_state[f"{_PREFIX}{name}"] = value


def _take_text() -> None:
    upload = st.session_state.get(f"{_PREFIX}file")
    if upload is None:
        return
    written = written_text(upload.getvalue().decode("utf-8", errors="replace"))
    st.session_state[f"{_PREFIX}text"] = written.content
    if written.title:
        st.session_state[f"{_PREFIX}title"] = written.title


def _told() -> None:
    """For how many customers the audience holds, while it is being written."""
    rule = str(st.session_state.get(f"{_PREFIX}audience") or "everyone")
    try:
        words = library.told_words(state.application().reach.told_of(rule))
    except BadInput as error:
        st.warning(str(error).replace("`", "'"), icon=":material/warning:")
    else:
        st.caption(f"May be told: {words.replace('_', ' ')}")


def _categories() -> list[str]:
    known: tuple[Document, ...] = state.application().library.everything()
    return list(dict.fromkeys((*_CATEGORIES, *(d.category for d in known))))


def _day(value: object) -> str | None:
    return value.isoformat() if isinstance(value, date) else None


def _date(value: object, otherwise: date) -> date:
    if isinstance(value, str) and value[:4].isdigit():
        return date.fromisoformat(value)
    return otherwise


def _metadata(text: str) -> dict[str, object]:
    try:
        read = json.loads(text)
    except json.JSONDecodeError as error:
        raise BadInput(
            f"Other data: this is not JSON, line {error.lineno}: {error.msg}."
        ) from error
    if not isinstance(read, dict):
        raise BadInput("Other data: write an object in braces, such as {}.")
    return read
