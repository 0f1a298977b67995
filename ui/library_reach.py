"""What may be said to whom."""

from collections.abc import Sequence

import streamlit as st

from core.models.content_use import Coverage
from ui import tables
from ui.words import count, sentence


def coverage(found: Sequence[Coverage]) -> None:
    """Documents by segment and category, and what is missing."""
    if not found:
        st.info("Compute segments first: coverage says what may be told to each of them.")
        return
    st.caption(
        "How many documents each segment may be told today. What a rule does not hold for "
        "everybody in a segment is not told to it."
    )
    missing = [c for c in found if c.gaps]
    if missing:
        st.warning(
            f"Something is missing for {len(missing)} of {count(len(found), 'group')} of readers.",
            icon=":material/report:",
        )
    categories = sorted({name for c in found for name in c.documents})
    rows = [
        {
            "Segment": c.segment,
            "Customers": c.size,
            **{sentence(name): c.documents.get(name, 0) for name in categories},
            "Missing": sentence("; ".join(c.gaps)) or "Nothing",
        }
        for c in found
    ]
    tables.shown(
        rows,
        alt="Documents that may be told to each segment today, by category, and what is missing",
        key="library.coverage",
        subject="library",
        what="coverage",
    )
