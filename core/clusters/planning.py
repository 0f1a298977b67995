"""Which columns clusters look at, how each becomes numbers, and what has to be said about it."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.errors import BadInput
from core.models.segment_models import ColumnProfile, Feature, FeatureKind, Spread

SKEWED = 1.0
"""A skewness beyond 1 is commonly called strong."""

MOST_CATEGORIES = 20


@dataclass(frozen=True, slots=True)
class Plan:
    """The features, and sentences about what was left out, filled in or bent."""

    features: tuple[Feature, ...]
    notes: tuple[str, ...]


def planned(profiles: Sequence[ColumnProfile]) -> Plan:
    """How each column becomes numbers, and the columns that tell nothing left out by name.

    A number that is never negative and strongly skewed is taken as ln(1 + value) where that is
    less skewed: else the few who spend most would be a cluster of their own whatever else they do.

    Raises:
        BadInput: no column is left.

    Reference:
        Hastie, Tibshirani and Friedman (2009), "The Elements of Statistical Learning", 14.3.

    Examples:
        >>> spread = Spread(mean=3.0, sd=0.0, skewness=0.0, median=3.0, minimum=3.0, maximum=3.0)
        >>> planned([ColumnProfile("age", FeatureKind.NUMBER, 60, 60, 1, spread)])
        Traceback (most recent call last):
        core.errors.BadInput: Nothing is left to tell customers apart by. Left out: age is the ...
    """
    kept: list[Feature] = []
    dropped: list[str] = []
    for profile in profiles:
        reason = _useless(profile)
        if reason:
            dropped.append(f"{profile.column} {reason}")
        else:
            kept.append(_feature(profile))
    left_out = f"Left out: {'; '.join(dropped)}." if dropped else ""
    if not kept:
        raise BadInput(f"Nothing is left to tell customers apart by. {left_out}".strip())
    notes = (left_out, _logged(kept), _filled(kept))
    return Plan(tuple(kept), tuple(note for note in notes if note))


def _useless(profile: ColumnProfile) -> str:
    if profile.known == 0:
        return "has no value"
    if profile.distinct <= 1:
        return "is the same for everybody"
    if profile.kind is FeatureKind.CATEGORY:
        many = profile.distinct > MOST_CATEGORIES
        return f"has {profile.distinct:,} different values" if many else ""
    # Values that differ by less than a double can tell have no spread to divide by.
    flat = profile.spread is None or not profile.spread.sd > 0
    return "is the same for nearly everybody" if flat else ""


def _feature(profile: ColumnProfile) -> Feature:
    if profile.kind is FeatureKind.CATEGORY or profile.spread is None:
        return Feature(
            profile.column,
            profile.kind,
            categories=tuple(c.value for c in profile.categories),
            shares=tuple(c.count / profile.known for c in profile.categories),
            missing=profile.missing,
        )
    log = _is_skewed(profile)
    spread: Spread = profile.logged if log and profile.logged else profile.spread
    return Feature(
        profile.column,
        profile.kind,
        median=profile.spread.median,
        mean=spread.mean,
        sd=spread.sd,
        log=log,
        missing=profile.missing,
    )


def _is_skewed(profile: ColumnProfile) -> bool:
    plain, logged = profile.spread, profile.logged
    if profile.kind is not FeatureKind.NUMBER or plain is None or logged is None:
        return False
    return plain.skewness > SKEWED and abs(logged.skewness) < plain.skewness and logged.sd > 0


def _logged(features: Sequence[Feature]) -> str:
    names = [f.column for f in features if f.log]
    if not names:
        return ""
    return f"Strongly skewed, so taken as the logarithm of 1 + value: {', '.join(names)}."


def _filled(features: Sequence[Feature]) -> str:
    numbers = [
        f"{f.column} ({f.missing:,})"
        for f in features
        if f.missing and f.kind is not FeatureKind.CATEGORY
    ]
    groups = [
        f"{f.column} ({f.missing:,})"
        for f in features
        if f.missing and f.kind is FeatureKind.CATEGORY
    ]
    said = []
    if numbers:
        said.append(f"Missing values were taken as the median: {', '.join(numbers)}.")
    if groups:
        said.append(f"Missing values count as none of the values: {', '.join(groups)}.")
    return " ".join(said)
