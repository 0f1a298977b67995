"""A watched folder of outcomes: what is put into a campaign's subfolder is taken in, once.

`<folder>/<campaign id>/` holds the files of a campaign. One that was taken goes to `done` in it,
one that was refused to `refused`, with the sentence in a text file beside it. A file is moved only
after it was stored, and storing it again changes nothing: whoever is killed between the two, or
looks at the same time as another, loses and doubles nothing.
"""

import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from filelock import FileLock, Timeout

from core.errors import BadInput, FileInvalid, MoveRefused, NotFound, StorageUnavailable
from core.models.people import Person
from core.models.send import OutcomesImport
from core.orchestrator.service.results import Results
from core.storage import campaigns
from core.workflow import Permission, require

logger = logging.getLogger(__name__)

DONE, REFUSED, LOCK = "done", "refused", ".watching"
_UNFINISHED = (".part", ".tmp", ".crdownload", ".filepart")

Look = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one file: what it brought, or the sentence it was refused with."""

    campaign_id: str
    name: str
    imported: OutcomesImport | None = None
    refused: str | None = None


@dataclass(slots=True)
class Watching:
    """Looks into a folder; a file is taken when two looks `settle_s` apart find it the same.

    `clock` gives growing seconds.
    """

    results: Results
    clock: Callable[[], float]
    settle_s: float
    _seen: dict[Path, tuple[Look, float]] = field(default_factory=dict)

    def look(self, folder: Path, *, by: Person, leave_out_others: bool = False) -> list[Taken]:
        """Take every file that has stopped growing; gives what became of each.

        Raises:
            NotFound: there is no such folder.
            StorageUnavailable: a file cannot be moved, or the workspace cannot be written.
        """
        require(by, Permission.IMPORT_OUTCOMES)
        if not folder.is_dir():
            raise NotFound("folder", str(folder), "Make it, with a subfolder for each campaign.")
        with self.results.context.read() as connection:
            known = {campaign.campaign_id for campaign in campaigns.everything(connection)}
        found = [path for path in _files(folder) if path.parent.name in known]
        self._seen = {path: seen for path, seen in self._seen.items() if path in found}
        ready = [path for path in found if self._settled(path)]
        taken = [self._take(path, by, leave_out_others=leave_out_others) for path in ready]
        return [each for each in taken if each is not None]

    def waiting(self) -> bool:
        """Whether files were seen that may still grow."""
        return bool(self._seen)

    def _settled(self, path: Path) -> bool:
        look = _look(path)
        if look is None:
            return False
        before, since = self._seen.get(path, (None, 0.0))
        if before != look:
            self._seen[path] = (look, self.clock())
            return False
        return self.clock() - since >= self.settle_s

    def _take(self, path: Path, by: Person, *, leave_out_others: bool) -> Taken | None:
        """Under a lock of the folder that dies with its process, so that nobody else is at it."""
        try:
            with FileLock(path.parent / LOCK, timeout=0):
                return self._held(path, by, leave_out_others=leave_out_others)
        except Timeout:
            return None
        except OSError as error:
            raise StorageUnavailable(f"Cannot work in {path.parent}: {error.strerror}.") from error

    def _held(self, path: Path, by: Person, *, leave_out_others: bool) -> Taken | None:
        before = _look(path)
        if before is None:
            return None  # another watcher was faster
        campaign = path.parent.name
        processed = self.results.context.settings.processed
        with tempfile.TemporaryDirectory(prefix="watched-", dir=processed) as own:
            copy = Path(shutil.copy2(path, own))
            if _look(path) != before:
                self._seen.pop(path, None)
                return None  # it is still being written
            try:
                made = self.results.import_outcomes(
                    campaign, copy, by=by, leave_out_others=leave_out_others
                )
            except (BadInput, FileInvalid, MoveRefused) as refusal:
                return self._refuse(path, str(refusal))
        _move(path, DONE)
        self._seen.pop(path, None)
        logger.info("a watched file was taken in", extra={"campaign_id": campaign})
        return Taken(campaign, path.name, imported=made)

    def _refuse(self, path: Path, sentence: str) -> Taken:
        target = _free(path.parent / REFUSED / path.name)
        note = target.with_name(f"{target.name}.txt")
        target.parent.mkdir(exist_ok=True)
        note.write_text(f"{sentence}\n", encoding="utf-8")
        path.replace(target)
        self._seen.pop(path, None)
        logger.info("a watched file was refused", extra={"campaign_id": path.parent.name})
        return Taken(path.parent.name, path.name, refused=sentence)


def _files(folder: Path) -> Iterator[Path]:
    """The files in subfolders, in order; none that begin with a dot or are being downloaded."""
    for campaign in sorted(path for path in folder.iterdir() if path.is_dir()):
        for path in sorted(campaign.iterdir()):
            plain = path.is_file() and not path.is_symlink()
            if plain and path.name[0] != "." and path.suffix.lower() not in _UNFINISHED:
                yield path


def _look(path: Path) -> Look | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_size, found.st_mtime_ns


def _move(path: Path, folder: str) -> None:
    target = path.parent / folder / path.name
    target.parent.mkdir(exist_ok=True)
    os.replace(path, _free(target))  # noqa: PTH105


def _free(path: Path) -> Path:
    """This name, numbered where there is such a file."""
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return free
