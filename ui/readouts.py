"""A read-out on a page: health, conclusion, chart, table, segments and downloads."""

import streamlit as st

from core.charts.table import as_csv
from core.charts.units import chance, change, p_value, percent
from core.models.campaign import Campaign
from core.models.readout import Decision, Estimate, Health, Readout
from core.reports.figures import png_bytes
from core.reports.lift_chart import forest
from core.reports.reading import alpha, estimates_of, metric_unit, primary_metric
from core.reports.words import conclusion_reason, conclusion_title, metric_words
from ui import files, state
from ui.charts import show_forest
from ui.frame import simulated_badge
from ui.words import count, listed, plain, sentence, share

SLICE = "segment"
_GOOD = frozenset({Decision.USE, Decision.BETTER_BUT_TOO_SMALL, Decision.NO_DIFFERENCE})
_HELP = {
    "Customers": "Everybody assigned to the group, whether an outcome is known or not.",
    "Mean": "Share of the group's customers, or the mean per customer.",
    "Control": "The same among the customers of the control group.",
    "Difference": "Mean minus control, with its interval.",
    "Relative": "The difference as a share of control, with its interval.",
    "Chance": "The chance that the group is better than control, given these outcomes.",
    "Adjusted p": "How often chance alone would show this much, corrected for several groups.",
}


def health(readout: Readout) -> None:
    """Whether the numbers can be believed, before any of them."""
    found = readout.health
    with st.container(border=True), st.container(horizontal=True, gap="small"):
        if found.simulated:
            simulated_badge()
        _group_sizes(found)
        _repeats(found.duplicates)
        st.badge(f"{count(found.units, 'customer')}", icon=":material/group:", color="gray")
        for failure in found.failures:
            st.badge(plain(failure), icon=":material/error:", color="red")
        for warning in found.warnings:
            st.badge(plain(warning), icon=":material/warning:", color="orange")
    for note in found.notes:
        st.caption(plain(note))


def _repeats(number: int | None) -> None:
    if number is None:
        _check("repeats not checked", passed=None)
    else:
        words = count(number, "repeated row") if number else "no customer twice"
        _check(words, passed=number == 0)


def _group_sizes(found: Health) -> None:
    p = p_value(found.srm.p_value)
    words = {True: "as planned", False: "not as planned", None: "not checked"}[found.srm.passed]
    _check(f"group sizes {words} (p {p})", passed=found.srm.passed)


def _check(words: str, *, passed: bool | None) -> None:
    if passed:
        st.badge(words, icon=":material/check_circle:", color="green")
    elif passed is None:
        st.badge(words, icon=":material/help:", color="gray")
    else:
        st.badge(words, icon=":material/error:", color="red")


def conclusion(readout: Readout) -> None:
    """The one sentence the numbers come to."""
    found = readout.conclusion
    st.header(plain(conclusion_title(found)), anchor=False)
    text = plain(conclusion_reason(found))
    if found.decision in _GOOD:
        st.info(text, icon=":material/query_stats:")
    else:
        st.warning(text, icon=":material/warning:")


def chosen_metric(readout: Readout) -> str:
    """The metric in view; the primary one first."""
    names = list(dict.fromkeys(e.metric for e in readout.estimates))
    primary = primary_metric(readout) or names[0]
    ordered = [primary, *(n for n in names if n != primary)]
    chosen = st.segmented_control(
        "Metric",
        ordered,
        format_func=lambda name: (
            sentence(metric_words(name)) + (" (decides)" if name == primary else "")
        ),
        default=primary,
        required=True,
        key="results.metric",
    )
    return str(chosen) if chosen in names else primary


def chart(readout: Readout, metric: str) -> None:
    """Lift with interval for each group."""
    with st.container(border=True):
        show_forest(forest(readout, metric), "results")


def table(readout: Readout, metric: str) -> None:
    """The numbers behind the chart."""
    rows = estimates_of(readout, metric, None)
    level = percent(1 - alpha(readout))
    st.dataframe(
        [_row(readout, e) for e in rows],
        hide_index=True,
        column_config={name: st.column_config.Column(help=text) for name, text in _HELP.items()},
        alt=f"Each group against control on {metric_words(metric)}",
    )
    methods = listed(dict.fromkeys(e.method for e in rows if e.method))
    st.caption(f"Intervals: {level}. {plain(methods)}")
    for each in rows:
        if each.undefined:
            st.caption(f"{plain(each.arm)}: {plain(each.undefined)}")


def _row(readout: Readout, e: Estimate) -> dict[str, str]:
    unit = metric_unit(readout, e.metric)
    lift = e.lift_interval
    relative = change(e.lift) + (f" ({change(lift[0])} to {change(lift[1])})" if lift else "")
    return {
        "Group": e.arm,
        "Customers": f"{e.n:,}",
        "Mean": unit.level(e.mean),
        "Control": f"{unit.level(e.mean_control)} of {e.n_control:,}",
        "Difference": f"{unit.signed(e.difference)} ({unit.interval(e.difference_interval)})",
        "Relative": relative,
        "Chance": chance(e.chance_to_beat_control),
        "Adjusted p": p_value(e.p_adjusted if e.p_adjusted is not None else e.p_value),
    }


def by_segment(readout: Readout, metric: str) -> None:
    """The same within each segment, as an idea and not as proof."""
    if not any(e.slice and e.slice.column == SLICE for e in readout.estimates):
        return
    st.header("By segment (exploratory)", anchor=False)
    with st.container(border=True):
        show_forest(
            forest(readout, metric, slice_column=SLICE),
            "results.segments",
            file_name="segments.csv",
        )
    gain = readout.personalization
    if gain is not None:
        st.text(f"Exploratory: {gain.sentence}")


def downloads(campaign: Campaign, readout: Readout, metric: str) -> None:
    """The table, the picture and the report."""
    reporting = state.application().reporting
    name = campaign.campaign_id + ("_SIMULATED" if readout.health.simulated else "")
    offers = (
        (
            "Results (CSV)",
            "csv",
            "text/csv",
            lambda: as_csv(forest(readout, metric)).encode("utf-8-sig"),
        ),
        (
            "Chart by segment (PNG)",
            "png",
            "image/png",
            lambda: png_bytes(forest(readout, metric, slice_column=SLICE)),
        ),
        (
            "Report (PDF)",
            "pdf",
            "application/pdf",
            lambda: reporting.pdf(campaign.campaign_id, readout),
        ),
    )
    with st.container(horizontal=True):
        for words, ending, mime, data in offers:
            st.download_button(
                words,
                data,
                file_name=files.named(name, "results", ending),
                mime=mime,
                key=f"results.{ending}",
                on_click="ignore",
                icon=":material/download:",
            )
    st.caption(f"Read with an error rate of {share(alpha(readout), 0)}, fixed before the send.")
