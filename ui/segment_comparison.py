"""Segments compared: with everybody, with each other, and with the version before.

Keys: `segments.profile_of`, `segments.profile.as_table`, `segments.importance.as_table`.
"""

import streamlit as st

from core.charts.bars import BarChart
from core.models.customers import Segmentation
from core.models.segment_quality import Difference, Drift
from ui import charts, state
from ui.words import count, share

_MOVES = 40


def compare(version: Segmentation) -> None:
    """What sets each segment apart, in a chart of one and a table of all."""
    st.header("What sets them apart", anchor=False)
    names = {s.name: s.segment_id for s in version.segments}
    chosen = st.selectbox("Show segment", list(names), key="segments.profile_of")
    segment_id = names.get(str(chosen)) or version.segments[0].segment_id
    charts.show_bars(
        profile_chart(version, segment_id), "segments.profile", file_name="profile.csv"
    )
    st.dataframe(
        _table(version, _differences(version.segmentation_id, version)),
        hide_index=True,
        alt="The average or share of every attribute in each segment",
    )
    chart = state.application().segment_views.importance(version)
    if chart is not None and version.quality is not None:
        st.header("What decides", anchor=False)
        charts.show_bars(chart, "segments.importance", file_name="importance.csv")
        st.caption(
            f"A forest of decision trees learnt the segments from half of the customers and agrees "
            f"for {share(version.quality.surrogate_fidelity or 0, 0)} of the other half; ± is the "
            "spread over ten shuffles."
        )


def profile_chart(version: Segmentation, segment_id: str) -> BarChart:
    """The chart of one segment, as the page and the picture show it."""
    return state.application().segment_views.profile(version, segment_id)


def moved(version: Segmentation) -> None:
    """Who moved since the version before, and what moved."""
    drift = _drift((version.segmentation_id, *(s.name for s in version.segments)), version)
    if drift is None:
        st.caption("This is the first version of this data; there is nothing to compare it with.")
        return
    st.text(_moved_words(drift))
    st.dataframe(
        [
            {
                "Before": m.before or "not in the data",
                "Now": m.after or "not in the data",
                "Customers": m.customers,
            }
            for m in drift.moved[:_MOVES]
        ],
        hide_index=True,
        alt="How many customers went from which segment to which",
    )
    st.dataframe(
        [
            {"What": s.column.replace("_", " "), "Stability index": round(s.index, 4), "": s.words}
            for s in (drift.segments, *drift.columns)
        ],
        hide_index=True,
        alt="How far the segments and the attributes have moved",
    )
    st.caption("Population stability index: below 0.1 hardly moved, above 0.25 moved a lot.")


def _moved_words(drift: Drift) -> str:
    both = sum(m.customers for m in drift.moved if m.before and m.after)
    new = sum(m.customers for m in drift.moved if m.before is None)
    gone = sum(m.customers for m in drift.moved if m.after is None)
    said = [f"Compared with {drift.before_id}: {count(both, 'customer')} are in both"]
    said += [f"{new:,} are new"] if new else []
    said += [f"{gone:,} are gone"] if gone else []
    return f"{', '.join(said)}. {share(drift.stayed, 0)} are in a segment of the same name."


def _table(version: Segmentation, found: tuple[Difference, ...]) -> list[dict[str, object]]:
    rows = []
    for column in dict.fromkeys(d.column for d in found):
        row: dict[str, object] = {"Attribute": column.replace("_", " ")}
        for segment in version.segments:
            own = next(
                (d for d in found if (d.segment_id, d.column) == (segment.segment_id, column)), None
            )
            row[segment.name] = "" if own is None else _cell(own)
        rows.append(row)
    return rows


def _cell(difference: Difference) -> str:
    if difference.category is None:
        return f"{difference.value:,.4g} ({difference.z:+.2f})"
    what = "" if difference.flag else f"{difference.category} "
    return f"{what}{share(difference.value, 0)} ({difference.z:+.2f})"


@st.cache_data(show_spinner="Comparing", max_entries=16)
def _differences(version_id: str, _version: Segmentation) -> tuple[Difference, ...]:
    del version_id
    return state.application().segment_views.differences(_version)


@st.cache_data(show_spinner="Comparing with the version before", max_entries=16)
def _drift(names: tuple[str, ...], _version: Segmentation) -> Drift | None:
    del names
    return state.application().segment_views.drift(_version)
