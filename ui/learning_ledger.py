"""The learning ledger on a page: one question at a time, its chart, its table and the file.

Keys: `reports.question`, `reports.ledger.*`, `reports.ledger_csv`.
"""

from collections.abc import Sequence

import streamlit as st

from core.models.learning import STRENGTH_RULE, Ledger, LedgerRow, Question
from core.reports.learning import (
    DEFINITION,
    EMPTY,
    MATCHING,
    ledger_chart,
    ledger_csv,
    ledger_table,
    question_words,
    verdict_words,
)
from ui import files, report_search
from ui.charts import show_forest
from ui.words import plain


def section(ledger: Ledger) -> None:
    """Everything learnt, then the tests that taught nothing and why."""
    if ledger.rows:
        _known(ledger)
    else:
        st.info(EMPTY)
    left_out = [test for test in ledger.tests if test.left_out]
    if left_out:
        st.header("Not in the ledger", anchor=False)
        for test in left_out:
            said = f"{test.campaign.name} ({verdict_words(test)}): {test.left_out}"
            st.text(said)


def _known(ledger: Ledger) -> None:
    questions = {question_words(question): question for question in ledger.questions}
    chosen = st.selectbox("Question", list(questions), key="reports.question")
    question = questions.get(str(chosen), ledger.questions[0])
    rows = report_search.rows([row for row in ledger.rows if row.question == question])
    if rows:
        _shown(rows, question)
    else:
        st.info("No row of this question is about that. Choose another segment or tone.")
    st.download_button(
        "The whole ledger (CSV)",
        lambda: ledger_csv(ledger).encode("utf-8-sig"),
        file_name=files.named("workspace", "learning_ledger", "csv"),
        mime="text/csv",
        key="reports.ledger_csv",
        on_click="ignore",
        icon=":material/download:",
    )


def _shown(rows: Sequence[LedgerRow], question: Question) -> None:
    st.caption(DEFINITION)
    with st.container(border=True):
        show_forest(ledger_chart(rows, question), "reports.ledger", file_name="ledger.csv")
    st.dataframe(ledger_table(rows), hide_index=True, alt=question_words(question))
    with st.expander("How tests are combined and weighed"):
        for said in (DEFINITION, MATCHING, STRENGTH_RULE):
            st.markdown(plain(said))
