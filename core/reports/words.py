"""The words of a conclusion and of a campaign, the same on a page, in a table and on paper."""

import re

from core.models.campaign import CampaignState
from core.models.readout import Conclusion, Decision
from core.statistics.power import rounded_up

SIMULATED_PREFIX = "SIMULATED outcomes. "
_TIGHT_PERCENT = re.compile(r"(?<=\d)%")

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
_NOUNS = {
    "visit": "visits",
    "conversion": "conversions",
    "click": "clicks",
    "open": "opens",
    "order": "orders",
    "purchase": "purchases",
    "return": "returns",
    "complaint": "complaints",
    "unsubscribe": "unsubscribes",
    "unsubscribed": "unsubscribes",
    "spend": "spend",
    "revenue": "revenue",
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
    """The conclusion as a heading, in the closed vocabulary.

    Examples:
        >>> conclusion_title(Conclusion(Decision.USE, "Mens E-Mail", ""))
        'Use Mens E-Mail'
        >>> conclusion_title(Conclusion(Decision.NOT_ENOUGH_DATA, "B", "", 3644))
        'Not enough data (about 3,650 per group)'
    """
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
        >>> conclusion_reason(Conclusion(Decision.USE, "B", "SIMULATED outcomes. 18% against 10%."))
        '18 % against 10 %.'
    """
    return _TIGHT_PERCENT.sub(" %", conclusion.reason.removeprefix(SIMULATED_PREFIX))


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


def metric_noun(metric: str) -> str | None:
    """What a metric counts, as a plural that fits "more ..."; None where we cannot know.

    Examples:
        >>> metric_noun("visit"), metric_noun("flag_7")
        ('visits', None)
    """
    return _NOUNS.get(metric.lower().replace(" ", "_").removesuffix("_flag"))


def metric_words(metric: str) -> str:
    """A metric as a name: "visits", or its column with spaces."""
    return metric_noun(metric) or metric.replace("_", " ")
