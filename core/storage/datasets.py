"""The datasets of a workspace: what is known about each table of customers, never its rows."""

from sqlalchemy import Connection, Select, insert, select, update

from core.errors import MoveRefused, NotFound
from core.models.customers import Dataset
from core.storage.codec import from_row, to_row
from core.storage.database import unless_taken
from core.storage.schema import DATASETS


def add(tx: Connection, dataset: Dataset) -> None:
    """Record a dataset.

    Raises:
        MoveRefused: its id is taken.
    """
    with unless_taken(MoveRefused(f"There is already a dataset '{dataset.dataset_id}'.")):
        tx.execute(insert(DATASETS).values(to_row(dataset, DATASETS)))


def get(tx: Connection, dataset_id: str) -> Dataset:
    """The dataset with this id.

    Raises:
        NotFound: there is none; the hint names the newest.
    """
    found = _read(tx, select(DATASETS).where(DATASETS.c.dataset_id == dataset_id))
    if not found:
        newest = everything(tx)[:5]
        ids = ", ".join(dataset.dataset_id for dataset in newest)
        raise NotFound(
            "dataset", dataset_id, f"The newest are: {ids}." if ids else "Import customers first."
        )
    return found[0]


def everything(tx: Connection) -> tuple[Dataset, ...]:
    """All datasets, newest first."""
    return _read(tx, select(DATASETS).order_by(DATASETS.c.number.desc()))


def find_by_sha(tx: Connection, sha256: str) -> Dataset | None:
    """The newest dataset with exactly this content, or None."""
    wanted = select(DATASETS).where(DATASETS.c.sha256 == sha256)
    return next(iter(_read(tx, wanted.order_by(DATASETS.c.number.desc()))), None)


def _read(tx: Connection, wanted: Select[tuple[object, ...]]) -> tuple[Dataset, ...]:
    return tuple(from_row(Dataset, row) for row in tx.execute(wanted).mappings())


def save(tx: Connection, dataset: Dataset) -> None:
    """Store what is known about a data set after somebody was erased from it."""
    row = to_row(dataset, DATASETS)
    tx.execute(update(DATASETS).where(DATASETS.c.dataset_id == dataset.dataset_id).values(row))
