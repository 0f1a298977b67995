"""Everything one report is made from, read in one view of the database."""

import platform
from collections.abc import Iterable, Sequence
from importlib.metadata import PackageNotFoundError, version

from core.content.passages import passages_of
from core.errors import UndefinedStatistic
from core.models.approval import Review
from core.models.attribution import Attribution
from core.models.customers import EVERYONE
from core.models.messages import Citation, Variant, VariantState
from core.models.readout import Readout
from core.models.reporting import MessageSent, PassageCited
from core.models.send import ArmPlan, Experiment
from core.orchestrator.service.attribution import attribution
from core.orchestrator.service.campaigns import current
from core.orchestrator.service.context import Context
from core.orchestrator.service.needed import needed
from core.orchestrator.service.screenings import Screenings
from core.reports.report_content import ReportContent
from core.storage import campaigns, datasets, documents, experiments, reviews, variants
from core.storage.database import Connection

COUNTED = frozenset({VariantState.APPROVED, VariantState.EXPORTED})
_PACKAGES = ("duckdb", "matplotlib", "numpy", "pyarrow", "scipy", "typst")


def report_content(context: Context, campaign_id: str, readout: Readout | None) -> ReportContent:
    """What the report of a campaign says.

    Raises:
        NotFound: there is no such campaign.
    """
    now = context.now().replace(microsecond=0)
    with context.read() as connection:
        campaign = current(connection, campaigns.get(connection, campaign_id))
        dataset = datasets.get(connection, campaign.dataset_id)
        experiment = experiments.get(connection, campaign_id)
        decided = experiments.decisions_of(connection, campaign_id)
        every = needed(campaign.brief, variants.of_campaign(connection, campaign_id))
        written = [variant for variant in every if variant.state in COUNTED]
        sent = _sent(connection, experiment, written)
        cited = _cited(connection, sent)
    found, missing = _attribution(context, campaign_id, readout)
    return ReportContent(
        campaign=campaign,
        made_at=now,
        dataset_sha256=dataset.sha256,
        experiment=experiment,
        readout=readout,
        read_at=now if readout else None,
        decision=decided[0] if decided else None,
        messages=len(written),
        sources=tuple(sorted({c.document_id for v in written for c in v.citations})),
        sent=sent,
        cited=cited,
        screenings=Screenings(context).everything(campaign_id),
        thresholds=context.policy().safety.lines,
        attribution=found,
        no_attribution=missing,
        hashes=_hashes(context, campaign.segmentation_id, sent),
        packages=tuple(_packages()),
    )


def _attribution(
    context: Context, campaign_id: str, readout: Readout | None
) -> tuple[Attribution | None, str]:
    """The traits, or why there are none."""
    if readout is None:
        return None, ""
    try:
        return attribution(context, campaign_id), ""
    except UndefinedStatistic as error:
        return None, str(error)


def _sent(
    connection: Connection, experiment: Experiment | None, written: Sequence[Variant]
) -> tuple[MessageSent, ...]:
    """Each message under every group that got it, in the order of the groups."""
    if experiment is None:
        return tuple(MessageSent(v.tone, None, v, _approvals(connection, v)) for v in written)
    return tuple(
        MessageSent(arm.name, _customers(experiment, arm, v), v, _approvals(connection, v))
        for arm in experiment.arms
        for v in written
        if v.tone == arm.tone and (v.segment_id == EVERYONE) == arm.everyone
    )


def _approvals(connection: Connection, variant: Variant) -> tuple[Review, ...]:
    return reviews.approvals_of(connection, variant.variant_id, variant.revision)


def _customers(experiment: Experiment, arm: ArmPlan, variant: Variant) -> int:
    return sum(
        counted.customers
        for counted in experiment.counts
        if counted.arm == arm.name and (arm.everyone or counted.segment_id == variant.segment_id)
    )


def _cited(connection: Connection, sent: Iterable[MessageSent]) -> tuple[PassageCited, ...]:
    """Every passage that messages cite, in that version, with the groups that cite it."""
    arms: dict[tuple[str, int, int], dict[str, None]] = {}
    named: dict[tuple[str, int, int], Citation] = {}
    for each in sent:
        for citation in each.variant.citations:
            key = (citation.document_id, citation.version, citation.passage_index)
            named.setdefault(key, citation)
            arms.setdefault(key, {})[each.arm] = None
    return tuple(_passage(connection, named[key], tuple(arms[key])) for key in sorted(named))


def _passage(connection: Connection, citation: Citation, arms: tuple[str, ...]) -> PassageCited:
    document = documents.get(connection, citation.document_id, citation.version)
    texts = {passage.index: passage.text for passage in passages_of(document)}
    return PassageCited(
        citation.document_id,
        citation.version,
        document.title,
        citation.passage_index,
        texts.get(citation.passage_index),
        document.valid_until,
        arms,
    )


def _hashes(
    context: Context, segmentation_id: str, sent: Iterable[MessageSent]
) -> tuple[tuple[str, str], ...]:
    """What segments, policy, prompts and settings of the writer are named by."""
    seals = [r.seal for each in sent for r in each.approvals if r.seal]
    made = [each.variant.generation for each in sent]
    rows = [("Segments", segmentation_id)]
    named = {
        "Content policy as approved, SHA-256": {seal.policy for seal in seals},
        "Prompts as approved, SHA-256": {seal.prompt for seal in seals},
        "Writer's settings, SHA-256": {each.config_sha256 for each in made if each.config_sha256},
    }
    rows += [(name, value) for name, values in named.items() for value in sorted(values)]
    if not seals:
        rows.append(("Content policy in force, SHA-256", context.policy().content_sha256))
    return tuple(rows)


def _packages() -> Iterable[tuple[str, str]]:
    yield "Python", platform.python_version()
    for name in _PACKAGES:
        try:
            yield name, version(name)
        except PackageNotFoundError:
            continue
