"""Campaigns: a brief becomes one, and each says how far it has come."""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date

from core.content.brief_offer import check_brief_offer, check_brief_url
from core.content.offers import offer_of
from core.errors import BadInput, MoveRefused, NotFound
from core.models.campaign import (
    CONTROL_MESSAGE,
    NOT_CONTACTED,
    Brief,
    Campaign,
    CampaignState,
    Tone,
)
from core.models.customers import Column, Segmentation
from core.models.experiment import AnalysisPlan, MetricKind, MetricSpec
from core.models.messages import VariantState
from core.models.outcome_events import UNTRUSTED
from core.models.people import Person
from core.orchestrator.service.context import Context, Write
from core.orchestrator.service.needed import needed, unwritten
from core.rules import parse
from core.storage import (
    campaigns,
    datasets,
    documents,
    experiments,
    segmentations,
    sql_rules,
    variants,
)
from core.storage.database import Connection
from core.workflow import Permission, campaign_state, require

MOST_DAYS = 365
_STOPPABLE = frozenset({CampaignState.DRAFT, CampaignState.IN_REVIEW, CampaignState.APPROVED})


@dataclass(frozen=True, slots=True)
class Campaigns:
    """The campaigns of a workspace."""

    context: Context

    def everything(self) -> tuple[Campaign, ...]:
        """All campaigns, newest first, each in its current state."""
        with self.context.read() as connection:
            return tuple(current(connection, c) for c in campaigns.everything(connection))

    def get(self, campaign_id: str) -> Campaign:
        """The campaign in its current state; raises NotFound."""
        with self.context.read() as connection:
            return current(connection, campaigns.get(connection, campaign_id))

    def create(
        self,
        brief: Brief,
        *,
        by: Person,
        dataset_id: str | None = None,
        segmentation_id: str | None = None,
        campaign_id: str | None = None,
        seed: int = 0,
    ) -> Campaign:
        """A campaign for a segmentation; without one named, the newest of the newest dataset.

        Raises:
            BadInput: the brief contradicts itself, or the id is taken.
            NotFound: no dataset or segmentation exists yet.
        """
        require(by, Permission.WRITE)
        check_brief(brief)
        with self.context.write(by) as write:
            tx = write.connection
            chosen = (
                segmentations.get(tx, segmentation_id)
                if segmentation_id
                else _latest(tx, dataset_id)
            )
            check_audience(brief, datasets.get(tx, chosen.dataset_id).attributes)
            _check_offer(tx, brief, self.context.today())
            campaign = Campaign(
                campaign_id=campaign_id or _free_id(tx, brief),
                brief=brief,
                dataset_id=chosen.dataset_id,
                segmentation_id=chosen.segmentation_id,
                state=CampaignState.DRAFT,
                revision=1,
                created_at=write.at,
                created_by=by.name,
                seed=seed,
                control=control_of(brief),
            )
            campaigns.add(tx, campaign)
            write.record("create campaign", campaign.campaign_id, brief=brief_sha256(brief))
            return campaign

    def edit(
        self, campaign_id: str, brief: Brief, *, expected_revision: int, by: Person
    ) -> Campaign:
        """The campaign with a new brief, while nothing of it has been prepared for sending.

        Raises:
            StaleRevision: somebody changed the campaign meanwhile.
            MoveRefused: it is prepared, exported, finished, stopped or archived.
        """
        require(by, Permission.WRITE)
        check_brief(brief)
        with self.context.write(by) as write:
            _check_offer(write.connection, brief, self.context.today())
            return save_brief(write, campaign_id, brief, expected_revision=expected_revision)

    def stop(self, campaign_id: str, *, by: Person) -> Campaign:
        """End a campaign before it is sent."""
        require(by, Permission.WRITE)
        with self.context.write(by) as write:
            now = current(write.connection, campaigns.get(write.connection, campaign_id))
            if now.state not in _STOPPABLE:
                raise MoveRefused(
                    f"Campaign {campaign_id} is {now.state}; only one that has not been "
                    "exported can be stopped."
                )
            return mark(write, now, CampaignState.STOPPED, "stop campaign")

    def archive(self, campaign_id: str, *, by: Person) -> Campaign:
        """Put a finished or stopped campaign away; it stays for the record."""
        require(by, Permission.WRITE)
        with self.context.write(by) as write:
            now = campaigns.get(write.connection, campaign_id)
            if now.state not in {CampaignState.FINISHED, CampaignState.STOPPED}:
                raise MoveRefused(
                    f"Campaign {campaign_id} is {now.state}; finish or stop it before archiving."
                )
            return mark(write, now, CampaignState.ARCHIVED, "archive campaign")


def save_brief(write: Write, campaign_id: str, brief: Brief, *, expected_revision: int) -> Campaign:
    """The campaign with a new brief, within somebody's transaction.

    Raises:
        StaleRevision: somebody changed the campaign meanwhile.
        MoveRefused: it is prepared, exported, finished, stopped or archived.
        BadInput: its audience is no rule, or does not fit the data set.
    """
    campaign = campaigns.get(write.connection, campaign_id)
    if campaign.state not in _STOPPABLE:
        raise MoveRefused(f"The brief of a campaign that is {campaign.state} is fixed.")
    if experiments.get(write.connection, campaign_id) is not None:
        raise MoveRefused("The send is prepared, so its brief is fixed.")
    check_audience(brief, datasets.get(write.connection, campaign.dataset_id).attributes)
    changed = replace(campaign, brief=brief, control=control_of(brief))
    saved = campaigns.save(write.connection, changed, expected_revision=expected_revision)
    write.record("edit brief", campaign_id, brief=brief_sha256(brief))
    return saved


def mark(write: Write, campaign: Campaign, state: CampaignState, action: str) -> Campaign:
    """The campaign moved to a recorded state, within somebody's transaction."""
    if campaign.state is state:
        return campaign
    saved = campaigns.save(
        write.connection, replace(campaign, state=state), expected_revision=campaign.revision
    )
    write.record(action, campaign.campaign_id, state=state)
    return saved


def check_brief(brief: Brief) -> None:
    """Nothing, when the brief can be worked with.

    Raises:
        BadInput: names the first field that cannot be.
    """
    complaints = (
        (not brief.name.strip(), "The brief needs a name."),
        (not brief.goal.strip(), "The brief needs a goal: what should customers do?"),
        (not brief.tones, "The brief needs at least one tone."),
        (len(set(brief.tones)) < len(brief.tones), "The brief names a tone twice."),
        (
            Tone.CONTROL in (*brief.tones, brief.same_message),
            "'control' is no tone; for a message by a person say control_message: true.",
        ),
        (not 0 < brief.holdout < 1, "The share of the control group must lie between 0 and 1."),
        (
            not 0 < brief.smallest_effect <= 10,
            "The smallest effect worth using is a share above 0, such as 0.1 for 10 %.",
        ),
        (
            not 0 < brief.words_min <= brief.words_max,
            "words_min must be positive and at most words_max.",
        ),
        (brief.channel != "email", "Only the channel 'email' is offered."),
        (brief.language != "en", "Only the language 'en' can be checked, so only it is offered."),
        (
            not 1 <= brief.outcome_days <= MOST_DAYS,
            f"The result is read 1 to {MOST_DAYS} days after the send; usual are 14.",
        ),
    )
    for wrong, sentence in complaints:
        if wrong:
            raise BadInput(sentence)
    _check_metrics(brief)


def control_of(brief: Brief) -> str:
    """What a test of this brief is compared with."""
    return CONTROL_MESSAGE if brief.control_message else NOT_CONTACTED


def check_audience(brief: Brief, columns: Sequence[Column]) -> None:
    """Nothing, when the audience of the brief can be asked of these columns.

    Raises:
        BadInput: it is no rule, or does not fit the columns; says what does.
    """
    try:
        sql_rules.predicate(parse(brief.audience), columns)
    except BadInput as error:
        raise BadInput(f"The audience of the brief: {error}") from error


def _check_metrics(brief: Brief) -> None:
    metrics = [MetricSpec.parse(m) for m in (brief.primary_metric, *brief.other_metrics)]
    guardrails = [MetricSpec.parse(g) for g in brief.guardrails]
    if untrusted := [c for c in metrics[0].columns if c in UNTRUSTED]:
        raise BadInput(
            f"'{untrusted[0]}' cannot decide: machines make them, too. Take orders:mean, "
            "net_margin:mean, conversion:proportion or clicks:mean."
        )
    measured = {metric.name for metric in metrics}
    for guardrail in guardrails:
        if guardrail.name in measured:
            raise BadInput(
                f"'{guardrail.name}' is a metric of this test and cannot be its guardrail too; "
                "a guardrail is what must not get worse meanwhile, such as unsubscribes."
            )
        wide = guardrail.margin is not None and guardrail.margin >= 1
        if wide and guardrail.kind is MetricKind.PROPORTION:
            raise BadInput(
                f"The margin of '{guardrail.name}' is {guardrail.margin:g}; of a share of "
                "customers it is below 1, such as 0.0005 for 0.05 points."
            )
    # The plan of the read-out knows what else cannot be, such as a metric that is given twice.
    AnalysisPlan("arm", "control", tuple(metrics), guardrails=tuple(guardrails))


def _check_offer(connection: Connection, brief: Brief, day: date) -> None:
    """Nothing, when the brief's offer and its address are what approved content says."""
    library = {d.document_id: d for d in documents.current(connection)}
    document = library.get(brief.offer_document_id or "")
    check_brief_offer(brief, document, offer_of(document) if document else None)
    check_brief_url(brief, library.values(), day)


def brief_sha256(brief: Brief) -> str:
    """A hash that changes when anything in the brief does."""
    return hashlib.sha256(
        json.dumps(asdict(brief), sort_keys=True, default=str).encode()
    ).hexdigest()


def current(connection: Connection, campaign: Campaign) -> Campaign:
    """The campaign in the state its messages put it in; one that was never begun is a draft."""
    every = variants.of_campaign(connection, campaign.campaign_id)
    segmentation = segmentations.get(connection, campaign.segmentation_id)
    states = [v.state for v in needed(campaign.brief, every)]
    states += [VariantState.DRAFT for _ in unwritten(campaign, segmentation, every)]
    return replace(campaign, state=campaign_state(campaign.state, states))


def _latest(connection: Connection, dataset_id: str | None) -> Segmentation:
    """The newest segmentation of the dataset, or of the newest dataset."""
    known = datasets.everything(connection)
    if not known:
        raise NotFound("customer data set", dataset_id or "", "Import customers first.")
    chosen = dataset_id or known[0].dataset_id
    versions = segmentations.of_dataset(connection, chosen)
    if not versions:
        raise NotFound("segmentation of data set", chosen, "Compute segments first.")
    return versions[0]


def _free_id(connection: Connection, brief: Brief) -> str:
    """A readable id from the name, numbered when the name was used before."""
    base = re.sub(r"[^a-z0-9]+", "-", brief.name.lower()).strip("-")[:40] or "campaign"
    taken: Sequence[str] = [c.campaign_id for c in campaigns.everything(connection)]
    number = 1
    candidate = base
    while candidate in taken:
        number += 1
        candidate = f"{base}-{number}"
    return candidate
