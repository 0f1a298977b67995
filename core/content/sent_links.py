"""The links of a received mail held against the approved ones, by the words they stand on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from core.content.approved_mail import WAY_OUT
from core.content.mail_alignment import Alignment
from core.content.mail_words import Word, joined, shown
from core.content.tracking_links import (
    LinkState,
    SeenLink,
    leads_to,
    seen_through,
    works_as_way_out,
)
from core.models.sent_mail import Difference, DifferenceKind


@dataclass(slots=True)
class LinkReport:
    """What was found of the links: what differs, what cannot be seen, what was added."""

    differences: list[tuple[int, Difference]] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class LinkedWords:
    """Words and the addresses they carry by number."""

    words: tuple[Word, ...]
    links: tuple[str, ...]


def compared_links(
    alignment: Alignment, approved: LinkedWords, received: LinkedWords, button: str | None
) -> LinkReport:
    """Every link of the approved words, and every other link on the received words.

    Args:
        alignment: of the two.
        approved: the words that were approved.
        received: the words that were received, without the lines of the sender's own.
        button: where the button leads; the way out may not lead there.
    """
    report, used = LinkReport(), set[int]()
    for number, (places, found) in _by_approved_link(alignment, approved, received).items():
        used |= found
        where, target = places[0], approved.links[number]
        words = joined([w for w in (approved.words[p] for p in places) if not w.is_link])
        if not found:
            if not approved.words[where].is_link:
                _report_lost(report, where, target)
            continue
        for each in sorted(found):
            if target == WAY_OUT:
                _way_out(report, where, received.links[each], button)
            else:
                _one(report, (where, words), target, received.links[each])
    _report_others(report, alignment, received, used)
    return report


def _by_approved_link(
    alignment: Alignment, approved: LinkedWords, received: LinkedWords
) -> dict[int, tuple[list[int], set[int]]]:
    """For each approved link its words, and the received links that stand on them."""
    found: dict[int, tuple[list[int], set[int]]] = {}
    for pair in alignment.pairs:
        theirs = {received.words[k].link for k in range(pair.c, pair.d)} - {None}
        for place in range(pair.a, pair.b):
            number = approved.words[place].link
            if number is not None:
                places, links = found.setdefault(number, ([], set()))
                places.append(place)
                links.update(link for link in theirs if link is not None)
    return found


def _report_lost(report: LinkReport, where: int, target: str) -> None:
    kind = DifferenceKind.UNSUBSCRIBE if target == WAY_OUT else DifferenceKind.LINK
    was = "a link to unsubscribe" if target == WAY_OUT else target
    report.differences.append((where, Difference(kind, "", was, "", "no link stands here")))


def _way_out(report: LinkReport, where: int, target: str, button: str | None) -> None:
    way = seen_through(button or WAY_OUT, target)
    works = works_as_way_out(target)
    leads_back = button is not None and way.state is LinkState.SAME
    if works and not leads_back:
        report.notes.append(f"The way out leads to {shown(leads_to(target))}; follow it once.")
        return
    why = "leads to the page of the button" if works else "leads nowhere"
    found = Difference(
        DifferenceKind.UNSUBSCRIBE, "", "a link that works", shown(target)[:300], why
    )
    report.differences.append((where, found))


def _one(report: LinkReport, at: tuple[int, str], approved: str, received: str) -> None:
    where, words = at
    seen = seen_through(approved, received)
    if seen.state is LinkState.DIFFERS:
        report.differences.append((where, _other(approved, seen)))
    elif seen.state is LinkState.UNSEEN:
        said = f"'{words}'" if words else "the address in the plain text"
        report.unseen.append(f"{said} leads through {seen.through} (approved: {approved})")
    if seen.added:
        report.notes.append(f"The sender added to links: {', '.join(seen.added)}.")
    if seen.through and seen.state is LinkState.SAME:
        report.notes.append(f"Links lead through {seen.through} to the approved address.")


def _other(approved: str, seen: SeenLink) -> Difference:
    why = seen.why + (f", through {seen.through}" if seen.through else "")
    return Difference(DifferenceKind.LINK, "", approved, shown(seen.target)[:300], why)


def _report_others(
    report: LinkReport, alignment: Alignment, received: LinkedWords, used: set[int]
) -> None:
    """Links on words that have none in the approved mail; one that says its own address is fine."""
    for number, places in _others(received, used):
        words = joined([received.words[p] for p in places])
        target = received.links[number]
        near = next((pair.a for pair in alignment.pairs if pair.d > places[0]), 0)
        named = words if "://" in words else f"https://{words}"
        mail = target.lower().removeprefix("mailto:") == words.lower()
        if mail or seen_through(named, target).state is LinkState.SAME:
            report.notes.append(f"The sender made a link of '{shown(words)}'.")
            continue
        said = f"a link on '{shown(words)}' to {shown(target)[:300]}"
        report.differences.append((near, Difference(DifferenceKind.LINK, "", "", said)))


def _others(received: LinkedWords, used: set[int]) -> Iterator[tuple[int, Sequence[int]]]:
    found: dict[int, list[int]] = {}
    for place, word in enumerate(received.words):
        if word.link is not None and word.link not in used and not word.is_link:
            found.setdefault(word.link, []).append(place)
    yield from found.items()
