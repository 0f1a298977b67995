"""What a page offers for download: tables without formulas, and folders as one file."""

import codecs
import csv
import io
import zipfile
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from core.orchestrator import clock

CUSTOMER_TEMPLATE = (
    "customer_id,email_permission,email_permission_source,email_permission_date,"
    "recency_months,past_year_spend,area\n"
    "C00001,yes,web form,2025-03-14,3,142.44,Suburban\n"
    "C00002,no,shop,2024-11-02,11,45.34,Urban\n"
)
_FORMULA_START = ("=", "+", "-", "@", "\t", "\r")


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A CSV file that no spreadsheet takes for formulas."""
    return _written([header, *rows], _safe)


def exact(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A CSV file for another system: UTF-8, numbers in full, no cell changed."""
    return _written([header, *rows], str).encode()


def for_excel(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A CSV file that Excel opens with every letter right and no cell taken for a formula."""
    return codecs.BOM_UTF8 + table(header, rows).encode()


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


def _written(rows: Iterable[Sequence[object]], said: Callable[[object], str]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([said("" if cell is None else cell) for cell in row] for row in rows)
    return text.getvalue()


def _safe(cell: object) -> str:
    text = str(cell)
    numeric = text.replace("-", "", 1).replace(".", "", 1).isdigit()
    return f"'{text}" if text.startswith(_FORMULA_START) and not numeric else text
