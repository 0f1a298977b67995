"""Statements about the reader, which must be true for everybody who gets the message.

Each becomes a rule over the audience's own columns and is counted. A statement that an approved
document makes word for word rests on that document's audience, which is counted in its place.
What is false or unknown for anybody blocks, and so does what nobody can count.
"""

from collections.abc import Sequence
from dataclasses import replace

from core.content.merge_fields import Reading, readings
from core.content.merge_pieces import Condition
from core.content.merge_syntax import parsed
from core.content.reader_columns import (
    ReaderColumns,
    Unanswered,
    quoted,
    text_value,
)
from core.content.reader_meaning import Clock, Meant
from core.content.reader_phrases import Phrase, phrases
from core.content.reader_rules import meant
from core.content.sentences import same_sentence, sentences
from core.models.audience import EVERYBODY, CountedStatement, ReaderStatement
from core.models.content import Passage
from core.models.merge_fields import merge_fields
from core.models.messages import Message, TextField
from core.protocols.audience import Audience

RULE = "reader_statement"
_NOBODY_NAMED = "No audience is named, so nobody can count for how many readers it is so."
_TAKEN = "It takes something for granted of which nobody knows whether it is so."
_SIGNS = {"==": "=", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


def counted_statements(
    message: Message,
    passages: Sequence[Passage],
    audience: Audience | None,
    fields: Sequence[TextField] = tuple(TextField),
) -> tuple[CountedStatement, ...]:
    """Everything a message says of its reader, counted over its audience in one question.

    Args:
        message: as it is written, merge fields and conditional texts included.
        passages: what the message may rest on.
        audience: everybody who gets it; without one nothing can be counted.
        fields: the parts to look at.
    """
    every = [s for f in fields for s in reader_statements(message.part(f), f, passages, audience)]
    if audience is None:
        return tuple(CountedStatement(s, None) for s in every)
    rules = tuple(dict.fromkeys(s.rule for s in every if s.rule is not None))
    counts = dict(zip(rules, audience.count(rules), strict=True)) if rules else {}
    return tuple(CountedStatement(s, counts.get(s.rule or "")) for s in every)


def reader_statements(
    text: str,
    field: TextField,
    passages: Sequence[Passage] = (),
    audience: Audience | None = None,
) -> tuple[ReaderStatement, ...]:
    """What one part of a message says of its reader, each place once, in order."""
    approved = [(s.text, p) for p in passages for s in sentences(p.text)]
    columns = ReaderColumns()
    clock = None
    if audience is not None:
        columns = ReaderColumns(audience.columns, audience.categories(), audience.known)
        clock = Clock(audience.day, audience.data_day)
    found: dict[tuple[int, int, str | None], ReaderStatement] = {}
    for reading in readings(text):
        for phrase in phrases(reading.text):
            stated = _stated(phrase, approved, columns, clock)
            if clock is not None and not stated.approved:
                stated = _filled_in(stated, phrase, text, reading, columns, clock)
            placed = _placed(stated, field, text, reading, columns)
            found.setdefault((placed.start, placed.end, placed.rule), placed)
    return tuple(sorted(found.values(), key=lambda s: (s.start, s.end)))


def _stated(
    phrase: Phrase,
    approved: Sequence[tuple[str, Passage]],
    columns: ReaderColumns,
    clock: Clock | None,
) -> ReaderStatement:
    """A phrase as a statement at its place in the reading."""
    place = TextField.BODY, phrase.start, phrase.end, phrase.text
    by = [p for sentence, p in approved if same_sentence(sentence, phrase.sentence.text)]
    if by:
        first = next((p for p in by if _open(p)), by[0])
        rule = EVERYBODY if _open(first) else first.audience
        words = "everybody" if _open(first) else rule
        return ReaderStatement(*place, rule, words, approved=first.document_id)
    if phrase.kind == "soft":
        return ReaderStatement(*place, None, "", _TAKEN, soft=True)
    if clock is None:
        return ReaderStatement(*place, None, "", _NOBODY_NAMED)
    try:
        found = meant(phrase, columns, clock)
    except Unanswered as why:
        return ReaderStatement(*place, None, "", str(why))
    shown = {c.name for c in columns.columns if c.mentionable}
    silent = tuple(name for name in found.columns if name not in shown)
    return _until(place, phrase, found, silent)


def _filled_in(
    stated: ReaderStatement,
    phrase: Phrase,
    text: str,
    reading: Reading,
    columns: ReaderColumns,
    clock: Clock,
) -> ReaderStatement:
    """What is filled in is true of whoever has it ("as a {{ tier }} member"), else the default."""
    names = {f.name: f.column for f in merge_fields(columns.columns)}
    for used in parsed(text).fields:
        place = next((s for s in reading.stretches if (s[2], s[3]) == (used.start, used.end)), None)
        column = names.get(used.name, "")
        values = (columns.categories or {}).get(column)
        if place is None or not values or not phrase.start <= place[0] < phrase.end:
            continue
        whole = reading.text[: place[0]] + values[0] + reading.text[place[1] :]
        rule = f"{quoted(column)} = {text_value(values[0])}"
        if rule in _rules_at(whole, phrase.start, columns, clock):
            known = f"not ({quoted(column)} is missing)"
            everyone = known if stated.rule is None else f"{known} or ({stated.rule})"
            said = f"{column} is known" + ("" if stated.rule is None else f" or {stated.words}")
            return replace(stated, rule=everyone, words=said, problem="", silent=())
    return stated


def _rules_at(text: str, start: int, columns: ReaderColumns, clock: Clock) -> list[str]:
    found = []
    for phrase in phrases(text):
        try:
            if phrase.start == start:
                found.append(meant(phrase, columns, clock).rule)
        except Unanswered:
            continue
    return found


def _until(
    place: tuple[TextField, int, int, str], phrase: Phrase, found: Meant, silent: tuple[str, ...]
) -> ReaderStatement:
    field, start, _, _ = place
    end = min(max(found.end, start + 1), phrase.sentence.end)
    text = phrase.sentence.text[start - phrase.sentence.start : end - phrase.sentence.start]
    return ReaderStatement(field, start, end, text, found.rule, found.words, silent=silent)


def _open(passage: Passage) -> bool:
    return passage.audience.strip().lower() in {"", EVERYBODY}


def _placed(
    stated: ReaderStatement, field: TextField, text: str, reading: Reading, columns: ReaderColumns
) -> ReaderStatement:
    """The statement where it stands in the text, for the readers who get that text only."""
    start, end = reading.source(stated.start, stated.end)
    rule, words = stated.rule, stated.words
    if rule is not None:
        for guard, said in _guards(text, start, columns):
            rule, words = f"{guard} or ({rule})", f"{words}, for readers with {said}"
    return ReaderStatement(
        field, start, end, text[start:end], rule, words, stated.problem, stated.approved,
        stated.silent, stated.soft,
    )  # fmt: skip


def _guards(text: str, start: int, columns: ReaderColumns) -> list[tuple[str, str]]:
    """Rules of those who do not get what stands here, with words for those who do."""
    names = {f.name: f.column for f in merge_fields(columns.columns)}
    found = []
    for piece in parsed(text).pieces:
        if isinstance(piece, Condition) and piece.end <= start < piece.closed:
            column = names.get(piece.name)
            if column is None:
                continue
            first = any(p.start <= start < p.end for p in piece.then)
            found.append(_guard(piece, quoted(column), first=first))
    return found


def _guard(piece: Condition, name: str, *, first: bool) -> tuple[str, str]:
    value = text_value(piece.value) if isinstance(piece.value, str) else f"{piece.value:g}"
    rule = f"{name} {_SIGNS[piece.operator]} {value}"
    differs = piece.operator == "!="
    asked = f"{name} = {value}" if differs else rule
    # Where there is no value, Liquid lets != hold and no other comparison.
    if first is differs:
        hidden = f"(not ({name} is missing) and {asked})"
    else:
        hidden = f"({name} is missing) or not ({asked})"
    return hidden, rule if first else f"not {rule}"
