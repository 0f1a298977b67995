"""Numbers by which states and banks know a person, told apart by their own check digits.

Without a check digit, or where it lets one number in ten through, the number must be written the
way it is printed, or stand after its name.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NumberKind:
    """What such a number is called, how it is written, and whether its check digits hold."""

    name: str
    pattern: re.Pattern[str]
    holds: Callable[[str], bool]


def luhn(text: str) -> bool:
    """Luhn's check digit, ISO/IEC 7812-1 annex B.

    Examples:
        >>> luhn("4111 1111 1111 1111"), luhn("4111 1111 1111 1112")
        (True, False)
    """
    digits = _digits(text)[::-1]
    doubled = sum(sum(divmod(2 * d, 10)) for d in digits[1::2])
    return (sum(digits[::2]) + doubled) % 10 == 0


def iban(text: str) -> bool:
    """The check number of ISO 13616: the rearranged number is 1 modulo 97.

    Examples:
        >>> iban("GB82 WEST 1234 5698 7654 32")
        True
    """
    plain = text.replace(" ", "").upper()
    moved = plain[4:] + plain[:4]
    return 15 <= len(plain) <= 34 and int("".join(str(int(c, 36)) for c in moved)) % 97 == 1


def _digits(text: str) -> list[int]:
    return [int(c) for c in text if c.isdigit()]


def _weighted(weights: Sequence[int], modulus: int) -> Callable[[str], bool]:
    """Whether the digits, each times its weight, add up to a multiple."""
    return lambda text: (
        sum(w * d for w, d in zip(weights, _digits(text), strict=False)) % modulus == 0
    )


def _german_tax(text: str) -> bool:
    """ISO/IEC 7064, MOD 11,10."""
    digits, product = _digits(text), 10
    for digit in digits[:-1]:
        product = ((digit + product) % 10 or 10) * 2 % 11
    return (11 - product) % 10 == digits[-1]


def _french(text: str) -> bool:
    digits = "".join(map(str, _digits(text)))
    return (97 - int(digits[:13]) % 97) == int(digits[13:])


def _belgian(text: str) -> bool:
    digits = "".join(map(str, _digits(text)))
    number, check = digits[:9], int(digits[9:])
    return check in {97 - int(number) % 97, 97 - int("2" + number) % 97}


def _spanish(text: str) -> bool:
    plain = re.sub(r"\W", "", text).upper()
    first = {"X": "0", "Y": "1", "Z": "2"}.get(plain[0], plain[0])
    return "TRWAGMYFPDXBNJZSQVHLCKE"[int(first + plain[1:-1]) % 23] == plain[-1]


_ODD = dict(zip("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", (
    1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6,
    8, 12, 14, 16, 10, 22, 25, 24, 23), strict=True))  # fmt: skip


def _italian(text: str) -> bool:
    plain = text.upper()
    even = sum(int(c) if c.isdigit() else ord(c) - 65 for c in plain[1:15:2])
    return chr(65 + (even + sum(_ODD[c] for c in plain[0:15:2])) % 26) == plain[15]


def _brazilian(text: str) -> bool:
    digits = _digits(text)
    if len(set(digits)) == 1:
        return False
    for length in (9, 10):
        rest = sum((length + 1 - i) * d for i, d in enumerate(digits[:length])) * 10 % 11 % 10
        if rest != digits[length]:
            return False
    return True


def _canadian(text: str) -> bool:
    return luhn(text) and text[0] not in "08"


def _swedish(text: str) -> bool:
    digits = _digits(text)[-10:]
    day = digits[4] * 10 + digits[5]
    return (
        luhn("".join(map(str, digits))) and 1 <= digits[2] * 10 + digits[3] <= 12 and 1 <= day <= 31
    )


def _indian(text: str) -> bool:
    """Verhoeff's check digit."""
    check = 0
    for place, digit in enumerate(reversed(_digits(text))):
        for _ in range(place % 8):
            digit = _TURN[digit]  # noqa: PLW2901 - the permutation is applied again and again
        check = _sum(check, digit)
    return check == 0


_TURN = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)


def _sum(one: int, other: int) -> int:
    """The product in the dihedral group of the pentagon."""
    if one < 5:
        return (one + other) % 5 + (0 if other < 5 else 5) if other < 5 else 5 + (one + other) % 5
    return 5 + (one - other) % 5 if other < 5 else (one - other) % 5


def _always(_: str) -> bool:
    return True


def _kind(name: str, pattern: str, holds: Callable[[str], bool]) -> NumberKind:
    return NumberKind(name, re.compile(rf"(?<![\w-])(?:{pattern})(?![\w-])"), holds)


KINDS: tuple[NumberKind, ...] = (
    _kind("a card number", r"[2-6](?:[ -]?\d){12,18}", luhn),
    _kind("an IBAN", r"[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?", iban),
    _kind(
        "a US social security number",
        r"(?!000|666|9\d\d)\d{3}[- ](?!00)\d{2}[- ](?!0000)\d{4}",
        _always,
    ),
    _kind(
        "a UK national insurance number",
        r"(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]",
        _always,
    ),
    _kind(
        "an NHS number", r"\d{3} \d{3} \d{4}", _weighted((10, 9, 8, 7, 6, 5, 4, 3, 2, 1), 11)
    ),
    _kind("a German tax number", r"[1-9]\d(?: ?\d{3}){3}", _german_tax),
    _kind(
        "a French social security number",
        r"[12] ?\d{2} ?(?:0[1-9]|1[0-2]) ?\d[\dAB] ?\d{3} ?\d{3} ?\d{2}",
        _french,
    ),
    _kind("a Belgian national number", r"\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}", _belgian),
    _kind("a Spanish identity number", r"[XYZ]-?\d{7}-?[A-Z]|\d{8}-?[A-Z]", _spanish),
    _kind(
        "an Italian tax code",
        r"(?i:[A-Z]{6}\d{2}[ABCDEHLMPRST]\d{2}[A-Z]\d{3}[A-Z])",
        _italian,
    ),
    _kind(
        "a Polish identity number",
        r"(?i:pesel)\W{0,3}\d{2}(?:[02468][1-9]|[13579][0-2])[0-3]\d{6}",
        _weighted((1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1), 10),
    ),
    _kind("a Swedish identity number", r"(?:19|20)?\d{6}[-+]\d{4}", _swedish),
    _kind("a Swiss social security number", r"756\.\d{4}\.\d{4}\.\d{2}",
          _weighted((1, 3) * 6 + (1,), 10)),
    _kind("a Brazilian tax number", r"\d{3}\.\d{3}\.\d{3}-\d{2}", _brazilian),
    _kind("a Canadian social insurance number", r"\d{3}[ -]\d{3}[ -]\d{3}", _canadian),
    _kind("an Indian identity number", r"[2-9]\d{3} \d{4} \d{4}", _indian),
)  # fmt: skip
"""Every kind of number that is personal whoever it belongs to, the more exact first."""
