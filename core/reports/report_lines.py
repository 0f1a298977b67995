"""The sentences of a report, each made from one part of what is known."""

from datetime import datetime

from core.charts.units import count, p_value
from core.models.campaign import Campaign
from core.models.readout import Health, Readout
from core.models.send import Experiment, ResultDecision
from core.reports.decision_card import card_rows
from core.reports.reading import OPENS_DECIDE_NOTHING, opens, shown_interval
from core.reports.report_tables import interval_words
from core.reports.stages import stage_lines
from core.reports.standing import progress_words
from core.reports.words import decision_words, metric_words

MOST_LINES = 6
MOST_SOURCES = 16


def day(moment: datetime) -> str:
    """A date and time as people write it.

    Examples:
        >>> from datetime import UTC
        >>> day(datetime(2026, 11, 3, 9, 5, tzinfo=UTC))
        '3 November 2026, 09:05 UTC'
    """
    return f"{moment.day} {moment:%B %Y, %H:%M %Z}".strip()


def health_lines(health: Health) -> list[str]:
    """Whether the numbers can be believed, problems first."""
    outcomes = "Outcomes: SIMULATED, invented for a rehearsal." if health.simulated else ""
    duplicates = "not checked, no column names the customer"
    if health.duplicates is not None:
        duplicates = count(health.duplicates)
    counted = f"{count(health.units)} customers read from {count(health.rows)} rows"
    return [
        *([outcomes] if outcomes else []),
        *few_of(health.failures),
        *few_of(health.warnings),
        _group_sizes(health),
        f"{counted}; duplicates: {duplicates}.",
        *stage_lines(health),
        *few_of(health.notes),
    ]


def _group_sizes(health: Health) -> str:
    srm = health.srm
    if srm.p_value is None:
        return "Group sizes against the plan (SRM): nothing to test."
    verdict = "as planned" if srm.passed else "NOT as planned"
    return f"Group sizes against the plan (SRM): {verdict}, p {p_value(srm.p_value)}."


def card_lines(campaign: Campaign, experiment: Experiment | None) -> list[str]:
    """How the result was to be judged, and when that was fixed."""
    if experiment is None:
        return ["Nothing is locked yet; the brief still may change."]
    locked = f"Locked by {experiment.locked_by} on {day(experiment.locked_at)}"
    if campaign.imported:
        locked = f"Imported mailing: written down by {experiment.locked_by} after the send"
    rows = card_rows(experiment.card, experiment.arms, customers=experiment.customers)
    return [f"{locked}.", *(f"{label}: {said.removesuffix('.')}." for label, said in rows)]


def decision_line(decision: ResultDecision | None) -> str:
    """Who decided what, and why; or that nobody did."""
    if decision is None:
        return "Nobody has recorded a decision yet."
    differs = ""
    if decision.decision != decision.conclusion:
        differs = f", other than the conclusion ({decision_words(decision.conclusion)})"
    identity = "" if decision.verified else " (identity not verified)"
    if decision.preliminary:
        differs += ", before the day fixed for reading"
    what = f"{decision_words(decision.decision)}{differs}"
    return f"Decided by {decision.by}{identity} on {day(decision.at)}: {what}. {decision.reason}"


def message_lines(campaign: Campaign, messages: int, sources: tuple[str, ...]) -> list[str]:
    """What was sent, and what it rests on."""
    if campaign.imported:
        return [f"{arm.name}: {arm.description}" for arm in campaign.imported_arms[:MOST_LINES]]
    if not messages:
        return ["No message is approved yet."]
    texts = "1 message" if messages == 1 else f"{count(messages)} messages"
    if not sources:
        return [f"{texts}; no source is cited."]
    more = len(sources) - MOST_SOURCES
    cited = ", ".join(sources[:MOST_SOURCES]) + (f" and {more} more" if more > 0 else "")
    return [f"{texts}, resting on: {cited}."]


def undefined_lines(readout: Readout) -> list[str]:
    """Why an overall number is missing, once for each reason."""
    missing = [
        f"{row.arm} on {metric_words(row.metric)}: {row.undefined}"
        for row in readout.estimates
        if row.slice is None
        and row.undefined
        and (shown_interval(row) is None or row.lift_interval is None)
    ]
    return few_of(tuple(dict.fromkeys(missing)))


def progress_line(readout: Readout | None) -> str:
    """How far the smallest group is on the way to the planned precision; empty where unknown."""
    words = progress_words(readout) if readout is not None else None
    return f"Progress: {words}." if words else ""


def personalization_line(readout: Readout) -> str | None:
    """Whether choosing by segment is shown to be worth it; None where it was not asked."""
    worth = readout.personalization
    return worth.sentence if worth is not None else None


def method_lines(readout: Readout) -> list[str]:
    """What the numbers are, and what they do not say."""
    methods = list(dict.fromkeys(row.method for row in readout.estimates if row.slice is None))
    prior = readout.settings.get("prior")
    correction = str(readout.settings.get("correction") or "none")
    known = {"holm": "Holm", "bh": "Benjamini-Hochberg", "none": "no correction"}
    adjusted = f"p adjusted over the groups: {known.get(correction, correction)}."
    chances = f"Chance to beat control: prior {prior}." if prior else ""
    opened = [OPENS_DECIDE_NOTHING] if opens(readout) else []
    return [
        f"Everybody assigned is counted, whether reached or not. {interval_words(readout)}",
        " ".join(filter(None, [f"Method: {'; '.join(filter(None, methods))}.", adjusted, chances])),
        *opened,
        "The result holds for these customers and this send; segments are exploratory.",
    ]


def few_of(lines: tuple[str, ...]) -> list[str]:
    """The first lines, and how many more there are."""
    more = len(lines) - MOST_LINES
    if more <= 0:
        return list(lines)
    return [*lines[:MOST_LINES], f"And {more} more, listed on the results page."]
