"""A test tried on its own customers with the arms dealt out by chance, where nothing can work."""

from dataclasses import dataclass

from core.errors import BadInput

Interval = tuple[float, float]
FEWEST_SHUFFLES, MOST_SHUFFLES = 20, 100_000


@dataclass(frozen=True, slots=True)
class PlaceboRequest:
    """How often the arms are dealt out anew by chance, and the seed that makes it repeatable."""

    runs: int
    seed: int = 1

    def __post_init__(self) -> None:
        if not FEWEST_SHUFFLES <= self.runs <= MOST_SHUFFLES:
            raise BadInput(
                f"placebo is {self.runs}; ask for {FEWEST_SHUFFLES} to {MOST_SHUFFLES:,} shuffles."
            )
        if self.seed < 0:
            raise BadInput(f"seed is {self.seed}; give a whole number of 0 or more.")


@dataclass(frozen=True, slots=True)
class PlaceboRow:
    """How often an arm that does nothing looked different from control on one metric.

    `share` is that of shuffles with p below alpha, `share_interval` its 95 % Monte-Carlo interval,
    `ks_p_value` that of the hypothesis that the p-values are uniform.
    """

    metric: str
    arm: str | None
    covariate_adjusted: bool = False
    share: float | None = None
    share_interval: Interval | None = None
    ks_p_value: float | None = None
    undefined: str | None = None


@dataclass(frozen=True, slots=True)
class Placebo:
    """The test repeated on the file's own customers with the arms dealt out anew, by chance."""

    runs: int
    seed: int
    alpha: float
    rows: tuple[PlaceboRow, ...]
    sentence: str
