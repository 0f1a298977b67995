"""Segments on a page: their rules in a table, their counts, cards and members."""

import json
from collections.abc import Mapping, Sequence
from math import ceil

import streamlit as st

from core.models.customers import Segment, Segmentation, SegmentationMethod, SegmentRule
from ui import files, state
from ui.words import plain, sentence, share

_PAGE = 20
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
def preview(dataset_id: str, method: str, rules: Sequence[SegmentRule]) -> tuple[Segment, ...]:
    """The segments these rules would give; a data set never changes, so neither do they."""
    return state.application().segments.preview(dataset_id, SegmentationMethod(method), rules)


def counts(found: Sequence[Segment]) -> None:
    """The sizes of segments nobody has kept yet."""
    st.dataframe(
        [
            {
                "Segment": s.name,
                "Customers": s.size,
                "Share": share(s.share),
                "May be written to": s.reachable,
                "Rule": s.rule or "everybody else",
            }
            for s in found
        ],
        hide_index=True,
        alt="How many customers each rule would give",
    )


def cards(version: Segmentation, rows: int) -> None:
    """Each segment: its size, whom one may write to, and what stands out."""
    with st.grid(3, min_column_width=280):
        for segment in version.segments:
            with st.container(border=True, height="stretch"):
                _card(segment)
    for note in version.notes:
        st.caption(plain(note))
    st.caption(f"Every one of the {rows:,} customers is in exactly one segment.")


def _card(segment: Segment) -> None:
    st.subheader(plain(segment.name), anchor=False)
    size, reachable = st.columns(2)
    size.metric(
        "Customers",
        f"{segment.size:,}",
        share(segment.share),
        delta_color="off",
        delta_arrow="off",
        delta_description="of all",
    )
    reachable.metric(
        "May be written to",
        "not known" if segment.reachable is None else f"{segment.reachable:,}",
        None if segment.reachable is None else share(segment.reachable / segment.size),
        delta_color="off",
        delta_arrow="off",
        delta_description="of them",
    )
    st.code(segment.rule or "everybody else", language=None, wrap_lines=True)
    with st.container(gap="xsmall"):
        for trait in segment.traits[:3]:
            st.text(f"• {sentence(trait.words)}")


def members(version: Segmentation, segment: Segment) -> None:
    """One page of a segment's customers; only their ids."""
    pages = max(ceil(segment.size / _PAGE), 1)
    page = st.pagination(pages, key="segments.page") if pages > 1 else 1
    ids = state.application().segments.members(
        version.segmentation_id, segment.segment_id, page=min(page, pages), size=_PAGE
    )
    st.dataframe(
        [{"Place": (page - 1) * _PAGE + n, "Customer": name} for n, name in enumerate(ids, 1)],
        hide_index=True,
        width=420,
        height=_PAGE * 35 + 38,
        alt=f"Customers of {segment.name}, page {page} of {pages}",
    )
    st.caption(f"Page {page} of {pages:,}. {segment.size:,} customers for whom this holds:")
    st.code(segment.rule or "everybody else", language=None, wrap_lines=True)


def downloads(version: Segmentation) -> None:
    """The segments as a table and as a document."""
    st.download_button(
        "Segments (CSV)",
        lambda: _csv(version),
        file_name=files.named(version.segmentation_id, "segments", "csv"),
        mime="text/csv",
        key="segments.csv",
        on_click="ignore",
        icon=":material/download:",
    )
    st.download_button(
        "Definition (JSON)",
        lambda: _json(version),
        file_name=files.named(version.segmentation_id, "definition", "json"),
        mime="application/json",
        key="segments.json",
        on_click="ignore",
        icon=":material/download:",
    )


def _csv(version: Segmentation) -> str:
    return files.table(
        ("segment_id", "segment", "rule", "customers", "share", "may_be_written_to"),
        [(s.segment_id, s.name, s.rule, s.size, s.share, s.reachable) for s in version.segments],
    )


def _json(version: Segmentation) -> str:
    rules = [
        {"segment_id": s.segment_id, "name": s.name, "rule": s.rule, "customers": s.size}
        for s in version.segments
    ]
    return json.dumps({"segmentation_id": version.segmentation_id, "segments": rules}, indent=2)
