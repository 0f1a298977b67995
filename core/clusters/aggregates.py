"""What may be told about segments to somebody who proposes names: aggregates, never a row."""

from collections.abc import Sequence

from core.clusters.naming import FEWEST_TOLD
from core.models.customers import Segment
from core.models.segment_quality import Difference

_COLUMNS = 8


def told(segments: Sequence[Segment], differences: Sequence[Difference]) -> str:
    """Each segment by a letter: size, share, and its means and shares beside those of everybody.

    Of a segment below 30 customers nothing but that is told; nor any share or mean that stands on
    fewer than 30, or leaves fewer than 30 outside. Numbers have two digits, so that no value of a
    customer can be read from them. Names that people gave are left out.

    Reference:
        Sweeney (2002), "k-anonymity: a model for protecting privacy".

    Examples:
        >>> segment = Segment("a", "Any", "", 12, 0.1, None)
        >>> told([segment], [])
        'Segment A: fewer than 30 customers; nothing more may be told.'
    """
    return "\n".join(
        _about(
            letter(place), segment, [d for d in differences if d.segment_id == segment.segment_id]
        )
        for place, segment in enumerate(segments)
    )


def letter(place: int) -> str:
    """The name of a segment towards somebody who must not know its own: A, B, and so on.

    Reference:
        As for `told`.

    Examples:
        >>> letter(0), letter(25), letter(26)
        ('A', 'Z', 'A2')
    """
    return chr(ord("A") + place % 26) + (str(place // 26 + 1) if place >= 26 else "")


def tellable(segment: Segment) -> bool:
    """Whether anything at all may be told about a segment.

    Reference:
        As for `told`.

    Examples:
        >>> tellable(Segment("a", "Any", "", 30, 0.1, None))
        True
    """
    return segment.size >= FEWEST_TOLD


def _about(name: str, segment: Segment, differences: Sequence[Difference]) -> str:
    if not tellable(segment):
        return f"Segment {name}: fewer than {FEWEST_TOLD} customers; nothing more may be told."
    size = f"about {_rough(segment.size)} customers, {100 * segment.share:.0f} % of all"
    sayable = [d for d in differences if _may_be_told(d, segment.size)][:_COLUMNS]
    return "\n".join([f"Segment {name}: {size}.", *(f"- {_line(d)}" for d in sayable)])


def _may_be_told(difference: Difference, size: int) -> bool:
    if difference.flag and difference.customers == 0:
        return True  # nobody at all has it
    if difference.category is None or difference.customers < FEWEST_TOLD:
        return difference.customers >= FEWEST_TOLD
    # Few without the value are as easily found as few with it: of all, and of those that have one.
    known = round(difference.customers / difference.value)
    without = (size - difference.customers, known - difference.customers)
    return all(few == 0 or few >= FEWEST_TOLD for few in without)


def _line(difference: Difference) -> str:
    label = " ".join(difference.column.replace("_", " ").split())
    if difference.category is None:
        return f"{label}: {_rough(difference.value)} on average (all: {_rough(difference.overall)})"
    what = label if difference.flag else f"{label} {' '.join(difference.category.split())}"
    return f"{what}: {100 * difference.value:.0f} % (all: {100 * difference.overall:.0f} %)"


def _rough(value: float) -> str:
    """Two significant digits, without an exponent."""
    return f"{float(f'{value:.2g}'):,.10g}"
