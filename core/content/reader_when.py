"""Phrases about when a reader ordered or became a customer, as rules over dates and durations."""

import re
from datetime import date
from math import ceil, floor

from core.content.reader_columns import ReaderColumns, Unanswered, quoted, unit_of
from core.content.reader_meaning import Clock, Meant, compared, ending, nearby
from core.content.reader_phrases import Phrase
from core.content.reader_time import Time, before, time_in
from core.models.customers import Column

_DAYS = {"day": 1.0, "week": 7.0, "month": 30.4375, "year": 365.25}


def gap(phrase: Phrase, columns: ReaderColumns, clock: Clock) -> Meant:
    """How long ago the last order was: "it has been more than six months since your last order".

    Raises:
        Unanswered: no column answers it.
    """
    time = time_in(f"been {phrase.said['time']}", clock.day)
    if time is not None and time.low is not None and phrase.kind == "gap":
        # "You have not ordered in the past year": the last order lies before it.
        time = Time(0, 0, high=before(time.low, 1, "day"))
    if time is None or not (time.gap or time.high):
        raise Unanswered("How long ago that is cannot be read as a number of days or months.")
    return when(phrase, time, columns, clock, "last order", since=True)


def last(phrase: Phrase, columns: ReaderColumns, clock: Clock) -> Meant:
    """When the last order was ("your last order in March"), or only that there was one.

    Raises:
        Unanswered: no column answers it.
    """
    time = nearby(phrase, clock)
    if time is not None:
        found = when(phrase, time, columns, clock, "last order")
        return Meant(found.rule, found.words, found.columns, ending(phrase, time, clock))
    if re.search(r"\b(?:days?|weeks?|months?|years?)\b|\d", phrase.before):
        raise Unanswered("How long ago that is cannot be read as a number of days or months.")
    follows = re.match(r"\s+(?:was|were|of|contained|included|brought|is)\b", phrase.after)
    if not phrase.said.get("since") or follows:
        raise Unanswered("No column says what was in an order.")
    try:
        orders = columns.meaning("orders")
    except Unanswered:
        ordered = columns.meaning("last order")
        return compared(ordered, "<=", f"'{clock.day}'", phrase)
    return compared(orders, ">=", "1", phrase)


def joined(phrase: Phrase, columns: ReaderColumns, clock: Clock) -> Meant:
    """Since when somebody is a customer: "you became a customer in May".

    Raises:
        Unanswered: no column answers it.
    """
    if "signed" in phrase.text.lower() and re.match(r"\s+for\b", phrase.after):
        raise Unanswered("No column says since when a customer gets what this sentence names.")
    time = nearby(phrase, clock)
    if time is None:
        column = columns.meaning("joined")
        return compared(column, "<=", f"'{clock.day}'", phrase)
    ago = phrase.after[: time.end].rstrip().lower().endswith("ago")
    try:
        found = when(phrase, time, columns, clock, "joined", since=not ago)
    except Unanswered:
        new = columns.meaning("new customer")
        if time.months is None or columns.months(new) != time.months:
            raise
        found = compared(new, "=", "yes", phrase)
    return Meant(found.rule, found.words, found.columns, ending(phrase, time, clock))


def when(
    phrase: Phrase,
    time: Time,
    columns: ReaderColumns,
    clock: Clock,
    meaning: str,
    *,
    since: bool = False,
) -> Meant:
    """A time as a rule over a date, or over a number of days or months.

    Raises:
        Unanswered: no column answers it.
    """
    try:
        column = columns.meaning(meaning)
    except Unanswered:
        if meaning != "last order":
            raise
        return _counted_units(phrase, time, columns, clock, since=since)
    name = quoted(column.name)
    low, high = _days(time, clock.day, since=since)
    if time.gap is not None and time.gap[0] == ">":
        rule = f"{name} < '{before(clock.day, *time.gap[1:])}'"
    elif low is None:
        rule = f"{name} <= '{high}'"
    elif high is None:
        rule = f"{name} >= '{low}'"
    else:
        rule = f"{name} between '{low}' and '{high}'"
    words = rule.replace(name, column.name, 1)
    if phrase.negated:
        rule, words = f"not ({rule})", f"not ({words})"
    return Meant(rule, words, (column.name,), phrase.end)


def _days(time: Time, day: date, *, since: bool) -> tuple[date | None, date | None]:
    """The first and last day a time allows; "for two years" means two years or more."""
    if time.gap is None:
        return time.low, time.high
    sign, amount, unit = time.gap
    then = before(day, amount, unit)
    if sign in {">", ">="} or (since and sign == ""):
        return None, then
    if sign in {"<", "<="}:
        return (before(then, -1, "day") if sign == "<" else then), day
    return before(before(day, amount + 1, unit), -1, "day"), then


def _counted_units(
    phrase: Phrase, time: Time, columns: ReaderColumns, clock: Clock, *, since: bool
) -> Meant:
    """A time over a column such as recency_months, which counts up to the day of the data.

    Of the days that have passed since then, only whole units count for "more than", and every
    begun one for "within": what the product does not know never makes a sentence true.
    """
    try:
        column = columns.meaning("recency")
    except Unanswered as error:
        raise Unanswered("No column says when a customer ordered last.") from error
    unit = unit_of(column)
    if unit is None:
        raise Unanswered(f"{column.name} does not say whether it counts days or months.")
    passed = max((clock.day - clock.data_day).days, 0) / _DAYS[unit]
    if time.gap is not None:
        sign, amount, said = time.gap
        wanted = _in_units(amount, said, unit, column)
        if sign in {">", ">="} or (since and not sign):
            return compared(column, sign or ">=", f"{wanted - floor(passed):g}", phrase)
        if sign or not passed:
            return compared(column, sign or "=", f"{wanted - ceil(passed):g}", phrase)
    elif time.months is not None and time.high == clock.day:
        wanted = _in_units(time.months, "month", unit, column)
        return compared(column, "<=", f"{wanted - ceil(passed):g}", phrase)
    raise Unanswered(f"{column.name} counts {unit}s and does not say the date; a date would.")


def _in_units(amount: float, said: str, unit: str, column: Column) -> float:
    months = {"month": 1.0, "year": 12.0}
    days = {"day": 1.0, "week": 7.0}
    for scale in (months, days):
        if said in scale and unit in scale:
            return amount * scale[said] / scale[unit]
    raise Unanswered(f"{column.name} counts {unit}s, and the sentence speaks of {said}s.")
