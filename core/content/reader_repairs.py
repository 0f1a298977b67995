"""What can be done about a statement that is not true of every reader."""

import re
from collections.abc import Iterable

from core.content.merge_syntax import parsed
from core.content.reader_columns import quoted
from core.content.sentences import sentences
from core.models.audience import ReaderStatement
from core.models.customers import Column, ColumnKind
from core.models.merge_fields import merge_fields

_SIMPLE = re.compile(
    r"(?P<column>\"(?:[^\"]|\"\")+\"|\w+) (?P<sign>=|>=|<=|>|<) "
    r"(?:'(?P<text>(?:[^']|'')*)'|(?P<number>-?[\d.]+)|(?P<flag>yes))"
)


def sentence_around(text: str, start: int, end: int) -> tuple[int, int]:
    """Where the sentence begins and ends that holds `text[start:end]`, short of any tag."""
    marks = [span for span in parsed(text).marks if text[span[0] : span[0] + 2] == "{%"]
    low = max((stop for _, stop in marks if stop <= start), default=0)
    high = min((begin for begin, _ in marks if begin >= end), default=len(text))
    inside = [(low + s.start, low + s.end) for s in sentences(text[low:high])]
    touched = [(a, b) for a, b in inside if a < end and start < b] or [(start, end)]
    return touched[0][0], touched[-1][1]


def without(text: str, statement: ReaderStatement) -> str:
    """The text without the sentence, and without the empty line or the spaces it would leave."""
    start, end = sentence_around(text, statement.start, statement.end)
    before, after = text[:start], text[end:]
    alone = (not before or before.endswith("\n")) and (not after or after.startswith("\n"))
    if alone:
        joined = before.rstrip() + ("\n\n" if before.strip() and after.strip() else "")
        return joined + after.lstrip()
    if not after or after.startswith("\n"):
        return before.rstrip(" ") + after
    return before + after.lstrip(" ")


def conditional(text: str, statement: ReaderStatement, columns: Iterable[Column]) -> str | None:
    """The text with the sentence only for those of whom it is true, or None where Liquid cannot."""
    test = _liquid(statement, tuple(columns))
    start, end = sentence_around(text, statement.start, statement.end)
    if test is None or "{%" in text[start:end] or _inside(text, start):
        return None
    # The space before goes with the sentence, so that others are left with no gap.
    lead = 1 if text[:start].endswith(" ") else 0
    made = f"{{% if {test} %}}{' ' * lead}{text[start:end]}{{% endif %}}"
    whole = text[: start - lead] + made + text[end:]
    return whole if not parsed(whole).problems else None


def offers(text: str, statement: ReaderStatement, columns: Iterable[Column]) -> tuple[str, ...]:
    """The repairs of one statement in words: remove, make conditional, narrow the audience."""
    start, end = sentence_around(text, statement.start, statement.end)
    said = [f"Remove the sentence: {text[start:end]}"]
    changed = conditional(text, statement, columns)
    if changed is not None:
        opening = changed.index("{% if", max(start - 1, 0))
        closing = changed.index("{% endif %}", opening) + len("{% endif %}")
        said.append(f"Make it conditional: {changed[opening:closing]}")
    if statement.rule is not None and not statement.silent:
        said.append(f"Narrow the audience of the whole campaign: {statement.rule}")
    return tuple(said)


def _inside(text: str, place: int) -> bool:
    return any(c.end <= place < c.closed for c in parsed(text).conditions)


def _liquid(statement: ReaderStatement, columns: tuple[Column, ...]) -> str | None:
    """The rule of a statement as a comparison a message may make."""
    match = _SIMPLE.fullmatch(statement.rule or "")
    if match is None:
        return None
    kinds = {quoted(c.name): c for c in columns}
    column = kinds.get(match["column"])
    names = {f.column: f.name for f in merge_fields(columns)}
    if column is None or column.name not in names or column.kind is ColumnKind.DATE:
        return None
    sign = "==" if match["sign"] == "=" else match["sign"]
    if match["number"] is not None:
        return f"{names[column.name]} {sign} {match['number']}"
    value = "yes" if match["flag"] else match["text"].replace("''", "'")
    return None if '"' in value else f'{names[column.name]} {sign} "{value}"'
