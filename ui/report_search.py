"""Which reports and rows of the ledger are looked for: by words, segment, tone and conclusion.

Keys: `reports.words`, `reports.segment`, `reports.tone`, `reports.verdict`.
"""

from collections.abc import Iterable, Sequence

import streamlit as st

from core.models.learning import LedgerRow, SealedTest
from core.reports.learning import verdict_words

EVERY = "All"


def fields(tests: Sequence[SealedTest], *, conclusions: bool) -> None:
    """The fields, that of the conclusion on request; each offers only what there is."""
    segments = _offered(name for test in tests for name in test.segments)
    tones = _offered(name for test in tests for name in test.tones)
    verdicts = _offered(verdict_words(test) for test in tests)
    with st.grid(4, min_column_width=190):
        st.text_input("Words", key="reports.words", max_chars=100)
        st.selectbox("Segment", segments, key="reports.segment")
        st.selectbox("Tone or group", tones, key="reports.tone")
        if conclusions:
            st.selectbox("Conclusion", verdicts, key="reports.verdict")


def tests(every: Sequence[SealedTest]) -> list[SealedTest]:
    """The tests that fit all fields; all words must occur."""
    words = _chosen("words").lower().split()
    return [
        test
        for test in every
        if _chosen("segment") in {"", *test.segments}
        and _chosen("tone") in {"", *test.tones}
        and _chosen("verdict") in {"", verdict_words(test)}
        and all(word in _text(test) for word in words)
    ]


def rows(every: Sequence[LedgerRow]) -> list[LedgerRow]:
    """The rows that fit the segment, the tone and the words."""
    words = _chosen("words").lower().split()
    return [
        row
        for row in every
        if _chosen("segment") in {"", row.subject.segment}
        and _chosen("tone") in {"", row.subject.tone}
        and all(word in _row_text(row) for word in words)
    ]


def _row_text(row: LedgerRow) -> str:
    return " ".join([row.subject.segment, row.subject.tone, *row.campaigns]).lower()


def _text(test: SealedTest) -> str:
    """Everything that was said of a test."""
    brief, found, decided = test.campaign.brief, test.conclusion, test.decision
    parts = [brief.name, brief.goal, brief.hypothesis, verdict_words(test), *test.segments]
    parts += [*test.tones, test.left_out or "", found.reason if found else ""]
    parts += [decided.reason, decided.by] if decided else []
    return " ".join(parts).lower()


def _chosen(name: str) -> str:
    value = str(st.session_state.get(f"reports.{name}") or "")
    return "" if value == EVERY else value


def _offered(names: Iterable[str]) -> list[str]:
    return [EVERY, *sorted(set(names))]
