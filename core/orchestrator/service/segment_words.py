"""What has to be said about segments before somebody relies on them."""

from collections.abc import Sequence

from core.models.customers import Segment
from core.models.segment_models import ClusterModel
from core.models.segment_quality import UNSTABLE_BELOW, Quality

_MUCH_OVERLAP = 0.2
_WEAK = 0.25


def warnings(
    segments: Sequence[Segment], clusters: ClusterModel | None, quality: Quality
) -> tuple[str, ...]:
    """Sentences about segments that are unstable, run into each other, or hardly stand apart."""
    names = {s.segment_id: s.name for s in segments}
    found = [_unstable(clusters, quality), _weak(clusters, quality)]
    found += [
        f"'{names[s.segment_id]}' is the least lasting: {100 * s.stays:.0f} % stay on resampling."
        for s in sorted(quality.stays, key=lambda s: s.stays)[:1]
        if s.stays < UNSTABLE_BELOW and s.segment_id in names
    ]
    # One sentence for each segment: its largest overlap is the one to think about.
    largest = {o.segment_id: o for o in reversed(quality.overlaps) if o.other_id in names}
    found += [
        f"{100 * largest[s.segment_id].share:.0f} % of '{s.name}' "
        f"{'are nearly as close to' if clusters else 'also fit the rule of'} "
        f"'{names[largest[s.segment_id].other_id]}'{'' if clusters else '; the order decides'}."
        for s in segments
        if s.segment_id in largest and largest[s.segment_id].share > _MUCH_OVERLAP
    ]
    return tuple(sentence for sentence in found if sentence)


def _unstable(clusters: ClusterModel | None, quality: Quality) -> str:
    if not quality.unstable or quality.stability is None:
        return ""
    said = (
        "These segments are not stable: when customers are drawn again, the agreement is "
        f"{quality.stability:.2f} of 1, and {UNSTABLE_BELOW} is what one would want."
    )
    if clusters is None:
        return f"{said} Fix the cut points, or use fewer segments."
    return f"{said} Try fewer than {clusters.k}." if clusters.k > 2 else f"{said} Use rules."


def _weak(clusters: ClusterModel | None, quality: Quality) -> str:
    if clusters is None or quality.silhouette is None or quality.silhouette >= _WEAK:
        return ""
    return (
        f"The segments run into each other (silhouette {quality.silhouette:.2f}; above 0.5 is "
        "clear): they cut a continuous crowd into parts, and are no separate kinds of people."
    )
