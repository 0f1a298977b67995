"""Where customers stand in the files of a workspace, and how their rows are taken out of them."""

import logging
import re
import shutil
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from core.errors import Refused
from core.models.customers import EVERYONE
from core.models.erasure import Erased
from core.orchestrator.service.context import Context, Write
from core.orchestrator.service.suppression import secret_kept
from core.storage import (
    campaigns,
    customer_tokens,
    datasets,
    erased_files,
    erased_tables,
    erasures,
    segment_table,
    segmentations,
)
from core.storage.database import Connection
from core.storage.erased_files import Looked
from core.storage.erased_tables import Held, Marks, Staged
from core.storage.erasures import Rewritten
from core.storage.export_sums import MANIFEST, sums_after_erasure

logger = logging.getLogger(__name__)

SEGMENTS = "segments-"
# What is made ready somewhere else has a random end to its name.
_TEMPORARY = re.compile(r"(?:tmp|\.?[a-z]+-)[a-z0-9_]{8}")
_LEFT_AFTER_S = 600
# Binary, signed, or without customers by its making; the database is looked after by itself.
_NO_TEXT = frozenset({".db", ".db-wal", ".db-shm", ".lock", ".key", ".mark", ".png", ".pdf"})
_KINDS = (
    ("dataset-", "data sets"),
    (SEGMENTS, "members of segments"),
    ("assignments-", "assignments"),
    ("outcomes-", "outcomes"),
    ("events-", "events"),
)


@dataclass(frozen=True, slots=True)
class ErasedPlaces:
    """Every file of a workspace that may name a customer."""

    context: Context

    def tables(self) -> tuple[Path, ...]:
        """Every Parquet file with a column of customers, also those that are being made ready."""
        found = (p for folder in self._folders() for p in sorted(folder.rglob("*.parquet")))
        return tuple(p for p in found if p.is_file() and erased_tables.customer_columns(p))

    def held(self, marks: Marks) -> tuple[Held, ...]:
        """The tables that hold rows of these customers."""
        return erased_tables.holding(self.tables(), marks) if marks.marks else ()

    def still(self, ids: Collection[str]) -> bool:
        """Whether a table holds one of these ids as they are spelled."""
        return erased_tables.still_holding(self.tables(), ids)

    def forgotten(self) -> Marks:
        """Everybody who was erased, by mark."""
        with self.context.read() as connection:
            return marks_kept(connection)

    def staged(self, held: Collection[Held]) -> tuple[Staged, ...]:
        """Each table rewritten beside itself; what only waits to be used is removed instead."""
        for each in held:
            folder = self._temporary(each.path)
            if folder is not None:
                shutil.rmtree(folder, ignore_errors=True)
        return tuple(erased_tables.staged(each) for each in held if each.path.is_file())

    def hashes(self, staged: Collection[Staged], ids: Collection[str]) -> tuple[Rewritten, ...]:
        """What becomes of the hash of each table, and of the audiences that approvals seal."""
        with self.context.read() as connection:
            used = {c.segmentation_id for c in campaigns.everything(connection)}
            data = {
                name: datasets.get(
                    connection, segmentations.get(connection, name).dataset_id
                ).sha256
                for name in used
            }
        found = [Rewritten(s.path.stem, s.before, s.after) for s in staged]
        for each in staged:
            name = each.path.stem.removeprefix(SEGMENTS)
            if each.path.stem.startswith(SEGMENTS) and name in data:
                found += _audiences(each, data[name], ids)
        return tuple(found)

    def files(self, ids: Collection[str]) -> tuple[tuple[Erased, ...], tuple[str, ...]]:
        """Take the customers out of every other file: what was taken, and where the id remains."""
        erased, remaining = [], []
        exported: dict[Path, dict[Path, int]] = {}
        self._clear()
        for path in self._others():
            looked = self._rid(path, ids)
            if looked is None:
                continue
            name = path.relative_to(self.context.settings.workspace).as_posix()
            if looked.rows:
                self._note_export(exported, looked)
                erased.append(Erased("files", name, looked.rows))
            if looked.remains:
                remaining.append(f"{name} names the customer and is of no kind that is rewritten")
        for folder, rows in exported.items():
            sums_after_erasure(folder, rows, self.context.now())
        return tuple(erased), tuple(remaining)

    def _note_export(self, found: dict[Path, dict[Path, int]], looked: Looked) -> None:
        """Remember a rewritten file of an export that is kept: its checksums are written anew."""
        for folder in looked.path.parents:
            if (folder / MANIFEST).is_file():
                found.setdefault(folder, {})[looked.path] = looked.rows
            if folder == self.context.settings.reports:
                return

    def _rid(self, path: Path, ids: Collection[str]) -> Looked | None:
        """A list of rows that were not kept goes: it is written anew from what is recorded.

        So does what is being brought in: whoever does so has to bring it in again.
        """
        folder = self._temporary(path)
        if folder is not None:
            if erased_files.mentions(path, ids):
                shutil.rmtree(folder, ignore_errors=True)
            return None
        if path.parent != self.context.settings.processed / "rejects":
            return erased_files.without(path, ids)
        if not erased_files.mentions(path, ids):
            return None
        path.unlink()
        return Looked(path, 1)

    def told(self, held: Held) -> Erased:
        """The rows of a table, as a receipt lists them."""
        name = held.path.relative_to(self.context.settings.workspace).as_posix()
        kinds = (kind for start, kind in _KINDS if held.path.name.startswith(start))
        return Erased(next(kinds, "tables"), name, held.rows)

    def replaced(self, staged: Staged, rows: int) -> None:
        """Put a rewritten table in its place, or nothing where somebody else has replaced it."""
        if staged.moved:
            staged.discard()
            return
        staged.replace()
        document = staged.path.with_suffix("")
        if document.suffix == ".json":
            erased_files.set_rows(document, staged.path, rows)

    def stripped(self, write: Write, before: int, path: Path) -> bool:
        """Whether somebody was erased since `before`; then the table is rid of them, too.

        For who makes a table outside of a transaction and records it inside: an erasure that
        came in between did not know the table yet.

        Raises:
            Refused: an erasure is under way; it will find the table.
        """
        if erasures.begun(write.connection) == before:
            return False
        refuse_unfinished(write.connection)
        for held in erased_tables.holding((path,), marks_kept(write.connection)):
            erased_tables.staged(held).replace()
            logger.info("a table that was made during an erasure was rewritten")
        return True

    def _folders(self) -> tuple[Path, Path]:
        return self.context.settings.processed, self.context.settings.reports

    def _others(self) -> Iterator[Path]:
        for folder in (*self._folders(), self.context.settings.logs):
            for path in sorted(folder.rglob("*")):
                texts = path.suffix not in _NO_TEXT and path.suffix != ".parquet"
                if texts and path.is_file() and not path.is_symlink():
                    yield path

    def _clear(self) -> None:
        """Remove what was left by processes that were killed."""
        oldest = self.context.now().timestamp() - _LEFT_AFTER_S
        for folder in self._folders():
            for path in [*folder.rglob(".*.*.????????"), *erased_tables.leftovers(folder)]:
                if path.is_file() and _made(path) < oldest:
                    path.unlink(missing_ok=True)
            for path in [*folder.iterdir(), *(folder / "staging").glob("*")]:
                left = path.is_dir() and _TEMPORARY.fullmatch(path.name)
                if left and _made(path) < oldest:
                    shutil.rmtree(path, ignore_errors=True)

    def _temporary(self, path: Path) -> Path | None:
        """The folder in which a file only waits to be used."""
        processed = self.context.settings.processed
        if not path.is_relative_to(processed):
            return None
        # Only within: the workspace itself may lie in a folder that is named like that.
        above = path.relative_to(processed).parents
        return next((processed / p for p in above if _TEMPORARY.fullmatch(p.name)), None)


def _made(path: Path) -> float:
    """When a file was last written; a time to come where it is gone."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return float("inf")


def marks_kept(connection: Connection) -> Marks:
    """Everybody who was erased, by the marks that stay of them."""
    return Marks(secret_kept(connection), customer_tokens.forgotten(connection))


def _audiences(staged: Staged, data_sha256: str, ids: Collection[str]) -> list[Rewritten]:
    segments = erased_tables.places(staged.path, sorted(ids), "segment_id")
    return [
        Rewritten(
            audience_name(staged.path.stem, segment),
            *(
                segment_table.audience_sha256(path, data_sha256, segment)
                for path in (staged.path, staged.fresh)
            ),
        )
        for segment in (*segments, EVERYONE)
    ]


def audience_name(table: str, segment_id: str) -> str:
    """The name under which the hash of the audience of a segment is kept."""
    return f"{table}/{segment_id}"


def refuse_unfinished(connection: Connection) -> None:
    """Nothing is handed over while an erasure is not done.

    Raises:
        Refused: one is under way or broke off.
    """
    if erasures.unfinished(connection):
        raise Refused(
            "A customer is being erased, and nothing is exported until that is done. Try again in "
            "a minute; an erasure that broke off is finished by `erase --again`."
        )
