"""A message's paragraphs in HTML for a sender, also where a conditional text brings its own.

A reader who does not get a conditional paragraph gets no empty one instead: a `<p>` stands inside
the condition wherever it belongs to it, so that a mail has the paragraphs of the preview.
"""

from collections.abc import Mapping, Sequence
from itertools import product

from core.content.merge_dialects import Dialect, compiled_pieces
from core.content.merge_pieces import Condition, Field, Piece, Plain
from core.content.merge_slots import FIRST, Mark, mark_of, slots_of
from core.content.merge_syntax import parsed
from core.models.messages import Message

PARAGRAPH = '<p style="margin:0 0 16px;">{}</p>'
_BREAK = "\n\n"


def paragraphs(text: str) -> str:
    r"""Escaped text as paragraphs.

    Examples:
        >>> paragraphs("").count("<p"), paragraphs("a\n\n\n\nb").count("<p")
        (0, 2)
    """
    parts = [part.strip() for part in text.split(_BREAK)]
    return "\n".join(PARAGRAPH.format(p.replace("\n", "<br>\n")) for p in parts if p)


def sender_paragraphs(body: str, dialect: Dialect, columns: Mapping[Mark, str] | None) -> str:
    """The paragraphs of a message in the syntax of a sender.

    Raises:
        BadInput: the sender cannot say it, see `merge_dialects.compiled`.
    """
    if columns is None:
        columns = {mark_of(s.piece): s.name for s in slots_of(Message("", "", body))}
    made = (_block(pieces, dialect, columns) for pieces in _blocks(parsed(body).pieces))
    return "\n".join(block for block in made if block)


def _blocks(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """The pieces, parted where a paragraph ends for every reader."""
    blocks: list[list[Piece]] = [[]]
    for piece in pieces:
        if not isinstance(piece, Plain):
            blocks[-1].append(piece)
            continue
        for number, text in enumerate(piece.text.split(_BREAK)):
            if number:
                blocks.append([])
            blocks[-1].append(Plain(piece.start, piece.end, text))
    return blocks


def _block(pieces: Sequence[Piece], dialect: Dialect, columns: Mapping[Mark, str]) -> str:
    conditions = [p for p in pieces if isinstance(p, Condition)]
    if not conditions or _stays_one(pieces):
        return paragraphs(compiled_pieces(pieces, dialect, columns, html=True))
    readings = {
        choice: paragraphs(compiled_pieces(_chosen(pieces, choice), dialect, columns, html=True))
        for choice in product((True, False), repeat=len(conditions))
    }
    return _nested(conditions, readings, (), dialect, columns)


def _stays_one(pieces: Sequence[Piece]) -> bool:
    """Whether it is one paragraph, and never an empty one, whatever the conditions come to."""
    inside = [p for c in pieces if isinstance(c, Condition) for p in (*c.then, *c.otherwise)]
    breaks = any(isinstance(p, Plain) and _BREAK in p.text for p in inside)
    return not breaks and any(_says_something(p) for p in pieces)


def _says_something(piece: Piece) -> bool:
    if isinstance(piece, Condition):
        texts = (piece.then, piece.otherwise)
        return all(any(_says_something(p) for p in text) for text in texts)
    return isinstance(piece, Field) or bool(piece.text.strip())


def _chosen(pieces: Sequence[Piece], choice: Sequence[bool]) -> list[Piece]:
    outcomes, chosen = iter(choice), list[Piece]()
    for piece in pieces:
        if isinstance(piece, Condition):
            chosen += piece.branch(first=next(outcomes))
        else:
            chosen.append(piece)
    return chosen


def _nested(
    conditions: Sequence[Condition],
    readings: Mapping[tuple[bool, ...], str],
    choice: tuple[bool, ...],
    dialect: Dialect,
    columns: Mapping[Mark, str],
) -> str:
    """One condition in the other, with whole paragraphs in each."""
    if len(choice) == len(conditions):
        return readings[choice]
    first, other = (
        _nested(conditions, readings, (*choice, yes), dialect, columns) for yes in (True, False)
    )
    column = columns[mark_of(conditions[len(choice)])]
    opening = dialect.opening.format(column=column, first=FIRST)
    alternative = dialect.alternative + other if other else ""
    return opening + first + alternative + dialect.closing
