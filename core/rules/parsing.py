"""From the text of a rule to the rule, or to a sentence that says where it stops making sense."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from core.errors import BadInput
from core.rules.syntax import (
    Comparison,
    Conjunction,
    Disjunction,
    Everyone,
    Missing,
    Negation,
    OneOf,
    Rule,
)
from core.rules.values import Operator, Value

_MAX_CHARACTERS = 10_000
_MAX_DEPTH = 50
_TOKEN = re.compile(
    r"""(?P<number>[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
      | (?P<text>'(?:[^']|'')*')
      | (?P<name>"(?:[^"]|"")+")
      | (?P<word>[^\W\d]\w*)
      | (?P<sign><=|>=|!=|[=<>(),])""",
    re.VERBOSE,
)
_UNUSABLE = re.compile("[\x00\ud800-\udfff]")
_FLAGS = {"yes": True, "true": True, "no": False, "false": False}
_RESERVED = {"and", "or", "not", "in", "is", "between", "missing", "everyone", *_FLAGS}
_COMPARISON = "a comparison (= != < <= > >=), in, not in, between or is missing"
_VALUE = "a number, 'text' in single quotes, yes or no"


def parse(text: str) -> Rule:
    """The rule a text says; nothing, or "everyone", is the rule that always holds.

    Raises:
        BadInput: the text is not a rule; names the character, what was found and what is allowed.
    """
    if len(text) > _MAX_CHARACTERS:
        raise BadInput(
            f"A rule has at most {_MAX_CHARACTERS:,} characters; this one has {len(text):,}."
        )
    if not text.strip():
        return Everyone()
    return _Parser(text, _tokens(text)).whole()


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    position: int

    @property
    def keyword(self) -> str:
        """The reserved word or sign this is, or an empty text."""
        if self.kind == "sign":
            return self.text
        word = self.text.lower() if self.kind == "word" else ""
        return word if word in _RESERVED else ""


def _tokens(text: str) -> list[_Token]:
    bad = _UNUSABLE.search(text)
    if bad:
        raise _problem(text, bad.start(), "a character that is not text", "readable text")
    tokens, position = [], 0
    while position < len(text):
        if text[position].isspace():
            position += 1
            continue
        match = _TOKEN.match(text, position)
        if match is None:
            raise _unknown(text, position)
        tokens.append(_Token(match.lastgroup or "", match.group(), position))
        position = match.end()
    return [*tokens, _Token("end", "", len(text))]


def _problem(text: str, position: int, found: str, allowed: str) -> BadInput:
    shown = text if len(text) <= 100 else f"{text[:100]}…"
    return BadInput(
        f"In the rule [{shown}] at character {position + 1}: found {found}, expected {allowed}."
    )


def _unknown(text: str, position: int) -> BadInput:
    mark = text[position]
    if mark in "'\"" and text[position + 1 : position + 2] == mark:
        return _problem(text, position, "an empty column name", "a column name")
    if mark in "'\"":
        return _problem(text, position, "a quotation mark that is never closed", f"another {mark}")
    return _problem(text, position, repr(mark), "a column name, a comparison or a value")


@dataclass(slots=True)
class _Parser:
    text: str
    tokens: list[_Token]
    index: int = 0
    depth: int = field(default=0)

    @property
    def next(self) -> _Token:
        return self.tokens[self.index]

    def take(self) -> _Token:
        token = self.next
        self.index = min(self.index + 1, len(self.tokens) - 1)
        return token

    def accept(self, keyword: str) -> bool:
        """Whether the next token is this keyword; takes it when it is."""
        found = self.next.keyword == keyword
        if found:
            self.take()
        return found

    def expect(self, keyword: str) -> None:
        if not self.accept(keyword):
            raise self.unexpected(f"'{keyword}'")

    def unexpected(self, allowed: str) -> BadInput:
        token = self.next
        found = "the end" if token.kind == "end" else token.text[:40]
        if token.kind == "word" and allowed == _VALUE:
            allowed = f"{_VALUE}; text needs quotes: '{token.text[:40]}'"
        return _problem(self.text, token.position, found, allowed)

    def whole(self) -> Rule:
        rule = self.either()
        if self.next.kind != "end":
            raise self.unexpected("'and', 'or' or the end")
        return rule

    def either(self) -> Rule:
        return self.chain("or", self.both, Disjunction)

    def both(self) -> Rule:
        return self.chain("and", self.single, Conjunction)

    def chain(
        self, word: str, part: Callable[[], Rule], whole: Callable[[tuple[Rule, ...]], Rule]
    ) -> Rule:
        rules = [part()]
        while self.accept(word):
            rules.append(part())
        return whole(tuple(rules)) if len(rules) > 1 else rules[0]

    def single(self) -> Rule:
        if self.depth >= _MAX_DEPTH:
            raise self.unexpected(f"no more than {_MAX_DEPTH} nested parentheses or negations")
        self.depth += 1
        rule = self.nested()
        self.depth -= 1
        return rule

    def nested(self) -> Rule:
        if self.accept("not"):
            return Negation(self.single())
        if self.accept("everyone"):
            return Everyone()
        if self.accept("("):
            rule = self.either()
            self.expect(")")
            return rule
        return self.condition(self.column())

    def column(self) -> str:
        token = self.next
        if token.kind == "name":
            return self.take().text[1:-1].replace('""', '"')
        if token.kind != "word" or token.keyword:
            raise self.unexpected("a column name, 'not', 'everyone' or '('")
        return self.take().text

    def condition(self, column: str) -> Rule:
        if self.accept("is"):
            return self.presence(column)
        if self.accept("between"):
            return self.span(column)
        negated = self.accept("not")
        if self.accept("in"):
            rule = OneOf(column, self.values())
            return Negation(rule) if negated else rule
        if negated or self.next.keyword not in set(Operator):
            raise self.unexpected("'in'" if negated else _COMPARISON)
        return Comparison(column, Operator(self.take().text), self.value())

    def presence(self, column: str) -> Rule:
        negated = self.accept("not")
        self.expect("missing")
        return Negation(Missing(column)) if negated else Missing(column)

    def span(self, column: str) -> Rule:
        low = self.value()
        self.expect("and")
        return Conjunction(
            (
                Comparison(column, Operator.AT_LEAST, low),
                Comparison(column, Operator.AT_MOST, self.value()),
            )
        )

    def values(self) -> tuple[Value, ...]:
        self.expect("(")
        values = [self.value()]
        while self.accept(","):
            values.append(self.value())
        self.expect(")")
        return tuple(values)

    def value(self) -> Value:
        token = self.next
        if token.kind == "text":
            return self.take().text[1:-1].replace("''", "'")
        if token.kind == "number" and math.isfinite(float(token.text)):
            return float(self.take().text)
        if token.keyword in _FLAGS:
            return _FLAGS[self.take().keyword]
        raise self.unexpected(_VALUE)
