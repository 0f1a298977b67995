"""Writes the golden files anew: `python -m tests.unit.senders.renew`. Read what changed."""

import shutil
import tempfile
from pathlib import Path

from core.content.sender_profiles import PROFILES
from tests.unit.senders.small import exported

GOLDEN = Path(__file__).parent / "golden"
# The card is a PDF, set by the version of typst at hand, and the sums change with it.
_NOT_KEPT = {"decision_card.pdf", "SHA256SUMS", "manifest.json"}


def files(folder: Path) -> dict[str, Path]:
    """The files in a folder, by their names from there."""
    return {str(p.relative_to(folder)): p for p in sorted(folder.rglob("*")) if p.is_file()}


def kept_files(folder: Path) -> dict[str, Path]:
    """Those that are the same on every machine."""
    return {name: path for name, path in files(folder).items() if name not in _NOT_KEPT}


def renew() -> None:
    """The small campaign for each sender, into the golden folder."""
    for sender in PROFILES:
        shutil.rmtree(GOLDEN / sender, ignore_errors=True)
        with tempfile.TemporaryDirectory() as place:
            made = kept_files(exported(sender, Path(place))[0])
            for name, path in made.items():
                (GOLDEN / sender / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, GOLDEN / sender / name)


if __name__ == "__main__":
    renew()
