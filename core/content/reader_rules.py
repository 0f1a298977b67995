"""What a phrase about the reader would have to mean: a rule over the columns of customers."""

import re
from collections.abc import Callable, Mapping

from core.content.reader_columns import ReaderColumns, Unanswered, listed, stem, text_value
from core.content.reader_meaning import Clock, Meant, compared, ending, nearby
from core.content.reader_phrases import Phrase
from core.content.reader_time import number, operator_of, time_in
from core.content.reader_when import gap, joined, last, when
from core.models.audience import EVERYBODY
from core.models.customers import ColumnKind

_PUFFERY = frozenset(
    {"a", "an", "one", "of", "our", "the", "valued", "dear", "fellow", "esteemed", "great", "ours"}
)
_CUSTOMERS = frozenset({"customer", "shopper", "client", "buyer", "guest"})
_MORE = re.compile(
    r"\s+(?:since|for|in|on|at|by|from|of|near|who|during|before|after|via|through|without|within|"
    r"with|over|under|and\s+(?=\w+(?:ed|en)\b))\b(?!\s+(?:us|ours)\b)\s*[\w'-]*(?:\s+[\w'-]+)?",
    re.IGNORECASE,
)
_ARTICLES = re.compile(
    r"^(?:an?|the|our|some|your|his|her|in|by|on|via|through|over)\s+", re.IGNORECASE
)


def meant(phrase: Phrase, columns: ReaderColumns, clock: Clock) -> Meant:
    """The rule a phrase comes to.

    Raises:
        Unanswered: no column answers it; says what is missing.
    """
    found = _KINDS[phrase.kind](phrase, columns, clock)
    rest = phrase.sentence.text[found.end - phrase.sentence.start :]
    more = _MORE.match(rest)
    if more is not None:
        # "on dresses", "in Berlin", "since 2020": to leave it out would make more of it true.
        raise Unanswered(f"No column says all of it: '{more.group().strip()}' is part of it too.")
    return found


def _sign(phrase: Phrase) -> str:
    if phrase.said.get("more"):
        return ">="
    sign = operator_of(phrase.said.get("cmp"))
    if sign is None:
        raise Unanswered(f"'{phrase.said['cmp']}' names no number that could be counted.")
    return sign


def _amount(meaning: str) -> Callable[[Phrase, ReaderColumns, Clock], Meant]:
    def rule(phrase: Phrase, columns: ReaderColumns, clock: Clock) -> Meant:
        column, sign = columns.meaning(meaning), _sign(phrase)
        value, time = number(phrase.said["n"]), nearby(phrase, clock)
        period = columns.months(column)
        if time is not None and (time.months is None or time.months != period):
            raise Unanswered(f"{column.name} does not count the time this sentence names.")
        if time is None and period is not None and sign not in {">", ">="}:
            raise Unanswered(f"{column.name} counts {period} months, and the sentence all time.")
        return compared(column, sign, f"{value:g}", phrase, ending(phrase, time, clock))

    return rule


def _group(phrase: Phrase, columns: ReaderColumns, clock: Clock) -> Meant:
    del clock
    what = phrase.said.get("what") or phrase.said["tier"]
    words = [w for w in re.findall(r"[\w'\u2019-]+", what) if w.lower() not in _PUFFERY]
    if words and all(stem(w) in {stem(c) for c in _CUSTOMERS} for w in words):
        return Meant(EVERYBODY, "everybody in a data set of customers", (), phrase.end)
    label = " ".join(words)
    found = columns.values_in(label)
    if found:
        column, value = found[0]
        return compared(column, "=", text_value(value), phrase)
    flags = columns.flags_in(label)
    if len(flags) == 1 and "new" not in label.lower().split():
        return compared(flags[0], "=", "yes", phrase)
    if "new" in label.lower().split():
        return compared(columns.meaning("new customer"), "=", "yes", phrase)
    raise Unanswered(_no_value(label, columns))


def _status(phrase: Phrase, columns: ReaderColumns, clock: Clock) -> Meant:
    del clock
    word = phrase.said["what"]
    found = columns.values_in(word)
    if not found:
        raise Unanswered(_no_value(word, columns))
    column, value = found[0]
    return compared(column, "=", text_value(value), phrase)


def _place(phrase: Phrase, columns: ReaderColumns, clock: Clock) -> Meant:
    del clock
    where = phrase.said["what"].strip()
    if phrase.said["how"].lower() == "near":
        raise Unanswered("No column says what is near a customer.")
    head = re.split(r"\b(?:and|so|because|where|which|who)\b", where)[0]
    elsewhere = columns.named("tier", "channel", "interest")
    found = [
        (c, v) for c, v in columns.values_in(head) if _starts(head, v) and c.name not in elsewhere
    ]
    start = phrase.end - len(where)
    if found:
        column, value = found[0]
        place = re.search(re.escape(value), where, re.IGNORECASE)
        return compared(column, "=", text_value(value), _cut(phrase, start, place))
    named = re.match(r"(?:[A-Z][\w'-]*\s*)+", head)
    if named is None:
        raise Unanswered(f"No column holds '{head.strip()}'.")
    column = columns.meaning("place")
    return compared(column, "=", text_value(named.group().strip()), _cut(phrase, start, named))


def _starts(head: str, value: str) -> bool:
    return _ARTICLES.sub("", head).lower().startswith(value.lower())


def _cut(phrase: Phrase, start: int, place: re.Match[str] | None) -> Phrase:
    end = start + len(place.group().rstrip()) + place.start() if place else phrase.end
    text = phrase.text[: max(end - phrase.start, 1)]
    return Phrase(
        phrase.kind, phrase.start, phrase.start + len(text), text, phrase.said, phrase.sentence
    )


def _category(*meanings: str) -> Callable[[Phrase, ReaderColumns, Clock], Meant]:
    def rule(phrase: Phrase, columns: ReaderColumns, clock: Clock) -> Meant:
        del clock
        what = _ARTICLES.sub("", phrase.said["what"])
        for meaning in meanings:
            column = columns.meaning(meaning)
            values = [v for c, v in columns.values_in(what) if c is column]
            if values:
                return compared(column, "=", text_value(values[0]), phrase)
        raise Unanswered(_no_value(what.strip(), columns))

    return rule


def _bought(phrase: Phrase, columns: ReaderColumns, clock: Clock) -> Meant:
    time = nearby(phrase, clock)
    if time is not None and re.match(
        r"(?:in|within|over|last|this|yesterday|today)\b", phrase.said["what"]
    ):
        found = when(phrase, time, columns, clock, "last order")
        return Meant(found.rule, found.words, found.columns, phrase.end)
    whole = time_in(phrase.said["what"] + phrase.after[:60], clock.day)
    if whole is not None:
        what = phrase.said["what"][: whole.start].strip().lower()
        if what not in {"", "with us", "from us", "something", "something from us"}:
            raise Unanswered(f"No column says when a customer bought '{what}'.")
        found = when(phrase, whole, columns, clock, "last order")
        return Meant(found.rule, found.words, found.columns, phrase.end)
    if phrase.said["what"].lower().startswith(("with us", "from us")):
        return compared(columns.meaning("last order"), "<=", f"'{clock.day}'", phrase)
    return _flag(phrase, columns, clock)


def _flag(phrase: Phrase, columns: ReaderColumns, clock: Clock) -> Meant:
    del clock
    flags = columns.flags_in(phrase.said["what"])
    if len(flags) != 1:
        what = _ARTICLES.sub("", phrase.said["what"]).strip()
        raise Unanswered(f"No column says yes or no to '{what}'.")
    return compared(flags[0], "=", "yes", phrase)


def _open(phrase: Phrase, columns: ReaderColumns, clock: Clock) -> Meant:
    del columns, clock
    raise Unanswered(f"No column can say whether '{phrase.text}' is so.")


def _no_value(words: str, columns: ReaderColumns) -> str:
    texts = [c.name for c in columns.columns if c.kind is ColumnKind.TEXT]
    looked = f" among {listed(texts)}" if texts else ""
    return f"'{words}' is no value of any column{looked}."


_KINDS: Mapping[str, Callable[[Phrase, ReaderColumns, Clock], Meant]] = {
    "spend": _amount("spend"),
    "orders": _amount("orders"),
    "gap": gap,
    "last": last,
    "joined": joined,
    "place": _place,
    "channel": _category("channel"),
    "group": _group,
    "status": _status,
    "bought": _bought,
    "interest": _category("interest"),
    "flag": _flag,
    "open": _open,
    "soft": _open,
}
