import re
from pathlib import Path

import pytest

from core.models.readout import Conclusion, Decision
from core.reports.words import (
    DECISIONS,
    STATES,
    conclusion_reason,
    conclusion_title,
    decision_words,
    metric_words,
    state_words,
)

REPORTS = Path(__file__).parents[3] / "core" / "reports"


@pytest.mark.parametrize(
    ("conclusion", "title"),
    [
        (Conclusion(Decision.USE, "Mens E-Mail", "Better."), "Use Mens E-Mail"),
        (Conclusion(Decision.BETTER_BUT_TOO_SMALL, "B", ""), "Better, but too small to matter"),
        (Conclusion(Decision.NO_DIFFERENCE, "B", ""), "No difference worth using"),
        (Conclusion(Decision.WORSE, "B", ""), "Worse"),
        (Conclusion(Decision.HARM, "B", ""), "Harm (guardrail)"),
        (
            Conclusion(Decision.NOT_ENOUGH_DATA, "B", "", 3644),
            "Not enough data (about 3,650 per group)",
        ),
        (Conclusion(Decision.NOT_ENOUGH_DATA, None, ""), "Not enough data"),
        (Conclusion(Decision.USE, "B", "", preliminary=True), "Preliminary: not yet read out"),
        (
            Conclusion(
                Decision.USE,
                "B",
                "SIMULATED outcomes. Preliminary until 6 December 2026: B is better.",
                preliminary=True,
            ),
            "Preliminary: read-out on 6 December 2026",
        ),
        (
            Conclusion(
                Decision.DO_NOT_TRUST,
                None,
                "SIMULATED outcomes. The groups are 46 % to 54 %. Look at the export.",
            ),
            "Do not trust this test (The groups are 46 % to 54 %)",
        ),
    ],
)
def test_a_conclusion_has_one_title(conclusion, title):
    assert conclusion_title(conclusion) == title


def test_every_decision_and_state_has_words():
    assert set(DECISIONS) == set(Decision)
    assert all(state_words(state) for state in STATES)


def test_a_decision_that_is_no_conclusion_stays_as_written():
    assert decision_words("use") == "Use"
    assert decision_words("ask_again_in_may") == "ask again in may"


def test_the_reason_does_not_repeat_the_badge():
    reason = conclusion_reason(Conclusion(Decision.USE, "B", "SIMULATED outcomes. B is up."))
    assert reason == "B is up."


def test_metrics_read_as_words():
    assert metric_words("conversion") == "conversions"
    assert metric_words("days_active") == "days active"


def test_nobody_is_called_a_winner():
    files = [*REPORTS.glob("*.py"), *REPORTS.glob("*.typ")]
    assert len(files) > 5
    assert not [f.name for f in files if re.search("winner", f.read_text(), re.IGNORECASE)]
