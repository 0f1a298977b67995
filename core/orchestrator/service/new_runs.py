"""Start a run: which messages it writes, in what budget, and the queue it goes to."""

import logging
from dataclasses import dataclass

from core.errors import ConfigInvalid, MoveRefused
from core.models.campaign import Campaign, CampaignState, Tone
from core.models.messages import Generation, Message, Variant, VariantState
from core.models.people import Person
from core.models.runs import Run, RunState
from core.orchestrator.pipeline import Agents
from core.orchestrator.runs import Runner
from core.orchestrator.service.budget import price_missing
from core.orchestrator.service.context import Context, Write
from core.orchestrator.service.needed import Place, needed, places
from core.orchestrator.variant_runs import Target
from core.storage import campaigns, run_variants, runs, segmentations, variants
from core.workflow import Step, moved

logger = logging.getLogger(__name__)

# What has no text, or none that was checked.
MISSING = frozenset({VariantState.DRAFT, VariantState.SCREENING, VariantState.FAILED})
# What `generate` writes (again); anything in review or approved is left to people.
_WANTING = MISSING | frozenset(
    {
        VariantState.BLOCKED,
        VariantState.CHANGES_REQUESTED,
        VariantState.REJECTED,
        VariantState.VOID,
        VariantState.EXPIRED,
    }
)
_FIXED = frozenset(
    {
        CampaignState.EXPORTED,
        CampaignState.FINISHED,
        CampaignState.STOPPED,
        CampaignState.ARCHIVED,
    }
)

_BY_A_PERSON = "The control message is written by a person: open it and edit its text."
_NOTHING_LEFT = "Every message of this campaign is in review or approved; nothing was generated."


@dataclass(frozen=True, slots=True)
class NewRuns:
    """Starts the runs that write messages."""

    context: Context
    agents: Agents
    runner: Runner

    def start(
        self,
        campaign_id: str,
        *,
        by: Person,
        only: frozenset[str] | None,
        cost_cap_usd: float | None,
    ) -> Run:
        """The run that writes the messages, or the one that is under way already.

        Raises:
            MoveRefused: the campaign is past writing, or nothing is left to write.
            ConfigInvalid: there is a budget, and nobody knows what the engine costs.
        """
        self.runner.connect()
        with self.context.write(by) as write:
            campaign = campaigns.get(write.connection, campaign_id)
            if campaign.state in _FIXED or campaign.imported:
                raise MoveRefused(f"Campaign {campaign_id} is past writing messages.")
            for run in runs.of_campaign(write.connection, campaign_id):
                if not run.state.over:
                    return run
            targets = self._targets(write, campaign, only)
            cap_usd = self._cap(campaign, cost_cap_usd)
            run = _new_run(write, campaign_id, len(targets), cap_usd)
            runs.add(write.connection, run)
            run_variants.add(write.connection, run.run_id, [name for name, _ in targets])
            self.runner.enqueue(write.connection, run, targets)
            write.record("start run", campaign_id, run=run.run_id, variants=len(targets))
        logger.info("started a run of %d variants", run.total, extra={"run_id": run.run_id})
        return run

    def _cap(self, campaign: Campaign, wished_usd: float | None) -> float | None:
        """The budget of a run: the caller's wish, else the brief's, else the settings'."""
        wishes = (
            wished_usd,
            campaign.brief.cost_cap_usd,
            self.context.settings.app.runs.cost_cap_usd,
        )
        cap_usd = next((wish for wish in wishes if wish is not None), None)
        chat = self.agents.generation.chat
        if cap_usd is not None and chat.metered and not chat.priced:
            raise ConfigInvalid(price_missing(chat.describe(), cap_usd))
        return cap_usd

    def _targets(
        self, write: Write, campaign: Campaign, only: frozenset[str] | None
    ) -> tuple[Target, ...]:
        """The variants to write, new ones added as empty drafts."""
        segmentation = segmentations.get(write.connection, campaign.segmentation_id)
        known = {
            v.variant_id: v for v in variants.of_campaign(write.connection, campaign.campaign_id)
        }
        for place in places(campaign, segmentation):
            if place.variant_id not in known:
                known[place.variant_id] = empty_variant(place, campaign, write)
                variants.add(write.connection, known[place.variant_id])
        chosen = [
            v
            for v in needed(campaign.brief, known.values())
            if (v.variant_id in only if only is not None else v.state in _WANTING)
        ]
        chosen = [v for v in chosen if v.tone is not Tone.CONTROL]
        for variant in chosen:
            moved(variant.state, Step.REWRITE)
        if not chosen:
            asked = [known[name].tone for name in only or () if name in known]
            raise MoveRefused(_BY_A_PERSON if Tone.CONTROL in asked else _NOTHING_LEFT)
        return tuple((v.variant_id, v.revision) for v in chosen)


def _new_run(write: Write, campaign_id: str, total: int, cap_usd: float | None) -> Run:
    return Run(
        run_id=f"{campaign_id}-{write.at:%Y%m%dT%H%M%S%f}",
        campaign_id=campaign_id,
        kind="write variants",
        state=RunState.QUEUED,
        done=0,
        total=total,
        started_by=write.by.name,
        created_at=write.at,
        finished_at=None,
        cost_cap_usd=cap_usd,
    )


def empty_variant(place: Place, campaign: Campaign, write: Write) -> Variant:
    """A message that nobody has written yet."""
    return Variant(
        variant_id=place.variant_id,
        campaign_id=campaign.campaign_id,
        segment_id=place.segment.segment_id,
        segment=place.segment.name,
        tone=place.tone,
        revision=0,
        state=VariantState.DRAFT,
        message=Message("", "", ""),
        citations=(),
        screened=None,
        generation=Generation("", "", "", ""),
        authors=frozenset(),
        updated_at=write.at,
    )
