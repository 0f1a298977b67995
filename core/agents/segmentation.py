"""Puts the customers of a dataset into named segments: by rules, by RFM, or as clusters."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from core.clusters.choosing import FEWEST_CUSTOMERS, KS, candidates, distinct, suggested
from core.clusters.encoding import encoded
from core.clusters.kmeans import centers_of
from core.clusters.planning import planned
from core.errors import BadInput
from core.models.customers import (
    EVERYONE,
    EVERYONE_NAME,
    ColumnKind,
    Segment,
    SegmentationMethod,
    SegmentRule,
)
from core.models.segment_models import Candidate, ClusterModel
from core.models.segmentation import SegmentationDraft, SegmentationRequest
from core.protocols.customer_table import CustomerTable, SegmentCount
from core.rules import Everyone, in_words, parse
from core.rules.rfm import UNSCORED, RfmConfig, rfm_model, rfm_rules

EVERYONE_ELSE = SegmentRule("everyone-else", "Everyone else", "")


@dataclass(frozen=True, slots=True)
class ClusterConfig:
    """How clusters are sought: the seed, how many customers they are made from, and the limits.

    `most_numbers` bounds the numbers held in memory, however many columns there are.
    """

    seed: int = 20_240_601
    fitted_on: int = 150_000
    most_numbers: int = 16_000_000
    largest_k: int = 12


@dataclass(frozen=True, slots=True)
class SegmentationConfig:
    """When a segment is too small to test, and how RFM and clusters are made."""

    smallest_testable: int = 30
    rfm: RfmConfig = field(default_factory=RfmConfig)
    clusters: ClusterConfig = field(default_factory=ClusterConfig)


@dataclass(frozen=True, slots=True)
class SegmentationAgent:
    """Makes segments that together hold every customer exactly once."""

    config: SegmentationConfig = SegmentationConfig()

    def run(self, table: CustomerTable, request: SegmentationRequest) -> SegmentationDraft:
        """The segments of everybody; with rules the first that holds decides.

        Customers for whom no rule holds, or for whom it is unknown, go to the last rule when it
        is for everyone, and else to a segment "Everyone else". Clusters come as their centres.

        Raises:
            BadInput: the method or a rule does not fit the data, or a segment is empty.
        """
        customers = table.rows()
        if not customers:
            raise BadInput("The data set holds no customers, so there is nothing to segment.")
        return _METHODS[request.method](self, table, request)

    def small(self, segment: Segment) -> str:
        """What to say of a segment that is too small to test, or nothing."""
        if segment.size >= self.config.smallest_testable:
            return ""
        return (
            f"'{segment.name}' has {segment.size} customers; below "
            f"{self.config.smallest_testable} a segment is too small to test."
        )


def _given(
    agent: SegmentationAgent, table: CustomerTable, request: SegmentationRequest
) -> SegmentationDraft:
    if not request.rules:
        raise BadInput("There are no rules; write at least one segment with a name and a rule.")
    return _divided(agent, table, request)


def _rfm(
    agent: SegmentationAgent, table: CustomerTable, request: SegmentationRequest
) -> SegmentationDraft:
    asked = {
        name: getattr(request, name) or getattr(agent.config.rfm, name)
        for name in RfmConfig.__dataclass_fields__
    }
    model = rfm_model(table, RfmConfig(**asked))
    cells = replace(request, rules=rfm_rules(model))
    return replace(_divided(agent, table, cells), rfm=model)


def _divided(
    agent: SegmentationAgent, table: CustomerTable, request: SegmentationRequest
) -> SegmentationDraft:
    """Everybody by rules, those for whom none holds in a segment of their own."""
    customers, notes, wanted = table.rows(), list[str](), request.rules or ()
    _refuse_reserved(wanted)
    _refuse_repeated(wanted)
    counts = table.split(wanted)
    wanted, counts = _without_empty(wanted, counts, notes, all_of_them=request.method in _OWN_CELLS)
    left = customers - sum(count.size for count in counts)
    if left:
        notes.append(f"{left:,} customers match no rule and are in '{EVERYONE_ELSE.name}'.")
        wanted = (*wanted, EVERYONE_ELSE)
        _refuse_repeated(wanted)
        counts = table.split(wanted)
    segments = tuple(map(_segment, wanted, counts, [customers] * len(wanted)))
    _refuse_empty(segments)
    notes += filter(None, map(agent.small, segments))
    return SegmentationDraft(request.method, segments, wanted, tuple(notes))


def refuse_clusters(config: ClusterConfig, customers: int, k: int | None) -> None:
    """Nothing, when so many customers can be put into so many clusters.

    Raises:
        BadInput: there are too few customers, or k is out of range.
    """
    if customers < FEWEST_CUSTOMERS:
        raise BadInput(
            f"Clusters need at least {FEWEST_CUSTOMERS} customers, and this data set has "
            f"{customers}; use rules."
        )
    if k is not None and not min(KS) <= k <= config.largest_k:
        raise BadInput(f"The number of clusters is {min(KS)} to {config.largest_k}, not {k}.")


def _clusters(
    agent: SegmentationAgent, table: CustomerTable, request: SegmentationRequest
) -> SegmentationDraft:
    config, customers = agent.config.clusters, table.rows()
    refuse_clusters(config, customers, request.k)
    plan = planned(table.profiles(request.columns or _usable(table)))
    width = sum(f.width for f in plan.features)
    most = min(config.fitted_on, max(config.most_numbers // width, FEWEST_CUSTOMERS))
    points = encoded(np.vstack(list(table.values(plan.features, most=most))), plan.features)
    tried: tuple[Candidate, ...] = ()
    if request.k is None:
        smallest = agent.config.smallest_testable / customers
        tried = candidates(points, smallest_share=smallest, seed=config.seed)
        k, reason = suggested(tried)
    else:
        k, reason = request.k, f"{request.k} segments, as asked."
    different = distinct(points, k)
    if different < k:
        raise BadInput(f"There are {different} different customers in these columns, not {k}.")
    model = ClusterModel(
        features=plan.features,
        centers=tuple(map(tuple, centers_of(points, k, seed=config.seed).tolist())),
        seed=config.seed,
        fitted_on=len(points),
        suggested=0 if request.k else k,
        reason=reason,
        candidates=tried,
    )
    return SegmentationDraft(
        request.method, (), (), (*plan.notes, *_fitted(model, customers)), model
    )


def _usable(table: CustomerTable) -> tuple[str, ...]:
    """The attributes clusters look at when nobody named any: dates repeat what numbers say."""
    names = tuple(c.name for c in table.columns if c.in_rules and c.kind is not ColumnKind.DATE)
    if not names:
        raise BadInput("This data set has no attributes to tell customers apart by.")
    return names


def _fitted(model: ClusterModel, customers: int) -> tuple[str, ...]:
    if model.fitted_on >= customers:
        return ()
    said = f"The centres come from a sample of {model.fitted_on:,} customers; everybody was then"
    return (f"{said} put into the nearest.",)


_Rules = tuple[SegmentRule, ...]
# Here the cells are ours, not somebody's wish: an empty one is no mistake.
_OWN_CELLS = frozenset({SegmentationMethod.RFM})
_METHODS: Mapping[
    SegmentationMethod,
    Callable[[SegmentationAgent, CustomerTable, SegmentationRequest], SegmentationDraft],
] = {
    SegmentationMethod.RULES: _given,
    SegmentationMethod.RFM: _rfm,
    SegmentationMethod.KMEANS: _clusters,
}


def _segment(rule: SegmentRule, count: SegmentCount, customers: int) -> Segment:
    return Segment(
        segment_id=rule.segment_id,
        name=rule.name,
        rule=rule.rule,
        size=count.size,
        share=count.size / customers,
        reachable=count.reachable,
        traits=count.traits,
        words=rule.words,
        about=rule.about,
    )


def _without_empty(
    rules: _Rules, counts: Sequence[SegmentCount], notes: list[str], *, all_of_them: bool
) -> tuple[_Rules, tuple[SegmentCount, ...]]:
    """The rules without the last, when nobody is left for it, or without every empty cell.

    Leaving one out moves no customer.
    """
    last = len(rules) - 1
    spare = {
        i
        for i, (rule, count) in enumerate(zip(rules, counts, strict=True))
        if not count.size and (all_of_them or (i == last > 0 and parse(rule.rule) == Everyone()))
    }
    # Nobody misses a segment for customers without a purchase where all have one.
    missed = sorted(i for i in spare if rules[i].segment_id != UNSCORED.segment_id)
    if missed:
        listed = ", ".join(f"'{rules[i].name}'" for i in missed)
        notes.append(f"Nobody is left for {listed}, so it is left out.")
    kept = [i for i in range(len(rules)) if i not in spare]
    return tuple(rules[i] for i in kept), tuple(counts[i] for i in kept)


def _refuse_reserved(rules: _Rules) -> None:
    for rule in rules:
        if rule.segment_id == EVERYONE or rule.name.strip().casefold() == EVERYONE_NAME.casefold():
            raise BadInput(
                f"A segment cannot be called '{rule.name}': that is the name of the group in which "
                "everyone gets the same message. Call it 'All customers'."
            )


def _refuse_repeated(rules: _Rules) -> None:
    for what in ("segment_id", "name"):
        values = [getattr(rule, what) for rule in rules]
        twice = next((v for v in values if values.count(v) > 1), None)
        if twice is not None:
            raise BadInput(f"Two segments have the {what.replace('_', ' ')} '{twice}'; rename one.")


def _refuse_empty(segments: Sequence[Segment]) -> None:
    for place, segment in enumerate(segments):
        if segment.size:
            continue
        earlier = "" if place == 0 else ", or an earlier segment takes all of them"
        rule = parse(segment.rule)
        why = "every customer is in an earlier segment"
        if not isinstance(rule, Everyone):
            why = f"nobody fits the rule [{in_words(rule)}]{earlier}"
        raise BadInput(f"The segment '{segment.name}' is empty: {why}.")
