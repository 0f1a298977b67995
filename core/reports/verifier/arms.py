"""Who gets what, derived again from the key; and the outcomes, row by row beside it."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, field
from typing import Any, Iterator

from core.reports.verifier.moments import Sums
from core.reports.verifier.pack import Pack, Report, Wrong

ASSIGNMENTS, OUTCOMES, EXPERIMENT = "assignments.csv", "outcomes.csv", "experiment.json"


def sha256_text(text: str) -> str:
    """The SHA-256 of a text in UTF-8, in hexadecimal."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def quotas(size: int, weights: dict[str, float], salt: str, stratum: str) -> dict[str, int]:
    """How many of `size` customers each group gets: largest remainders, ties by a hash."""
    total = math.fsum(weights.values())
    exact = {arm: size * weight / total for arm, weight in weights.items()}
    whole = {arm: math.floor(round(share, 9)) for arm, share in exact.items()}
    rest = {arm: round(exact[arm] - whole[arm], 9) for arm in exact}
    left = size - sum(whole.values())
    order = sorted(exact, key=lambda arm: (-rest[arm], sha256_text(f"{salt}:{stratum}:{arm}")))
    return {arm: count + (arm in order[:left]) for arm, count in whole.items()}


@dataclass
class Assigned:
    """What walking through the assignments came to."""

    rows: int = 0
    erased: int = 0
    counts: dict[tuple[str, str], int] = field(default_factory=dict)
    sums: Sums | None = None
    outcomes: int = 0


@dataclass
class Walk:
    """One way through assignments and outcomes, in the order of the key, in constant memory."""

    pack: Pack
    report: Report
    plan: Any
    ids: str
    erased: int

    def through(self) -> Assigned:
        """Check every row; problems go into the report with their line.

        Raises:
            Wrong: a row cannot be read.
        """
        found, outcomes = Assigned(), self._outcomes()
        waiting = next(outcomes, None) if outcomes else None
        if outcomes:
            found.sums = Sums(self._columns)
        self._start()
        for line, row in self._rows(ASSIGNMENTS, 4):
            customer, segment, arm, variant = row
            found.rows += 1
            key = (segment, arm)
            found.counts[key] = found.counts.get(key, 0) + 1
            self._row(line, customer, key, variant)
            if waiting is not None and waiting[1] == customer and found.sums and outcomes:
                found.sums.add(key, waiting[2])
                found.outcomes += 1
                waiting = next(outcomes, None)
        if waiting is not None:
            self.report.bad(OUTCOMES, "is of nobody assigned, or out of order.", waiting[0])
        self._close(found)
        return found

    def _start(self) -> None:
        self.arms = [arm["name"] for arm in self.plan["arms"]]
        self.drawn = self.plan["assigned_here"]
        weights = {arm["name"]: arm["weight"] for arm in self.plan["arms"]}
        sizes: dict[str, int] = {}
        self.counted: dict[tuple[str, str], int] = {}
        for each in self.plan["counts"]:
            name = each["segment_id"]
            sizes[name] = sizes.get(name, 0) + each["customers"]
            self.counted[name, each["arm"]] = each["customers"]
        self.quota = dict(self.counted)
        if self.drawn:
            for segment, size in sizes.items():
                for arm, quota in quotas(size, weights, self.plan["salt"], segment).items():
                    self.quota[segment, arm] = quota
        for key, quota in self.quota.items():
            if quota != self.counted.get(key, 0):
                said = f"{key[1]} in {key[0]} must have {quota} customers by the key and shares."
                self.report.bad(EXPERIMENT, said)
        self.slots = {
            (each["segment_id"], each["arm"]): each["variant_id"] or ""
            for each in self.plan["slots"]
        }
        self.segment, self.last, self.place, self.order = "", "", 0, 0
        self.seen: dict[tuple[str, str], int] = {}

    def _row(self, line: int, customer: str, key: tuple[str, str], variant: str) -> None:
        segment, arm = key
        if segment != self.segment:
            if segment < self.segment:
                self.report.bad(ASSIGNMENTS, "is out of order.", line)
            self.segment, self.last, self.place, self.order = segment, "", 0, 0
        made = sha256_text(f"{self.plan['salt']}:{customer}") if self.ids == "clear" else customer
        if made <= self.last:
            self.report.bad(ASSIGNMENTS, "is out of order or comes twice.", line)
        self.last = made
        self.place += 1
        self.seen[key] = self.seen.get(key, 0) + 1
        if self.slots.get(key) != variant:
            said = f"the message is {variant or 'none'}, not that of {arm} in {segment}."
            self.report.bad(ASSIGNMENTS, said, line)
        if self.drawn:
            self._drawn(line, segment, arm)

    def _drawn(self, line: int, segment: str, arm: str) -> None:
        """That the arm is the one the key gives; with rows erased, that one is possible."""
        if arm not in self.arms:
            self.report.bad(ASSIGNMENTS, f"there is no group {arm}.", line)
            return
        if not self.erased:
            upto = 0
            for name in self.arms:
                upto += self.quota.get((segment, name), 0)
                if self.place <= upto:
                    break
            else:
                name = "nobody more"
            if name != arm:
                self.report.bad(ASSIGNMENTS, f"the key gives {name}, not {arm}.", line)
            return
        place = self.arms.index(arm)
        if place < self.order or self.seen[segment, arm] > self.quota.get((segment, arm), 0):
            self.report.bad(ASSIGNMENTS, f"the key does not give {arm} here.", line)
        self.order = max(self.order, place)

    def _close(self, found: Assigned) -> None:
        planned = sum(self.counted.values())
        found.erased = planned - found.rows
        if found.erased != self.erased:
            missing = f"{found.rows} rows of {planned} assigned, {self.erased} erased on request"
            self.report.bad(ASSIGNMENTS, f"has {missing}: rows were removed or added.")
        if not self.erased:
            for key in sorted(set(self.counted) | set(self.seen)):
                if self.counted.get(key, 0) != self.seen.get(key, 0):
                    said = f"has {self.seen.get(key, 0)} of {key[1]} in {key[0]}, "
                    said += f"the plan {self.counted.get(key, 0)}."
                    self.report.bad(ASSIGNMENTS, said)

    def _rows(self, name: str, width: int) -> Iterator[tuple[int, list[str]]]:
        for line, row in self.pack.table(name):
            if len(row) != width:
                raise Wrong(f"{name} line {line}: has {len(row)} fields, not {width}.")
            if line > 1:
                yield line, row

    def _outcomes(self) -> Iterator[tuple[int, str, list[float]]] | None:
        if OUTCOMES not in self.pack.names():
            return None
        self._columns = next(self.pack.table(OUTCOMES))[1][1:]
        return self._values(len(self._columns) + 1)

    def _values(self, width: int) -> Iterator[tuple[int, str, list[float]]]:
        for line, row in self._rows(OUTCOMES, width):
            try:
                values = [float(value) for value in row[1:]]
            except ValueError:
                raise Wrong(f"{OUTCOMES} line {line}: a value is no number.") from None
            yield line, row[0], values
