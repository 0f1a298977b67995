"""The manifest of an export in its folder, and the checksums by which anybody can check it."""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from core.storage.duck import sha256_of

MANIFEST, SUMS = "manifest.json", "SHA256SUMS"


def put_manifest(folder: Path, manifest: Mapping[str, object], sums: Mapping[str, str]) -> None:
    """Write the manifest of an export, and the SHA-256 of every file for `sha256sum -c`."""
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    (folder / MANIFEST).write_text(text, encoding="utf-8")
    every = {**sums, MANIFEST: sha256_of(folder / MANIFEST)}
    lines = (f"{digest}  {name}\n" for name, digest in sorted(every.items()))
    (folder / SUMS).write_text("".join(lines), encoding="utf-8")


def sums_after_erasure(folder: Path, rows: Mapping[Path, int], at: datetime) -> None:
    """Note in a kept export which of its files an erasure rewrote, with their SHA-256 now.

    Args:
        folder: the export; one without a manifest is left alone.
        rows: how many rows were taken out of each of its files.
        at: the moment of the erasure.
    """
    if not (folder / MANIFEST).is_file():
        return
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    taken = {path.relative_to(folder).as_posix(): count for path, count in rows.items()}
    manifest["files"] |= {name: sha256_of(folder / name) for name in taken}
    manifest.setdefault("erased_on_request", []).append({"at": at.isoformat(), "rows": taken})
    put_manifest(folder, manifest, manifest["files"])
