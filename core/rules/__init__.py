"""The readable rules that segments and audiences of documents are written in.

    past_year_spend >= 500 and (area in ('Urban', 'Suburban') or not bought_mens = yes)

Comparisons are `= != < <= > >=`, `in (...)`, `not in (...)`, `between ... and ...` and
`is [not] missing`; they combine with `and`, `or`, `not` and parentheses. Numbers are plain, text
stands in single quotes ('' inside for one), yes/no/true/false are bare words. A column is a bare
word or stands in double quotes. An empty rule, or `everyone`, holds for everybody. A comparison
with a missing value is neither true nor false but unknown, as in SQL.
"""

from collections.abc import Mapping

from core.rules.parsing import parse
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

__all__ = [
    "Comparison",
    "Conjunction",
    "Disjunction",
    "Everyone",
    "Missing",
    "Negation",
    "OneOf",
    "Operator",
    "Rule",
    "Value",
    "columns_of",
    "holds",
    "in_words",
    "parse",
]


def columns_of(rule: Rule) -> frozenset[str]:
    """The names of the columns the rule speaks of."""
    return rule.columns()


def holds(rule: Rule, row: Mapping[str, object]) -> bool | None:
    """Whether the rule holds for a customer; None when a missing value leaves it unknown.

    Raises:
        BadInput: a value is of another kind than the rule compares it with.
    """
    return rule.holds(row)


def in_words(rule: Rule) -> str:
    """The rule as a person would say it, such as "past_year_spend at least 500"."""
    return rule.words()
