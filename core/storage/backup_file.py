"""One file that holds a whole workspace: lines of every table, every file, a checksum of each."""

import hashlib
import json
import os
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from core.errors import FileInvalid, Refused, StorageUnavailable

FORMAT = 1
_MANIFEST = "manifest.json"
_STATE, _FILES = "state/", "files/"
_PIECE = 1 << 20


@dataclass(slots=True)
class BackupWriter:
    """A backup while it is written."""

    zip: zipfile.ZipFile
    sums: dict[str, str] = field(default_factory=dict)

    def table(self, name: str, lines: Iterable[str]) -> int:
        """Add the rows of a table; how many there were."""
        digest, count = hashlib.sha256(), 0
        with self.zip.open(f"{_STATE}{name}.jsonl", "w", force_zip64=True) as member:
            for line in lines:
                digest.update(line.encode())
                member.write(line.encode())
                count += 1
        self.sums[f"{_STATE}{name}.jsonl"] = digest.hexdigest()
        return count

    def file(self, path: Path, name: str) -> None:
        """Add a file under its name in the workspace."""
        digest = hashlib.sha256()
        entry = zipfile.ZipInfo(_FILES + name)
        entry.compress_type = (
            zipfile.ZIP_STORED if path.suffix == ".parquet" else self.zip.compression
        )
        with path.open("rb") as source, self.zip.open(entry, "w", force_zip64=True) as member:
            while piece := source.read(_PIECE):
                digest.update(piece)
                member.write(piece)
        self.sums[_FILES + name] = digest.hexdigest()


@contextmanager
def written(path: Path, facts: Mapping[str, object]) -> Iterator[BackupWriter]:
    """A new backup, readable by its owner only; there is nothing at the path until it is whole.

    `facts` may be filled until the end.

    Raises:
        Refused: there is a file of this name.
        StorageUnavailable: the file cannot be written.
    """
    if path.exists():
        raise Refused(f"{path} exists already; name a new file.")
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        opened = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(opened, "wb") as stream:
            with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
                writer = BackupWriter(archive)
                yield writer
                manifest = {"format": FORMAT, **facts, "sha256": writer.sums}
                archive.writestr(_MANIFEST, json.dumps(manifest, indent=1, default=str))
            stream.flush()
            os.fsync(stream.fileno())
        _name(part, path)
    except OSError as error:
        why = error.strerror or str(error)
        raise StorageUnavailable(f"The backup {path} cannot be written ({why}).") from error
    finally:
        with suppress(OSError):
            part.unlink()


def _name(part: Path, path: Path) -> None:
    """Give the finished file its name, and replace nothing."""
    try:
        os.link(part, path)
    except FileExistsError as error:
        raise Refused(f"{path} exists already; name a new file.") from error
    except OSError:
        # A network volume knows no second name for a file.
        part.rename(path)


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was read and found whole."""

    path: Path
    manifest: Mapping[str, Any]
    zip: zipfile.ZipFile

    def lines(self, table: str) -> Iterator[str]:
        """The rows of a table; none where the backup does not know it."""
        name = f"{_STATE}{table}.jsonl"
        if name in self.manifest["sha256"]:
            with self.zip.open(name) as member:
                for line in member:
                    yield line.decode()

    @property
    def files(self) -> tuple[str, ...]:
        """The names of the files, as they stand in the workspace."""
        return tuple(
            n.removeprefix(_FILES) for n in self.manifest["sha256"] if n.startswith(_FILES)
        )

    def content(self, name: str) -> bytes:
        """The bytes of a small file."""
        return self.zip.read(_FILES + name)

    def unpack(self, name: str, target: Path, *, private: bool = False) -> None:
        """Write a file, whole or not at all; a private one only its owner can read."""
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f".{target.name}.part")
        part.unlink(missing_ok=True)
        mode = 0o600 if private else 0o666
        opened = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with self.zip.open(_FILES + name) as member, os.fdopen(opened, "wb") as stream:
            while piece := member.read(_PIECE):
                stream.write(piece)
        part.replace(target)

    def same(self, name: str, target: Path) -> bool:
        """Whether a file is already as it is in the backup."""
        with target.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest() == self._sum(name)

    def _sum(self, name: str) -> str:
        return str(self.manifest["sha256"][_FILES + name])


@contextmanager
def read(path: Path) -> Iterator[Backup]:
    """A backup, every byte of it checked first.

    Raises:
        FileInvalid: it is no backup of this product, or was damaged or changed.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            yield Backup(path, _checked(path, archive), archive)
    except FileNotFoundError as error:
        raise FileInvalid(path, "there is no such file") from error
    except (zipfile.BadZipFile, EOFError, IsADirectoryError) as error:
        raise FileInvalid(path, f"this is no backup, or it is damaged ({error})") from error


def _checked(path: Path, archive: zipfile.ZipFile) -> Mapping[str, Any]:
    names = set(archive.namelist())
    if _MANIFEST not in names:
        raise FileInvalid(path, "this is no backup of this product: it has no manifest")
    try:
        manifest: dict[str, Any] = json.loads(archive.read(_MANIFEST))
        sums = dict(manifest["sha256"])
    except (ValueError, KeyError, TypeError) as error:
        raise FileInvalid(path, "its manifest cannot be read") from error
    if manifest.get("format") != FORMAT:
        raise FileInvalid(
            path, f"it has format {manifest.get('format')}; this product reads {FORMAT}"
        )
    if sums.keys() != names - {_MANIFEST}:
        raise FileInvalid(path, "something was added to it or taken out; use another backup")
    for name, expected in sums.items():
        inside = PurePosixPath(name)
        if inside.is_absolute() or ".." in inside.parts:
            raise FileInvalid(path, f"{name} would be written outside of the workspace")
        with archive.open(name) as member:
            if hashlib.file_digest(member, "sha256").hexdigest() != expected:  # type: ignore[arg-type]
                raise FileInvalid(path, f"{name} was changed or damaged; use another backup")
    return manifest
