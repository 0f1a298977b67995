"""A text file from anywhere as UTF-8 with plain line ends, or a sentence that says why not."""

import codecs
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import FileInvalid
from core.storage.text_encoding import chunks, text_encoding

_MARK = codecs.BOM_UTF8
_NUL = "this holds a NUL character, so it is damaged or not text."
_SEPARATOR_LINE = re.compile(rb'^"?sep=(.)"?\n', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CleanText:
    """A cleaned copy: where it is, how many lines it has, and what was said about it.

    `first_line` is the line of the original on which it begins; `delimiter` is one the file
    itself names. `starts` has the line of each record where these are known beforehand.
    """

    path: Path
    lines: int
    notes: tuple[str, ...] = ()
    encoding: str | None = None
    delimiter: str | None = None
    first_line: int = 1
    starts: Sequence[int] | None = None


@dataclass(slots=True)
class _Progress:
    lines: int = 0
    marks: int = 0
    last: bytes = b""


def clean_text(source: Path, target: Path, encoding: str | None = None) -> CleanText:
    """A copy of a text file in UTF-8, without byte order marks, each line ending in one newline.

    A first line such as `sep=;`, which Excel writes for itself, names the delimiter and is left
    out.

    Raises:
        FileInvalid: the file is empty, not text, or holds NUL characters.
    """
    found = text_encoding(source, encoding)
    progress, named = _Progress(), None
    with target.open("wb") as file:
        for content in _plain_line_ends(_as_utf8(source, found.name), progress):
            if not progress.last:
                named = _SEPARATOR_LINE.match(content)
            kept = content[named.end() :] if named and not progress.last else content
            progress.last = content[-1:] or progress.last
            _refuse_nul(source, kept, progress.lines + 1)
            progress.lines += kept.count(b"\n")
            file.write(kept)
    if not progress.last:
        raise FileInvalid(source, "the file is empty.")
    return CleanText(
        target,
        progress.lines + (progress.last != b"\n"),
        tuple(_notes(found.note, progress.marks)),
        found.name,
        named.group(1).decode(errors="ignore") if named else None,
        2 if named else 1,
    )


def _notes(about_encoding: str | None, marks: int) -> Iterator[str]:
    if about_encoding is not None:
        yield about_encoding
    if marks:
        yield (
            f"{marks:,} byte order mark{'s' * (marks > 1)} in the middle of the file "
            f"{'were' if marks > 1 else 'was'} left out; were several files joined?"
        )


def _refuse_nul(source: Path, content: bytes, first_line: int) -> None:
    if b"\x00" in content:
        line = first_line + content[: content.index(b"\x00")].count(b"\n")
        raise FileInvalid(source, _NUL, line=line)


def _as_utf8(source: Path, encoding: str) -> Iterator[bytes]:
    if encoding in {"utf-8", "utf-8-sig"}:
        yield from _without_mark(chunks(source))
        return
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for chunk in chunks(source):
            yield decoder.decode(chunk).encode()
        yield decoder.decode(b"", final=True).encode()
    except UnicodeError as error:
        raise FileInvalid(source, f"this is not text in {encoding}.") from error


def _without_mark(pieces: Iterator[bytes]) -> Iterator[bytes]:
    yield next(pieces, b"").removeprefix(_MARK)
    yield from pieces


def _plain_line_ends(pieces: Iterator[bytes], progress: _Progress) -> Iterator[bytes]:
    r"""The same text with \r\n and \r as \n and without marks, also where two pieces cut them."""
    held = b""
    for piece in pieces:
        content = held + piece
        held = _unfinished(content)
        content = content[: len(content) - len(held)]
        if _MARK in content:
            progress.marks += content.count(_MARK)
            content = content.replace(_MARK, b"")
        if b"\r" in content:
            content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        yield content
    yield b"\n" if held == b"\r" else held


def _unfinished(content: bytes) -> bytes:
    """The end of a piece that may belong together with the beginning of the next."""
    return next((end for end in (b"\r", _MARK[:2], _MARK[:1]) if content.endswith(end)), b"")
