"""The words of a message that differ from reader to reader, worked out before they leave.

Senders disagree about filters, defaults and comparisons, and about what a missing value is. So the
recipients file holds the words themselves, and for a conditional text which of the two it is; the
sender only puts them in. What is put in is then what the preview shows, whoever sends.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, count

from core.content.merge_pieces import Condition, Field, Piece
from core.content.merge_syntax import parsed
from core.models.messages import Message, TextField

#: What stands in the file for a reader who gets the first text of two, or the other one.
FIRST, OTHER = "first", "other"

#: What two places have in common that are filled alike.
Mark = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Slot:
    """One place of a message that differs, and the name of the column it is filled from."""

    name: str
    piece: Field | Condition

    @property
    def missing(self) -> str:
        """What is put in for a reader of whom nothing is known."""
        return self.filled(None)

    @property
    def source(self) -> str:
        """The place as it stands in the message, of a conditional text the comparison."""
        if isinstance(self.piece, Field):
            return self.piece.source
        return f"{self.piece.name} {self.piece.operator} {self.piece.value}: {FIRST}, else {OTHER}"

    @property
    def as_it_is(self) -> bool:
        """Whether a known value is put in as it is."""
        return isinstance(self.piece, Field) and not self.piece.changes

    def filled(self, value: str | None) -> str:
        """What is put in for a reader with this value, None for one without.

        Examples:
            >>> slot = slots_of(Message('{{ name | capitalize | default: "you" }}', "", ""))[0]
            >>> slot.filled("ANN"), slot.missing
            ('Ann', 'you')
        """
        if isinstance(self.piece, Field):
            return self.piece.filled(value)
        return FIRST if self.piece.holds(value) else OTHER


def slots_of(message: Message) -> tuple[Slot, ...]:
    """The places of a message that differ, each once, in the order of the text.

    The first use of a field bears its name, `first_name`; other words made of it are
    `first_name_2` and so on, and a comparison is `tier_choice`.
    """
    found: dict[Mark, Slot] = {}
    taken: set[str] = set()
    for piece in _differing(message):
        if mark_of(piece) in found:
            continue
        base = piece.name if isinstance(piece, Field) else f"{piece.name}_choice"
        more = (f"{base}_{number}" for number in count(2))
        name = next(each for each in chain((base,), more) if each not in taken)
        taken.add(name)
        found[mark_of(piece)] = Slot(name, piece)
    return tuple(found.values())


def mark_of(piece: Field | Condition) -> Mark:
    """What two places have in common that are filled alike."""
    if isinstance(piece, Field):
        return (piece.source,)
    return (piece.name, piece.operator, type(piece.value), piece.value)


def _differing(message: Message) -> Iterator[Field | Condition]:
    for part in TextField:
        yield from _in(parsed(message.part(part)).pieces)


def _in(pieces: Iterable[Piece]) -> Iterator[Field | Condition]:
    for piece in pieces:
        if isinstance(piece, Field):
            yield piece
        elif isinstance(piece, Condition):
            yield piece
            yield from _in((*piece.then, *piece.otherwise))
