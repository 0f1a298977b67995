"""The rules of segments in a table, with live counts, and what RFM would give."""

from collections.abc import Mapping, Sequence

import streamlit as st

from core.models.customers import Segment, SegmentRule
from core.models.segmentation import SegmentationRequest
from ui import state
from ui.words import share

_HELP = (
    "The first rule that holds decides. Compare with = != < <= > >=, in ('a', 'b'), "
    "between 1 and 5, is missing; combine with and, or, not. An empty rule holds for everybody."
)


def edited_rules() -> tuple[SegmentRule, ...]:
    """The rules as they stand in the table; a row without a name and a rule is left out."""
    start = [
        {"Name": r.name, "Rule": r.rule, "Words to look up": ", ".join(r.words)}
        for r in state.application().segments.default_rules()
    ]
    rows = st.data_editor(
        start,
        num_rows="dynamic",
        hide_index=True,
        key="segments.rules",
        column_config={
            "Name": st.column_config.TextColumn(required=True, max_chars=60),
            "Rule": st.column_config.TextColumn(help=_HELP, width="large"),
            "Words to look up": st.column_config.TextColumn(
                help="What to look for in the library for these customers; never shown to them."
            ),
        },
        alt="The rules of the segments, in order",
    )
    st.caption(_HELP)
    return tuple(_rule(row) for row in rows if row.get("Name") or row.get("Rule"))


def _rule(row: Mapping[str, object]) -> SegmentRule:
    name = str(row.get("Name") or "").strip()
    known = {r.name: r.segment_id for r in state.application().segments.default_rules()}
    words = str(row.get("Words to look up") or "").split(",")
    return SegmentRule(
        segment_id=known.get(name) or "-".join("".join(_kept(c) for c in name.lower()).split()),
        name=name,
        rule=str(row.get("Rule") or "").strip(),
        words=tuple(w.strip() for w in words if w.strip()),
    )


def _kept(character: str) -> str:
    return character if character.isalnum() else " "


@st.cache_data(show_spinner="Counting", max_entries=32)
def preview(dataset_id: str, request: SegmentationRequest) -> tuple[Segment, ...]:
    """The segments this would give; a data set never changes, so neither do they."""
    return state.application().segments.preview(dataset_id, request)


def counts(found: Sequence[Segment]) -> None:
    """The sizes of segments nobody has kept yet."""
    st.dataframe(
        [
            {
                "Segment": s.name,
                "Customers": s.size,
                "Share": share(s.share),
                "May be written to": s.reachable,
                "Rule": s.about or s.rule or "everybody else",
            }
            for s in found
        ],
        hide_index=True,
        alt="How many customers each rule would give",
    )
