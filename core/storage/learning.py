"""Whether anything has happened from which the ledger of tests could learn."""

from sqlalchemy import Connection, func, select

from core.storage.schema import EXPERIMENTS, EXPORTS, OUTCOMES, RESULT_DECISIONS


def happened(tx: Connection) -> tuple[int, ...]:
    """How many tests were locked, exports written, outcomes taken in and decisions recorded."""
    every = (EXPERIMENTS, EXPORTS, OUTCOMES, RESULT_DECISIONS)
    return tuple(
        tx.execute(select(func.count()).select_from(table)).scalar_one() for table in every
    )
