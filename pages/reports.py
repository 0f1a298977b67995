"""What do we know now?

Keys: `reports.view`, `reports.words`, `reports.segment`, `reports.tone`, `reports.verdict`,
`reports.open`, `reports.list`, `reports.list_exact`, `reports.build`, `reports.pdf`,
`reports.summary`, `reports.results_csv`, `reports.file_<name>`, `reports.pack_*`,
`reports.notebook*`, `reports.question`, `reports.ledger.*`, `reports.ledger_csv`.
"""

import streamlit as st

from core.models.learning import Ledger
from ui import learning_ledger, report_list, report_search, report_view, state
from ui.frame import page
from ui.links import link

REPORTS, LEDGER = "Reports", "Learning ledger"
EMPTY = "Reports appear after the first sealed test."


def reports(ledger: Ledger) -> None:
    """The list of tests, and one of them opened."""
    found = report_search.tests(ledger.tests)
    if not found:
        st.info("No report fits that. Change the words or the fields above.")
        return
    report_list.table(found)
    opened = report_list.opened(found)
    if opened is not None:
        report_view.show(opened)


with page("Reports", measured=True):
    with st.spinner("Reading the sealed tests"):
        known = state.application().learning.ledger()
    if known.tests:
        view = st.segmented_control(
            "View",
            [REPORTS, LEDGER],
            default=REPORTS,
            required=True,
            key="reports.view",
            bind="query-params",
            label_visibility="collapsed",
        )
        report_search.fields(known.tests, conclusions=view != LEDGER)
        if view == LEDGER:
            learning_ledger.section(known)
        else:
            reports(known)
    else:
        st.info(EMPTY)
        link("send", "Go to Send", icon=":material/outbox:")
