"""What a read-out comes to, on a page: conclusion, progress, chart and table."""

import streamlit as st

from core.charts.units import percent
from core.models.campaign import Campaign
from core.models.readout import Decision, Readout
from core.reports.lift_chart import forest
from core.reports.reading import alpha, estimates_of, is_opens, metrics, primary_metric
from core.reports.result_table import result_table
from core.reports.standing import progress_definition, progress_words
from core.reports.words import conclusion_reason, conclusion_title, metric_words
from ui import state
from ui.charts import show_forest
from ui.frame import simulated_badge
from ui.words import listed, plain, sentence

OPENS_DECIDE = (
    "Opens decide here, as registered. Mail privacy features open messages by themselves, so an "
    "open is no sign of a reader: look at clicks, visits or orders before you act on it."
)
_GOOD = frozenset({Decision.USE, Decision.BETTER_BUT_TOO_SMALL, Decision.NO_DIFFERENCE})
_RULES = (
    "By the rules registered with the test, and in these words only. First the health of the data, "
    "then harm in a guardrail, then the interval of the lift that decides. Above 0: Use. Above 0, "
    "but under the smallest effect worth using: Better, but too small to matter. Below 0: Worse. "
    "Inside the smallest effect on both sides: No difference worth using. Otherwise: Not enough "
    "data. Before the read-out date all that is said of the effect is preliminary."
)


def conclusion(readout: Readout) -> None:
    """The one sentence the numbers come to, and how far they have come."""
    found = readout.conclusion
    st.header(plain(conclusion_title(found)), anchor=False, help=_RULES)
    if readout.health.simulated:
        simulated_badge()
    text = plain(conclusion_reason(found))
    if found.preliminary:
        st.info(text, icon=":material/hourglass_top:")
    elif found.decision in _GOOD:
        st.info(text, icon=":material/query_stats:")
    else:
        st.warning(text, icon=":material/warning:")
    _progress(readout)


def _progress(readout: Readout) -> None:
    words = progress_words(readout)
    if readout.progress is None or words is None:
        return
    st.text(words, help=plain(progress_definition(readout)))
    st.progress(readout.progress.share)


def chosen_metric(campaign: Campaign, readout: Readout) -> str:
    """The metric in view; the primary one first, guardrails and opens not among them."""
    names = metrics(readout)
    primary = primary_metric(readout) or names[0]
    state.begun("results.", (campaign.campaign_id, primary), {"metric": primary})
    chosen = st.segmented_control(
        "Metric",
        names,
        format_func=lambda name: (
            plain(sentence(metric_words(name))) + (" (decides)" if name == primary else "")
        ),
        required=True,
        key="results.metric",
    )
    if is_opens(primary):
        st.warning(OPENS_DECIDE, icon=":material/drafts:")
    return str(chosen) if chosen in names else primary


def chart(readout: Readout, metric: str) -> None:
    """Lift with interval for each group."""
    with st.container(border=True):
        show_forest(forest(readout, metric), "results")


def table(readout: Readout, metric: str) -> None:
    """The numbers behind the chart, each with its definition."""
    found = result_table(readout, metric)
    st.dataframe(
        found.rows,
        hide_index=True,
        column_config={
            column.heading: st.column_config.Column(help=plain(column.definition))
            for column in found.columns
        },
        alt=f"Each group against control on {metric_words(metric)}",
    )
    with st.container(gap="xxsmall"):
        for note in found.notes:
            st.caption(plain(note))
    methods = listed(dict.fromkeys(e.method for e in estimates_of(readout, metric) if e.method))
    error = f"Error rate {percent(alpha(readout))}, as registered."
    st.caption(plain(f"Method: {methods}. {error}" if methods else error))
    with st.expander("What the columns mean"):
        for column in found.columns:
            st.markdown(f"**{plain(column.heading)}**: {plain(column.definition)}")
