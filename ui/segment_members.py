"""Look inside a segment: its customers page by page, and why one of them is here.

Keys: `segments.segment`, `segments.page`, `segments.customer`.
"""

from math import ceil

import streamlit as st

from core.models.customers import Segment, Segmentation
from core.models.segment_quality import WhyHere
from ui import state
from ui.trouble import told
from ui.words import plain

_PAGE = 20
_FACTS = 12
_MARGIN = (
    "0 is on the line to another segment, 1 is as far from it as can be. For clusters: how much "
    "closer this customer is to the centre of the own segment than to the next. For rules: of the "
    "customers on the same side of the limit that decides, the share who are nearer to it, divided "
    "by the number of rules that hold."
)


def look_inside(version: Segmentation) -> None:
    """One page of the customers of one segment, and one of them explained."""
    st.header("Look inside", anchor=False)
    names = {s.name: s for s in version.segments}
    chosen = st.selectbox("Segment", list(names), key="segments.segment", bind="query-params")
    segment = names.get(str(chosen)) or version.segments[0]
    left, right = st.columns([2, 3], gap="large")
    with left:
        ids = _members(version, segment)
    with right:
        _explain(version, ids)


def _members(version: Segmentation, segment: Segment) -> tuple[str, ...]:
    pages = max(ceil(segment.size / _PAGE), 1)
    page = st.pagination(pages, key="segments.page") if pages > 1 else 1
    ids = state.application().segments.members(
        version.segmentation_id, segment.segment_id, page=min(page, pages), size=_PAGE
    )
    st.dataframe(
        [{"Place": (page - 1) * _PAGE + n, "Customer": name} for n, name in enumerate(ids, 1)],
        hide_index=True,
        height=_PAGE * 35 + 38,
        alt=f"Customers of {segment.name}, page {page} of {pages}",
    )
    st.caption(f"Page {page} of {pages:,} of {segment.size:,} customers.")
    if version.clusters is None:
        st.code(segment.rule or "everybody else", language=None, wrap_lines=True)
    return ids


def _explain(version: Segmentation, ids: tuple[str, ...]) -> None:
    example = ids[0] if ids else ""
    typed = st.text_input(
        "Why is this customer here? Customer id",
        key="segments.customer",
        placeholder=example,
        help="Take an id from the list, or type any other of this data set.",
    )
    with told():
        _why(
            version,
            state.application().segment_views.why(version.segmentation_id, typed or example),
        )


def _why(version: Segmentation, why: WhyHere) -> None:
    st.subheader(plain(f"{why.customer_id}: {why.segment}"), anchor=False)
    st.text(why.reason)
    margin, second = st.columns(2)
    margin.metric("Confidence", f"{why.confidence:.2f} of 1", help=_MARGIN)
    with second:
        st.text("Next in line")
        st.markdown(f"**{plain(why.runner_up or 'none')}**")
    st.table(
        [
            {
                "Attribute": plain(fact.column.replace("_", " ")),
                "This customer": plain(fact.value),
                "The segment": fact.in_segment,
                "Everybody": fact.overall,
            }
            for fact in why.facts[:_FACTS]
        ],
        hide_index=True,
        alt=f"The values of {why.customer_id} beside the segment and everybody",
    )
    st.caption(
        "For numbers the segment and everybody show the average, else the share with this value. "
        "Those that decide come first."
    )
    short = version.quality.approximation(why.segment_id) if version.quality else None
    if short is not None:
        st.caption("The segment in one rule, nearly:")
        st.code(f"≈ {short.rule}", language=None, wrap_lines=True)
