"""What is said in the story of a customer about groups, exports and results."""

from collections.abc import Sequence

from core.models.campaign import Campaign
from core.models.history import InExport
from core.models.send import OutcomesImport, ResultDecision
from core.reports.words import decision_words

NO_CLAIM = (
    "This is an average over everybody in a group. It says nothing about one customer: nobody can "
    "know what this one would have done otherwise."
)


def not_contacted(arm: str) -> str:
    """Why somebody in the group without a message received nothing."""
    return (
        f"they were drawn by lot into the group '{arm}', which gets no message, so that the others "
        "can be compared with it"
    )


def not_exported(exports: Sequence[InExport]) -> str:
    """Why somebody with a message did not get it handed to a sender."""
    if not exports:
        return "the send is prepared, and nothing was handed over to a sender yet"
    why = " and ".join(dict.fromkeys(each.left_out for each in exports))
    return f"they were left out of every export: {why}"


def result_words(
    campaign: Campaign,
    imports: Sequence[OutcomesImport],
    decisions: Sequence[ResultDecision],
) -> str:
    """How far the reading of a campaign has come; no claim about one customer."""
    invented = "SIMULATED outcomes. " if campaign.simulated else ""
    if not imports:
        return "No outcomes were brought in yet."
    if not decisions:
        return f"{invented}Outcomes are in; nobody has recorded a decision on them."
    last = decisions[0]
    early = ", before the day that was fixed for reading" if last.preliminary else ""
    return (
        f"{invented}Decided on {last.at:%Y-%m-%d}{early}: {decision_words(last.decision)} "
        f"(the conclusion was: {decision_words(last.conclusion)})."
    )
