"""The same quantities by other people's code: SciPy, statsmodels and pandas over the rows."""

import math
import warnings
from dataclasses import dataclass

import numpy as np
import statsmodels.api as sm  # type: ignore[import-untyped]
from scipy import optimize, stats
from statsmodels.stats import proportion  # type: ignore[import-untyped]


@dataclass(frozen=True)
class Expected:
    """One comparison: the arms' values, the difference and lift with their 95 % intervals."""

    mean: float
    mean_control: float
    difference: float
    difference_interval: tuple[float, float]
    p_value: float
    lift_interval: tuple[float, float] | None
    standard_error: float | None = None

    @property
    def lift(self) -> float:
        return self.difference / abs(self.mean_control)


def welch(treatment, control) -> Expected:
    """SciPy's unequal-variance t test over the values; the lift by searching Fieller's set.

    Both arms are moved by one whole number first: SciPy sums as it goes and loses digits where
    the values are far from 0. The difference is the same, the means get the number back.
    """
    origin = float(round(np.mean(control)))
    far = abs(origin) > 1e6
    t, c = (np.asarray(v, dtype=float) - (origin if far else 0.0) for v in (treatment, control))
    with warnings.catch_warnings():
        # SciPy warns where one arm is constant, and is right all the same.
        warnings.simplefilter("ignore", RuntimeWarning)
        found = stats.ttest_ind(t, c, equal_var=False)
    of_t, of_c = t.var(ddof=1) / len(t), c.var(ddof=1) / len(c)
    low_high = found.confidence_interval(0.95)
    means = t.mean() + origin * far, c.mean() + origin * far
    difference = t.mean() - c.mean()
    return Expected(
        *means,
        difference,
        (low_high.low, low_high.high),
        found.pvalue,
        fieller(difference, means[1], found.df, lambda r: of_t + r**2 * of_c),
        difference / found.statistic if found.statistic else None,
    )


def fieller(difference, control, df, variance):
    """Where (1 + lift) times control stops being compatible with treatment, by root finding.

    `variance` is that of treatment - r control. None where the set has no ends.
    """
    critical = stats.t.isf(0.025, df)
    sign = math.copysign(1.0, control)

    def excess(lift):
        away = difference - sign * lift * control
        return away**2 - critical**2 * variance(1 + sign * lift)

    centre = difference / abs(control) if control else math.nan
    # The set is bounded where the parabola opens upwards: read from its second difference.
    if not excess(1e6) + excess(-1e6) - 2 * excess(0) > 0 or not excess(centre) < 0:
        return None
    ends = []
    for side in (-1, 1):
        step = abs(centre) + 1e-12
        while excess(centre + side * step) < 0:
            step *= 2
        near, far = sorted((centre, centre + side * step))
        ends.append(float(optimize.brentq(excess, near, far, xtol=1e-300)))
    return ends[0], ends[1]


def delta(frame, numerator, denominator) -> Expected:
    """Two ratios of sums, by the textbook delta method on each arm's covariance matrix."""
    found = {}
    for arm, rows in frame.groupby("arm"):
        pair = rows[[numerator, denominator]].astype(float)
        top, base = pair.mean()
        cov = pair.cov().to_numpy()
        gradient = np.array([1 / base, -top / base**2])
        found[arm] = top / base, math.sqrt(gradient @ cov @ gradient), len(pair)
    test = stats.ttest_ind_from_stats(*found["b"], *found["a"], equal_var=False)
    (mean, sd, n), (mean_c, sd_c, n_c) = found["b"], found["a"]
    of_t, of_c = sd**2 / n, sd_c**2 / n_c
    df = (of_t + of_c) ** 2 / (of_t**2 / (n - 1) + of_c**2 / (n_c - 1))
    reach = float(stats.t.isf(0.025, df)) * math.sqrt(of_t + of_c)
    ends = mean - mean_c - reach, mean - mean_c + reach
    lift = fieller(mean - mean_c, mean_c, df, lambda r: of_t + r**2 * of_c)
    return Expected(mean, mean_c, mean - mean_c, ends, float(test.pvalue), lift)


def ancova(frame, outcome, covariate, arm="b") -> Expected:
    """The slope by statsmodels' least squares on arms and covariate, then Welch on the rest.

    The variance of the covariate's overall mean, and its covariance with each arm, enter the
    lift but not the difference.
    """
    names = sorted(frame["arm"].unique())
    x = frame[covariate] - frame[covariate].mean()
    # Least squares loses digits on columns of very different size; the fit is the same.
    x /= x.std()
    origin = float(round(frame[outcome].mean()))
    outcomes = frame[outcome].to_numpy(float) - origin
    dummies = np.column_stack([(frame["arm"] == name).to_numpy(float) for name in names])
    fit = sm.OLS(outcomes, np.column_stack([dummies, x])).fit()
    slope, count = fit.params[-1], len(frame)
    rest = outcomes - slope * x.to_numpy()
    t, c = (frame["arm"] == arm).to_numpy(), (frame["arm"] == "a").to_numpy()
    plain = welch(rest[t], rest[c])
    effect = fit.params[names.index(arm)] - fit.params[names.index("a")]
    assert abs(plain.difference - effect) <= 1e-9 * abs(effect), "statsmodels disagrees with itself"
    residuals = x - x.groupby(frame["arm"]).transform("mean")
    centre = slope**2 * (residuals**2).sum() / (count - len(names)) / count
    with_centre = [slope * np.cov(rest[m], x[m])[0, 1] / count for m in (t, c)]
    own = [rest[m].var(ddof=1) / m.sum() for m in (t, c)]
    df = stats.ttest_ind(rest[t], rest[c], equal_var=False).df

    def variance(r):
        crossed = with_centre[0] - r * with_centre[1]
        return own[0] + r**2 * own[1] + (1 - r) ** 2 * centre + 2 * (1 - r) * crossed

    means = plain.mean + origin, plain.mean_control + origin
    lift = fieller(plain.difference, means[1], df, variance)
    ends = plain.difference_interval
    return Expected(*means, plain.difference, ends, plain.p_value, lift, plain.standard_error)


def score(x, n, y, m) -> Expected:
    """Miettinen-Nurminen: p by statsmodels, intervals by searching the score test.

    Not statsmodels' interval of the difference, which is wrong in 0.15 (its issue 10269).
    """
    critical = stats.norm.isf(0.025)
    with warnings.catch_warnings():
        # At 0 or n events statsmodels divides by zero on the way to a ratio it does not use.
        warnings.simplefilter("ignore", RuntimeWarning)
        theirs = proportion.test_proportions_2indep(x, n, y, m, method="score", compare="diff")
    low = _root(lambda d: _score_of_difference(x, n, y, m, d) - critical, -1, x / n - y / m)
    high = _root(lambda d: _score_of_difference(x, n, y, m, d) + critical, x / n - y / m, 1)
    lift = None
    if x and y:
        centre = math.log(x / n * m / y)
        ends = (centre - 25, centre), (centre, centre + 25)
        logs = [
            _root(lambda g, s=s: _score_of_ratio(x, n, y, m, math.exp(g)) - s * critical, *end)
            for s, end in zip((1, -1), ends, strict=True)
        ]
        lift = math.expm1(logs[0]), math.expm1(logs[1])
    return Expected(x / n, y / m, x / n - y / m, (low, high), theirs.pvalue, lift)


def _root(function, low, high):
    inside = 1e-13
    return optimize.brentq(function, low + inside, high - inside, xtol=1e-16, rtol=1e-15)


def _score_of_difference(x, n, y, m, delta):
    """The restricted share is where the likelihood stops rising, found by bisection."""
    low, high = max(0.0, -delta), min(1.0, 1 - delta)

    def slope(q):
        """The derivative of the log likelihood times q(1-q)(q+d)(1-q-d): no poles."""
        p = q + delta
        return (x - n * p) * q * (1 - q) + (y - m * q) * p * (1 - p)

    inside = 1e-14 * (high - low)
    if slope(low + inside) <= 0:
        q = low
    elif slope(high - inside) >= 0:
        q = high
    else:
        q = optimize.brentq(slope, low + inside, high - inside, xtol=1e-18)
    p = q + delta
    variance = (p * (1 - p) / n + q * (1 - q) / m) * (n + m) / (n + m - 1)
    away = x / n - y / m - delta
    return away / math.sqrt(variance) if variance > 0 else math.copysign(1e9, away)


def _score_of_ratio(x, n, y, m, ratio):
    """Koopman's score: the restricted share of control is the smaller root of a quadratic."""
    total, events = n + m, x + y
    b = (n + y) * ratio + x + m
    q = min(np.roots([total * ratio, -b, events]).real)
    p = q * ratio
    variance = (p * (1 - p) / n + ratio**2 * q * (1 - q) / m) * total / (total - 1)
    return (x / n - ratio * y / m) / math.sqrt(variance)


def by_unit(frame, unit, columns):
    """Rows summed by unit, with their number, units in two arms left out."""
    arms = frame.groupby(unit)["arm"].nunique()
    kept = frame[frame[unit].isin(arms[arms == 1].index)]
    sums = kept.groupby([unit, "arm"])[list(columns)].sum()
    sums["rows"] = kept.groupby([unit, "arm"]).size()
    return sums.reset_index()
