"""Where a command writes: results to stdout, everything else to stderr."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TextIO


@dataclass(frozen=True, slots=True)
class Console:
    """The two streams of one command, and whether its result is for a program or a person."""

    as_json: bool = False
    out: TextIO = field(default_factory=lambda: sys.stdout)
    err: TextIO = field(default_factory=lambda: sys.stderr)

    def result(self, document: Mapping[str, object], text: str) -> None:
        """Write the command's one result: the document under `--json`, else the text."""
        self.out.write(json_text(document) + "\n" if self.as_json else text.rstrip("\n") + "\n")

    def line(self, text: str) -> None:
        """Write one line of a result that is a stream of lines."""
        self.out.write(text + "\n")

    def note(self, message: str) -> None:
        """Tell the person something that is not the result."""
        self.err.write(message.rstrip("\n") + "\n")


def json_text(document: object) -> str:
    """The document as indented JSON; refuses NaN and infinity, which JSON does not have."""
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns of text, aligned left, two spaces apart; the header alone when there are no rows."""
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]
    lines = [
        [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        for row in [header, *rows]
    ]
    return "\n".join("  ".join(line).rstrip() for line in lines)
