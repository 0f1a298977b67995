"""Files that came through the browser: staged once, however often the page runs."""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from core.orchestrator.service.customers import StagedImport
from ui import state

_COLUMNS, _STAGED, _USED = "customers.columns_of", "customers.staged", "customers.used"


def stem(upload: UploadedFile) -> str:
    """The name of a file without its ending."""
    return Path(upload.name).stem


def columns(upload: UploadedFile) -> tuple[str, ...]:
    """The columns of an uploaded table; read once."""
    known = st.session_state.get(_COLUMNS)
    if known is None or known[0] != upload.file_id:
        found = state.application().customers.columns_of_upload(
            upload.getvalue(), file_name=upload.name
        )
        known = (upload.file_id, found)
        st.session_state[_COLUMNS] = known
    named: tuple[str, ...] = known[1]
    return named


def likely_id(names: Sequence[str]) -> int:
    """The place of the column that looks most like an id."""
    scored = [
        (("id" in n.lower()) + (n.lower() in {"customer_id", "id"}), -i)
        for i, n in enumerate(names)
    ]
    return -max(scored)[1] if scored else 0


def stage(upload: UploadedFile, id_column: str, name: str) -> StagedImport:
    """What would become of the file; read again only when the file, its id or its name change."""
    key = (upload.file_id, id_column, name)
    known = st.session_state.get(_STAGED)
    if known is None or known[0] != key:
        forget()
        made = state.application().customers.stage_upload(
            upload.getvalue(), file_name=upload.name, id_column=id_column, name=name or None
        )
        st.session_state[_STAGED] = (key, made)
    found = staged()
    assert found is not None  # noqa: S101 - stored two lines above
    return found


def staged() -> StagedImport | None:
    """What is staged in this session."""
    known = st.session_state.get(_STAGED)
    found: StagedImport | None = known[1] if known else None
    return found


def mark_used(words: str) -> None:
    """Remember that the staged file is in use, so that it is not staged once more."""
    known = st.session_state.get(_STAGED)
    if known is not None:
        st.session_state[_USED] = (known[0][0], words)


def used(upload: UploadedFile) -> str | None:
    """What became of a file that is in use already."""
    known = st.session_state.get(_USED)
    return str(known[1]) if known and known[0] == upload.file_id else None


def forget() -> None:
    """Remove what is staged."""
    known = st.session_state.pop(_STAGED, None)
    if known is not None:
        state.application().customers.discard(known[1])


@contextmanager
def on_disk(uploads: Sequence[UploadedFile]) -> Iterator[Path]:
    """A folder that holds the files under their own names, until the end of the block."""
    folder = Path(tempfile.mkdtemp(prefix="upload-"))
    try:
        for upload in uploads:
            # Only the last part of the name: what a browser sends is not a path of ours.
            (folder / Path(upload.name).name).write_bytes(upload.getvalue())
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
