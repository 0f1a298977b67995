"""Whether this verifier is the one its pack lists: looked at before anything else is done."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

MANIFEST = "MANIFEST.sha256"
"""The list of the files of a pack: hash, two spaces, name; the last line is its own hash."""

VERIFIER = "verify.py"
"""This file, as the pack names it."""

CLOSING = "# SHA-256 of the lines above: "
"""What the last line of the manifest begins with."""


def refuse_changed_self(path: Path) -> None:
    """End with 1 when the manifest beside this file lists another verifier.

    The manifest is checked again later, by other lines, so that no single change of this file
    lets it pass. Nothing is said where there is no manifest beside it.
    """
    manifest = path.resolve().parent / MANIFEST
    if not manifest.is_file():
        return
    made = hashlib.sha256(path.read_bytes()).hexdigest()
    if f"{made}  {VERIFIER}\n".encode() not in manifest.read_bytes():
        # A text ends with 1, whatever single byte of it somebody changes.
        sys.exit(f"NOT OK\n{VERIFIER} or {MANIFEST}: this is not the verifier it lists.")


refuse_changed_self(Path(__file__))
