"""The zip of an evidence pack: manifest, files, and a seal over every byte of it."""

import hashlib
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from core.errors import Refused, StorageUnavailable
from core.storage.duck import sha256_of

MANIFEST = "MANIFEST.sha256"
CLOSING = "# SHA-256 of the lines above: "
SEAL = b"sha256 "
_OLDEST = (1980, 1, 1, 0, 0, 0)
_STORED = frozenset({".png"})


@dataclass(frozen=True, slots=True)
class Packed:
    """A finished zip that has no name yet, and the hashes by which it is known."""

    path: Path
    sha256: str
    manifest_sha256: str
    files: int


def write_manifest(folder: Path) -> None:
    """The list of every file in the folder; its last line is the hash of those above."""
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    lines = [f"{sha256_of(p)}  {p.relative_to(folder).as_posix()}\n" for p in files]
    above = "".join(lines)
    closing = f"{CLOSING}{hashlib.sha256(above.encode()).hexdigest()}\n"
    (folder / MANIFEST).write_text(above + closing, encoding="utf-8", newline="")


@contextmanager
def packed(folder: Path, out: Path) -> Iterator[Packed]:
    """The folder as a zip beside `out`, readable by its owner only; gone when the block ends.

    Raises:
        Refused: there is a file at `out`.
        StorageUnavailable: the folder of `out` cannot be written.
    """
    if out.exists():
        raise Refused(f"{out} exists already; name a new file.")
    part = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        write_manifest(folder)
        handle = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w+b") as stream:
            files = _zipped(folder, stream)
            _sealed(stream)
            stream.flush()
            os.fsync(stream.fileno())
        yield Packed(part, sha256_of(part), sha256_of(folder / MANIFEST), files)
    except OSError as error:
        why = error.strerror or str(error)
        raise StorageUnavailable(f"The evidence pack {out} cannot be written ({why}).") from error
    finally:
        part.unlink(missing_ok=True)


def unpack(path: Path, folder: Path) -> None:
    """The files of a pack that is known to be ours, but for its manifest."""
    with zipfile.ZipFile(path) as archive:
        archive.extractall(folder)
    (folder / MANIFEST).unlink()


def _zipped(folder: Path, stream: BinaryIO) -> int:
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        # Room for the seal, which is the last thing that is written.
        archive.comment = SEAL + b"0" * 64
        names = sorted(p for p in folder.rglob("*") if p.is_file())
        for path in names:
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), _OLDEST)
            stored = path.suffix in _STORED
            entry.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            with path.open("rb") as source, archive.open(entry, "w", force_zip64=True) as member:
                while piece := source.read(1 << 20):
                    member.write(piece)
        return len(names)


def _sealed(stream: BinaryIO) -> None:
    """Put the hash of all that comes before it into the comment at the end of the zip."""
    size = stream.seek(0, os.SEEK_END) - len(SEAL) - 64
    stream.seek(0)
    digest, left = hashlib.sha256(), size
    while left > 0:
        piece = stream.read(min(1 << 20, left))
        digest.update(piece)
        left -= len(piece)
    stream.seek(size)
    stream.write(SEAL + digest.hexdigest().encode())


def named(packed_file: Packed, out: Path) -> None:
    """Give the finished zip its name, and replace nothing.

    Raises:
        Refused: somebody has put a file there meanwhile.
        StorageUnavailable: the folder cannot be written.
    """
    try:
        os.link(packed_file.path, out)
    except FileExistsError as error:
        raise Refused(f"{out} exists already; name a new file.") from error
    except OSError:
        # A network volume knows no second name for a file.
        try:
            packed_file.path.rename(out)
        except OSError as error:
            why = error.strerror or str(error)
            raise StorageUnavailable(f"{out} cannot be written ({why}).") from error
