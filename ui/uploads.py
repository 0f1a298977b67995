"""Files that came through the browser: read once, however often the page runs.

What was read is kept under the SHA-256 of the content, never under a name or a table.
"""

import hashlib
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from core.models.customer_file import Choices, FileLook, Reading
from core.orchestrator.service.customers import StagedImport
from ui import state

_HASHES, _LOOKS = "customers.hashes", "customers.looks"
_STAGED, _USED = "customers.staged", "customers.used"
_LOOKS_KEPT = 8


def stem(upload: UploadedFile) -> str:
    """The name of a file without its endings."""
    name = Path(upload.name)
    return Path(name.stem).stem if name.suffix == ".gz" else name.stem


def sha256(upload: UploadedFile) -> str:
    """The SHA-256 of what was uploaded; each upload is hashed once."""
    known: dict[str, str] = st.session_state.setdefault(_HASHES, {})
    if upload.file_id not in known:
        known[upload.file_id] = hashlib.sha256(upload.getbuffer()).hexdigest()
    return known[upload.file_id]


def look(upload: UploadedFile, reading: Reading) -> FileLook:
    """The first rows of a file and what its columns may be, read this way."""
    key = (sha256(upload), Path(upload.name).suffix, reading)
    known: dict[object, FileLook] = st.session_state.setdefault(_LOOKS, {})
    if key not in known:
        with st.spinner("Looking at the file"):
            found = state.application().customers.look_at_upload(
                upload.getvalue(), file_name=upload.name, reading=reading
            )
        while len(known) >= _LOOKS_KEPT:
            known.pop(next(iter(known)))
        known[key] = found
    return known[key]


def stage(upload: UploadedFile, id_column: str, choices: Choices) -> StagedImport:
    """What would become of the file; read again only when its content or a choice changes."""
    key = (sha256(upload), upload.name, id_column, choices)
    known = st.session_state.get(_STAGED)
    # Whoever is erased takes what was staged of them along.
    if known is None or known[0] != key or not known[1].path.is_file():
        forget()
        with st.spinner("Reading the file"):
            made = state.application().customers.stage_upload(
                upload.getvalue(),
                file_name=upload.name,
                id_column=id_column,
                name=stem(upload),
                choices=choices,
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
    return str(known[1]) if known and known[0] == sha256(upload) else None


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
