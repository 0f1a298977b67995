"""Which messages a campaign needs: those its brief asks for now, and no others.

A message the brief no longer asks for is kept, and counts for nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from core.models.campaign import Brief, Campaign, Tone
from core.models.customers import EVERYONE, Segment, Segmentation
from core.models.messages import Variant, VariantState


@dataclass(frozen=True, slots=True)
class Place:
    """A message to be: for whom, in which tone, and what it is called."""

    variant_id: str
    segment: Segment
    tone: Tone

    @property
    def words(self) -> str:
        """How people call it."""
        if self.tone is Tone.CONTROL:
            return "control message"
        if self.segment.segment_id == EVERYONE:
            return "message for everyone"
        return f"{self.tone} message for {self.segment.name}"


def places(campaign: Campaign, segmentation: Segmentation) -> tuple[Place, ...]:
    """Each segment in each tone, then the messages for everyone: the same, and the control.

    None for a mailing that was made elsewhere.
    """
    if campaign.imported:
        return ()
    brief = campaign.brief
    wanted = [(segment, tone) for segment in segmentation.segments for tone in brief.tones]
    if brief.same_message is not None:
        wanted.append((segmentation.everyone, brief.same_message))
    if brief.control_message:
        wanted.append((segmentation.everyone, Tone.CONTROL))
    return tuple(
        Place(f"{campaign.campaign_id}-{segment.segment_id}-{tone}", segment, tone)
        for segment, tone in wanted
    )


def needed(brief: Brief, variants: Iterable[Variant]) -> tuple[Variant, ...]:
    """The variants the brief asks for, in the order given; retired ones are out."""
    return tuple(v for v in variants if v.state is not VariantState.RETIRED and _asked(brief, v))


def needed_anywhere(
    campaigns: Iterable[Campaign], variants: Iterable[Variant]
) -> tuple[Variant, ...]:
    """The variants, of several campaigns, that their own campaign's brief asks for."""
    briefs = {campaign.campaign_id: campaign.brief for campaign in campaigns}
    return tuple(v for v in variants if needed(briefs[v.campaign_id], [v]))


def unwritten(
    campaign: Campaign, segmentation: Segmentation, variants: Iterable[Variant]
) -> tuple[Place, ...]:
    """The messages that were never begun, as when the brief asked for more afterwards."""
    known = {v.variant_id for v in variants if v.state is not VariantState.RETIRED}
    return tuple(p for p in places(campaign, segmentation) if p.variant_id not in known)


def _asked(brief: Brief, variant: Variant) -> bool:
    if variant.tone is Tone.CONTROL:
        return brief.control_message
    if variant.segment_id == EVERYONE:
        return variant.tone is brief.same_message
    return variant.tone in brief.tones
