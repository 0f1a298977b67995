"""What stands in a received mail where merge fields were: whether it can be a value of theirs."""

import unicodedata
from collections.abc import Sequence

from core.content.approved_mail import Slot
from core.content.claims import ClaimKind, claims
from core.content.mail_alignment import Filled
from core.content.mail_words import shown
from core.models.merge_fields import usable
from core.models.sent_mail import Difference, DifferenceKind

# A value never promises anything: with one of these it is a changed text beside a field.
_PROMISES = frozenset(
    {ClaimKind.PERCENTAGE, ClaimKind.MONEY, ClaimKind.CODE, ClaimKind.URL, ClaimKind.EMAIL}
)


def value_differences(slots: Sequence[Slot], values: Sequence[Filled]) -> list[Difference]:
    """Values that no customer can have, and fields that read differently in one and the same mail.

    Args:
        slots: the places of merge fields, by number.
        values: what stands there; a place may be filled several times.
    """
    found = [
        Difference(DifferenceKind.FIELD, "merge fields", _meant(slots[v.number]), shown(v.value), w)
        for v in dict.fromkeys(values)
        for w in [_why_no_value(slots[v.number], v.value)]
        if w
    ]
    for name in dict.fromkeys(slots[v.number].name for v in values):
        own = [v for v in values if slots[v.number].name == name]
        read = {v.value.casefold(): v.value for v in own if v.value != slots[v.number].default}
        left = [v.value for v in own if v.value == slots[v.number].default]
        if len(read) > 1 or (read and left):
            said = " and ".join(f"'{shown(each)}'" for each in [*read.values(), *left[:1]])
            why = "one reader has one value"
            found.append(Difference(DifferenceKind.FIELD, "merge fields", f"[{name}]", said, why))
    return found


def _meant(slot: Slot) -> str:
    return f"[{slot.name}]" + (f", else '{slot.default}'" if slot.default else "")


def _why_no_value(slot: Slot, value: str) -> str:
    if value == slot.default or (not value and not slot.default):
        return ""
    if not value:
        return "nothing was filled in"
    if usable(value) is None or any(unicodedata.category(sign) in {"Cf", "Co"} for sign in value):
        return "no value can be written like this"
    if any(claim.kind in _PROMISES for claim in claims(value)):
        return "a value promises nothing"
    return ""
