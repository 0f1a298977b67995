"""Short rules that nearly say what clusters are, and which columns decide.

Both stand on the same footing: half of the customers make the rule or the forest, the other half
judges it, so that nothing is praised for having been learnt by heart.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from core.clusters.encoding import Matrix
from core.clusters.kmeans import Places
from core.models.segment_models import Feature, FeatureKind
from core.models.segment_quality import Importance

DEPTH = 3
_SHUFFLES, _TREES, _FOREST_DEPTH, _MOST_ROWS = 10, 40, 10, 10_000
_LEAF_SHARE = 0.01
_DIGITS = range(-9, 13)
_WORTH_A_ROUND_LIMIT = 0.002


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison on the way to a leaf: above a limit or not, or a value of a category."""

    column: int
    above: bool
    limit: float
    category: int | None = None


Path = tuple[Condition, ...]
Flags = npt.NDArray[np.bool_]
Origin = tuple[int, int | None]


@dataclass(frozen=True, slots=True)
class ShortRule:
    """The rule of one cluster in the product's language, with how well it holds elsewhere."""

    rule: str
    fidelity: float
    found: float
    precise: float


def short_rules(
    values: Matrix, features: Sequence[Feature], labels: Places, parts: int
) -> tuple[ShortRule | None, ...]:
    """For each cluster the short rule that comes nearest to it; None where none finds anybody.

    A decision tree of depth 3 tells each cluster from all others; its leaves become a rule with
    limits as round as the data allow. The figures are those of the rule itself, on the half of
    the customers the tree has not seen; a missing value makes a comparison unknown, as in a rule.

    Reference:
        Craven and Shavlik (1996), "Extracting tree-structured representations of trained
        networks": fidelity is the share of cases on which the two agree.

    Examples:
        >>> ages = np.arange(200.0)[:, None]
        >>> feature = Feature("age", FeatureKind.NUMBER, median=100.0)
        >>> found = short_rules(ages, [feature], (ages[:, 0] >= 100).astype(int), 2)
        >>> found[1].rule, found[1].fidelity
        ('"age" >= 100', 1.0)
    """
    seen = _half(len(values))
    return tuple(_short_rule(values, features, labels == part, seen) for part in range(parts))


def importances(
    values: Matrix, features: Sequence[Feature], labels: Places, *, seed: int
) -> tuple[tuple[Importance, ...], float]:
    """What is lost when a column is shuffled, largest first; and the agreement without.

    A forest learns the segments from half of the customers; on the other half each column is
    shuffled ten times. The mean loss of accuracy is the importance, its deviation the spread.

    Reference:
        Breiman (2001), "Random forests", section 10; Fisher, Rudin and Dominici (2019), "All
        models are wrong, but many are useful", for a surrogate.

    Examples:
        >>> values = np.column_stack([np.arange(400.0) % 2, np.ones(400)])
        >>> features = [Feature("tells", FeatureKind.FLAG), Feature("idle", FeatureKind.FLAG)]
        >>> found, agreement = importances(values, features, values[:, 0].astype(int), seed=1)
        >>> [(i.column, i.mean > 0.3) for i in found], agreement
        ([('tells', True), ('idle', False)], 1.0)
    """
    from sklearn.ensemble import RandomForestClassifier  # noqa: PLC0415 - a second to import
    from sklearn.inspection import permutation_importance  # noqa: PLC0415

    filled = _filled(values, features)[:_MOST_ROWS]
    labels = labels[: len(filled)]
    forest = RandomForestClassifier(_TREES, max_depth=_FOREST_DEPTH, random_state=seed)
    seen = _half(len(filled))
    forest.fit(filled[seen], labels[seen])
    judged, truth = filled[~seen], labels[~seen]
    lost = permutation_importance(forest, judged, truth, n_repeats=_SHUFFLES, random_state=seed)
    found = [
        Importance(feature.column, float(mean), float(spread))
        for feature, mean, spread in zip(
            features, lost.importances_mean, lost.importances_std, strict=True
        )
    ]
    ordered = sorted(found, key=lambda one: (-one.mean, one.column))
    return tuple(ordered), float(forest.score(judged, truth))


def _half(rows: int) -> Flags:
    """A half of the customers, drawn: the order of a file may follow a pattern."""
    seen = np.zeros(rows, dtype=bool)
    seen[np.random.default_rng(0).permutation(rows)[: (rows + 1) // 2]] = True
    return seen


def _short_rule(
    values: Matrix, features: Sequence[Feature], member: Flags, seen: Flags
) -> ShortRule | None:
    from sklearn.tree import DecisionTreeClassifier  # noqa: PLC0415 - a second to import

    inputs, origins = _columns(values, features)
    least = max(int(_LEAF_SHARE * seen.sum()), 1)
    tree = DecisionTreeClassifier(max_depth=DEPTH, min_samples_leaf=least, random_state=0)
    tree.fit(inputs[seen], member[seen])
    paths = [_rounded(path, values[seen]) for path in _merged(_paths(tree, origins))]
    if not paths:
        return None
    paths = _plainer(paths, values[seen], member[seen])
    rule = " or ".join(f"({p})" if len(paths) > 1 else p for p in _texts(paths, features))
    holds = np.any([_holds(path, values) for path in paths], axis=0)[~seen]
    truth = member[~seen]
    both = int((holds & truth).sum())
    return ShortRule(
        rule,
        float((holds == truth).mean()),
        both / max(int(truth.sum()), 1),
        both / max(int(holds.sum()), 1),
    )


def _columns(values: Matrix, features: Sequence[Feature]) -> tuple[Matrix, list[Origin]]:
    """Numbers as they are and one column for each value of a category; where each comes from."""
    filled = _filled(values, features)
    columns, origins = list[Matrix](), list[Origin]()
    for place, feature in enumerate(features):
        if feature.kind is not FeatureKind.CATEGORY:
            columns.append(filled[:, place])
            origins.append((place, None))
            continue
        for category in range(feature.width):
            columns.append((values[:, place] == category).astype(float))
            origins.append((place, category))
    return np.column_stack(columns), origins


def _filled(values: Matrix, features: Sequence[Feature]) -> Matrix:
    # A category has no median: a missing one is a value of its own.
    medians = [-1.0 if f.kind is FeatureKind.CATEGORY else f.median for f in features]
    return np.where(np.isnan(values), np.array(medians), values)


def _paths(tree: object, origins: Sequence[Origin]) -> list[Path]:
    """The ways to the leaves that say yes."""
    nodes = tree.tree_  # type: ignore[attr-defined]  # scikit-learn ships no types
    if len(tree.classes_) < 2:  # type: ignore[attr-defined]
        return []
    found: list[Path] = []
    waiting: list[tuple[int, Path]] = [(0, ())]
    while waiting:
        node, path = waiting.pop()
        if nodes.children_left[node] < 0:
            no, yes = nodes.value[node][0]
            if yes > no and path:
                found.append(path)
            continue
        column, category = origins[nodes.feature[node]]
        limit = float(nodes.threshold[node])
        for above, child in ((True, nodes.children_right), (False, nodes.children_left)):
            step = Condition(column, above, limit, category)
            waiting.append((int(child[node]), (*path, step)))
    return found


def _merged(paths: list[Path]) -> list[Path]:
    """Two leaves of one branch that both say yes are the branch."""
    paths = [tuple(path) for path in paths]
    for one in paths:
        for other in paths:
            twin = (*one[:-1], replace(one[-1], above=not one[-1].above))
            if other == twin and len(one) > 1:
                rest = [p for p in paths if p not in (one, other)]
                return _merged([*rest, one[:-1]])
    return paths


def _rounded(path: Path, values: Matrix) -> Path:
    """The tightest conditions of each column, with limits as round as the data allow."""
    tightest: dict[tuple[int, bool, int | None], Condition] = {}
    for step in path:
        key = (step.column, step.above, step.category)
        known = tightest.get(key)
        tighter = known is None or (step.limit > known.limit) == step.above
        if tighter:
            tightest[key] = step
    kept = list(tightest.values())
    chosen = {s.column for s in kept if s.category is not None and s.above}
    # Being of one value says already that it is no other.
    kept = [s for s in kept if s.category is None or s.above or s.column not in chosen]
    return tuple(
        s
        if s.category is not None
        else Condition(s.column, s.above, _round(values[:, s.column], s.limit))
        for s in kept
    )


def _round(values: Matrix, limit: float) -> float:
    """The roundest number above the last value up to the limit, and at most the next value."""
    known = values[~np.isnan(values)]
    lower, upper = known[known <= limit], known[known > limit]
    low = float(lower.max()) if len(lower) else limit
    high = float(upper.min()) if len(upper) else limit
    for digits in reversed(_DIGITS):
        step = 10.0**digits
        candidate = round(np.floor(high / step) * step, max(-digits, 0) + 2)
        if low < candidate <= high:
            return float(candidate)
    return high


def _plainer(paths: list[Path], values: Matrix, member: Flags) -> list[Path]:
    """Limits with fewer digits, where that costs next to no agreement: 500 in place of 502.3."""
    least = _agreement(paths, values, member) - _WORTH_A_ROUND_LIMIT
    for place, path in enumerate(paths):
        for turn, condition in enumerate(path):
            if condition.category is not None:
                continue
            for digits in (1, 2, 3):
                limit = float(f"{condition.limit:.{digits}g}")
                plainer = (*paths[place][:turn], replace(condition, limit=limit))
                tried = list(paths)
                tried[place] = (*plainer, *paths[place][turn + 1 :])
                if _agreement(tried, values, member) >= least:
                    paths = tried
                    break
    return paths


def _agreement(paths: Sequence[Path], values: Matrix, member: Flags) -> float:
    holds = np.any([_holds(path, values) for path in paths], axis=0)
    return float((holds == member).mean())


def _holds(path: Path, values: Matrix) -> Flags:
    """For whom all conditions are true; a comparison with a missing value is not."""
    holds = np.ones(len(values), dtype=bool)
    for step in path:
        column = values[:, step.column]
        if step.category is None:
            met = column >= step.limit if step.above else column < step.limit
        else:
            same = column == step.category
            met = same if step.above else ~same & ~np.isnan(column)
        holds &= met
    return holds


def _texts(paths: Sequence[Path], features: Sequence[Feature]) -> list[str]:
    return [" and ".join(_text(step, features[step.column]) for step in path) for path in paths]


def _text(step: Condition, feature: Feature) -> str:
    column = '"' + feature.column.replace('"', '""') + '"'
    if step.category is not None:
        value = feature.categories[step.category].replace("'", "''")
        return f"{column} {'=' if step.above else '!='} '{value}'"
    if feature.kind is FeatureKind.FLAG:
        return f"{column} = {'yes' if step.above else 'no'}"
    sign = ">=" if step.above else "<"
    if feature.kind is FeatureKind.DATE:
        day = np.datetime64("1970-01-01") + np.timedelta64(int(np.ceil(step.limit)), "D")
        return f"{column} {sign} '{day}'"
    limit = int(step.limit) if step.limit.is_integer() else step.limit
    return f"{column} {sign} {limit!r}"
