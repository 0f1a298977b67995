"""The part of OData's filters that the test server reads; anything else is refused.

expression = term (("and" | "or") term)*, never mixed without brackets
term       = "(" expression ")" | field op literal | "search.in(" field, list, separator ")"
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from tests.servers.azure_search.objection import bad

Row = Mapping[str, Any]
Keep = Callable[[Row], bool]

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>-?\d+(?:\.\d+)?)"
    r"|(?P<name>[A-Za-z_][\w.]*)|(?P<sign>[(),]))"
)
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "gt": lambda a, b: a is not None and a > b,
    "ge": lambda a, b: a is not None and a >= b,
    "lt": lambda a, b: a is not None and a < b,
    "le": lambda a, b: a is not None and a <= b,
}


def keeps(text: str, fields: Mapping[str, Mapping[str, Any]]) -> Keep:
    """Which documents a filter lets through."""
    reader = _Reader(_tokens(text), fields)
    keep = reader.expression()
    if reader.tokens:
        raise bad(f"Invalid expression: Syntax error at '{reader.tokens[0][1]}'.")
    return keep


def _tokens(text: str) -> list[tuple[str, str]]:
    found, place = [], 0
    while place < len(text.rstrip()):
        match = _TOKEN.match(text, place)
        if match is None:
            raise bad(f"Invalid expression: Syntax error at position {place} in the filter.")
        kind = str(match.lastgroup)
        found.append((kind, match[kind]))
        place = match.end()
    return found


class _Reader:
    def __init__(
        self, tokens: list[tuple[str, str]], fields: Mapping[str, Mapping[str, Any]]
    ) -> None:
        self.tokens, self._fields = tokens, fields

    def expression(self) -> Keep:
        terms, joint = [self._term()], ""
        while self.tokens and self.tokens[0][1] in {"and", "or"}:
            word = self._next("name")
            if joint and word != joint:
                raise bad("Invalid expression: put brackets between 'and' and 'or'.")
            joint = word
            terms.append(self._term())
        every = all if joint != "or" else any
        return lambda row: every(term(row) for term in terms)

    def _term(self) -> Keep:
        if self._peek() == "(":
            self._next("sign")
            inner = self.expression()
            self._expect(")")
            return inner
        name = self._next("name")
        return self._in() if name == "search.in" else self._comparison(name)

    def _in(self) -> Keep:
        self._expect("(")
        field = self._field(self._next("name"))
        self._expect(",")
        listed = self._text()
        separators = " ,"
        if self._peek() == ",":
            self._expect(",")
            separators = self._text()
        self._expect(")")
        if not separators:
            raise bad("search.in: the separator must not be empty.")
        wanted = frozenset(re.split(f"[{re.escape(separators)}]", listed))
        return lambda row: row.get(field) in wanted

    def _comparison(self, name: str) -> Keep:
        field = self._field(name)
        compare = _COMPARE.get(operator := self._next("name"))
        if compare is None:
            raise bad(f"Invalid expression: '{operator}' is no operator.")
        kind, value = self.tokens.pop(0) if self.tokens else ("", "")
        if kind not in {"text", "number"}:
            raise bad("Invalid expression: a literal is missing.")
        is_text = self._fields[field]["type"] == "Edm.String"
        if is_text != (kind == "text"):
            raise bad(f"Invalid expression: the literal does not fit the type of '{field}'.")
        wanted = _unquoted(value) if is_text else float(value)
        return lambda row: compare(row.get(field), wanted)

    def _field(self, name: str) -> str:
        known = self._fields.get(name)
        if known is None:
            raise bad(f"Invalid expression: Could not find a property named '{name}'.")
        if not known.get("filterable"):
            raise bad(f"Invalid expression: '{name}' is not a filterable field.")
        return name

    def _text(self) -> str:
        return _unquoted(self._next("text"))

    def _peek(self) -> str:
        return self.tokens[0][1] if self.tokens else ""

    def _next(self, kind: str) -> str:
        if not self.tokens or self.tokens[0][0] != kind:
            raise bad(f"Invalid expression: a {kind} was expected.")
        return self.tokens.pop(0)[1]

    def _expect(self, sign: str) -> None:
        if self._next("sign") != sign:
            raise bad(f"Invalid expression: '{sign}' was expected.")


def _unquoted(text: str) -> str:
    return text[1:-1].replace("''", "'")
