"""What every campaign on a customer's data sets did with them, and what became of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from core.content.sender_profiles import PROFILES
from core.frames import CUSTOMER_ID
from core.models.approval import Review
from core.models.campaign import Campaign
from core.models.content import Document
from core.models.customers import ColumnKind, ColumnRole, Dataset, Segmentation
from core.models.history import ArmShare, Assigned, Cell, Event, InCampaign, InExport
from core.models.messages import Variant
from core.models.send import Experiment
from core.models.suppression import SUPPRESSED
from core.orchestrator.service.context import Context
from core.orchestrator.service.history_messages import (
    HIDDEN,
    claims_of,
    decisions_on,
    received,
)
from core.orchestrator.service.history_reasons import LeftOutFacts, why_not_assigned
from core.reports.history_words import not_contacted, not_exported, result_words
from core.storage import customer_trace
from core.storage.customer_records import Records
from core.storage.customer_trace import Ordered, Place, Row
from core.storage.experiments import HandedOver
from core.storage.recipient_rows import NO_ADDRESS, SHARED_ADDRESS, email_column
from core.storage.suppressions import Addition

_NO_ADDRESS = frozenset({NO_ADDRESS, SHARED_ADDRESS})
# What tells a row of events from another; the order is shown with the id only.
_EVENT_OWN = frozenset({"event_id", CUSTOMER_ID, "kind", "happened_at"})
_EVENT_PRIVATE = frozenset({"order_id"})


@dataclass(frozen=True, slots=True)
class Known:
    """Everything that was read of one customer before the story is told.

    `rows` are their rows by the name of the table; `left_out` is their line on the list of people
    to leave out, None for nobody on it.
    """

    customer_id: str
    revealed: bool
    rows: Mapping[str, tuple[Row, ...]]
    left_out: Addition | None
    data: Mapping[str, Dataset]
    records: Records
    variants: Mapping[str, Variant]
    reviews: Mapping[str, tuple[Review, ...]]
    sources: Mapping[str, tuple[Document, ...]]
    campaigns: Sequence[Campaign]
    versions: tuple[Segmentation, ...]
    missing: tuple[str, ...] = ()

    def row(self, table: str) -> Row | None:
        """Their one row of a table, or None."""
        return next(iter(self.rows.get(table, ())), None)

    def assignment(self, campaign_id: str) -> Row | None:
        """Their row among the assignments of a campaign, or None."""
        return self.row(f"assignments-{campaign_id}")


def campaigns_of(
    context: Context, campaigns: Sequence[Campaign], known: Known
) -> tuple[InCampaign, ...]:
    """The part of each campaign, in their order."""
    places = _places(context, campaigns, known)
    return tuple(_part(context, c, campaigns, known, places.get(c.campaign_id)) for c in campaigns)


def _places(context: Context, campaigns: Sequence[Campaign], known: Known) -> Mapping[str, Place]:
    """The place of the customer in every order that can be worked out again."""
    orders: dict[str, Ordered] = {}
    for campaign in campaigns:
        name = campaign.campaign_id
        row, experiment = known.assignment(name), known.records.experiments.get(name)
        if row is not None and experiment is not None and experiment.salt:
            table = context.table(f"assignments-{name}")
            orders[name] = Ordered(table, experiment.salt, row["segment_id"] or "")
    found = customer_trace.places_of(tuple(orders.values()), known.customer_id)
    return dict(zip(orders, found, strict=True))


def _part(
    context: Context,
    campaign: Campaign,
    every: Sequence[Campaign],
    known: Known,
    place: Place | None,
) -> InCampaign:
    name = campaign.campaign_id
    experiment = known.records.experiments.get(name)
    imports = known.records.outcomes.get(name, ())
    decided = known.records.decisions.get(name, ())
    part = InCampaign(
        campaign_id=name,
        name=campaign.name,
        state=campaign.state.value,
        simulated=campaign.simulated,
        dataset_id=campaign.dataset_id,
        segmentation_id=campaign.segmentation_id,
        prepared_at=None if experiment is None else experiment.locked_at,
        prepared_by="" if experiment is None else experiment.locked_by,
        nothing="the send is not prepared yet, so nobody is assigned",
        result=result_words(campaign, imports, decided),
    )
    if experiment is None:
        return part
    row = known.assignment(name)
    if row is None:
        return replace(part, nothing=_not_assigned(context, campaign, every, experiment, known))
    part = replace(part, assigned=_assigned(experiment, row, place, known))
    return _followed(context, campaign, experiment, known, part)


def _not_assigned(
    context: Context,
    campaign: Campaign,
    every: Sequence[Campaign],
    experiment: Experiment,
    known: Known,
) -> str:
    if campaign.imported:
        return "they were not part of this mailing, which was made elsewhere"
    earlier = [
        each.name
        for each in every
        if known.assignment(each.campaign_id) is not None
        and known.records.experiments[each.campaign_id].locked_at <= experiment.locked_at
    ]
    since = None if known.left_out is None else known.left_out.at
    row = known.row(campaign.dataset_id) or {}
    facts = LeftOutFacts(known.customer_id, since, row, earlier)
    dataset = known.data[campaign.dataset_id]
    return why_not_assigned(context, campaign, dataset, experiment, facts)


def _assigned(experiment: Experiment, row: Row, place: Place | None, known: Known) -> Assigned:
    arm, segment_id = row["arm"] or "", row["segment_id"] or ""
    counts = {c.arm: c.customers for c in experiment.counts if c.segment_id == segment_id}
    found = Assigned(arm, row["segment"] or "", contacted=row["variant_id"] is not None)
    if place is None:
        return found
    shares, last = [], 0
    for each in experiment.arms:
        first, last = last + 1, last + counts.get(each.name, 0)
        shares.append(ArmShare(each.name, each.weight, first, last))
    own = next(each for each in shares if each.arm == arm)
    erased = last - place.among
    return replace(
        found,
        salt=experiment.salt,
        digest=place.digest if known.revealed else "",
        place=place.place,
        among=place.among,
        erased=erased,
        shares=tuple(shares),
        # Who was erased may have stood before this customer, never behind and before at once.
        agrees=own.first - erased <= place.place <= own.last,
    )


def _followed(
    context: Context,
    campaign: Campaign,
    experiment: Experiment,
    known: Known,
    part: InCampaign,
) -> InCampaign:
    """What was made of the assignment: message, exports, outcomes."""
    name, dataset = campaign.campaign_id, known.data[campaign.dataset_id]
    row = known.assignment(name) or {}
    variant = known.variants.get(row.get("variant_id") or "")
    exports = tuple(
        _export(context, known, campaign, each) for each in known.records.exports.get(name, ())
    )
    part = replace(
        part,
        exports=exports,
        outcomes=_outcomes(known.row(f"outcomes-{name}")),
        events=_events(known.rows.get(f"events-{name}", ()), revealed=known.revealed),
        nothing=_nothing(campaign, experiment, row, exports),
    )
    if variant is None:
        return part
    own = known.row(campaign.dataset_id) or {}
    return replace(
        part,
        received=received(context, campaign, dataset, variant, own, revealed=known.revealed),
        claims=claims_of(variant, known.sources[variant.variant_id]),
        decisions=decisions_on(variant, known.reviews.get(variant.variant_id, ())),
    )


def _nothing(
    campaign: Campaign, experiment: Experiment, row: Row, exports: Sequence[InExport]
) -> str:
    """Why no message was handed over; empty where one was, or somebody else sent it."""
    arm = row["arm"] or ""
    if campaign.imported:
        return not_contacted(arm) if arm == experiment.card.control else ""
    if row["variant_id"] is None:
        return not_contacted(arm)
    if any(not each.left_out for each in exports):
        return ""
    return not_exported(exports)


def _export(context: Context, known: Known, campaign: Campaign, each: HandedOver) -> InExport:
    by = known.records.exported_by.get((campaign.campaign_id, each.at), "")
    made = each.export
    since = known.left_out
    if since is not None and since.at <= each.at:
        return InExport(each.at, by, made.profile, SUPPRESSED)
    arm = (known.assignment(campaign.campaign_id) or {}).get("arm")
    lost = {left.reason for left in made.left_out if left.group == arm and left.customers}
    if not lost & _NO_ADDRESS or not PROFILES[made.profile].email_column:
        return InExport(each.at, by, made.profile)
    return InExport(each.at, by, made.profile, _address(context, known, campaign))


def _address(context: Context, known: Known, campaign: Campaign) -> str:
    dataset = known.data[campaign.dataset_id]
    texts = [c for c in dataset.columns if c.kind is ColumnKind.TEXT]
    table = context.table(dataset.dataset_id)
    email = email_column(table, [c.name for c in texts if c.role is ColumnRole.PERSONAL])
    if email is None:
        return NO_ADDRESS
    tables = context.table(f"assignments-{campaign.campaign_id}"), table
    return customer_trace.address_problem(tables, email, known.customer_id)


def _outcomes(row: Row | None) -> tuple[Cell, ...]:
    return tuple(Cell(name, value) for name, value in (row or {}).items() if name != CUSTOMER_ID)


def _events(rows: Sequence[Row], *, revealed: bool) -> tuple[Event, ...]:
    ordered = sorted(rows, key=lambda r: (r["happened_at"] or "", r["event_id"] or ""))
    return tuple(
        Event(row["kind"] or "", f"{row['happened_at']} UTC", _details(row, revealed=revealed))
        for row in ordered
    )


def _details(row: Row, *, revealed: bool) -> tuple[Cell, ...]:
    known = [(n, v) for n, v in row.items() if v is not None and n not in _EVENT_OWN]
    return tuple(
        Cell(name, HIDDEN, hidden=True)
        if name in _EVENT_PRIVATE and not revealed
        else Cell(name, value)
        for name, value in known
    )
