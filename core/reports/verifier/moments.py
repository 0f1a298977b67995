"""Cells of outcomes: counts, means and sums of squares about them, from rows or as listed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Dict, Sequence, Tuple

STATISTICS = "statistics.csv"
Pair = Tuple[str, str]


@dataclass(frozen=True)
class Cell:
    """Two columns of some customers: how many, both means, the sum of products about them."""

    n: int
    mean: float
    other: float
    scatter: float


Cells = Dict[Tuple[str, str], Dict[Pair, Cell]]
"""By segment and arm, then by the two columns."""


def merged(cells: Sequence[Cell]) -> Cell:
    """Cells put together (Chan, Golub and LeVeque 1983)."""
    n = sum(c.n for c in cells)
    if not n:
        return Cell(0, 0.0, 0.0, 0.0)
    mean = math.fsum(c.n * c.mean for c in cells) / n
    other = math.fsum(c.n * c.other for c in cells) / n
    moved = (c.n * (c.mean - mean) * (c.other - other) for c in cells)
    return Cell(n, mean, other, math.fsum(c.scatter for c in cells) + math.fsum(moved))


def metric_columns(spec: str) -> tuple[str, str, str, str | None]:
    """Name, kind, column and second column of a metric as the decision card writes it."""
    kinds = ("proportion", "mean", "ratio", "quantile")
    parts = spec.strip().split(":")
    place = max(i for i, part in enumerate(parts) if part.strip() in kinds)
    name, equals, formula = ":".join(parts[:place]).partition("=")
    formula = (formula if equals else name).strip()
    kind, second = parts[place].strip(), None
    if kind == "ratio":
        formula, _, rest = formula.partition("/")
        second = rest.strip()
    if kind == "quantile":
        formula = formula.rpartition("@")[0]
    # A metric without a name of its own has that of its formula.
    label = name.strip()
    return label, kind, formula.strip(), second


def pairs_of(columns: Sequence[str]) -> list[Pair]:
    """Every column with itself and with each one before it, in order."""
    return [(a, b) for i, a in enumerate(columns) for b in columns[: i + 1]]


class Sums:
    """Cells while rows come by: sums about a centre, so that no digits are lost."""

    def __init__(self, columns: Sequence[str]) -> None:
        self.columns = list(columns)
        self.centre: list[float] = []
        self.cells: dict[tuple[str, str], tuple[list[float], list[float]]] = {}

    def add(self, key: tuple[str, str], values: list[float]) -> None:
        """Count one customer."""
        if not self.centre:
            self.centre = [0.0 if v in (0.0, 1.0) else v for v in values]
        cell = self.cells.get(key)
        if cell is None:
            width = len(self.columns)
            cell = self.cells[key] = ([0.0] * (width + 1), [0.0] * (width * (width + 1) // 2))
        sums, products = cell
        sums[-1] += 1
        place = 0
        away = [v - c for v, c in zip(values, self.centre)]
        for i, a in enumerate(away):
            if a:
                sums[i] += a
                for j in range(i + 1):
                    products[place + j] += a * away[j]
            place += i + 1

    def done(self) -> Cells:
        """The cells of all rows."""
        found: Cells = {}
        for key, (sums, products) in self.cells.items():
            n = sums[-1]
            means = [s / n for s in sums[:-1]]
            of: dict[Pair, Cell] = {}
            place = 0
            for i, a in enumerate(self.columns):
                for j, b in enumerate(self.columns[: i + 1]):
                    scatter = products[place] - n * means[i] * means[j]
                    at = self.centre
                    of[a, b] = Cell(int(n), means[i] + at[i], means[j] + at[j], scatter)
                    place += 1
            found[key] = of
        return found


def listed(rows: Any) -> Cells:  # noqa: ANN401 - numbered rows of a CSV file
    """The cells as `statistics.csv` lists them."""
    found: Cells = {}
    for line, row in rows:
        if line == 1:
            continue
        segment, arm, a, b, n, mean, other, scatter = row
        cell = Cell(int(n), float(mean), float(other), float(scatter))
        found.setdefault((segment, arm), {})[a, b] = cell
    return found


def differ(one: Cells, two: Cells) -> str | None:
    """The first cell in which two tables differ by more than rounding, in words."""
    if set(one) != set(two):
        return f"lists other groups than the rows: {min(set(one) ^ set(two))}"
    for key, of in one.items():
        for pair, cell in of.items():
            there = two[key].get(pair)
            if there is None or cell.n != there.n:
                return f"counts other customers of {key[1]} in {key[0]} than the rows"
            for a, b in ((cell.mean, there.mean), (cell.scatter, there.scatter)):
                if abs(a - b) > 1e-9 * max(1.0, abs(a), abs(b)):
                    return f"{pair[0]} of {key[1]} in {key[0]} is not that of the rows"
    return None
