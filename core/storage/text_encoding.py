"""In which encoding a text file is written: found out, or as somebody says."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.errors import FileInvalid
from core.models.customer_file import ENCODINGS

MAX_LINE_BYTES = 64 << 20
"""A line longer than this is no row of any table."""

_CHUNK_BYTES = 1 << 20
_START_BYTES = 1 << 12
_FOREIGN = (
    (b"%PDF", "a PDF, not a table; save the table as CSV"),
    (b"SQLite format 3", "a database, not a table; export the table as CSV"),
    (b"7z\xbc\xaf", "a 7-Zip archive; unpack it first"),
    (b"Rar!", "a RAR archive; unpack it first"),
    (b"BZh", "compressed (bzip2); unpack it first"),
    (b"\xfd7zXZ", "compressed (xz); unpack it first"),
    (b"\x28\xb5\x2f\xfd", "compressed (zstd); unpack it first"),
    (b"\x89PNG", "a picture, not a table"),
    (b"\xff\xd8\xff", "a picture, not a table"),
    (b"GIF8", "a picture, not a table"),
    (b"\x7fELF", "a program, not a table"),
    (b"MZ\x90", "a program, not a table"),
    (b"{\\rtf", "a text document (RTF), not a table; save the table as CSV"),
)
_MARKUP = (
    (re.compile(rb"\s*<(!doctype html|html|table)\b", re.IGNORECASE), "a web page (HTML)"),
    (re.compile(rb"\s*<\?xml\b", re.IGNORECASE), "XML"),
    (re.compile(rb'\s*(\{\s*"|\[\s*[\[{])'), "JSON"),
)


@dataclass(frozen=True, slots=True)
class TextEncoding:
    """An encoding by the name Python gives it, and what is worth saying about it."""

    name: str
    note: str | None = None


def text_encoding(source: Path, wanted: str | None) -> TextEncoding:
    """The encoding of a text file; one that is wanted is only checked.

    Raises:
        FileInvalid: the file is not text in it, or not text at all.
    """
    with source.open("rb") as file:
        start = file.read(_START_BYTES)
    _refuse_foreign(source, start)
    if wanted is not None:
        line = undecodable(source, wanted)
        if line is not None:
            words = f"this is not text in {ENCODINGS[wanted]}; choose another encoding."
            raise FileInvalid(source, words, line=line)
        return TextEncoding(wanted, f"The file was read as {ENCODINGS[wanted]}, as chosen.")
    return _guessed(source, start)


def chunks(source: Path) -> Iterator[bytes]:
    """The bytes of a file, piece by piece.

    Raises:
        FileInvalid: a line is so long that this is no table.
    """
    lines, unbroken = 1, 0
    with source.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            ends = chunk.count(b"\n") or chunk.count(b"\r")
            unbroken = 0 if ends else unbroken + len(chunk)
            lines += ends
            if unbroken > MAX_LINE_BYTES:
                problem = (
                    f"this line is longer than {MAX_LINE_BYTES >> 20} MB, so the file is not a "
                    "table with one row a line; export it again as CSV."
                )
                raise FileInvalid(source, problem, line=lines)
            yield chunk


def undecodable(source: Path, encoding: str) -> int | None:
    """The first line that is not text in this encoding, or None."""
    decoder = codecs.getincrementaldecoder(encoding)()
    lines = 1
    try:
        for chunk in chunks(source):
            decoder.decode(chunk)
            lines += chunk.count(b"\n")
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        return lines + error.object[: error.start].count(b"\n")
    except UnicodeError:  # UTF-16 without its mark
        return lines
    return None


def _refuse_foreign(source: Path, start: bytes) -> None:
    for magic, what in _FOREIGN:
        if start.startswith(magic):
            raise FileInvalid(source, f"this is {what}.")
    text = start.removeprefix(codecs.BOM_UTF8)
    for pattern, what in _MARKUP:
        if pattern.match(text):
            raise FileInvalid(source, f"this is {what}, not a table; save the table as CSV.")


def _guessed(source: Path, start: bytes) -> TextEncoding:
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return TextEncoding("utf-16", "The file is UTF-16; it was read as such.")
    wide = _wide_without_mark(start)
    if wide is not None and undecodable(source, wide) is None:
        return TextEncoding(wide, "The file is UTF-16 without a mark; it was read as such.")
    line = undecodable(source, "utf-8-sig")
    if line is None:
        return TextEncoding("utf-8-sig")
    if undecodable(source, "cp1252") is None:
        words = f"The file is not UTF-8 (line {line:,}); it was read as {ENCODINGS['cp1252']}."
        return TextEncoding("cp1252", words)
    worse = undecodable(source, "cp1252")
    raise FileInvalid(
        source, "this is not text in UTF-8 or Windows-1252; choose its encoding.", line=worse
    )


def _wide_without_mark(start: bytes) -> str | None:
    """UTF-16 when every other byte of the beginning is zero, as it is for Latin letters."""
    pairs = len(start) // 2
    if pairs < 4:
        return None
    low, high = start[0 : 2 * pairs : 2].count(0), start[1 : 2 * pairs : 2].count(0)
    few, many = pairs // 20, pairs // 2
    if low <= few and high >= many:
        return "utf-16-le"
    return "utf-16-be" if high <= few and low >= many else None
