"""An offer as a record: what it gives, on what, with which code, from when until when."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum


class DiscountKind(StrEnum):
    """What a discount takes away: a share, a sum, or the whole price."""

    PERCENT = "percent"
    AMOUNT = "amount"
    FREE = "free"


@dataclass(frozen=True, slots=True)
class Discount:
    """How much is taken off; `up_to` says that the value is the most somebody can get."""

    kind: DiscountKind
    value: Decimal
    text: str
    up_to: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """One offer of one document.

    `starts` and `ends` are whole days in `time_zone`, the last included; an empty zone means that
    of the workspace. `required_terms` are what a message that uses the offer has to say beside
    its code, minimum and last day. `prior_prices` are the earlier prices it may name, by product.
    """

    document_id: str
    name: str
    code: str | None
    discount: Discount
    scope: str
    minimum_spend: Decimal | None
    starts: date
    ends: date
    terms: str
    required_terms: tuple[str, ...] = ()
    prior_prices: Mapping[str, Decimal] = field(default_factory=dict)
    time_zone: str = ""
