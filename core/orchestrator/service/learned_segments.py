"""Which segments of two campaigns are the same people: by definition, never by name alone."""

import json
from collections.abc import Iterator
from hashlib import sha256

from core.models.campaign import Brief
from core.models.customers import Segmentation, SegmentationMethod


def segment_keys(segmentation: Segmentation, brief: Brief) -> dict[str, str]:
    """By segment id what makes the segment the same elsewhere, for a campaign with this brief.

    Rules: the rule with all rules before it, as the first that holds decides. RFM: the cell, which
    is relative to the customers of its day. Clusters: this version alone, as no other fit finds
    the same. A campaign that was narrowed to an audience is about the narrowed segment.
    """
    audience = _bare(brief.audience)
    return {
        segment_id: sha256(json.dumps([audience, *parts]).encode()).hexdigest()[:16]
        for segment_id, parts in _definitions(segmentation)
    }


def _definitions(segmentation: Segmentation) -> Iterator[tuple[str, list[str]]]:
    method, before = segmentation.method, list[str]()
    for segment in segmentation.segments:
        if method is SegmentationMethod.RULES:
            before.append(_bare(segment.rule))
            yield segment.segment_id, [method.value, *before]
        elif method is SegmentationMethod.RFM:
            yield segment.segment_id, [method.value, segment.segment_id]
        else:
            parts = [method.value, segmentation.segmentation_id, segment.segment_id]
            yield segment.segment_id, parts


def _bare(rule: str) -> str:
    return " ".join(rule.split())
