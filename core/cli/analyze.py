"""`analyze`: the read-out of any file, no workspace needed."""

import argparse
from pathlib import Path

from core.cli.console import Console, table
from core.models.experiment import AnalysisPlan, Correction, MetricKind, MetricSpec, parse_split
from core.models.placebo import PlaceboRequest, PlaceboRow
from core.models.readout import (
    CumulativeRow,
    Estimate,
    Health,
    Interval,
    MarginVerdict,
    ReadingMode,
    Readout,
)
from core.orchestrator.service.analysis import analyze_file
from core.reports.losses import loss_rows
from core.reports.stages import stage_rows

BANDS = {
    ReadingMode.POINTWISE: "pointwise intervals: each is right for its own day only",
    ReadingMode.GROUP_SEQUENTIAL: "group-sequential intervals: right on all days together",
    ReadingMode.CONFIDENCE_SEQUENCE: "confidence sequence: right at every moment",
}
# What a page says in words, a command says with an option.
OPTIONS = {
    "Equal shares": "--split ARM=W,ARM=W names planned shares",
    "no column is known to name": "--unit COL names the column of the customer",
    "winsorizing": "--winsorize 0.999 caps large values",
}
DAY_HEADER = ("up to", "group", "n", "difference", "lift")
SHUFFLED_HEADER = ("shuffled", "group", "p below alpha", "uniform p")
HEADER = ("metric", "slice", "group", "n", "value", "control", "difference", "lift", "p", "p adj.")


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = commands.add_parser("analyze", help="the read-out of an experiment in a file")
    parser.add_argument(
        "file", type=Path, metavar="FILE", help="CSV or Parquet, one row a customer"
    )
    _columns(parser)
    _rules(parser)
    parser.add_argument("--json", action="store_true", help="one JSON document and nothing else")
    parser.set_defaults(handler=_analyze)


def _columns(parser: argparse.ArgumentParser) -> None:
    """What the columns of the file mean."""
    add = parser.add_argument
    add("--arm", required=True, metavar="COL", help="the column that names the group")
    add("--control", required=True, metavar="NAME", help="the group the others are compared with")
    add(
        "--metric",
        required=True,
        action="extend",
        nargs="+",
        metavar="SPEC",
        help="visit:proportion, spend:mean, aov=spend/orders:ratio or top=spend@0.9:quantile; "
        "the first one decides",
    )
    add("--by", action="extend", nargs="+", default=[], metavar="COL", help="also by slices")
    add("--covariate", metavar="COL", help="known before the test; adjusts mean metrics (CUPED)")
    add("--unit", metavar="COL", help="the randomised unit, when a row is smaller")
    add(
        "--stage",
        action="extend",
        nargs="+",
        default=[],
        metavar="COL",
        help="0 or 1: how far a customer came, in order, such as sent and delivered; one named "
        "matched (has an outcome row) is of everybody",
    )
    add("--time", metavar="COL", help="day of assignment; the looks of a sequential reading")
    add(
        "--guardrail",
        action="extend",
        nargs="+",
        default=[],
        metavar="SPEC",
        help="must not get worse; the direction that is harm and the largest harm accepted may "
        "be added: unsubscribed:proportion:rise:0.0005",
    )


def _rules(parser: argparse.ArgumentParser) -> None:
    """How they are read."""
    add = parser.add_argument
    add("--split", metavar="ARM=W,...", help="planned shares (default: equal)")
    add("--alpha", type=float, default=0.05, help="two-sided (default: 0.05)")
    add("--correction", choices=[c.value for c in Correction], default="holm")
    add("--winsorize", type=float, metavar="Q", help="cap amounts at this quantile, such as 0.99")
    add("--sequential", action="store_true", help="the test is looked at before its end")
    add("--planned-n", type=int, metavar="N", help="customers planned, all groups together")
    add("--mde", type=float, default=0.0, metavar="REL", help="smallest lift worth using")
    add("--placebo", type=int, metavar="N", help="also deal the groups out by chance, N times")
    add("--seed", type=int, default=1, help="of the placebo (default: 1)")


def _analyze(args: argparse.Namespace, console: Console) -> int:
    shuffles = None if args.placebo is None else PlaceboRequest(args.placebo, args.seed)
    readout = analyze_file(args.file, _plan(args), shuffles=shuffles)
    text = "\n".join([readout_text(readout), *_hints(readout)])
    console.result(readout.as_document(), text)
    return 0


def _hints(readout: Readout) -> list[str]:
    """The options that answer what the health of a file asks for."""
    said = " ".join((*readout.health.failures, *readout.health.warnings, *readout.health.notes))
    return [f"hint: {option}" for words, option in OPTIONS.items() if words in said]


def _plan(args: argparse.Namespace) -> AnalysisPlan:
    return AnalysisPlan(
        arm=args.arm,
        control=args.control,
        metrics=tuple(MetricSpec.parse(text) for text in args.metric),
        guardrails=tuple(MetricSpec.parse(text) for text in args.guardrail),
        by=tuple(args.by),
        covariate=args.covariate,
        unit=args.unit,
        time=args.time,
        split=parse_split(args.split) if args.split else (),
        alpha=args.alpha,
        correction=Correction(args.correction),
        winsorize=args.winsorize,
        sequential=args.sequential,
        planned_n=args.planned_n,
        stages=tuple(args.stage),
        mde=args.mde,
    )


def readout_text(readout: Readout) -> str:
    """A read-out as a person reads it in a terminal."""
    health = readout.health
    rows = [_row(estimate) for estimate in readout.estimates]
    lines = [
        f"{readout.conclusion.decision.value.replace('_', ' ')}: {readout.conclusion.reason}",
        "",
        f"{health.units:,} customers in {health.rows:,} rows",
        *(f"failed: {failure}" for failure in health.failures),
        *(f"warning: {warning}" for warning in health.warnings),
        *_stages(health),
        "",
        table(HEADER, rows),
    ]
    if readout.heterogeneity:
        lines += ["", table(("effect differs by", "metric", "p", "p adj."), _differing(readout))]
    if readout.personalization is not None:
        lines += ["", readout.personalization.sentence]
    bounded = [row for row in readout.estimates if row.margin is not None and row.slice is None]
    if bounded:
        lines += ["", *(_against_margin(row) for row in bounded)]
    if readout.cumulative:
        days = [_day(row) for row in readout.cumulative]
        lines += ["", BANDS[readout.cumulative[0].mode], table(DAY_HEADER, days)]
    if readout.placebo is not None:
        shuffled = [_shuffled(row) for row in readout.placebo.rows]
        lines += ["", readout.placebo.sentence, table(SHUFFLED_HEADER, shuffled)]
    return "\n".join([*lines, "", *(f"note: {note}" for note in health.notes)])


def _stages(health: Health) -> list[str]:
    """How far the customers of each group came, where it is known."""
    rows = stage_rows(health)
    if not rows:
        return []
    groups = list(rows[0].groups)
    cells = [(row.stage, *(row.groups[arm] for arm in groups), row.test) for row in rows]
    lost = loss_rows(health)
    reasons = [(row["Lost before"], row["Why"], *(row[arm] for arm in groups)) for row in lost]
    told = ["", table(("lost before", "why", *groups), reasons)] if lost else []
    return ["", table(("stage", *groups, "loss"), cells), *told]


def _row(row: Estimate) -> tuple[str, ...]:
    share = row.type is MetricKind.PROPORTION
    return (
        f"{row.metric} (adjusted)" if row.covariate_adjusted else row.metric,
        f"{row.slice.column} {row.slice.value}" if row.slice else "all",
        row.arm,
        f"{row.n:,}",
        _number(row.mean, percent=share),
        _number(row.mean_control, percent=share),
        _with_interval(row.difference, row.difference_interval, percent=False),
        _with_interval(row.lift, row.lift_interval, percent=True),
        _p_value(row.p_value),
        _p_value(row.p_adjusted),
    )


def _against_margin(row: Estimate) -> str:
    """Whether the guardrail keeps its margin, and how many customers would tell."""
    shown = row.margin_verdict is MarginVerdict.NONE_SHOWN
    enough = shown or row.margin_needed_per_group is None
    needed = "" if enough else f"; about {row.margin_needed_per_group:,} per group would tell"
    reached = "nothing yet" if row.margin_bound is None else f"{row.margin_bound:+.4g}"
    return f"{row.metric}, {row.arm}: {row.margin_verdict} ({reached} of {row.margin:+.4g}){needed}"


def _day(row: CumulativeRow) -> tuple[str, ...]:
    return (
        str(row.day),
        f"{row.arm} (adjusted)" if row.covariate_adjusted else row.arm,
        f"{row.n:,}",
        _with_interval(row.difference, row.interval, percent=False),
        _with_interval(row.lift, row.lift_interval, percent=True),
    )


def _shuffled(row: PlaceboRow) -> tuple[str, ...]:
    share = row.undefined or "-"
    if row.share is not None and row.share_interval is not None:
        low, high = row.share_interval
        share = f"{row.share:.1%} ({low:.1%} to {high:.1%})"
    name = f"{row.metric} (adjusted)" if row.covariate_adjusted else row.metric
    return name, row.arm or "-", share, _p_value(row.ks_p_value)


def _differing(readout: Readout) -> list[tuple[str, ...]]:
    return [
        (row.column, row.metric, _p_value(row.p_value), _p_value(row.p_adjusted))
        for row in readout.heterogeneity
    ]


def _number(value: float | None, *, percent: bool) -> str:
    if value is None:
        return "-"
    return f"{value:.2%}" if percent else f"{value:,.4g}"


def _with_interval(value: float | None, interval: Interval | None, *, percent: bool) -> str:
    kind = "+.1%" if percent else "+.4g"
    if value is None:
        return "-"
    if interval is None:
        return f"{value:{kind}}"
    return f"{value:{kind}} ({interval[0]:{kind}} to {interval[1]:{kind}})"


def _p_value(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}"
