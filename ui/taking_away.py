"""What leaves the results page: numbers, pictures and the report, each from what is on it."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import streamlit as st

from core.charts.forest import SIMULATED
from core.models.campaign import Campaign
from core.models.readout import Readout
from core.reports.by_day import by_day
from core.reports.results_csv import results_csv
from ui import files, segment_lift, state


class _Offer(NamedTuple):
    """One file: its button, its key and name, and what makes it when somebody asks."""

    words: str
    key: str
    name: str
    mime: str
    data: Callable[[], bytes]


def buttons(campaign: Campaign, readout: Readout, metric: str, specs: Sequence[str]) -> None:
    """A button for each file; a picture only where there is something to draw."""
    subject = campaign.campaign_id + (f"_{SIMULATED}" if readout.health.simulated else "")
    with st.container(horizontal=True):
        for offer in _offers(campaign, readout, metric, specs):
            st.download_button(
                offer.words,
                offer.data,
                file_name=files.named(subject, *offer.name.split(".")),
                mime=offer.mime,
                key=f"results.{offer.key}",
                on_click="ignore",
                icon=":material/download:",
            )
    st.caption(
        "The results file has a row for each metric, segment and group, every number with all its "
        "digits and, in the columns that end in “shown”, rounded as on this page."
    )


def _offers(
    campaign: Campaign, readout: Readout, metric: str, specs: Sequence[str]
) -> Iterator[_Offer]:
    reporting = state.application().reporting
    numbers = ("Results (CSV)", "csv", "results.csv", "text/csv")
    yield _Offer(*numbers, lambda: results_csv(readout, specs).encode("utf-8-sig"))
    if segment_lift.read_by_segment(readout):
        chart = segment_lift.chart(readout, metric)
        picture = ("Lift by segment (PNG)", "png", "lift_by_segment.png", "image/png")
        yield _Offer(*picture, lambda: reporting.png(chart))
    course = by_day(readout)
    if course is not None:
        picture = ("Lift by day (PNG)", "days_png", "lift_by_day.png", "image/png")
        yield _Offer(*picture, lambda: reporting.png(course))
    report = ("Report (PDF)", "pdf", "report.pdf", "application/pdf")
    yield _Offer(*report, lambda: reporting.pdf(campaign.campaign_id, readout))
    report = ("Report (HTML)", "html", "report.html", "text/html")
    yield _Offer(*report, lambda: reporting.html(campaign.campaign_id, readout))
