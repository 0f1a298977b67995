"""Puts the customers of a dataset into named segments, by rules or by recency and value."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from core.errors import BadInput
from core.models.customers import (
    EVERYONE,
    EVERYONE_NAME,
    Segment,
    SegmentationMethod,
    SegmentRule,
)
from core.protocols.customer_table import CustomerTable, SegmentCount
from core.rules import Everyone, in_words, parse
from core.rules.rfm import RfmConfig, rfm_rules

EVERYONE_ELSE = SegmentRule("everyone-else", "Everyone else", "")


@dataclass(frozen=True, slots=True)
class SegmentationConfig:
    """When a segment is too small to test, and how recency and value are cut."""

    smallest_testable: int = 30
    rfm: RfmConfig = field(default_factory=RfmConfig)


@dataclass(frozen=True, slots=True)
class SegmentationDraft:
    """Segments that nobody has saved yet, the rules that make them, and what to know of them."""

    method: SegmentationMethod
    segments: tuple[Segment, ...]
    rules: tuple[SegmentRule, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SegmentationAgent:
    """Makes segments that together hold every customer exactly once."""

    config: SegmentationConfig = SegmentationConfig()

    def run(
        self,
        table: CustomerTable,
        method: SegmentationMethod,
        rules: Sequence[SegmentRule] = (),
    ) -> SegmentationDraft:
        """The segments of everybody; with rules the first that holds decides.

        Customers for whom no rule holds, or for whom it is unknown, go to the last rule when it
        is for everyone, and else to a segment "Everyone else".

        Raises:
            BadInput: the method or a rule does not fit the data, or a segment is empty.
        """
        customers = table.rows()
        if not customers:
            raise BadInput("The data set holds no customers, so there is nothing to segment.")
        notes: list[str] = []
        wanted = _METHODS[method](self.config, table, tuple(rules))
        _refuse_reserved(wanted)
        _refuse_repeated(wanted)
        counts = table.split(wanted)
        wanted, counts = _without_empty(wanted, counts, notes, all_of_them=method in _OWN_CELLS)
        left = customers - sum(count.size for count in counts)
        if left:
            notes.append(f"{left:,} customers match no rule and are in '{EVERYONE_ELSE.name}'.")
            wanted = (*wanted, EVERYONE_ELSE)
            _refuse_repeated(wanted)
            counts = table.split(wanted)
        segments = tuple(map(_segment, wanted, counts, [customers] * len(wanted)))
        _refuse_empty(segments)
        notes += [self._small(s) for s in segments if s.size < self.config.smallest_testable]
        return SegmentationDraft(method, segments, wanted, tuple(notes))

    def _small(self, segment: Segment) -> str:
        return (
            f"'{segment.name}' has {segment.size} customers; below "
            f"{self.config.smallest_testable} a segment is too small to test."
        )


_Rules = tuple[SegmentRule, ...]
# Here the cells are ours, not somebody's wish: an empty one is no mistake.
_OWN_CELLS = frozenset({SegmentationMethod.RFM})


def _as_given(config: SegmentationConfig, table: CustomerTable, rules: _Rules) -> _Rules:
    del config, table
    if not rules:
        raise BadInput("There are no rules; write at least one segment with a name and a rule.")
    return rules


def _by_rfm(config: SegmentationConfig, table: CustomerTable, rules: _Rules) -> _Rules:
    del rules
    return rfm_rules(table, config.rfm)


def _by_clusters(config: SegmentationConfig, table: CustomerTable, rules: _Rules) -> _Rules:
    del config, table, rules
    raise BadInput("Segments by k-means are not available here; choose rules or rfm.")


_METHODS: Mapping[
    SegmentationMethod, Callable[[SegmentationConfig, CustomerTable, _Rules], _Rules]
] = {
    SegmentationMethod.RULES: _as_given,
    SegmentationMethod.RFM: _by_rfm,
    SegmentationMethod.KMEANS: _by_clusters,
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
    if spare:
        listed = ", ".join(f"'{rules[i].name}'" for i in sorted(spare))
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
