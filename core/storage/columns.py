"""The column names of a table somebody gave us, before anything is read from it."""

import tempfile
from pathlib import Path

from core.storage.duck import session
from core.storage.source_file import read_source


def columns_of_file(path: Path, folder: Path) -> tuple[str, ...]:
    """The names in the header of a CSV, TSV or Parquet file; temporary files go to `folder`.

    Raises:
        FileInvalid: the file cannot be read as a table.
    """
    with (
        tempfile.TemporaryDirectory(dir=folder) as workspace,
        session(threads=None) as connection,
    ):
        return read_source(connection, path, Path(workspace)).columns
