"""Which column of a data set answers which kind of statement about a reader."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from core.models.audience import KnownColumn
from core.models.customers import Column, ColumnKind

_TEXT, _NUMBER = frozenset({ColumnKind.TEXT}), frozenset({ColumnKind.NUMBER})
_DATE, _FLAG = frozenset({ColumnKind.DATE}), frozenset({ColumnKind.YES_NO})
_FIRST = {"first", "joined", "join", "signup", "registered", "registration", "since", "created"}

# Each row: the meaning, the kinds of column it may be, and words one of which its name has.
_MEANINGS: Mapping[str, tuple[frozenset[ColumnKind], frozenset[str]]] = {
    "tier": (_TEXT, frozenset({"tier", "level", "status", "loyalty", "membership"})),
    "place": (_TEXT, frozenset({"city", "town", "region", "country", "location", "place"})),
    "channel": (_TEXT, frozenset({"channel", "channels"})),
    "interest": (_TEXT, frozenset({"interest", "interests", "preference", "category"})),
    "spend": (
        _NUMBER,
        frozenset({"spend", "spent", "spending", "revenue", "monetary", "turnover", "amount"}),
    ),
    "orders": (_NUMBER, frozenset({"orders", "purchases", "frequency", "transactions"})),
    "recency": (_NUMBER, frozenset({"recency"})),
    "last order": (_DATE, frozenset({"last", "latest", "recent"})),
    "joined": (_DATE, frozenset(_FIRST)),
    "new customer": (_FLAG, frozenset({"new", "newbie"})),
}
MEANINGS = tuple(_MEANINGS)
"""What a column may be said to mean."""

_WHAT = {
    "tier": "the tier of a customer",
    "place": "where a customer lives",
    "channel": "how a customer shops",
    "interest": "what a customer is interested in",
    "spend": "how much a customer has spent",
    "orders": "how many orders a customer has placed",
    "recency": "how long ago a customer ordered",
    "last order": "the date of a customer's last order",
    "joined": "since when somebody is a customer",
    "new customer": "who is a new customer",
}
_ORDERED = {"order", "orders", "purchase", "purchased", "bought", "transaction", "buy", "sale"}
_UNITS = frozenset({"average", "avg", "mean", "days", "months"})
_NOT = {
    "joined": frozenset({"last", "latest", "recent"}),
    "spend": _UNITS,
    "orders": _UNITS,
}
_SINCE = {"since", "ago"}
_YEARLY = re.compile(r"(^|_)(year|yearly|annual|12m|12_months?|twelve_months)(_|$)")
_MONTHLY = re.compile(r"(^|_)(past|last)?_?(month|monthly|30d|30_days)(_|$)")
_SAME = (
    frozenset({"phone", "telephone", "call", "calling"}),
    frozenset({"web", "online", "website", "internet", "site"}),
    frozenset({"store", "stores", "shop", "branch", "retail"}),
    frozenset({"mail", "post", "catalogue", "catalog"}),
)
_PLAIN = re.compile(r"[^\W\d]\w*")
_RESERVED = frozenset(
    {"and", "or", "not", "in", "is", "between", "missing", "everyone", "yes", "no", "true", "false"}
)


class Unanswered(ValueError):
    """No column answers; the text is what is missing, as a sentence."""


@dataclass(frozen=True, slots=True)
class ReaderColumns:
    """The columns of a data set, the values of those that hold text, and what is said of them."""

    columns: Sequence[Column] = ()
    categories: Mapping[str, Sequence[str]] | None = None
    known: Sequence[KnownColumn] = ()

    def meaning(self, meaning: str) -> Column:
        """The one column that has a meaning.

        Raises:
            Unanswered: none has, or several may have it.
        """
        told = {k.column for k in self.known if k.means == meaning}
        other = {k.column for k in self.known if k.means != meaning}
        fitting = [c for c in self.columns if c.name in told] or [
            c for c in self.columns if c.name not in other and _means(c, meaning)
        ]
        if len(fitting) == 1:
            return fitting[0]
        if not fitting:
            raise Unanswered(f"No column says {_WHAT[meaning]}.")
        names = " and ".join(c.name for c in fitting)
        raise Unanswered(
            f"{names} may each say {_WHAT[meaning]}; name one in config/reader_columns.yaml."
        )

    def named(self, *meanings: str) -> frozenset[str]:
        """The names of the columns that may have one of these meanings."""
        told = {k.column for k in self.known if k.means in meanings}
        guessed = (c.name for c in self.columns for m in meanings if _means(c, m))
        return frozenset(told.union(guessed))

    def months(self, column: Column) -> int | None:
        """How long a period a column covers, None when it does not say."""
        for each in self.known:
            if each.column == column.name and each.months is not None:
                return each.months
        name = plain_name(column.name)
        if _YEARLY.search(name):
            return 12
        return 1 if _MONTHLY.search(name) else None

    def values_in(self, words: str) -> list[tuple[Column, str]]:
        """The categories a phrase names, each with its column; the longest first."""
        found = [
            (column, value)
            for column in self.columns
            if column.kind is ColumnKind.TEXT
            for value in (self.categories or {}).get(column.name, ())
            if _names(words, value)
        ]
        return sorted(found, key=lambda pair: len(pair[1]), reverse=True)

    def flags_in(self, words: str) -> list[Column]:
        """The yes-or-no columns of whose names a phrase holds every telling word."""
        spoken = {stem(w) for w in _PLAIN.findall(words.lower())}
        return [
            c
            for c in self.columns
            if c.kind is ColumnKind.YES_NO and (own := _telling(c.name)) and own <= spoken
        ]


def plain_name(name: str) -> str:
    """A name in lower case with one underscore between its words, also out of camelCase."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"[^a-z0-9]+", "_", spaced.lower()).strip("_")


def quoted(name: str) -> str:
    """A column as a rule writes it."""
    simple = _PLAIN.fullmatch(name) is not None and name.lower() not in _RESERVED
    return name if simple else '"' + name.replace('"', '""') + '"'


def text_value(value: str) -> str:
    """A text as a rule writes it."""
    return "'" + value.replace("'", "''") + "'"


def unit_of(column: Column) -> str | None:
    """The unit a column of numbers counts in, such as "month", or None when it does not say."""
    words = set(plain_name(column.name).split("_"))
    units = [u for u in ("day", "week", "month", "year") if words & {u, f"{u}s"}]
    return units[0] if len(units) == 1 else None


def stem(word: str) -> str:
    """A word without what makes it plural, possessive, past or clothing for somebody."""
    plain = word.lower().replace("\u2019", "'").removesuffix("'s").removesuffix("wear")
    for ending in ("ies", "ed", "er", "ing"):
        if plain.endswith(ending) and len(plain) > len(ending) + 3:
            return plain.removesuffix(ending) + ("y" if ending == "ies" else "")
    return plain.removesuffix("s") if len(plain) > 3 else plain


def _means(column: Column, meaning: str) -> bool:
    kinds, telling = _MEANINGS[meaning]
    words = set(plain_name(column.name).split("_"))
    fits = column.kind in kinds and (
        bool(words & telling)
        or (meaning == "recency" and bool(words & _SINCE and words & _ORDERED))
    )
    return fits and not words & _NOT.get(meaning, frozenset()) and _whole(meaning, words)


def _whole(meaning: str, words: set[str]) -> bool:
    """Whether a name says all of what a meaning needs: "last" alone is not an order."""
    if meaning == "last order":
        return bool(words & _ORDERED)
    if meaning == "new customer":
        return bool(words & {"customer", "client", "buyer", "newbie"}) or words == {"new"}
    return True


def _telling(name: str) -> set[str]:
    empty = {"is", "has", "flag", "subscribed", "subscriber", "user", "customer", "bought", "buy"}
    empty |= {"purchased", "uses", "used", "owns", "in", "of", "the"}
    return {stem(w) for w in plain_name(name).split("_") if w not in empty and not w.isdigit()}


def _names(words: str, value: str) -> bool:
    spoken = _words(words)
    wanted = _words(value)
    if not wanted:
        return False
    if len(wanted) == 1:
        same = next((s for s in _SAME if wanted[0] in s), frozenset(wanted))
        return any(w in same or stem(w) == stem(wanted[0]) for w in spoken)
    return any(
        list(wanted) == list(spoken[i : i + len(wanted)])
        for i in range(len(spoken) - len(wanted) + 1)
    )


def _words(text: str) -> tuple[str, ...]:
    return tuple(w.lower() for w in re.findall(r"[\w']+", text.replace("\u2019", "'")))


def listed(values: Iterable[str], most: int = 5) -> str:
    """The first few of some values, in words."""
    every = list(values)
    more = " and others" if len(every) > most else ""
    return ", ".join(every[:most]) + more
