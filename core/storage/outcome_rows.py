"""How the rows of a campaign's outcomes fit the customers who are read: one query of counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from core.models.stages import MATCHED, OUTCOME_ON, SENT_ON, OutcomeRows
from core.storage.duck import identifier
from core.storage.experiment_file import ExperimentSource


@dataclass(frozen=True, slots=True)
class RowsAsked:
    """What a reading knows of its outcomes: their metrics, the day of the export, who is missing.

    `exported_on` is None where nothing was exported by us; `events` says that the rows were made
    from events; `erased` counts customers by arm.
    """

    metrics: Sequence[str]
    exported_on: date | None = None
    others: int = 0
    events: bool = False
    erased: Mapping[str, int] = field(default_factory=dict)


def outcome_rows(source: ExperimentSource, asked: RowsAsked) -> OutcomeRows:
    """Counts over the rows of an experiment that say whether they are matched.

    A customer without a day of the send counts from the first day that any has, or else from the
    day of the export.
    """
    idle = " AND ".join([MATCHED, *(f"{identifier(name)} = 0" for name in asked.metrics)])
    dated = early = "false"
    send = _send(source, asked)
    if OUTCOME_ON in source.types and send is not None:
        dated = f"{OUTCOME_ON} IS NOT NULL AND {send} IS NOT NULL"
        early = f"{OUTCOME_ON} < {send}"
    counts = source.rows(
        f"SELECT count(*), count_if({MATCHED}), count_if({idle}), count_if({dated}), "
        f"count_if({early}) FROM {source.table}"
    )[0]
    customers, rows, idle_rows, dated_rows, early_rows = (int(str(n)) for n in counts)
    return OutcomeRows(
        customers,
        rows,
        idle_rows,
        asked.others,
        dated_rows,
        early_rows,
        events=asked.events,
        erased=asked.erased,
    )


def _send(source: ExperimentSource, asked: RowsAsked) -> str | None:
    """SQL of the day a customer was sent to; None where nothing is known of it."""
    exported = None if asked.exported_on is None else f"DATE '{asked.exported_on.isoformat()}'"
    if SENT_ON not in source.types:
        return exported
    first = f"(SELECT min({SENT_ON}) FROM {source.table})"
    return f"coalesce({', '.join(filter(None, [SENT_ON, first, exported]))})"
