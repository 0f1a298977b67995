"""What a visitor sees of a page, as text."""

import re

from streamlit.testing.v1 import AppTest

PAGES = (
    "home",
    "customers",
    "segments",
    "library",
    "messages",
    "approvals",
    "send",
    "results",
    "reports",
    "content_checks",
    "history",
    "settings",
)
MARKDOWN = ("markdown", "caption", "error", "info", "warning", "success", "title", "header")


def words(visitor: AppTest) -> str:
    """Everything that is written on the page, without the escapes of Markdown."""
    parts = [_text(e) for kind in (*MARKDOWN, "subheader", "text") for e in visitor.get(kind)]
    parts += [str(e.label) for e in visitor.button]
    return re.sub(r"\\(?=\W)", "", "\n".join(parts))


def markdown(visitor: AppTest) -> list[str]:
    """The texts that are read as Markdown."""
    return [_text(e) for kind in (*MARKDOWN, "subheader", "expander") for e in visitor.get(kind)]


def _text(element: object) -> str:
    return str(getattr(element, "value", None) or getattr(element, "label", ""))


def html(visitor: AppTest) -> str:
    """Everything that is inserted as HTML."""
    return "\n".join(str(e.value) for e in visitor.html)


def sound(visitor: AppTest) -> None:
    """No failure reached the visitor, and no inside of the product is told."""
    assert not visitor.exception
    seen = words(visitor)
    assert "Traceback" not in seen
    assert "report reference" not in seen
