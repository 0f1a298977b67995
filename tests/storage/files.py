"""Files as they come from the world outside, made on the spot: workbooks, archives, bombs."""

import gzip
import io
import zipfile
import zlib
from collections.abc import Sequence
from datetime import date

import duckdb
import openpyxl  # type: ignore[import-untyped]

ROWS: tuple[tuple[object, ...], ...] = (
    ("id", "spend", "joined", "opt_in"),
    ("00123", 1234.5, date(2025, 12, 31), True),
    ("00124", 12, date(2024, 2, 29), False),
)


def workbook(
    rows: Sequence[Sequence[object]] = ROWS, *, others: Sequence[str] = (), merged: str = ""
) -> bytes:
    """An Excel file whose first sheet holds these rows."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Customers"
    for row in rows:
        sheet.append(list(row))
    if merged:
        sheet.merge_cells(merged)
    for name in others:
        book.create_sheet(name).append(["id", "from"])
        book[name].append(["x1", name])
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def changed_sheet(old: bytes, new: bytes) -> bytes:
    """A workbook in whose first sheet some bytes are replaced."""
    given, made = io.BytesIO(workbook()), io.BytesIO()
    with zipfile.ZipFile(given) as source, zipfile.ZipFile(made, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            target.writestr(
                name, content.replace(old, new) if name.endswith("sheet1.xml") else content
            )
    return made.getvalue()


def sheet_bomb() -> bytes:
    """A small workbook that unpacks to a gigabyte."""
    given, made = io.BytesIO(workbook()), io.BytesIO()
    with (
        zipfile.ZipFile(given) as source,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target,
    ):
        for name in source.namelist():
            target.writestr(name, source.read(name))
        with target.open("xl/worksheets/sheet9.xml", "w", force_zip64=True) as member:
            for _ in range(130):
                member.write(b" " * (1 << 20))
    return made.getvalue()


def gzip_bomb(megabytes: int = 130) -> bytes:
    """A file of a few hundred kilobytes that unpacks to so many megabytes."""
    one = gzip.compress(b"id,a\n" + b"1,2\n" * (1 << 18))
    return one * megabytes


def other_archive(*names: str) -> bytes:
    """A zip archive that is no workbook."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in names:
            archive.writestr(name, "id,a\n1,2\n")
    return packed.getvalue()


def locked() -> bytes:
    """What a workbook with a password begins with: an old container with an encrypted stream."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "EncryptedPackage".encode("utf-16-le")


def half_gzip() -> bytes:
    """A gzip file that was cut off."""
    return gzip.compress(b"id,a\n" + b"1,2\n" * 10_000)[:60]


def bad_gzip() -> bytes:
    """A gzip file with a wrong checksum."""
    packed = bytearray(gzip.compress(b"id,a\n1,2\n"))
    packed[-8:-4] = (zlib.crc32(b"something else")).to_bytes(4, "little")
    return bytes(packed)


def parquet(query: str, folder: str) -> bytes:
    """The rows of a query as Parquet."""
    path = f"{folder}/made.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")
    with open(path, "rb") as file:  # noqa: PTH123 - a path of ours
        return file.read()
