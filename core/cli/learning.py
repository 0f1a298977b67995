"""`learning`: what all sealed tests together say about each segment and tone."""

import argparse

from core.cli.console import Console
from core.cli.session import application
from core.models.learning import STRENGTH_RULE, Ledger
from core.reports.learning import (
    EMPTY,
    ledger_document,
    question_unit,
    question_words,
    row_words,
    verdict_words,
)


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    learning = commands.add_parser(
        "learning", help="what all sealed tests together say about each segment and tone"
    )
    learning.set_defaults(handler=_learning)


def _learning(args: argparse.Namespace, console: Console) -> int:
    with application(args) as app:
        ledger = app.learning.ledger()
    console.result(ledger_document(ledger), "\n".join(_lines(ledger)))
    return 0


def _lines(ledger: Ledger) -> list[str]:
    lines = [] if ledger.rows else [EMPTY]
    for question in ledger.questions:
        rows = [row for row in ledger.rows if row.question == question]
        unit = question_unit(question, rows)
        lines += [question_words(question), *(f"  {row_words(row, unit)}" for row in rows)]
    lines += [STRENGTH_RULE] if ledger.rows else []
    for test in ledger.tests:
        if test.left_out:
            lines.append(
                f"Not in it: {test.campaign.name} ({verdict_words(test)}). {test.left_out}"
            )
    return lines
