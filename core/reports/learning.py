"""The learning ledger in words, as a chart and as a file: nothing here is ever called best."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict

from core.charts.dates import day_words
from core.charts.forest import ForestChart, ForestRow
from core.charts.metric_words import metric_words
from core.charts.table import neutral
from core.charts.units import MINUS, Unit
from core.models.learning import Ledger, LedgerRow, Question, SealedTest
from core.reports.reading import unit_of
from core.reports.words import decision_words

EMPTY = "The ledger fills when a sealed test is read out on its day and its health holds."
DEFINITION = (
    "The effect to expect, on average over campaigns like those tested. Every row is drawn towards "
    "the average of the rows beside it, the further the fewer and noisier its tests: the highest "
    "of several noisy numbers is too high. The interval also counts how campaigns differ."
)
MATCHING = (
    "Tests are combined where metric, days, control and segment are the same. Segments made by "
    "rules are the same where their rule and all rules before it are; RFM cells by their name in "
    "the grid; clusters only within one version. A group is its tone; of a mailing made elsewhere "
    "it is its name. Simulated outcomes never enter."
)


def question_words(question: Question) -> str:
    """What is measured, against whom, and within how many days."""
    metric = metric_words(question.metric.name)
    return f"{_capital(metric)} within {question.outcome_days} days, against {control(question)}"


def control(question: Question) -> str:
    """The control in a sentence: "not contacted"; names of others stay as they are."""
    name = question.control
    return name.lower() if name in {"Not contacted", "Control message"} else f"“{name}”"


def row_words(row: LedgerRow, unit: Unit | None = None) -> str:
    """One row as a sentence, ready to be a suggestion.

    Its number, its interval, the tests behind it, how old the newest is, and how much it weighs.
    """
    unit = unit or question_unit(row.question, [row])
    ends = " to ".join(amount(unit, end, bare=True) for end in row.interval)
    subject = row.subject
    return (
        f"For {subject.segment}, {subject.tone} against {control(row.question)}: "
        f"{amount(unit, row.effect)} ({ends}), {tests_words(row)}. {_capital(row.strength)}."
    )


def tests_words(row: LedgerRow) -> str:
    """How many tests, and the age of the newest: "3 tests, the last 5 months ago"."""
    if row.imported == row.tests:
        made = f"{_number(row.tests)} made elsewhere, brought in"
        return f"{made} {age_words(row.months)}"
    last = ", the last " if row.tests > 1 else ", "
    imported = f" ({row.imported} made elsewhere)" if row.imported else ""
    return f"{_number(row.tests)}{last}{age_words(row.months)}{imported}"


def age_words(months: int) -> str:
    """How long ago.

    Examples:
        >>> age_words(0), age_words(1), age_words(5)
        ('less than a month ago', '1 month ago', '5 months ago')
    """
    if months == 0:
        return "less than a month ago"
    return "1 month ago" if months == 1 else f"{months} months ago"


def amount(unit: Unit, value: float, *, bare: bool = False) -> str:
    """A difference with its sign and unit: "+0.60 points"; bare without the word.

    Examples:
        >>> from core.charts.units import MONEY, POINTS
        >>> amount(POINTS, 0.006), amount(MONEY, 1.5, bare=True)
        ('+0.60 points', '+$1.50')
    """
    written = unit.signed(value)
    if unit.prefix and written[:1] in {"+", MINUS}:
        written = f"{written[0]}{unit.prefix}{written[1:]}"
    word = " points" if unit.suffix == " %" else f" {unit.label.removeprefix('$ ')}"
    return written if bare else written + word


def question_unit(question: Question, rows: Sequence[LedgerRow]) -> Unit:
    """How the effects of a question are written, with decimals that suit their precision."""
    unit = unit_of(question.metric.name, question.metric.kind)
    return unit.fitted(row.interval for row in rows)


def ledger_chart(rows: Sequence[LedgerRow], question: Question) -> ForestChart:
    """The rows of one question: what to expect, and as a stroke what the tests measured."""
    unit = question_unit(question, rows)
    return ForestChart(
        title=question_words(question),
        subtitle="Drawn towards the average of all rows. A place to begin, not proof.",
        finding=_finding(rows),
        unit=unit,
        control=question.control,
        rows=tuple(_chart_row(row) for row in rows),
        group_heading="Segment",
        interval_name="interval",
    )


def ledger_table(rows: Sequence[LedgerRow]) -> list[dict[str, object]]:
    """The rows of one question as they are read; numbers as in the sentences."""
    unit = question_unit(rows[0].question, rows) if rows else None
    return [_shown(row, unit) for row in rows if unit is not None]


def ledger_csv(ledger: Ledger) -> str:
    """Every row with all its digits; text is safe for spreadsheets."""
    file = io.StringIO()
    writer = csv.DictWriter(file, list(_HEADER), lineterminator="\r\n")
    writer.writeheader()
    for row in ledger.rows:
        writer.writerow({name: _written(cell) for name, cell in exact(row).items()})
    return file.getvalue()


def exact(row: LedgerRow) -> dict[str, object]:
    """One row for another program: plain values, the interval as two numbers."""
    values: Mapping[str, object] = dict(_exact(row))
    return {name: values[name] for name in _HEADER}


def ledger_document(ledger: Ledger) -> dict[str, object]:
    """The ledger for another program, with the tests it did not learn from and why."""
    return {
        "made_on": ledger.made_on.isoformat(),
        "coverage": 0.95,
        "rows": [exact(row) for row in ledger.rows],
        "tests": [
            {
                "campaign_id": test.campaign.campaign_id,
                "name": test.campaign.name,
                "conclusion": test.conclusion and test.conclusion.decision.value,
                "simulated": test.campaign.simulated,
                "read_on": test.read_on and test.read_on.isoformat(),
                "left_out": test.left_out,
            }
            for test in ledger.tests
        ],
    }


def verdict_words(test: SealedTest) -> str:
    """What a test came to; before its day it tells nothing of the effect."""
    found = test.conclusion
    if found is None:
        return "Not read yet"
    words = decision_words(found.decision)
    return f"Preliminary: {words.lower()}" if found.preliminary else words


_HEADER = (
    "segment", "tone", "metric", "kind", "outcome_days", "control", "effect", "effect_low",
    "effect_high", "measured", "measured_low", "measured_high", "tests", "imported", "newest",
    "months", "strength", "customers", "customers_control", "campaigns", "segment_key", "tone_key",
)  # fmt: skip


def _exact(row: LedgerRow) -> Iterator[tuple[str, object]]:
    yield from asdict(row.subject).items()
    yield "metric", row.question.metric.name
    yield "kind", row.question.metric.kind.value
    yield "outcome_days", row.question.outcome_days
    yield "control", row.question.control
    yield "effect", row.effect
    yield "effect_low", row.interval[0]
    yield "effect_high", row.interval[1]
    yield "measured", row.measured
    yield "measured_low", row.measured_interval[0]
    yield "measured_high", row.measured_interval[1]
    yield "tests", row.tests
    yield "imported", row.imported
    yield "newest", row.newest.isoformat()
    yield "months", row.months
    yield "strength", row.strength.value
    yield "customers", row.n
    yield "customers_control", row.n_control
    yield "campaigns", "; ".join(row.campaigns)


def _shown(row: LedgerRow, unit: Unit) -> dict[str, object]:
    return {
        "Segment": row.subject.segment,
        "Group": row.subject.tone,
        f"To expect ({unit.label})": unit.signed(row.effect),
        "95 % interval": unit.interval(row.interval),
        "As measured": unit.signed(row.measured),
        "Weight": row.strength.value,
        "Tests": row.tests,
        "Newest": day_words(row.newest),
        "Made elsewhere": row.imported,
    }


def _chart_row(row: LedgerRow) -> ForestRow:
    return ForestRow(
        label=row.subject.tone,
        group=row.subject.segment,
        estimate=row.effect,
        low=row.interval[0],
        high=row.interval[1],
        n=row.n,
        n_control=row.n_control,
        note=f"{row.strength.value}; {tests_words(row)}",
        measured=row.measured,
        measured_interval=row.measured_interval,
    )


def _finding(rows: Sequence[LedgerRow]) -> str:
    clear = [row for row in rows if not row.interval[0] <= 0 <= row.interval[1]]
    return (
        f"{len(rows)} rows of the ledger; the interval of {len(clear)} lies on one side of 0. "
        f"{sum(row.strength == 'weak' for row in rows)} are weak."
    )


def _written(cell: object) -> object:
    return neutral(cell) if isinstance(cell, str) else cell


def _number(tests: int) -> str:
    return "1 test" if tests == 1 else f"{tests} tests"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
