"""The numbers of the read-out, computed again from the cells of outcomes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from core.reports.verifier.compare import Arm, Counts, few, score, score_p, welch, welch_p
from core.reports.verifier.moments import Cells, merged, metric_columns
from core.reports.verifier.pack import Report

READOUT = "readout.json"
NEAR = 1e-9
SCORE = "score (few events)"


@dataclass
class Numbers:
    """What is needed to compute an estimate again."""

    report: Report
    plan: Any
    readout: Any
    cells: Cells
    checked: int = 0
    others: int = 0

    def check(self) -> list[str]:
        """Compare every estimate; gives the lines of those of everybody."""
        lines = []
        for place, said in enumerate(self.readout["estimates"]):
            if said["covariate_adjusted"] or said["type"] == "quantile":
                self.others += 1
                continue
            where = f"{said['metric']}, {said['arm']}"
            where += f" in {said['slice']['value']}" if said["slice"] else ""
            made = self._made(said)
            for name, value in made.items():
                if not _same(said[name], value):
                    text = f"estimate {place + 1} ({where}): {name} is {said[name]}, "
                    self.report.bad(READOUT, f"{text}computed again it is {value}.")
            self.checked += 1
            if said["slice"] is None and made.get("difference_interval"):
                lines.append(_line(where, made))
        return lines

    def _made(self, said: Any) -> dict[str, Any]:  # noqa: ANN401 - as the file says
        """Every number of an estimate that can be computed again."""
        alpha = self.plan["card"]["alpha"]
        arms = [arm["name"] for arm in self.plan["arms"]]
        present = {arm for (_, arm), of in self.cells.items() if any(c.n for c in of.values())}
        compared = len([arm for arm in arms if arm in present]) - 1
        shared = alpha if said["guardrail"] else alpha / compared
        arm, control = self._arm(said, said["arm"]), self._arm(said, said["control"])
        made: dict[str, Any] = {"n": arm.n, "n_control": control.n}
        if min(arm.n, control.n) <= 1 or math.isnan(arm.mean + control.mean):
            return made
        made.update(mean=arm.mean, mean_control=control.mean, difference=arm.mean - control.mean)
        counts = _counts(arm, control)
        if said["type"] == "proportion" and few(counts, self.plan["few_events"]):
            return {**made, **_by_score(counts, alpha, shared)}
        if arm.error + control.error <= 0:
            return made
        return {**made, **_by_welch(arm, control, alpha, shared)}

    def _arm(self, said: Any, name: str) -> Arm:  # noqa: ANN401 - as the file says
        """A group of an estimate: everybody, or those of its segment."""
        column, second = self._columns(said["metric"])
        names = {each["segment_id"]: each["segment"] for each in self.plan["counts"]}
        wanted = None if said["slice"] is None else said["slice"]["value"]
        cells = [
            of
            for (segment, arm), of in self.cells.items()
            if arm == name and wanted in (None, names.get(segment, segment))
        ]
        own = merged([of[column, column] for of in cells])
        if own.n <= 1:
            return Arm(own.n, 0.0, 0.0)
        if second is None:
            return Arm(own.n, own.mean, own.scatter / (own.n - 1) / own.n)
        below = merged([of[second, second] for of in cells])
        both = merged([of[column, second] if (column, second) in of else _turned(of, column, second)
                       for of in cells])  # fmt: skip
        if below.mean == 0:
            return Arm(own.n, math.nan, 0.0)
        # The delta method (Deng, Knoblich and Lu 2018): as the mean of (a - R b) / mean(b).
        ratio = own.mean / below.mean
        scatter = own.scatter - 2 * ratio * both.scatter + ratio**2 * below.scatter
        return Arm(own.n, ratio, scatter / below.mean**2 / (own.n - 1) / own.n)

    def _columns(self, metric: str) -> tuple[str, str | None]:
        card = self.plan["card"]
        for spec in (card["primary_metric"], *card["other_metrics"], *card["guardrails"]):
            name, _, column, second = metric_columns(spec)
            if name == metric:
                return column, second
        raise ValueError(f"{metric} is not on the decision card")


def _turned(of: Any, column: str, second: str) -> Any:  # noqa: ANN401 - a cell
    cell = of[second, column]
    return type(cell)(cell.n, cell.other, cell.mean, cell.scatter)


def _counts(arm: Arm, control: Arm) -> Counts:
    events, others = round(arm.n * arm.mean), round(control.n * control.mean)
    return Counts(events, arm.n, others, control.n)


def _by_welch(arm: Arm, control: Arm, alpha: float, shared: float) -> dict[str, Any]:
    difference, lift = welch(arm, control, alpha)
    adjusted, lift_adjusted = welch(arm, control, shared)
    known = control.mean != 0
    return {
        "lift": (arm.mean - control.mean) / abs(control.mean) if known else None,
        "p_value": welch_p(arm, control),
        "standard_error": math.sqrt(arm.error + control.error),
        "difference_interval": difference,
        "lift_interval": lift if known else None,
        "difference_interval_adjusted": adjusted,
        "lift_interval_adjusted": lift_adjusted if known else None,
    }


def _by_score(counts: Counts, alpha: float, shared: float) -> dict[str, Any]:
    difference, lift = score(counts, alpha)
    adjusted, lift_adjusted = score(counts, shared)
    known = bool(counts.events and counts.control_events)
    relative = counts.events / counts.n * counts.control_n / counts.control_events if known else 1
    return {
        "lift": relative - 1 if known else None,
        "p_value": None if counts.alike else score_p(counts),
        "difference_interval": difference,
        "lift_interval": lift if known else None,
        "difference_interval_adjusted": adjusted,
        "lift_interval_adjusted": lift_adjusted if known else None,
    }


def _same(said: Any, made: Any) -> bool:  # noqa: ANN401 - numbers, pairs of them, or nothing
    if isinstance(made, tuple):
        return isinstance(said, list) and len(said) == 2 and all(map(_same, said, made))
    if made is None or said is None:
        # JSON has no infinity: an interval without an end says null.
        return said is None and (made is None or math.isinf(made))
    return bool(abs(said - made) <= NEAR * max(1.0, abs(made)))


def _line(where: str, made: dict[str, Any]) -> str:
    low, high = made["difference_interval"]
    text = f"{where}: {made['mean']:.6g} against {made['mean_control']:.6g}, "
    text += f"difference {made['difference']:.6g} ({low:.6g} to {high:.6g})"
    if made["lift"] is None or made["lift_interval"] is None:
        return f"{text}, lift not estimable"
    low, high = made["lift_interval"]
    return f"{text}, lift {100 * made['lift']:.3f} % ({100 * low:.3f} % to {100 * high:.3f} %)"
