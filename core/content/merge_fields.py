"""Merge fields in a message: what is wrong with them, how they may read, and how they are filled.

A message is written in the neutral form of `core.content.merge_syntax`; every check reads it as
its readers may: with each default, and with each of two conditional texts.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

from core.content.claims import ClaimKind, claims
from core.content.merge_pieces import Condition, Field, Piece, Plain, Problem
from core.content.merge_syntax import parsed
from core.models.customers import ColumnKind
from core.models.merge_fields import MergeField
from core.models.messages import Finding, Level, Message, TextField

RULE = "merge_field"
# A value beside "percent" or "$" would become a discount or a price that nobody has approved.
_PROMISES = frozenset({ClaimKind.PERCENTAGE, ClaimKind.MONEY, ClaimKind.CODE})
_ANY_NUMBER = "7"


def spans(text: str) -> tuple[tuple[int, int], ...]:
    """Where well-formed merge fields and the tags of conditional texts stand, in order.

    Examples:
        >>> spans('Hello {{ first_name | default: "there" }}, {{ you')
        ((6, 41),)
    """
    return tuple(sorted(parsed(text).marks))


def names(message: Message) -> tuple[str, ...]:
    """The fields a message speaks of, each once, in the order of the text."""
    every = [parsed(message.part(part)) for part in TextField]
    found = [p.name for one in every for p in one.uses]
    return tuple(dict.fromkeys(found))


def merge_findings(
    text: str, field: TextField, allowed: Sequence[MergeField] | None
) -> tuple[Finding, ...]:
    """What is wrong with the merge fields of one part of a message.

    Args:
        text: the part.
        field: which part it is.
        allowed: the fields its readers have; None where nobody knows who will read it, so that
            a well-formed field with a default is left to a person.
    """
    read = parsed(text)
    known = None if allowed is None else {f.name: f for f in allowed}
    problems = [(p, Level.BLOCK) for p in read.problems]
    for used in read.uses:
        why = _wrong(used, known)
        if why:
            problems.append((Problem(used.start, used.end, why), Level.BLOCK))
        elif known is None:
            why = f"Whether the readers have the field '{used.name}' is not known here."
            problems.append((Problem(used.start, used.end, why), Level.REVIEW))
    problems += [(p, Level.BLOCK) for p in _promises(text)]
    return tuple(
        Finding(RULE, level, field, p.start, p.end, text[p.start : p.end], p.why)
        for p, level in sorted(problems, key=lambda each: (each[0].start, each[0].end))
    )


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as some readers get it, and where each stretch of it comes from.

    A stretch is (start, end, start in the source, end in the source).
    """

    text: str
    stretches: tuple[tuple[int, int, int, int], ...]

    def source(self, start: int, end: int) -> tuple[int, int]:
        """The place in the message that stands behind `text[start:end]`."""
        if not self.stretches or start >= end:
            return start, end
        first = next((s for s in self.stretches if s[1] > start), self.stretches[-1])
        last = next((s for s in self.stretches if s[1] >= end), self.stretches[-1])
        begin = first[2] + start - first[0] if _literal(first) else first[2]
        finish = last[2] + end - last[0] if _literal(last) else last[3]
        return min(begin, last[3]), max(finish, begin)


@dataclass(frozen=True, slots=True)
class MessageReading:
    """A whole message as some readers get it."""

    message: Message
    parts: Mapping[TextField, Reading]

    def back(self, finding: Finding, original: Message) -> Finding:
        """A finding about this reading as a finding about the message as it was written."""
        start, end = self.parts[finding.field].source(finding.start, finding.end)
        text = original.part(finding.field)[start:end]
        return replace(finding, start=start, end=end, text=text)


def readings(text: str) -> tuple[Reading, ...]:
    """The text with its defaults, for every way in which its comparisons may turn out.

    A value without a default reads as the name of its field, as it is no claim of ours.

    Examples:
        >>> [r.text for r in readings('Hi{% if tier == "Gold" %} again{% endif %}.')]
        ['Hi again.', 'Hi.']
    """
    read = parsed(text)
    choices = product((True, False), repeat=len(read.conditions))
    made = [_reading(read.pieces, choice, None) for choice in choices]
    return tuple({reading.text: reading for reading in made}.values())


def message_readings(message: Message) -> tuple[MessageReading, ...]:
    """The message as its readers may get it; just as it stands where nothing is to be filled in."""
    parts = {part: readings(message.part(part)) for part in TextField}
    most = max(len(each) for each in parts.values())
    made = []
    for place in range(most):
        chosen = {part: each[min(place, len(each) - 1)] for part, each in parts.items()}
        texts = {part.value: reading.text for part, reading in chosen.items()}
        made.append(MessageReading(Message(**texts), chosen))
    return tuple(made)


def default_text(text: str) -> str:
    """The text as a reader gets it of whom nothing is known."""
    return rendered(text, {})


def rendered(
    text: str, values: Mapping[str, str | None], *, shown: Mapping[str, str] | None = None
) -> str:
    """The text as one reader gets it; what is wrong with it stays as it stands.

    Values are words, never markup: whoever shows them escapes them. `shown` is put in the place
    of known values that are not to be seen; comparisons are with the values themselves.

    Examples:
        >>> rendered('Hello {{ first_name | default: "there" }},', {"first_name": "Zoë"})
        'Hello Zoë,'
    """
    return "".join(_filled(piece, values, shown or {}) for piece in parsed(text).pieces)


def rendered_message(
    message: Message, values: Mapping[str, str | None], *, shown: Mapping[str, str] | None = None
) -> Message:
    """The message as one reader gets it; `shown` as for `rendered`."""
    return Message(*(rendered(message.part(part), values, shown=shown) for part in TextField))


def _filled(piece: Piece, values: Mapping[str, str | None], shown: Mapping[str, str]) -> str:
    if isinstance(piece, Plain):
        return piece.text
    value = values.get(piece.name)
    if isinstance(piece, Field):
        return piece.filled(value if value is None else shown.get(piece.name, value))
    chosen = piece.branch(first=piece.holds(value))
    return "".join(_filled(inner, values, shown) for inner in chosen)


def _literal(stretch: tuple[int, int, int, int]) -> bool:
    return stretch[1] - stretch[0] == stretch[3] - stretch[2]


def _reading(pieces: Sequence[Piece], choice: Sequence[bool], value: str | None) -> Reading:
    """The reading for these outcomes; `value` stands for every value, None for the defaults."""
    text, stretches = "", []
    for piece in _chosen(pieces, choice):
        if isinstance(piece, Plain):
            said = piece.text
        elif value is None and piece.default is None:
            said = piece.name.replace("_", " ")
        else:
            said = piece.filled(value)
        stretches.append((len(text), len(text) + len(said), piece.start, piece.end))
        text += said
    return Reading(text, tuple(stretches))


def _chosen(pieces: Sequence[Piece], choice: Sequence[bool]) -> Iterator[Plain | Field]:
    outcomes = iter(choice)
    for piece in pieces:
        if isinstance(piece, Condition):
            yield from piece.branch(first=next(outcomes))
        else:
            yield piece


def _wrong(used: Field | Condition, known: Mapping[str, MergeField] | None) -> str:
    """Why a field or a condition cannot be used for these readers; empty where it can."""
    field = (known or {}).get(used.name)
    if known is not None and field is None:
        listed = ", ".join(sorted(known)) or "none"
        return f"There is no field '{used.name}' for these readers; there is: {listed}."
    if isinstance(used, Condition):
        return _wrong_comparison(used, field)
    if used.default is not None or (field and field.known_for_all):
        return ""
    missing = f" is not known of {field.missing:,} of {field.customers:,} readers" if field else ""
    said = f"'{used.name}'{missing}" if missing else f"'{used.name}' may be missing"
    return f'{said}, so a default is needed, such as {{{{ {used.name} | default: "there" }}}}.'


def _wrong_comparison(used: Condition, field: MergeField | None) -> str:
    if used.operator == "!=" and not (field and field.known_for_all):
        return (
            f"Where '{used.name}' is not known, != would hold; compare with == and put the other "
            "text after {% else %}."
        )
    if field is None:
        return ""
    number = field.kind is ColumnKind.NUMBER
    if field.kind is ColumnKind.DATE or number == isinstance(used.value, str):
        what = {ColumnKind.DATE: "a date, which cannot be compared here"}
        kind = what.get(field.kind, "a number" if number else "a text")
        return f"'{used.name}' is {kind}; compare it with its own kind of value."
    if not number and used.operator not in {"==", "!="}:
        return f"'{used.name}' is a text and has no order; compare it with ==."
    return ""


def _promises(text: str) -> Iterator[Problem]:
    """Fields whose value would become a price, a discount or a code."""
    read = parsed(text)
    for choice in product((True, False), repeat=len(read.conditions)):
        reading = _reading(read.pieces, choice, _ANY_NUMBER)
        filled = [s for s in reading.stretches if reading.text[s[0] : s[1]] == _ANY_NUMBER]
        for claim in claims(reading.text) if filled else ():
            for start, end, begin, finish in filled:
                if claim.kind in _PROMISES and claim.start < end and start < claim.end:
                    yield Problem(
                        begin,
                        finish,
                        "A customer's value here would read as a price, a discount or a code, "
                        "which only an approved passage may give.",
                    )
