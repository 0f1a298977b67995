"""The words of a conclusion and of a campaign, the same on a page, in a table and on paper."""

import re

from core.charts.metric_words import metric_noun, metric_words
from core.models.campaign import CampaignState
from core.models.readout import Conclusion, Decision
from core.statistics.power import rounded_up

# The names of metrics are part of these words.
__all__ = [
    "conclusion_reason",
    "conclusion_title",
    "decision_words",
    "first_sentence",
    "metric_noun",
    "metric_words",
    "state_words",
]

SIMULATED_PREFIX = "SIMULATED outcomes. "
_UNTIL = re.compile(r"Preliminary until ([^:]+): ")

DECISIONS = {
    Decision.USE: "Use",
    Decision.BETTER_BUT_TOO_SMALL: "Better, but too small to matter",
    Decision.NO_DIFFERENCE: "No difference worth using",
    Decision.WORSE: "Worse",
    Decision.HARM: "Harm (guardrail)",
    Decision.NOT_ENOUGH_DATA: "Not enough data",
    Decision.DO_NOT_TRUST: "Do not trust this test",
}
STATES = {
    CampaignState.DRAFT: "Draft",
    CampaignState.IN_REVIEW: "In review",
    CampaignState.APPROVED: "Approved",
    CampaignState.EXPORTED: "Exported",
    CampaignState.FINISHED: "Finished",
    CampaignState.STOPPED: "Stopped",
    CampaignState.ARCHIVED: "Archived",
}


def decision_words(decision: Decision | str) -> str:
    """A decision in words; one that is not of the vocabulary stays as it was written.

    Examples:
        >>> decision_words("better_but_too_small")
        'Better, but too small to matter'
    """
    known = decision in set(Decision)
    return DECISIONS[Decision(decision)] if known else str(decision).replace("_", " ")


def conclusion_title(conclusion: Conclusion) -> str:
    """The conclusion as a heading, in the closed vocabulary; one before its date tells nothing.

    Examples:
        >>> conclusion_title(Conclusion(Decision.USE, "Mens E-Mail", ""))
        'Use Mens E-Mail'
        >>> early = "Preliminary until 6 December 2026: B is better."
        >>> conclusion_title(Conclusion(Decision.USE, "B", early, preliminary=True))
        'Preliminary: read-out on 6 December 2026'
        >>> conclusion_title(Conclusion(Decision.NOT_ENOUGH_DATA, "B", "", 3644))
        'Not enough data (about 3,650 per group)'
    """
    if conclusion.preliminary:
        dated = _UNTIL.match(conclusion_reason(conclusion))
        return f"Preliminary: read-out on {dated[1]}" if dated else "Preliminary: not yet read out"
    words = DECISIONS[conclusion.decision]
    needed = conclusion.needed_per_group
    if conclusion.decision is Decision.USE and conclusion.arm:
        return f"{words} {conclusion.arm}"
    if conclusion.decision is Decision.NOT_ENOUGH_DATA and needed:
        return f"{words} (about {rounded_up(needed):,} per group)"
    if conclusion.decision is Decision.DO_NOT_TRUST and conclusion.reason:
        return f"{words} ({first_sentence(conclusion_reason(conclusion))})"
    return words


def conclusion_reason(conclusion: Conclusion) -> str:
    """Why, without the word about simulated outcomes, which stands on its own.

    Examples:
        >>> conclusion_reason(Conclusion(Decision.USE, "B", "SIMULATED outcomes. 18 % of 99."))
        '18 % of 99.'
    """
    return conclusion.reason.removeprefix(SIMULATED_PREFIX)


def first_sentence(text: str) -> str:
    """The text up to its first full stop, without it.

    Examples:
        >>> first_sentence("The arms are 46 % to 54 %, not 50 %. Look at the export.")
        'The arms are 46 % to 54 %, not 50 %'
    """
    return text.strip().partition(". ")[0].removesuffix(".")


def state_words(state: CampaignState) -> str:
    """The state of a campaign as people see it."""
    return STATES[state]
