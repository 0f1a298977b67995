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


def differ(one: Cells, two: Cells, erased: int) -> str | None:
    """The first cell in which listed sums differ from those of the rows, in words.

    Sums made before an erasure may count as many customers more as were erased since.
    """
    more = 0
    for key in sorted(set(one) | set(two)):
        for pair, cell in one.get(key, {}).items():
            there = two.get(key, {}).get(pair, Cell(0, 0.0, 0.0, 0.0))
            gap = cell.n - there.n
            more += gap if pair == next(iter(one[key])) else 0
            if gap < 0 or more > erased:
                return f"counts other customers of {key[1]} in {key[0]} than the rows"
            if gap == 1:
                there = _with_one_more(there, cell)
            if gap < 2 and not _near(cell, there):
                return f"{pair[0]} of {key[1]} in {key[0]} is not that of the rows"
        if key not in one:
            return f"lacks {key[1]} in {key[0]}"
    return None


def _with_one_more(now: Cell, before: Cell) -> Cell:
    """The cell with the one customer more that the means of before leave room for.

    Only the sum of products is left to be compared: the rows that are there decide it.
    """
    one = before.n * before.mean - now.n * now.mean
    other = before.n * before.other - now.n * now.other
    scatter = now.scatter + (one - now.mean) * (other - now.other) * now.n / before.n
    near = abs(scatter - before.scatter) <= 1e-6 * max(1.0, before.scatter)
    return Cell(before.n, before.mean, before.other, before.scatter if near else scatter)


def _near(one: Cell, two: Cell) -> bool:
    pairs = ((one.mean, two.mean), (one.other, two.other), (one.scatter, two.scatter))
    return all(abs(a - b) <= 1e-9 * max(1.0, abs(a), abs(b)) for a, b in pairs)
