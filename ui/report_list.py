"""The list of sealed tests, and which one's report is open.

Keys: `reports.open`, `reports.list`, `reports.list_exact`.
"""

from collections.abc import Sequence

import streamlit as st

from core.charts.dates import day_words
from core.charts.forest import SIMULATED
from core.models.learning import SealedTest
from core.reports.learning import verdict_words
from core.reports.words import decision_words, state_words
from ui import state, tables
from ui.words import plain

OPEN = "reports.open"


def table(tests: Sequence[SealedTest]) -> None:
    """Every test in one line, newest first."""
    rows = [_row(test) for test in tests]
    tables.shown(rows, alt="Sealed tests", key="reports.list", subject="workspace", what="reports")


def opened(tests: Sequence[SealedTest]) -> SealedTest | None:
    """The test whose report is open: that of the campaign in view, where it is in the list."""
    by_id = {test.campaign.campaign_id: test for test in tests}
    chosen = state.campaign()
    st.session_state[OPEN] = chosen.campaign_id if chosen and chosen.campaign_id in by_id else None
    st.selectbox(
        "Open a report",
        list(by_id),
        format_func=lambda name: _label(by_id[name]),
        key=OPEN,
        placeholder="Choose a campaign",
        on_change=_open,
    )
    return by_id.get(str(st.session_state[OPEN]))


def _open() -> None:
    if st.session_state[OPEN]:
        state.open_campaign(str(st.session_state[OPEN]))


def _label(test: SealedTest) -> str:
    mark = f" ({SIMULATED})" if test.campaign.simulated else ""
    return f"{test.campaign.name}{mark}, {test.campaign.campaign_id}"


def outcomes_words(test: SealedTest) -> str:
    """Whether what was found is real."""
    if test.campaign.simulated:
        return SIMULATED
    if test.conclusion is None:
        return "not read yet"
    return "made elsewhere" if test.campaign.imported else "real"


def _row(test: SealedTest) -> dict[str, object]:
    decided = test.decision
    return {
        "Campaign": test.campaign.name,
        "Conclusion": verdict_words(test),
        "Decision": decision_words(decided.decision) if decided else "None yet",
        "Read out": day_words(test.read_on) if test.read_on else "",
        "Sealed": day_words(test.experiment.locked_at.date()),
        "By": decided.by if decided else test.experiment.locked_by,
        "Outcomes": outcomes_words(test),
        "State": plain(state_words(test.campaign.state)),
        "In the ledger": "no" if test.left_out else "yes",
    }
