"""Personal data that must not stand in a text for many readers: addresses and numbers."""

import re
from collections.abc import Callable, Collection

from core.content.claims import EMAIL, PHONE
from core.models.messages import Finding, Level, TextField

_CARD = re.compile(r"(?<![\w-])[2-6](?:[ -]?\d){12,18}(?![\w-])")
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?(?!\w)")
_SSN = re.compile(r"(?<![\w-])(?!000|666|9\d\d)\d{3}[- ](?!00)\d{2}[- ](?!0000)\d{4}(?![\w-])")


def _luhn(text: str) -> bool:
    """Luhn's check digit, ISO/IEC 7812-1 annex B."""
    digits = [int(c) for c in re.sub(r"\D", "", text)][::-1]
    doubled = sum(sum(divmod(2 * d, 10)) for d in digits[1::2])
    return (sum(digits[::2]) + doubled) % 10 == 0


def _iban(text: str) -> bool:
    """The check number of ISO 13616: the rearranged number is 1 modulo 97."""
    plain = text.replace(" ", "").upper()
    moved = plain[4:] + plain[:4]
    return 15 <= len(plain) <= 34 and int("".join(str(int(c, 36)) for c in moved)) % 97 == 1


def _dialled(text: str) -> bool:
    return 9 <= len(re.sub(r"\D", "", text)) <= 15


_KINDS: tuple[tuple[str, re.Pattern[str], Callable[[str], bool]], ...] = (
    ("an e-mail address", EMAIL, lambda _: True),
    ("a card number", _CARD, _luhn),
    ("an IBAN", _IBAN, _iban),
    ("a US social security number", _SSN, lambda _: True),
    ("a telephone number", PHONE, _dialled),
)


def personal_findings(
    text: str, field: TextField, *, approved: Collection[str] = ()
) -> tuple[Finding, ...]:
    """Personal data in one part of a message.

    Args:
        text: the part.
        field: which part it is.
        approved: approved texts; what stands there is the brand's own number or address.

    Examples:
        >>> [f.text for f in personal_findings("Card 4111 1111 1111 1111.", TextField.BODY)]
        ['4111 1111 1111 1111']
    """
    found: list[Finding] = []
    for name, pattern, holds in _KINDS:
        for match in pattern.finditer(text):
            shown = match.group()
            known = any(shown in one for one in approved)
            inside = any(f.start < match.end() and match.start() < f.end for f in found)
            if holds(shown) and not known and not inside:
                why = f"This looks like {name}; every reader of the message would see it."
                found.append(
                    Finding("personal_data", Level.BLOCK, field, *match.span(), shown, why)
                )
    return tuple(found)
