"""A pack, unpacked or as the zip: its files, its manifest, and what was found wrong in it."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import struct
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Iterator

from core.reports.verifier.itself import CLOSING, MANIFEST, VERIFIER

PIECE = 1 << 20
SEAL = b"sha256 "
BROKEN = (
    *(ValueError, KeyError, TypeError, IndexError, AttributeError, ArithmeticError, OSError),
    *(csv.Error, zipfile.BadZipFile, EOFError, RecursionError, NotImplementedError, RuntimeError),
    *(zlib.error, struct.error),
)
"""What reading a file may end in that somebody has changed."""


class Wrong(Exception):
    """A file of the pack does not say what it must; names the file, and the line where known."""


@dataclass
class Report:
    """What was checked and what was found wrong, in order."""

    said: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def say(self, text: str) -> None:
        """Add a line about something that holds."""
        self.said.append(text)

    def bad(self, name: str, problem: str, line: int | None = None) -> None:
        """Add something that does not hold, by file and line; once."""
        where = name if line is None else f"{name} line {line}"
        text = f"{where}: {problem}"
        if text not in self.problems:
            self.problems.append(text)


@dataclass
class Pack:
    """The files of a pack in a folder, or in the zip they came in."""

    path: Path
    zip: zipfile.ZipFile | None = None

    def names(self) -> list[str]:
        """Every file there is."""
        if self.zip is not None:
            return self.zip.namelist()
        every = (p for p in self.path.rglob("*") if not p.is_dir())
        return sorted(p.relative_to(self.path).as_posix() for p in every)

    def open(self, name: str) -> IO[bytes]:
        """A file as bytes."""
        if self.zip is not None:
            if self.zip.getinfo(name).compress_type not in (
                zipfile.ZIP_STORED,
                zipfile.ZIP_DEFLATED,
            ):
                raise zipfile.BadZipFile("it is packed as no pack is")
            return self.zip.open(name)
        return (self.path / name).open("rb")

    def content(self, name: str) -> bytes:
        """A small file, whole."""
        with self.open(name) as file:
            return file.read()

    def close(self) -> None:
        """Let go of the zip."""
        if self.zip is not None:
            self.zip.close()

    def sha256(self, name: str) -> str:
        """The hash of a file, a piece at a time."""
        digest = hashlib.sha256()
        with self.open(name) as file:
            while True:
                piece = file.read(PIECE)
                if not piece:
                    return digest.hexdigest()
                digest.update(piece)

    def json(self, name: str) -> Any:  # noqa: ANN401 - whatever the file says
        """A file that is one JSON document."""
        return json.loads(self.content(name).decode("utf-8"))

    def lines(self, name: str) -> Iterator[tuple[int, Any]]:
        """A file with a JSON document on each line, with its number from 1."""
        with self.open(name) as file:
            for number, line in enumerate(file, 1):
                try:
                    yield number, json.loads(line.decode("utf-8"))
                except ValueError:
                    raise Wrong(f"{name} line {number}: cannot be read.") from None

    def table(self, name: str) -> Iterator[tuple[int, list[str]]]:
        """The rows of a CSV file with their line, the header first."""
        with self.open(name) as file, io.TextIOWrapper(file, "utf-8", newline="") as text:
            reader = csv.reader(text, strict=True)
            for row in reader:
                yield reader.line_num, row


def opened(path: Path) -> Pack:
    """The pack at a path, a folder or a zip."""
    return Pack(path) if path.is_dir() else Pack(path, zipfile.ZipFile(path))


def check_zip(path: Path, report: Report) -> None:
    """That no byte of the zip itself differs: its comment is the hash of everything before it."""
    size, tail = path.stat().st_size, len(SEAL) + 64
    digest, left = hashlib.sha256(), size - tail
    with path.open("rb") as file:
        while left > 0:
            piece = file.read(min(PIECE, left))
            digest.update(piece)
            left -= len(piece)
        if file.read() != SEAL + digest.hexdigest().encode():
            report.bad(path.name, "a byte of the zip was changed (its own seal does not hold).")


def check_manifest(pack: Pack, report: Report) -> dict[str, str]:
    """That every file is there, unchanged, and no other; gives the hashes of the manifest."""
    names = pack.names()
    for name in sorted({n for n in names if names.count(n) > 1}) if pack.zip else ():
        report.bad(name, "comes twice.")
    if MANIFEST not in names:
        report.bad(MANIFEST, "is missing; nothing can be checked.")
        return {}
    listed = _listed(pack, report)
    for name in sorted(set(names) - set(listed) - {MANIFEST}):
        report.bad(name, "is not part of the pack; it was added.")
    for name, expected in listed.items():
        if name in names:
            _check_file(pack, report, name, expected)
        else:
            report.bad(name, "is missing; it was removed.")
    if VERIFIER not in listed:
        report.bad(MANIFEST, f"does not list {VERIFIER}.")
    return listed


def _check_file(pack: Pack, report: Report, name: str, expected: str) -> None:
    try:
        found = pack.sha256(name)
    except BROKEN as error:
        report.bad(name, f"was changed and cannot be read ({error}).")
        return
    if found != expected:
        report.bad(name, "was changed: its SHA-256 is not that of the manifest.")


def _listed(pack: Pack, report: Report) -> dict[str, str]:
    content = pack.content(MANIFEST)
    lines = content.split(b"\n")
    above = b"".join(line + b"\n" for line in lines[:-2])
    closing = CLOSING + hashlib.sha256(above).hexdigest() + "\n"
    if content != above + closing.encode():
        report.bad(MANIFEST, "was changed: its last line is not the hash of the lines above.")
    found = {}
    for number, line in enumerate(above.decode("utf-8", "replace").splitlines(), 1):
        made, gap, name = line.partition("  ")
        if not gap or name in found:
            report.bad(MANIFEST, "this is no line of a manifest.", number)
        found[name] = made
    return found
