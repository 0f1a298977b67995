"""Whether the numbers of a read-out can be believed, on a page: before any of them."""

import streamlit as st

from core.charts.units import p_value
from core.models.readout import Health, Readout
from core.reports.losses import loss_rows, reconciliation_rows
from core.reports.stages import stage_rows, stage_words
from ui import tables
from ui.frame import simulated_badge
from ui.words import count, plain

SHARES = (
    "Shares are of the stage before, as far as it is known of a customer; those with outcomes are "
    "a share of everybody assigned. No group may lose more than another: one test a stage, failed "
    "below 0.001."
)


def strip(readout: Readout) -> None:
    """What was checked in a row; every problem in a sentence; how far the customers came."""
    found = readout.health
    with st.container(border=True), st.container(horizontal=True, gap="small"):
        if found.simulated:
            simulated_badge()
        _group_sizes(found)
        _repeats(found.duplicates)
        _loss(found)
        st.badge(f"{count(found.units, 'customer')}", icon=":material/group:", color="gray")
    for failure in found.failures:
        st.error(plain(failure), icon=":material/error:")
    for warning in found.warnings:
        # Beside a badge, not inside: it would cut off what does not fit into one line.
        st.markdown(f":orange-badge[:material/warning: warning] {plain(warning)}")
    _stages(found)
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


def _loss(found: Health) -> None:
    """Whether the groups lost equal shares at every stage; nothing where no stage is known."""
    unequal = [stage_words(stage.name).lower() for stage in found.stages if stage.passed is False]
    if unequal:
        _check(f"unequal loss: {', '.join(unequal)}", passed=False)
    elif any(stage.passed for stage in found.stages):
        _check("equal loss in all groups", passed=True)
    elif any(stage.before for stage in found.stages):
        lost = any(stage.lost for stage in found.stages)
        _check(
            "loss not tested" if lost else "nobody lost on the way", passed=None if lost else True
        )


def _check(words: str, *, passed: bool | None) -> None:
    if passed:
        st.badge(words, icon=":material/check_circle:", color="green")
    elif passed is None:
        st.badge(words, icon=":material/help:", color="gray")
    else:
        st.badge(words, icon=":material/error:", color="red")


def _stages(found: Health) -> None:
    """From assigned to an outcome, by group."""
    rows = stage_rows(found)
    if not rows:
        return
    failed = any(stage.passed is False for stage in found.stages)
    with st.expander("How far the customers came", expanded=failed, icon=":material/filter_alt:"):
        # A table reads its cells as Markdown.
        st.table(
            [
                {"Stage": plain(row.stage)}
                | {plain(arm): plain(said) for arm, said in row.groups.items()}
                | {"Loss": plain(row.test)}
                for row in rows
            ],
            hide_index=True,
            alt="Customers of each group at each stage, with the share of the stage before",
        )
        st.caption(SHARES)
        _losses(found)


def _losses(found: Health) -> None:
    """Who was lost, by reason and group, and every count of the way to take away."""
    lost = loss_rows(found)
    if lost:
        cells = [{plain(name): plain(cell) for name, cell in row.items()} for row in lost]
        st.table(cells, hide_index=True, alt="Customers lost on the way, by reason and group")
    tables.downloads(
        reconciliation_rows(found),
        key="results.reconciliation",
        subject="results",
        what="reconciliation",
    )
