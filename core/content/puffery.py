"""Praise that promises nothing checkable: listed for the reader of the ledger, never blocked."""

import re

_PUFFS = (
    "lovely", "beautiful", "beautifully", "gorgeous", "wonderful", "wonderfully", "fabulous",
    "fantastic", "amazing", "awesome", "incredible", "stunning", "delightful", "charming",
    "timeless", "iconic", "essential", "perfect", "perfectly", "effortless", "effortlessly",
    "great", "superb", "elegant", "stylish", "irresistible", "remarkable", "magical", "dreamy",
    "luxurious", "exquisite", "sensational", "brilliant", "terrific", "splendid", "unforgettable",
    "love", "loves", "adore", "handsome", "handsomely", "pleasant", "special", "favorite",
    "favourite", "must-have", "game-changing", "delicious", "exciting", "good-looking",
)  # fmt: skip
_PUFF = re.compile(rf"(?<![\w-])(?:{'|'.join(_PUFFS)})(?![\w-])", re.IGNORECASE)


def puffs(text: str) -> tuple[tuple[int, int], ...]:
    """Where a text praises without a claim.

    Examples:
        >>> [("A lovely coat at $90."[a:b]) for a, b in puffs("A lovely coat at $90.")]
        ['lovely']
    """
    return tuple(m.span() for m in _PUFF.finditer(text))
