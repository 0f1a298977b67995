"""The searches of a workspace, each with its words, its results and how long it took."""

from sqlalchemy import Connection, Select, insert, select

from core.models.content import Retrieval
from core.storage.codec import from_row, to_row
from core.storage.schema import RETRIEVALS


def add(tx: Connection, retrieval: Retrieval) -> bool:
    """Keep a search; one that is known stays as it was, and False is given."""
    known = select(RETRIEVALS.c.number).where(RETRIEVALS.c.retrieval_id == retrieval.retrieval_id)
    if tx.execute(known).first() is not None:
        return False
    tx.execute(insert(RETRIEVALS).values(to_row(retrieval, RETRIEVALS)))
    return True


def of_variant(tx: Connection, variant_id: str) -> tuple[Retrieval, ...]:
    """The searches behind the revisions of a message, newest first."""
    wanted = select(RETRIEVALS).where(RETRIEVALS.c.variant_id == variant_id)
    return _read(tx, wanted.order_by(RETRIEVALS.c.number.desc()))


def newest(tx: Connection, limit: int) -> tuple[Retrieval, ...]:
    """The last searches of all kinds, newest first."""
    return _read(tx, select(RETRIEVALS).order_by(RETRIEVALS.c.number.desc()).limit(limit))


def _read(tx: Connection, wanted: Select[tuple[object, ...]]) -> tuple[Retrieval, ...]:
    return tuple(from_row(Retrieval, row) for row in tx.execute(wanted).mappings())
