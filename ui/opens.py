"""Opens on a page: last, grey, and with the reason why they decide nothing."""

import streamlit as st

from core.charts.units import percent
from core.models.readout import Estimate, Readout
from core.reports.reading import OPENS_DECIDE_NOTHING, alpha, estimates_of, metric_unit, opens
from core.reports.result_table import difference_cell
from core.reports.words import metric_words
from ui.words import plain, sentence


def section(readout: Readout) -> None:
    """The opens of each group, grey; nothing where none were measured or where they decide."""
    names = opens(readout)
    if not names:
        return
    st.header("Opens", anchor=False)
    st.caption(OPENS_DECIDE_NOTHING)
    held = percent(1 - alpha(readout))
    rows = [_row(readout, row, held) for name in names for row in estimates_of(readout, name)]
    grey = [{name: f":gray[{cell}]" for name, cell in row.items()} for row in rows]
    st.table(grey, hide_index=True, alt="Opens by group; they decide nothing")


def _row(readout: Readout, row: Estimate, held: str) -> dict[str, str]:
    unit = metric_unit(readout, row.metric)
    cells = {
        "Metric": sentence(metric_words(row.metric)),
        "Group": row.arm,
        "Customers": f"{row.n:,}",
        "Value": unit.level(row.mean),
        "Control": unit.level(row.mean_control),
        f"Difference ({held})": difference_cell(row, unit),
    }
    return {name: _unbroken(plain(cell)) for name, cell in cells.items()}


def _unbroken(cell: str) -> str:
    """In one line: a number stays with its sign and its unit."""
    return cell.replace(" ", "\N{NO-BREAK SPACE}")
