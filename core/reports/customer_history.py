"""The story of a customer in sections: the same on the page, on paper, and at the command line."""

import dataclasses
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from core.models.history import (
    Assigned,
    Cell,
    ClaimShown,
    History,
    InCampaign,
    InDataset,
    InSegment,
    Presence,
)
from core.reports.history_words import NO_CLAIM

MASKED, FULL, OWN = "masked", "full", "own"
"""What a copy is for: support and audit, whoever asked to see all, the customer."""

_NO_FRACTION = re.compile(r"(?<=\d)\.0+$")
_SECONDS = re.compile(r"(?<=:\d\d):\d\d(?:\.\d+)?")
_ABOUT = {
    MASKED: "For support and audit. The id is shortened and personal values are hidden.",
    FULL: "In full. Who asked for it, and why, stands in the audit trail.",
    OWN: "For the customer: all that is held of them here. Names of staff, their notes and the "
    "results of campaigns, which are no data of one person, are left out.",
}
_PRESENCE = {
    Presence.ERASED: "This customer was erased on request. Nothing is kept of them but a mark (a "
    "keyed hash of the id) that keeps them out when files come in again.",
    Presence.LEFT_OUT: "No data set here holds this customer. They are on the list of people to "
    "leave out, of which only a mark (a keyed hash of the id) is kept.",
}


@dataclass(frozen=True, slots=True)
class Section:
    """A heading of level 2 or 3 with lines of label and words, in order.

    What stands `aside` answers no question about a message; a page may fold it up.
    """

    title: str
    lines: tuple[tuple[str, str], ...]
    level: int = 2
    aside: bool = False


def sections(story: History, *, purpose: str = MASKED) -> tuple[Section, ...]:
    """The whole story, in the order in which it is read."""
    return tuple(_sections(story, purpose))


def history_text(story: History, *, purpose: str = MASKED) -> str:
    """The story as plain text."""
    lines = [f"Customer {story.customer}", ""]
    for section in sections(story, purpose=purpose):
        lines += [
            section.title,
            *(f"  {label}: {_indented(said)}" for label, said in section.lines),
        ]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def history_document(story: History, *, purpose: str = MASKED) -> dict[str, object]:
    """The story for a program: every field of it, times in ISO 8601, the e-mail as plain text."""
    found = _plain(story)
    assert isinstance(found, dict)  # noqa: S101 - a dataclass becomes one
    return {"about": _ABOUT[purpose], "purpose": purpose, **found}


def _sections(story: History, purpose: str) -> Iterator[Section]:
    yield Section("In short", tuple(_short(story)))
    if story.left_out is not None:
        out = story.left_out
        line = f"since {_moment(out.at)}, because: {out.reason}; put there by {out.by}"
        yield Section("No more marketing", (("On the list of people to leave out", line),))
    for dataset in story.datasets:
        yield Section(f"Data set {dataset.name}", tuple(_dataset(dataset)), aside=True)
    for segment in story.segments:
        older = segment.why is None
        yield Section(f"Segment {segment.segment}", tuple(_segment(segment)), aside=older)
    for campaign in story.campaigns:
        yield from _campaign(campaign)
    yield Section("About this copy", tuple(_about(story, purpose)), aside=True)


def _short(story: History) -> Iterator[tuple[str, str]]:
    yield "Customer", story.customer
    if story.presence is not Presence.KNOWN:
        yield "Standing", _PRESENCE[story.presence]
    for campaign in story.campaigns:
        yield campaign.name, in_short(campaign)
    for note in story.notes:
        yield "Note", note


def in_short(campaign: InCampaign) -> str:
    """One sentence on what a campaign meant for the customer."""
    if campaign.nothing:
        return f"Received nothing, because {campaign.nothing}."
    assigned = campaign.assigned
    group = "" if assigned is None else f" in the group '{assigned.arm}'"
    if campaign.received is None:
        return f"Is{group}; the mailing was made elsewhere, and its text is not known here."
    subject = campaign.received.message.subject
    return f"Is{group}; the message '{subject}' was handed to a sender for them."


def _dataset(held: InDataset) -> Iterator[tuple[str, str]]:
    yield "Imported", f"{_moment(held.imported_at)} by {held.imported_by}, from {held.source}"
    yield "Id of the data set", held.dataset_id
    yield from ((_label(cell.column), _said(cell)) for cell in held.cells)


def _segment(held: InSegment) -> Iterator[tuple[str, str]]:
    yield (
        "Version",
        (f"{held.segmentation_id} ({held.method}), made {_moment(held.made_at)} by {held.made_by}"),
    )
    why = held.why
    if why is not None:
        yield "Why", why.words
        for place, words in enumerate(why.features, start=1):
            yield f"Feature {place}", words
        yield from ((f"Score for {s.axis}", f"{s.score} of 5 ({_label(s.column)} {s.value})")
                    for s in why.scores)  # fmt: skip
        if why.distances:
            listed = "; ".join(f"{d.segment} {d.distance:.3f}" for d in why.distances)
            yield "Distance to each centre", listed
        yield "Came second", why.runner_up or "no other segment"
    yield "Margin", f"{held.confidence:.3f} of 1 (0: on the line to another segment)"


def _campaign(part: InCampaign) -> Iterator[Section]:
    mark = " (SIMULATED)" if part.simulated else ""
    begun = part.prepared_at is not None
    yield Section(f"Campaign {part.name}{mark}", tuple(_decided(part)), aside=not begun)
    if part.received is not None:
        yield Section("Message as this customer gets it", tuple(_message(part)), 3)
        yield Section("Claims and what supports them", tuple(_claims(part)), 3)
        yield Section("Who decided about it", tuple(_decisions(part)), 3)
    if part.assigned is not None:
        yield Section("Handed over, and what happened", tuple(_happened(part)), 3)


def _decided(part: InCampaign) -> Iterator[tuple[str, str]]:
    yield "In short", in_short(part)
    yield "Id and state", f"{part.campaign_id}, {part.state.replace('_', ' ')}"
    if part.prepared_at is not None:
        yield "Prepared", f"{_moment(part.prepared_at)} by {part.prepared_by}"
    if part.assigned is not None:
        yield "Segment", part.assigned.segment
        yield "Group", part.assigned.arm
        yield from _recomputed(part.assigned)
    if part.result:
        yield "Result of the campaign", f"{part.result} {NO_CLAIM}"


def _recomputed(assigned: Assigned) -> Iterator[tuple[str, str]]:
    if not assigned.salt:
        yield "Drawn by", "whoever made the mailing; it cannot be worked out again here"
        return
    gone = f"; {assigned.erased} were erased since" if assigned.erased else ""
    yield (
        "Drawn by lot",
        ("the customers of the segment, in the order of SHA-256 of 'key:id', are cut into groups"),
    )
    yield "Key", assigned.salt
    yield "Number", assigned.digest or "hidden: with the key it would tell the id"
    yield "Place", f"{assigned.place:,} of {assigned.among:,} in the segment{gone}"
    yield "Groups", "; ".join(
        f"{s.arm} {100 * s.weight:.4g} %: " + (f"places {s.first:,} to {s.last:,}"
                                             if s.last >= s.first else "nobody")
        for s in assigned.shares
    )  # fmt: skip
    yield "Worked out again", "the same group" if assigned.agrees else "ANOTHER group"


def _message(part: InCampaign) -> Iterator[tuple[str, str]]:
    found = part.received
    if found is not None:
        yield "Subject", found.message.subject
        yield "Preheader", found.message.preheader
        yield "Body", found.message.body
        yield "Tone", found.tone
        yield "Id", f"{found.variant_id}, revision {found.revision}, {_label(found.state)}"


def _claims(part: InCampaign) -> Iterator[tuple[str, str]]:
    """Claims of the same passage together, in the order of the message."""
    if not part.claims:
        yield "Claims", "none that could be held against anybody"
    found: dict[str, dict[str, None]] = {}
    for claim in part.claims:
        found.setdefault(_supported(claim), {})[f"“{claim.text}”"] = None
    for support, texts in found.items():
        yield ", ".join(texts), support


def _supported(claim: ClaimShown) -> str:
    if not claim.document_id:
        return claim.standing
    return (
        f"{claim.standing} by passage {claim.passage + 1} of {claim.document_id} version "
        f"{claim.version} ({claim.title}): “{claim.sentence}”"
    )


def _decisions(part: InCampaign) -> Iterator[tuple[str, str]]:
    if not part.decisions:
        yield "Decisions", "nobody has decided about it"
    for each in part.decisions:
        sure = "" if each.verified else " (not verified)"
        batch = ", in one go" if each.batch else ""
        because = f", because: {each.reason}" if each.reason else ""
        yield _label(each.decision), f"{each.by}{sure}, {_moment(each.at)}{batch}{because}"


def _happened(part: InCampaign) -> Iterator[tuple[str, str]]:
    if not part.exports:
        yield "Exports", "nothing was handed over from here"
    for export in part.exports:
        missing = f": not in it, {export.left_out}" if export.left_out else ": in it"
        by = f" by {export.by}" if export.by else ""
        yield f"Export for {export.profile}", f"{_moment(export.at)}{by}{missing}"
    for event in part.events:
        more = ", ".join(f"{_label(c.column)} {_said(c)}" for c in event.details)
        yield _label(event.kind), _to_the_minute(event.at) + (f" ({more})" if more else "")
    if not part.outcomes:
        yield "Outcomes", "none are known"
    yield from ((_label(cell.column), _outcome(cell)) for cell in part.outcomes)


def _about(story: History, purpose: str) -> Iterator[tuple[str, str]]:
    yield "For", _ABOUT[purpose]
    yield "As of", _moment(story.made_at)
    yield "In the audit trail", story.token or "named nowhere"


def _said(cell: Cell) -> str:
    if cell.hidden:
        return "hidden"
    return "not known" if cell.value is None else cell.value


def _outcome(cell: Cell) -> str:
    """As people write it: yes for true, 12 for 12.0."""
    said = _said(cell)
    return {"true": "yes", "false": "no"}.get(said, _NO_FRACTION.sub("", said))


def _to_the_minute(at: str) -> str:
    return _SECONDS.sub("", at)


def _label(name: str) -> str:
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _indented(said: str) -> str:
    return said.replace("\n", "\n    ")


def _plain(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        # The e-mail as HTML is for looking at; its words are in the message and the plain text.
        fields = [f.name for f in dataclasses.fields(value) if f.name != "html"]
        return {name: _plain(getattr(value, name)) for name in fields}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(each) for each in value]
    if isinstance(value, datetime):
        return value.isoformat()
    return value.value if isinstance(value, Enum) else value
