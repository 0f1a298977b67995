"""Lines and paragraphs, and how many of them make a message of the right length."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.content.sentences import count_words

_NEEDED = 0
# Of the room between the fewest and the most words: enough, and the most that is ever filled.
_ENOUGH, _CEILING = 0.55, 0.8


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence of a message: quoted with its passages, or the writer's own without any.

    Lines of rank 0 are needed; the others are added from the lowest rank up while there is room.
    """

    text: str
    passage_ids: tuple[str, ...] = ()
    rank: int = _NEEDED


Paragraph = tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph to be: quoted lines, and the writer's words around them.

    The words around quoted lines go when none of these is left, unless the block `stays`.
    """

    lines: Paragraph = ()
    before: str | None = None
    after: str | None = None
    stays: bool = False

    def with_(self, kept: frozenset[Line]) -> Paragraph:
        """The paragraph with its needed lines and those that are kept; perhaps empty."""
        lines = tuple(n for n in self.lines if n.rank == _NEEDED or n in kept)
        if not (lines or self.stays):
            return ()
        before = (Line(self.before),) if self.before else ()
        after = (Line(self.after),) if self.after else ()
        return (*before, *lines, *after)


def fit(blocks: Sequence[Block], *, least: int, most: int) -> tuple[Paragraph, ...]:
    """The paragraphs with as many lines as are good between these two numbers of words.

    They have fewer words when there is nothing left to add, and more when too much is needed.
    """
    room = most - least
    kept = frozenset[Line]()
    optional = [line for block in blocks for line in block.lines if line.rank > _NEEDED]
    for line in sorted(optional, key=lambda n: n.rank):
        if words_of(_paragraphs(blocks, kept)) >= least + _ENOUGH * room:
            break
        if words_of(_paragraphs(blocks, kept | {line})) <= least + _CEILING * room:
            kept |= {line}
    return _paragraphs(blocks, kept)


def words_of(paragraphs: Sequence[Paragraph]) -> int:
    """How many words the paragraphs have together."""
    return sum(count_words(line.text) for paragraph in paragraphs for line in paragraph)


def _paragraphs(blocks: Sequence[Block], kept: frozenset[Line]) -> tuple[Paragraph, ...]:
    made = (block.with_(kept) for block in blocks)
    return tuple(paragraph for paragraph in made if paragraph)
