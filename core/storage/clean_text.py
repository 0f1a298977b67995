"""A text file from anywhere as UTF-8 with plain line ends, or a sentence that says why not."""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.errors import FileInvalid

_CHUNK_BYTES = 1 << 20
_FOREIGN = {
    b"PK\x03\x04": "is an Excel workbook or a zip archive; save the sheet as CSV",
    b"\xd0\xcf\x11\xe0": "is an old Excel workbook; save the sheet as CSV",
    b"\x1f\x8b": "is compressed (gzip); unpack it first",
    b"%PDF": "is a PDF, not a table; save the table as CSV",
}
_NUL = "this holds a NUL character, so it is damaged or not text."
_WINDOWS_NOTE = "The file is not UTF-8; it was read as Windows-1252 (Western European)."


@dataclass(frozen=True, slots=True)
class CleanText:
    """A cleaned copy: where it is, how many lines it has, and what was said about its encoding."""

    path: Path
    lines: int
    note: str | None


def clean_text(source: Path, target: Path) -> CleanText:
    """A copy of a text file in UTF-8, without a byte order mark, each line ending in one newline.

    Raises:
        FileInvalid: the file is empty, not text, or holds NUL characters.
    """
    encoding, note = _encoding(source)
    lines, last = 0, b""
    with target.open("wb") as file:
        for content in _plain_line_ends(_as_utf8(source, encoding)):
            if b"\x00" in content:
                line = lines + 1 + content[: content.index(b"\x00")].count(b"\n")
                raise FileInvalid(source, _NUL, line=line)
            lines += content.count(b"\n")
            last = content[-1:] or last
            file.write(content)
    if not last:
        raise FileInvalid(source, "the file is empty.")
    return CleanText(target, lines + (last != b"\n"), note)


def _encoding(source: Path) -> tuple[str, str | None]:
    with source.open("rb") as file:
        start = file.read(8)
    for magic, problem in _FOREIGN.items():
        if start.startswith(magic):
            raise FileInvalid(source, f"this {problem}.")
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", "The file is UTF-16; it was read as such."
    if _undecodable(source, "utf-8-sig") is None:
        return "utf-8-sig", None
    line = _undecodable(source, "cp1252")
    if line is not None:
        raise FileInvalid(source, "this is not text in UTF-8 or Windows-1252.", line=line)
    return "cp1252", _WINDOWS_NOTE


def _undecodable(source: Path, encoding: str) -> int | None:
    """The first line that is not text in this encoding, or None."""
    decoder = codecs.getincrementaldecoder(encoding)()
    lines = 1
    try:
        for chunk in _chunks(source):
            decoder.decode(chunk)
            lines += chunk.count(b"\n")
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        return lines + error.object[: error.start].count(b"\n")
    return None


def _as_utf8(source: Path, encoding: str) -> Iterator[bytes]:
    if encoding == "utf-8-sig":
        yield from _without_mark(_chunks(source))
        return
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for chunk in _chunks(source):
            yield decoder.decode(chunk).encode()
        yield decoder.decode(b"", final=True).encode()
    except UnicodeError as error:
        raise FileInvalid(source, f"this is not text in {encoding}.") from error


def _without_mark(chunks: Iterator[bytes]) -> Iterator[bytes]:
    yield next(chunks, b"").removeprefix(codecs.BOM_UTF8)
    yield from chunks


def _chunks(source: Path) -> Iterator[bytes]:
    with source.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk


def _plain_line_ends(chunks: Iterator[bytes]) -> Iterator[bytes]:
    r"""The same text with \r\n and \r as \n, also where a pair is cut by two chunks."""
    held = b""
    for chunk in chunks:
        content = held + chunk
        held = b""
        if b"\r" in content:
            held = b"\r" if content.endswith(b"\r") else b""
            content = content.removesuffix(b"\r") if held else content
            content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        yield content
    yield b"\n" if held else b""
