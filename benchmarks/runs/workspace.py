"""A workspace with many messages to write."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from core.models.campaign import Brief, Campaign
from core.models.customers import SegmentationMethod, SegmentRule
from core.models.segmentation import SegmentationRequest
from core.orchestrator import config
from core.orchestrator.application import Application
from core.orchestrator.wiring import opened

CAMPAIGN = "many-messages"
_TONES = 3
_LOCAL: Mapping[str, str] = MappingProxyType({})


def demo(folder: Path, environment: Mapping[str, str] = _LOCAL) -> Path:
    """The demo with a campaign of many messages more."""
    with opened(config.load(folder, environment=environment)) as app:
        app.demo.load()
    return folder


def with_messages(
    folder: Path, messages: int, environment: Mapping[str, str] = _LOCAL
) -> frozenset[str]:
    """A campaign of at least so many messages over as many segments as it takes; their ids."""
    with opened(config.load(folder, environment=environment)) as app:
        campaign = _campaign(app, -(-messages // _TONES))
        segments = app.segments.get(campaign.segmentation_id).segments
        names = [f"{CAMPAIGN}-{s.segment_id}-{t}" for s in segments for t in campaign.brief.tones]
    return frozenset(names[:messages])


def _campaign(app: Application, segments: int) -> Campaign:
    marketer = app.people.get("marketer")
    dataset = app.customers.everything()[0].dataset_id
    cuts = [30 + round(6.0 * i * 1.02**i, 2) for i in range(segments - 1)]
    rules = tuple(
        SegmentRule(f"band-{i + 1}", f"Band {i + 1}", f"past_year_spend < {cut}")
        for i, cut in enumerate(cuts)
    )
    rest = SegmentRule("rest", "The rest", "")
    request = SegmentationRequest(SegmentationMethod.RULES, rules=(*rules, rest))
    version = app.segments.compute(dataset, request, by=marketer)
    brief = Brief(name="Many messages", goal="Show the knitwear", same_message=None)
    return app.campaigns.create(
        brief, by=marketer, segmentation_id=version.segmentation_id, campaign_id=CAMPAIGN
    )
