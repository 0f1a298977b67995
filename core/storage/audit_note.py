"""The signed note of where the audit log ends, kept apart from the log and from the table."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from core.errors import StorageUnavailable
from core.storage.audit_key import AuditKey

_KIND = "head"


@dataclass(frozen=True, slots=True)
class Head:
    """How far the log had come: its last entry, and its size in bytes.

    `unsigned` is how many entries at its beginning are older than the signing.
    """

    sequence: int
    hash: str
    size: int
    unsigned: int


@dataclass(frozen=True, slots=True)
class Note:
    """The note as it was found: the head, or why there is none to rely on."""

    head: Head | None
    problem: str = ""


def read(path: Path, key: AuditKey) -> Note:
    """The note in a file, with its signature checked.

    Raises:
        StorageUnavailable: the file cannot be read.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return Note(None, f"The signed note {path.name} of where the log ends was removed.")
    except OSError as error:
        raise unusable(path, error) from error
    return parsed(content, path.name, key)


def parsed(content: bytes, name: str, key: AuditKey) -> Note:
    """The note in the content of a file of this name, with its signature checked."""
    try:
        said = json.loads(content)
        mac = said.pop("mac")
        head = Head(**said)
    except (ValueError, TypeError, KeyError, AttributeError):
        return Note(None, f"The signed note {name} is not what was written.")
    if not key.holds(_KIND, _text(head), mac):
        return Note(None, f"The signed note {name} does not bear the signature of the key.")
    return Note(head)


def keep(path: Path, head: Head, key: AuditKey) -> None:
    """Put a note in place of the one before, on disk before this returns.

    Raises:
        StorageUnavailable: the file cannot be written.
    """
    part = path.with_name(f".{path.name}.part")
    signed = asdict(head) | {"mac": key.signed(_KIND, _text(head))}
    try:
        with part.open("w", encoding="utf-8") as file:
            file.write(json.dumps(signed) + "\n")
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        raise unusable(path, error) from error


def unusable(path: Path, error: OSError) -> StorageUnavailable:
    """That a file of the audit trail cannot be read or written, as an error to raise."""
    return StorageUnavailable(
        f"{path} cannot be used ({error.strerror}); nothing can be recorded or checked until you "
        "may read and write it."
    )


def _text(head: Head) -> str:
    return f"{head.sequence}\n{head.hash}\n{head.size}\n{head.unsigned}"
