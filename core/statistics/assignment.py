"""Who gets what: complete randomisation inside each segment, recomputable from ids and salt."""

import hashlib
import math
from collections.abc import Iterable, Mapping

from core.errors import BadInput

# 52 bits are a whole number that a double holds exactly, and 13 hexadecimal digits.
_DIGITS, _SCALE = 13, float(2**52)


def quotas(size: int, weights: Mapping[str, float], *, salt: str, stratum: str) -> dict[str, int]:
    """How many of `size` customers each arm gets: exact shares, largest remainders first.

    Equal remainders are ordered by a hash of salt, stratum and arm, so that rounding does not
    favour the same arm in every segment.

    Raises:
        BadInput: no weight is above 0, or one is negative.

    Reference:
        Hamilton's method of largest remainders; Balinski and Young (2001), "Fair Representation".

    Examples:
        >>> quotas(10, {"a": 2, "b": 1, "c": 1}, salt="s", stratum="x")["a"]
        5
    """
    total = math.fsum(weights.values())
    if not total > 0 or not all(0 <= w < math.inf for w in weights.values()):
        raise BadInput(f"The shares {dict(weights)} cannot be used; give one above 0, none below.")
    exact = {arm: size * weight / total for arm, weight in weights.items()}
    # 9 digits: 3 * (1/3) must count as 1, whichever way the division was rounded.
    whole = {arm: math.floor(round(share, 9)) for arm, share in exact.items()}
    remainder = {arm: round(exact[arm] - whole[arm], 9) for arm in exact}
    left = size - sum(whole.values())
    order = sorted(exact, key=lambda arm: (-remainder[arm], _hash(f"{salt}:{stratum}:{arm}")))
    return {arm: count + (arm in order[:left]) for arm, count in whole.items()}


def assign(
    customer_ids: Iterable[str], weights: Mapping[str, float], *, salt: str, stratum: str
) -> dict[str, str]:
    """The arm of every customer of one segment, whatever order they come in.

    Customers are ordered by the SHA-256 of `salt:id` (then by id) and the order is cut into the
    arms, in the order of `weights`, by their quotas.

    Raises:
        BadInput: an id comes twice, or the weights cannot be used.

    Reference:
        Stratified complete randomisation; Imbens and Rubin (2015), "Causal Inference", chapter 9.

    Examples:
        >>> arms = assign(["1", "2", "3", "4"], {"a": 1, "b": 1}, salt="s", stratum="x")
        >>> sorted(arms.values())
        ['a', 'a', 'b', 'b']
    """
    ids = list(customer_ids)
    if len(set(ids)) < len(ids):
        raise BadInput(f"Segment '{stratum}' holds a customer twice, so arms cannot be assigned.")
    ordered = sorted(ids, key=lambda customer: (_hash(f"{salt}:{customer}"), customer))
    shares = quotas(len(ids), weights, salt=salt, stratum=stratum)
    slots = [arm for arm in weights for _ in range(shares[arm])]
    return dict(zip(ordered, slots, strict=True))


def uniform(key: str, customer_id: str) -> float:
    """A number from 0 up to, not including, 1: the customer's own under this key, for ever.

    The first 52 bits of the SHA-256 of `key:customer_id`, over 2^52. Everybody below a share is
    that share of all customers, whatever any experiment with another key does. With sha256sum:
    the first 13 digits of the hash of "key:id", read as a hexadecimal number, over 2^52.

    Reference:
        Kohavi, Tang and Xu (2020), "Trustworthy Online Controlled Experiments", chapter 4: a key
        of its own for each layer; no remainder is taken, which would favour low numbers.

    Examples:
        >>> round(uniform("global holdout", "C00001"), 4)
        0.3295
    """
    return int(_hash(f"{key}:{customer_id}")[:_DIGITS], 16) / _SCALE


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
