"""The lift by segment on a page: an idea where to look, never proof."""

import streamlit as st

from core.charts.forest import FEW_CUSTOMERS, ForestChart
from core.models.readout import Readout
from core.reports.finding import differing
from core.reports.lift_chart import forest, not_drawn_together
from core.reports.reading import alpha, estimates_of
from ui.charts import show_forest
from ui.words import plain

SLICE = "segment"
TOGETHER = "results.together"

_DEFINITION = (
    "The same comparison within each segment. With many segments some look good or bad by chance "
    "alone, so nothing here is proof: it says where a next test could look. Segments with fewer "
    f"than {FEW_CUSTOMERS} customers in a group are drawn faintly."
)
_TEST = (
    "One test of all segments together (Cochran's Q), corrected for the number of metrics: were "
    "the true effect the same everywhere, differences as large as these would come up by chance "
    "with probability p."
)
_WHY_TOGETHER = (
    "The highest of several noisy numbers is too high, and the lowest too low. Each segment is "
    "drawn towards the average of all, the further the noisier it is (empirical Bayes, Efron and "
    "Morris 1975); so it is closer to the truth on average. Switch it off to see what was measured."
)


def read_by_segment(readout: Readout) -> bool:
    """Whether the read-out was also made by segment."""
    return any(e.slice is not None and e.slice.column == SLICE for e in readout.estimates)


def section(readout: Readout, metric: str) -> None:
    """Whether segments differ, then each of them; nothing where none were read."""
    if not read_by_segment(readout):
        return
    st.header("By segment (exploratory)", anchor=False, help=_DEFINITION)
    for test in readout.heterogeneity:
        if (test.metric, test.column) == (metric, SLICE):
            st.text(differing(test, alpha(readout)), help=_TEST)
    with st.container(border=True):
        why_not = not_drawn_together(estimates_of(readout, metric, SLICE))
        st.toggle(
            "Drawn towards the average",
            value=True,
            key=TOGETHER,
            help=_WHY_TOGETHER,
            disabled=why_not is not None,
        )
        if why_not is not None:
            st.caption(f"Shown as measured: {plain(why_not)}")
        show_forest(chart(readout, metric), "results.segments", file_name="segments.csv")


def chart(readout: Readout, metric: str) -> ForestChart:
    """The chart in view: drawn towards the average, unless that was switched off."""
    together = bool(st.session_state.get(TOGETHER, True))
    return forest(readout, metric, slice_column=SLICE, drawn_together=together)
