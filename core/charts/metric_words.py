"""What a metric is called, and whether it is money: all that its name can tell."""

import re

_NOUNS = {
    "visit": "visits",
    "conversion": "conversions",
    "click": "clicks",
    "open": "opens",
    "order": "orders",
    "purchase": "purchases",
    "return": "returns",
    "complaint": "complaints",
    "unsubscribe": "unsubscribes",
    "unsubscribed": "unsubscribes",
    "spend": "spend",
    "revenue": "revenue",
}
_MONEY = re.compile(
    r"spend|spent|revenue|sales|margin|profit|price|amount|turnover|aov", re.IGNORECASE
)


def metric_noun(metric: str) -> str | None:
    """What a metric counts, as a plural that fits "more ..."; None where we cannot know.

    Examples:
        >>> metric_noun("visit"), metric_noun("flag_7")
        ('visits', None)
    """
    return _NOUNS.get(metric.lower().replace(" ", "_").removesuffix("_flag"))


def metric_words(metric: str) -> str:
    """A metric as a name: "visits", or its column with spaces."""
    return metric_noun(metric) or metric.replace("_", " ")


def is_money(metric: str) -> bool:
    """Whether a metric is an amount of money, by its name.

    Examples:
        >>> is_money("spend"), is_money("visit")
        (True, False)
    """
    return _MONEY.search(metric) is not None
