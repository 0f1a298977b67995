"""Which words of a received mail stand for which approved ones, and what stands for merge fields.

What is equal from the front and from the back is paired at once, merge fields included; only what
lies between is aligned by the least number of changed words.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from core.content.mail_words import Word, joined

#: The most words of the value of one merge field.
LONGEST_VALUE = 12
_ANCHOR = 4
_MOST_CELLS = 3_000_000
_EMPTY_VALUE, _WORD_OF_VALUE, _SPACING, _NOT_A_LINK = 0.3, 0.01, 0.6, 1.8
_FAR = 1e9


@dataclass(frozen=True, slots=True)
class Pair:
    """Approved words `[a:b]` and the received words `[c:d]` that stand for them.

    `same` where they are equal, or where a merge field is filled in; else one of the two may be
    empty.
    """

    a: int
    b: int
    c: int
    d: int
    same: bool


@dataclass(frozen=True, slots=True)
class Filled:
    """What stands where merge field `number` was."""

    number: int
    value: str


@dataclass(frozen=True, slots=True)
class Alignment:
    """Pairs in order, neighbouring changes as one, and the values of the merge fields."""

    pairs: tuple[Pair, ...]
    values: tuple[Filled, ...]

    @property
    def changes(self) -> tuple[Pair, ...]:
        """The stretches that are not as approved."""
        return tuple(pair for pair in self.pairs if not pair.same)


def align(approved: Sequence[Word], received: Sequence[Word]) -> Alignment:
    """The received words beside the approved ones.

    Examples:
        >>> from core.content.mail_words import words_of
        >>> found = align(words_of("Save 20 % now"), words_of("Save 25 % now"))
        >>> [(p.a, p.b, p.c, p.d) for p in found.changes]
        [(1, 2, 1, 2)]
    """
    head = _from_the_front(approved, received)
    i, j = _end(head, (0, 0))
    tail = _from_the_back(approved[i:], received[j:], (i, j))
    n, m = (tail[0].a, tail[0].c) if tail else (len(approved), len(received))
    middle = _between(approved[i:n], received[j:m], (i, j))
    pairs = _merged([*head, *middle, *tail])
    values = tuple(
        Filled(number, joined(received[pair.c : pair.d]))
        for pair in pairs
        if pair.same and pair.b - pair.a == 1
        for number in [approved[pair.a].field]
        if number is not None
    )
    return Alignment(pairs, values)


def _end(pairs: Sequence[Pair], otherwise: tuple[int, int]) -> tuple[int, int]:
    return (pairs[-1].b, pairs[-1].d) if pairs else otherwise


def _from_the_front(approved: Sequence[Word], received: Sequence[Word]) -> list[Pair]:
    found: list[Pair] = []
    i = j = 0
    while i < len(approved) and j < len(received):
        if approved[i].field is None:
            if approved[i].key != received[j].key:
                break
            taken = 1
        else:
            taken = _until(approved, i + 1, received, j)
            if taken < 0:
                break
        found.append(Pair(i, i + 1, j, j + taken, same=True))
        i, j = i + 1, j + taken
    return found


def _until(approved: Sequence[Word], i: int, received: Sequence[Word], j: int) -> int:
    """How many received words a value has, by the words that come next; -1 where nobody knows."""
    following: list[str] = []
    for word in approved[i : i + _ANCHOR]:
        if word.field is not None:
            break
        following.append(word.key)
    if not following:
        left = len(received) - j
        return left if i == len(approved) and 0 < left <= LONGEST_VALUE else -1
    for taken in range(1, LONGEST_VALUE + 1):
        at = j + taken
        if [w.key for w in received[at : at + len(following)]] == following:
            return taken
    return -1


def _from_the_back(
    approved: Sequence[Word], received: Sequence[Word], start: tuple[int, int]
) -> list[Pair]:
    found: list[Pair] = []
    i, j = len(approved), len(received)
    while i and j and approved[i - 1].field is None and approved[i - 1].key == received[j - 1].key:
        i, j = i - 1, j - 1
        found.append(
            Pair(start[0] + i, start[0] + i + 1, start[1] + j, start[1] + j + 1, same=True)
        )
    return found[::-1]


def _between(
    approved: Sequence[Word], received: Sequence[Word], start: tuple[int, int]
) -> list[Pair]:
    n, m = len(approved), len(received)
    if not n and not m:
        return []
    if not n or not m or n * m > _MOST_CELLS:
        return [Pair(start[0], start[0] + n, start[1], start[1] + m, same=False)]
    steps = _steps(approved, received)
    found: list[Pair] = []
    i, j = n, m
    while i or j:
        back, forth = steps[i][j]
        same = back == 1 and _fits(approved[i - 1], received[j - forth : j])
        found.append(
            Pair(start[0] + i - back, start[0] + i, start[1] + j - forth, start[1] + j, same=same)
        )
        i, j = i - back, j - forth
    return found[::-1]


def _fits(approved: Word, received: Sequence[Word]) -> bool:
    if approved.field is not None:
        return True
    return len(received) == 1 and approved.key == received[0].key


def _steps(approved: Sequence[Word], received: Sequence[Word]) -> list[list[tuple[int, int]]]:
    """For every pair of places the last step of the cheapest way there."""
    m = len(received)
    cost = [float(j) for j in range(m + 1)]
    steps = [[(0, 1)] * (m + 1)]
    for word in approved:
        row, ways = _filled_in(cost) if word.field is not None else _paired(word, received, cost)
        cost = row
        steps.append(ways)
    return steps


def _paired(
    word: Word, received: Sequence[Word], above: Sequence[float]
) -> tuple[list[float], list[tuple[int, int]]]:
    row, ways = [above[0] + 1], [(1, 0)]
    key = word.key
    for j, other in enumerate(received, start=1):
        best, way = above[j - 1], (1, 1)
        if key != other.key:
            best += _price(word, other)
        if above[j] + 1 < best:
            best, way = above[j] + 1, (1, 0)
        if row[j - 1] + 1 < best:
            best, way = row[j - 1] + 1, (0, 1)
        row.append(best)
        ways.append(way)
    return row, ways


def _price(word: Word, other: Word) -> float:
    if word.is_link is not other.is_link:
        return _NOT_A_LINK
    return _SPACING if word.text == other.text else 1.0


def _filled_in(above: Sequence[float]) -> tuple[list[float], list[tuple[int, int]]]:
    row, ways = list[float](), list[tuple[int, int]]()
    for j in range(len(above)):
        best, way = _FAR, (1, 0)
        for taken in range(min(j, LONGEST_VALUE) + 1):
            price = above[j - taken] + (_WORD_OF_VALUE * taken if taken else _EMPTY_VALUE)
            if price < best:
                best, way = price, (1, taken)
        if row and row[-1] + 1 < best:
            best, way = row[-1] + 1, (0, 1)
        row.append(best)
        ways.append(way)
    return row, ways


def _merged(pairs: Sequence[Pair]) -> tuple[Pair, ...]:
    found: list[Pair] = []
    for pair in pairs:
        last = found[-1] if found else None
        if last is not None and not last.same and not pair.same:
            found[-1] = Pair(last.a, pair.b, last.c, pair.d, same=False)
        else:
            found.append(pair)
    return tuple(found)
