"""What a changed stretch of a mail is called, and how it is quoted: amounts and dates whole."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from core.content.claims import ClaimKind, claims
from core.content.mail_alignment import Alignment, Pair
from core.content.mail_words import Word, shown
from core.content.plain_reading import plain_reading
from core.models.sent_mail import Difference, DifferenceKind

_KINDS = {
    ClaimKind.PERCENTAGE: DifferenceKind.PERCENTAGE,
    ClaimKind.MONEY: DifferenceKind.PRICE,
    ClaimKind.DATE: DifferenceKind.DATE,
    ClaimKind.CODE: DifferenceKind.CODE,
    ClaimKind.NUMBER: DifferenceKind.NUMBER,
}
_RANK = {kind: rank for rank, kind in enumerate(DifferenceKind)}
_WIDEST = 6
_MOST_SIGNS = 3


@dataclass(frozen=True, slots=True)
class Quoted:
    """Words as one text, where each of them stands in it, and in which block."""

    text: str
    places: tuple[tuple[int, int], ...]
    blocks: tuple[int, ...]

    def around(self, start: int, end: int) -> range:
        """The words of the blocks in which words `start` to `end` stand, or would stand."""
        last = len(self.blocks) - 1
        if last < 0:
            return range(0)
        first, final = self.blocks[min(start, last)], self.blocks[min(max(end - 1, start), last)]
        begin = next(n for n, block in enumerate(self.blocks) if block == first)
        return range(begin, max(n for n, b in enumerate(self.blocks) if first <= b <= final) + 1)

    def part(self, start: int, end: int) -> str:
        """The text of words `start` to `end`."""
        if start >= end:
            return ""
        return " ".join(self.text[self.places[start][0] : self.places[end - 1][1]].split())


def quoted(words: Sequence[Word], names: Sequence[str], links: Sequence[str] = ()) -> Quoted:
    """The words as a person reads them: fields by their name, addresses in full.

    Args:
        words: of one text.
        names: of the merge fields, by their number.
        links: the addresses of a plain text, by their number.
    """
    parts: list[str] = []
    places: list[tuple[int, int]] = []
    length = 0
    for number, word in enumerate(words):
        before = words[number - 1] if number else word
        gap = "\n\n" if before.block != word.block else "" if word.glued or not number else " "
        said = links[word.link] if word.is_link and word.link is not None else word.text
        said = f"[{names[word.field]}]" if word.field is not None else said
        places.append((length + len(gap), length + len(gap) + len(said)))
        parts.append(gap + said)
        length += len(gap) + len(said)
    return Quoted("".join(parts), tuple(places), tuple(word.block for word in words))


def differences(
    alignment: Alignment, approved: Quoted, received: Quoted
) -> tuple[tuple[Pair, Difference], ...]:
    """Every changed stretch with its difference; `where` is left for the caller to say."""
    found = []
    for number, pair in enumerate(alignment.pairs):
        if not pair.same:
            kinds = (_amounts(approved, pair.a, pair.b), _amounts(received, pair.c, pair.d))
            found.append((pair, _difference(alignment.pairs, number, (approved, received), kinds)))
    return tuple(found)


_Amounts = tuple[tuple[int, int, DifferenceKind], ...]


def _amounts(text: Quoted, start: int, end: int) -> _Amounts:
    """The prices, dates and other amounts of the blocks around these words, by their words."""
    near = text.around(start, end)
    if not near:
        return ()
    begin = text.places[near[0]][0]
    found = []
    for claim in claims(text.text[begin : text.places[near[-1]][1]]):
        low, high = claim.start + begin, claim.end + begin
        inside = [n for n in near if text.places[n][0] < high and low < text.places[n][1]]
        kind = _KINDS.get(claim.kind)
        if kind is not None and inside:
            found.append((inside[0], inside[-1] + 1, kind))
    return tuple(found)


def _difference(
    pairs: Sequence[Pair], number: int, texts: tuple[Quoted, Quoted], kinds: Sequence[_Amounts]
) -> Difference:
    pair = pairs[number]
    touched = [
        (start - low, end - high, kind)
        for (low, high), amounts in zip(((pair.a, pair.b), (pair.c, pair.d)), kinds, strict=True)
        for start, end, kind in amounts
        if start < high and low < end
    ]
    left = _plain_pairs(pairs[:number][::-1], max((-s for s, _, _ in touched), default=0))
    right = _plain_pairs(pairs[number + 1 :], max((e for _, e, _ in touched), default=0))
    was = texts[0].part(pair.a - left, pair.b + right)
    now = texts[1].part(pair.c - left, pair.d + right)
    known = [kind for _, _, kind in touched]
    kind = min(known, key=lambda k: _RANK[k]) if known else _kind_of_words(was, now)
    return Difference(kind, "", shown(was), shown(now), _signs(was, now))


def _plain_pairs(pairs: Sequence[Pair], wanted: int) -> int:
    """How many equal words in a row come next, up to so many."""
    count = 0
    for pair in pairs[: min(max(wanted, 0), _WIDEST)]:
        if not pair.same or pair.d - pair.c != 1:
            break
        count += 1
    return count


def _kind_of_words(was: str, now: str) -> DifferenceKind:
    if "".join(was.split()) == "".join(now.split()):
        return DifferenceKind.SPACING
    if plain_reading(was).text.split() == plain_reading(now).text.split():
        return DifferenceKind.SIGN
    controls = any(unicodedata.category(sign) == "Cf" for sign in now)
    return DifferenceKind.SIGN if controls else DifferenceKind.WORDS


def _signs(was: str, now: str) -> str:
    """The signs of the received text that look like others or like nothing, by their names."""
    odd = [sign for sign in dict.fromkeys(now) if not sign.isascii() and sign not in was]
    told = [s for s in odd if was or unicodedata.category(s) in {"Cf", "Cc", "Co"}]
    return "; ".join(
        f"'{shown(s)}' is U+{ord(s):04X} {unicodedata.name(s, 'without a name')}"
        for s in told[:_MOST_SIGNS]
    )
