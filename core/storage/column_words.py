"""What the name of a column suggests: personal, permission, channel, a measurement, sensitive."""

import re
from collections.abc import Sequence

from core.models.customers import ColumnKind, ColumnRole

_PERMISSION = re.compile(r"permission|consent|opt_?in(_|$)|subscribed(_|$)|allow_(e?mail|sms|call)")
_NUMBERS_OF_PEOPLE = {"phone", "telephone", "mobile", "birth", "birthday", "dob", "ssn"}
_WORDS_OF_PEOPLE = _NUMBERS_OF_PEOPLE | {
    *("name", "forename", "firstname", "surname", "lastname", "fullname", "email", "mail"),
    *("address", "street", "birthdate", "birthyear", "iban", "passport"),
}
_COUNTED = {"count", "orders", "opens", "clicks", "days", "months", "amount", "spend", "share"}
_SOURCE = {"source", "origin", "how", "where", "form"}
_DATE = {"date", "at", "on", "since", "time", "timestamp", "when"}
_MEASURED = re.compile(
    r"spen[dt]|amount|revenue|monetary|purchases|orders(_|$)|visits|sessions|opens(_|$)|"
    r"average_order|clicks(_|$)|recency|frequency|history(_|$)|turnover|basket"
)
_SENSITIVE = re.compile(
    r"income|salary|wage|wealth|credit|debt|score|(^|_)age(_|$)|birth|marital|married|divorc|"
    r"kid|teen|child|famil|pregnan|health|disab|diagnos|medic|religio|church|ethnic|race(_|$)|"
    r"nationality|migra|politic|party(_|$)|union|gender|(^|_)sex(_|$)|orientation|crim|legal|complain"
)
_CHANNELS = (
    ("sms", {"sms", "text", "mobile", "whatsapp"}),
    ("phone", {"phone", "telephone", "call", "calls", "voice"}),
    ("post", {"post", "postal", "letter", "letters", "print", "direct"}),
    ("email", {"email", "mail", "emails", "newsletter"}),
)


def plain(name: str) -> str:
    """A name in lower case with one underscore between its words, also out of camelCase."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"[^a-z0-9]+", "_", spaced.lower()).strip("_")


def looks_like_permission(name: str) -> bool:
    """Whether a column of this name may say who agreed to be written to."""
    return _PERMISSION.search(plain(name)) is not None


def guessed_channel(name: str) -> str:
    """The channel a permission of this name is for; empty where it names none."""
    words = set(plain(name).replace("e_mail", "email").split("_"))
    return next((channel for channel, known in _CHANNELS if words & known), "")


def guessed_role(name: str, kind: ColumnKind, *, emails: bool) -> ColumnRole:
    """The role of a column that nobody has named; `emails` when its values look like addresses."""
    if looks_like_permission(name):
        permission = _role_of_permission(name, kind)
        if permission is not None:
            return permission
    words = set(plain(name).split("_"))
    telling = _NUMBERS_OF_PEOPLE if kind is ColumnKind.NUMBER else _WORDS_OF_PEOPLE
    named = words & telling and not words & _COUNTED and kind is not ColumnKind.YES_NO
    if emails or named:
        return ColumnRole.PERSONAL
    measured = kind is ColumnKind.NUMBER and _MEASURED.search(plain(name)) is not None
    return ColumnRole.COVARIATE if measured else ColumnRole.ATTRIBUTE


def _role_of_permission(name: str, kind: ColumnKind) -> ColumnRole | None:
    words = set(plain(name).split("_"))
    if kind is ColumnKind.YES_NO:
        return ColumnRole.PERMISSION
    if kind is ColumnKind.DATE or words & _DATE:
        return ColumnRole.PERMISSION_DATE if kind is ColumnKind.DATE else None
    return ColumnRole.PERMISSION_SOURCE if words & _SOURCE else None


def guessed_mentionable(name: str, role: ColumnRole, kind: ColumnKind) -> bool:
    """Whether a customer may well be told: a category or a yes or no that is not sensitive."""
    return (
        role is ColumnRole.ATTRIBUTE
        and kind in {ColumnKind.TEXT, ColumnKind.YES_NO}
        and _SENSITIVE.search(plain(name)) is None
    )


_CUSTOMERS = {"customer", "client", "user", "member", "contact", "subscriber", "person", "buyer"}
_AMOUNT = re.compile(r"amount|total|value|revenue|sales|spen[dt]|paid|turnover|(^|_)sum(_|$)")
_QUANTITY = re.compile(r"quantity|(^|_)(qty|units?|pieces|count)(_|$)")
_PRICE = re.compile(r"price|unit_cost")
_ORDER = re.compile(r"invoice|order|receipt|transaction|basket|bill(_|$)|voucher")


def id_likeness(name: str) -> int:
    """How much a name is that of an id of customers: 0 not at all, 3 surely."""
    words = plain(name).split("_")
    if plain(name) in {"id", "customer_id", "userid", "customerid", "clientid", "contactid"}:
        return 3
    if "id" in words or words[-1] in {"no", "nr", "number", "key", "code"}:
        of_customers = bool(_CUSTOMERS & set(words))
        return 3 if of_customers else int("id" in words)
    return 2 if _CUSTOMERS & set(words) and len(words) == 1 else 0


def guessed_amounts(numbers: Sequence[str]) -> dict[str, str] | None:
    """The column of amounts, or those of quantity and price, among columns of numbers."""
    named = {n: plain(n) for n in numbers}
    amount = next((n for n, p in named.items() if _AMOUNT.search(p)), None)
    if amount is not None:
        return {"amount": amount}
    quantity = next((n for n, p in named.items() if _QUANTITY.search(p)), None)
    price = next((n for n, p in named.items() if _PRICE.search(p)), None)
    return {"quantity": quantity, "price": price} if quantity and price else None


def guessed_order(names: Sequence[str]) -> str | None:
    """The column that names the order a purchase belongs to."""
    fitting = [n for n in names if _ORDER.search(plain(n)) and "date" not in plain(n)]
    return fitting[0] if fitting else None
