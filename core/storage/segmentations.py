"""The segmentations of a workspace, each one version of a dataset's segments."""

from sqlalchemy import Connection, Select, insert, select, update

from core.errors import MoveRefused, NotFound
from core.models.customers import Segmentation
from core.storage.codec import from_row, to_row
from core.storage.database import unless_taken
from core.storage.schema import DATASETS, SEGMENTATIONS


def add(tx: Connection, segmentation: Segmentation) -> None:
    """Record a segmentation of a known dataset.

    Raises:
        MoveRefused: its id is taken.
    """
    taken = f"There is already a segmentation '{segmentation.segmentation_id}'."
    with unless_taken(MoveRefused(taken)):
        tx.execute(insert(SEGMENTATIONS).values(to_row(segmentation, SEGMENTATIONS)))


def save(tx: Connection, segmentation: Segmentation) -> None:
    """Store new names or measurements of a version; who is where never changes.

    Raises:
        NotFound: there is no such segmentation.
    """
    known = get(tx, segmentation.segmentation_id)
    column = SEGMENTATIONS.c.segmentation_id
    row = to_row(segmentation, SEGMENTATIONS)
    tx.execute(update(SEGMENTATIONS).where(column == known.segmentation_id).values(row))


def before(tx: Connection, segmentation: Segmentation) -> Segmentation | None:
    """The version before this one on any data set of the same name, or None."""
    own = select(DATASETS.c.name).where(DATASETS.c.dataset_id == segmentation.dataset_id)
    number = select(SEGMENTATIONS.c.number).where(
        SEGMENTATIONS.c.segmentation_id == segmentation.segmentation_id
    )
    same = select(DATASETS.c.dataset_id).where(DATASETS.c.name == own.scalar_subquery())
    wanted = _newest_first().where(
        SEGMENTATIONS.c.dataset_id.in_(same), SEGMENTATIONS.c.number < number.scalar_subquery()
    )
    return next(iter(_read(tx, wanted.limit(1))), None)


def get(tx: Connection, segmentation_id: str) -> Segmentation:
    """The segmentation with this id.

    Raises:
        NotFound: there is none; the hint names the newest.
    """
    column = SEGMENTATIONS.c.segmentation_id
    found = _read(tx, _newest_first().where(column == segmentation_id))
    if not found:
        newest = latest(tx)
        hint = f"The newest is {newest.segmentation_id}." if newest else "Make segments first."
        raise NotFound("segmentation", segmentation_id, hint)
    return found[0]


def of_dataset(tx: Connection, dataset_id: str) -> tuple[Segmentation, ...]:
    """All segmentations of a dataset, newest first."""
    return _read(tx, _newest_first().where(SEGMENTATIONS.c.dataset_id == dataset_id))


def latest(tx: Connection) -> Segmentation | None:
    """The newest segmentation of the workspace, or None."""
    return next(iter(_read(tx, _newest_first().limit(1))), None)


def _newest_first() -> Select[tuple[object, ...]]:
    return select(SEGMENTATIONS).order_by(SEGMENTATIONS.c.number.desc())


def _read(tx: Connection, wanted: Select[tuple[object, ...]]) -> tuple[Segmentation, ...]:
    return tuple(from_row(Segmentation, row) for row in tx.execute(wanted).mappings())
