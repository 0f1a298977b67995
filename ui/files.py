"""What a page offers for download: tables without formulas, and folders as one file."""

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from core.orchestrator import clock

CUSTOMER_TEMPLATE = (
    "customer_id,email_permission,recency_months,past_year_spend,area\n"
    "C00001,yes,3,142.44,Suburban\n"
    "C00002,no,11,45.34,Urban\n"
)
_FORMULA_START = ("=", "+", "-", "@", "\t", "\r")


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A CSV file that no spreadsheet takes for formulas."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([_safe(cell) for cell in header])
    writer.writerows([_safe(cell) for cell in row] for row in rows)
    return text.getvalue()


def named(subject: str, what: str, ending: str) -> str:
    """The name of a download: of what, and when."""
    return f"{subject}_{what}_{clock.utc_now().astimezone(UTC):%Y%m%dT%H%M%SZ}.{ending}"


def zipped(folder: Path) -> bytes:
    """Everything in a folder as one file."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            archive.write(path, path.relative_to(folder))
    return packed.getvalue()


def stamp(at: datetime) -> str:
    """A moment as part of a file name."""
    return f"{at:%Y%m%dT%H%M%SZ}"


def _safe(cell: object) -> str:
    text = "" if cell is None else str(cell)
    numeric = text.replace("-", "", 1).replace(".", "", 1).isdigit()
    return f"'{text}" if text.startswith(_FORMULA_START) and not numeric else text
