"""Why a customer is in a segment, in sentences that a marketer can check against the row."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.clusters.encoding import Matrix, encoded
from core.clusters.kmeans import placed
from core.models.customers import ColumnKind, Segment, Segmentation
from core.models.segment_models import ClusterModel, Feature
from core.models.segment_quality import Fact
from core.rules import columns_of, in_words, parse
from core.storage.segment_facts import RuleStanding, Standing

_DECIDING = 3


@dataclass(frozen=True, slots=True)
class Reason:
    """The sentence, the id of the segment that came second, and the columns in order of weight."""

    words: str
    runner_up: str | None
    columns: tuple[str, ...]


def cluster_reason(model: ClusterModel, values: Matrix, version: Segmentation) -> Reason:
    """The columns in which the customer is nearer to the own centre than to the next."""
    centers = np.array(model.centers)
    point = encoded(values, model.features)
    found = placed(point, centers)
    own, other = centers[found.nearest[0]], centers[found.runner_up[0]]
    pulls = (point[0] - other) ** 2 - (point[0] - own) ** 2
    weights = _by_feature(pulls, model.features)
    ordered = sorted(weights, key=lambda name: (-weights[name], name))
    pulling = [name for name in ordered if weights[name] > 0][:_DECIDING]
    names = {s.segment_id: s.name for s in version.segments}
    second = f"cluster-{int(found.runner_up[0]) + 1}"
    words = (
        f"Nearer to the centre of this segment than to that of "
        f"'{names.get(second, second)}', above all in {_listed(pulling)}."
    )
    return Reason(words, second if second in names else None, tuple(ordered))


def rule_reason(version: Segmentation, place: int, standings: Sequence[RuleStanding]) -> Reason:
    """The rule that decided, and what would come instead if the nearest limit were crossed."""
    segments = version.segments
    own = segments[place]
    rule = parse(own.rule)
    spoken = [c for s in segments[: place + 1] for c in sorted(columns_of(parse(s.rule)))]
    nearest = min(range(place + 1), key=lambda i: (standings[i].distance, -i))
    second: int | None = nearest
    if nearest == place:
        second = next((i for i in range(place + 1, len(segments)) if standings[i].holds), None)
    others = [s.name for i, s in enumerate(segments) if i > place and _also(s, standings[i])]
    said = [_decided(own, place, in_words(rule))]
    if others and version.rfm is None:
        said.append(
            f"The rule of {_listed([repr(n) for n in others])} holds as well; the order decides."
        )
    return Reason(
        " ".join(said),
        None if second is None else segments[second].segment_id,
        tuple(dict.fromkeys([*sorted(columns_of(rule)), *spoken])),
    )


def facts(standings: Sequence[Standing], columns: Sequence[str]) -> tuple[Fact, ...]:
    """The values beside what is usual, those that decide first."""
    order = {name: place for place, name in enumerate(columns)}
    ordered = sorted(standings, key=lambda s: order.get(s.column, len(order)))
    return tuple(_fact(standing) for standing in ordered)


def _by_feature(pulls: Matrix, features: Sequence[Feature]) -> dict[str, float]:
    weights, place = dict[str, float](), 0
    for feature in features:
        weights[feature.column] = float(pulls[place : place + feature.width].sum())
        place += feature.width
    return weights


def _also(segment: Segment, standing: RuleStanding) -> bool:
    return standing.holds and bool(segment.rule.strip())


def _decided(segment: Segment, place: int, words: str) -> str:
    if not segment.rule.strip():
        return "No earlier rule holds for this customer."
    earlier = " and no earlier rule does" if place else ""
    meaning = f"{segment.about}: " if segment.about else ""
    return f"This holds{earlier}: {meaning}{words}."


def _fact(standing: Standing) -> Fact:
    label = standing.column.replace("_", " ")
    if standing.value is None:
        return Fact(standing.column, "missing", "", "", f"{label} is not known")
    shown = _shown(standing)
    if standing.kind in {ColumnKind.NUMBER, ColumnKind.DATE}:
        below = "" if standing.below is None else f"; above {100 * standing.below:.0f} % of all"
        inside, overall = _amount(standing.in_segment), _amount(standing.overall)
        words = f"{label} {shown} (segment {inside}, everybody {overall}{below})"
        return Fact(standing.column, shown, inside, overall, words)
    inside, overall = _share(standing.in_segment), _share(standing.overall)
    words = f"{label} {shown} (like {inside} of the segment, {overall} of everybody)"
    return Fact(standing.column, shown, inside, overall, words)


def _shown(standing: Standing) -> str:
    if standing.kind is ColumnKind.NUMBER and standing.value is not None:
        return f"{float(standing.value):,.10g}"
    return str(standing.value)


def _amount(value: float | str | None) -> str:
    if value is None or isinstance(value, str):
        return value or "not known"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _share(value: float | str | None) -> str:
    return "none" if value is None else f"{100 * float(value):.0f} %"


def _listed(words: Sequence[str]) -> str:
    if not words:
        return "nothing in particular"
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
