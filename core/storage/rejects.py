"""The rows of a file that were not kept, as a file of their own."""

import csv
from pathlib import Path

from core.frames import REJECTS
from core.models.customers import ImportReport
from core.storage.duck import replacing

FORMULA_START = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet may run a text that begins with one of these."""


def neutralised(text: str) -> str:
    """The text with an apostrophe before it where a spreadsheet would take it for a formula."""
    return f"'{text}" if text.startswith(FORMULA_START) else text


def write_rejects(report: ImportReport, path: Path) -> Path:
    """Writes line, reason and content of each listed row as CSV; safe to open in a spreadsheet."""
    with replacing(path) as unfinished, unfinished.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(REJECTS)
        for each in report.rejects:
            writer.writerow((each.line, each.reason, neutralised(each.row)))
    return path
