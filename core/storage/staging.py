"""Temporary folders in which something is made ready, out of sight until it is whole."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import StorageUnavailable

SOURCE_FILES = "source.*"
"""What the reader of a file leaves in the folder; it never stays."""


@contextmanager
def staging(folder: Path, prefix: str) -> Iterator[Path]:
    """A temporary folder inside `folder`, which stays only when nothing went wrong.

    Raises:
        StorageUnavailable: `folder` cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        workspace = Path(tempfile.mkdtemp(prefix=f"{prefix}-", dir=folder))
    except OSError as error:
        raise StorageUnavailable(f"Cannot write to {folder}: {error.strerror}.") from error
    finished = False
    try:
        yield workspace
        finished = True
    finally:
        for leftover in workspace.glob(SOURCE_FILES):
            leftover.unlink(missing_ok=True)
        if not finished:
            shutil.rmtree(workspace, ignore_errors=True)
