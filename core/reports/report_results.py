"""The sections of a report about its numbers: lift, segments, health, guardrails, choosing."""

from collections.abc import Iterator

from core.charts.units import DASH, count
from core.models.readout import Readout
from core.reports import report_lines as lines
from core.reports.attribution_chart import HOW_TO_READ, attribution_chart, attribution_table
from core.reports.by_day import by_day, no_chart_by_day
from core.reports.finding import differing
from core.reports.lift_chart import EXPLORATORY, forest
from core.reports.losses import loss_rows
from core.reports.reading import (
    alpha,
    estimates_of,
    lift_unit,
    metric_unit,
    metrics,
    primary_metric,
)
from core.reports.recommendations import recommendations
from core.reports.report_content import ReportContent
from core.reports.report_document import Block, Picture, Points, Section, Words
from core.reports.report_tables import PaperTable, guardrail_table, other_table
from core.reports.result_table import difference_cell, lift_cell
from core.reports.stages import stage_rows
from core.reports.words import metric_words

SEGMENT = "segment"


def result_sections(content: ReportContent, readout: Readout) -> Iterator[Section]:
    """Everything that was measured."""
    yield _lift(content, readout)
    by_segment = list(_segments(content, readout))
    if by_segment:
        title = "Lift by segment (exploratory)"
        yield Section("lift-by-segment", title, tuple(by_segment))
    yield Section("health", "Health: can it be believed?", tuple(_health(readout)))
    yield Section("guardrails", "Guardrails", _guardrails(content, readout))
    yield Section(
        "feature-attribution",
        "Which traits go with response: association, not cause",
        tuple(_attribution(content, readout)),
    )
    worth = tuple(_personal(content, readout))
    if worth:
        yield Section("personalisation", "Is choosing by segment worth it?", worth)


def advice_section(content: ReportContent) -> Section:
    """What follows from the numbers, each with the numbers it follows from."""
    told = recommendations(content.readout, content.guardrails)
    rows = tuple((each.what, each.why) for each in told)
    header = ("Do", "Because")
    table = PaperTable("Each follows by a rule from the numbers", header, rows, texts=header)
    return Section("recommendations", "Recommendations", (table,))


def _lift(content: ReportContent, readout: Readout) -> Section:
    others = other_table(readout, content.arm_labels)
    course = by_day(readout, arm_labels=content.arm_labels)
    blocks: list[Block] = [others] if others else []
    if course is not None:
        blocks += [Picture("lift_by_day", course), Words((course.finding,))]
    else:
        blocks.append(Words((str(no_chart_by_day(readout)),)))
    undefined = lines.undefined_lines(readout)
    if undefined:
        blocks.append(Points(tuple(undefined)))
    return Section("lift", "Lift by group: other metrics, and by day", tuple(blocks))


def _segments(content: ReportContent, readout: Readout) -> Iterator[Block]:
    """The chart drawn towards the average, then every metric as measured."""
    sliced = {row.metric for row in readout.estimates if row.slice and row.slice.column == SEGMENT}
    primary = primary_metric(readout)
    if primary not in sliced:
        return
    chart = forest(
        readout,
        primary,
        slice_column=SEGMENT,
        drawn_together=True,
        arm_labels=content.arm_labels,
    )
    yield Words((f"{EXPLORATORY}.", chart.finding))
    yield Picture("lift_by_segment", chart)
    for metric in metrics(readout):
        if metric in sliced:
            yield _by_segment(content, readout, metric)
    tests = [test for test in readout.heterogeneity if test.column == SEGMENT]
    if tests:
        yield Points(tuple(differing(test, alpha(readout)) for test in tests))


def _by_segment(content: ReportContent, readout: Readout, metric: str) -> PaperTable:
    unit, relative = metric_unit(readout, metric), lift_unit(readout, metric)
    rows = [
        (
            row.slice.value if row.slice else "",
            content.arm_labels.get(row.arm, row.arm),
            count(row.n),
            unit.level(row.mean),
            unit.level(row.mean_control),
            _estimable(difference_cell(row, unit)),
            _estimable(lift_cell(row, relative)),
        )
        for row in estimates_of(readout, metric, SEGMENT)
    ]
    return PaperTable(
        f"Exploratory, as measured: {metric_words(metric)} by segment ({unit.label})",
        ("Segment", "Group", "Customers", "Value", "Control", "Difference", "Relative lift"),
        tuple(rows),
        texts=("Segment", "Group"),
    )


def _estimable(cell: str) -> str:
    return "not estimable" if cell == DASH else cell


def _health(readout: Readout) -> Iterator[Block]:
    health = readout.health
    yield Points(tuple(lines.health_lines(health)))
    arms = tuple(health.srm.observed)
    if arms:
        sizes = tuple(
            (arm, count(health.srm.observed[arm]), _expected(health.srm.expected.get(arm)))
            for arm in arms
        )
        yield PaperTable("Group sizes (sample ratio)", ("Group", "Found", "Planned"), sizes)
    stages = stage_rows(health)
    if len(stages) > 1:
        groups = tuple(stages[0].groups)
        cells = tuple((s.stage, *(s.groups.get(g, DASH) for g in groups), s.test) for s in stages)
        header = ("Stage", *groups, "Equal loss?")
        yield PaperTable("How far customers came", header, cells, texts=("Stage", "Equal loss?"))
    lost = loss_rows(health)
    if lost:
        header = tuple(lost[0])
        cells = tuple(tuple(row.values()) for row in lost)
        title = "Customers lost, by reason (erased on request among them)"
        yield PaperTable(title, header, cells, texts=header[:2])
    elif len(stages) > 1:
        yield Words(("Nobody was lost on the way, and nobody was erased on request.",))


def _expected(number: float | None) -> str:
    return DASH if number is None else f"{number:,.1f}"


def _guardrails(content: ReportContent, readout: Readout) -> tuple[Block, ...]:
    table = guardrail_table(readout, content.arm_labels, content.guardrails)
    if table is not None:
        return (table,)
    return (Words(("No guardrail was registered, so nothing is known of harm.",), strong=True),)


def _attribution(content: ReportContent, readout: Readout) -> Iterator[Block]:
    found = content.attribution
    chart = attribution_chart(found, readout) if found else None
    table = attribution_table(found, readout) if found else None
    if found is None or chart is None or table is None:
        why = content.no_attribution or "No trait of the customers is known that could be compared."
        yield Words((why,))
        return
    yield Words(HOW_TO_READ)
    yield Picture("feature_importance", chart)
    yield Words((chart.finding,))
    yield table
    if found.left_out:
        yield Words((f"Left out: {'; '.join(found.left_out)}.",))


def _personal(content: ReportContent, readout: Readout) -> Iterator[Block]:
    worth = readout.personalization
    sentence = lines.personalization_line(readout)
    if worth is None or sentence is None:
        return
    yield Words((sentence,))
    unit = metric_unit(readout, worth.metric)
    interval = DASH if worth.gain_interval is None else unit.interval(worth.gain_interval)
    labels = content.arm_labels
    best = labels.get(worth.best_single_arm, worth.best_single_arm)
    yield PaperTable(
        f"Value of choosing by {worth.column} on {metric_words(worth.metric)} ({unit.label})",
        ("What", "Value"),
        (
            (f"Best group for each {worth.column}", unit.level(worth.value)),
            (f"{best} for everybody", unit.level(worth.best_single_value)),
            ("Gain", f"{unit.signed(worth.gain)} ({interval})"),
        ),
        texts=("What",),
    )
    if worth.policy:
        rows = tuple((value, labels.get(arm, arm)) for value, arm in worth.policy.items())
        header = (worth.column.capitalize(), "Best group")
        yield PaperTable("The choice that was valued", header, rows, texts=header)
