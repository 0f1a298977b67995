"""Findings from tables of patterns: what every check of this package is made of."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from core.models.messages import Finding, Level, TextField


@dataclass(frozen=True, slots=True)
class PatternRule:
    """One row of a table: what it finds, how serious that is, and the words for a person."""

    rule: str
    level: Level
    pattern: re.Pattern[str]
    explanation: str


def row(rule: str, level: Level, pattern: str, explanation: str) -> PatternRule:
    """A row whose pattern ignores case and treats each line as one; (?-i:...) turns case on."""
    return PatternRule(rule, level, re.compile(pattern, re.IGNORECASE | re.MULTILINE), explanation)


def at(rule: PatternRule, text: str, field: TextField, start: int, end: int) -> Finding:
    """The finding of a rule at one place of a field's text."""
    return Finding(rule.rule, rule.level, field, start, end, text[start:end], rule.explanation)


def find(rules: Iterable[PatternRule], text: str, field: TextField) -> tuple[Finding, ...]:
    """Every place where a rule holds, in the order of the table, without two at one place."""
    found: list[Finding] = []
    for rule in rules:
        for match in rule.pattern.finditer(text):
            start, end = match.span()
            if not any(f.start <= start and end <= f.end for f in found):
                found.append(at(rule, text, field, start, end))
    return tuple(found)


def words_pattern(phrases: Iterable[str]) -> re.Pattern[str] | None:
    """A pattern for any of these words or phrases as whole words, or None without phrases.

    Case, the number of spaces and the shape of an apostrophe do not matter; a phrase that ends
    in `*` also matches longer words.
    """
    parts = [_phrase(p) for p in sorted({p.strip() for p in phrases}, key=len, reverse=True) if p]
    if not parts:
        return None
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts)})", re.IGNORECASE)


def _phrase(phrase: str) -> str:
    stem = phrase.removesuffix("*").strip()
    words = r"\s+".join(re.escape(word) for word in stem.split())
    ending = r"\w*" if phrase.endswith("*") else r"(?!\w)"
    return re.sub(r"['\u2019]", "['\u2019]", words) + ending
