"""Why customers were lost on the way of a send: counted by stage, reason and group in one query."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.frames import CUSTOMER_ID
from core.models.outcome_events import EventKind
from core.models.readout import Loss
from core.models.stages import DELIVERED, EXPORTED, MATCHED, SENT
from core.storage.duck import literal, looking, parquet

SUPPRESSED_SINCE, NOT_SENT = "asked to be left out since the assignment", "not sent"
HARD, SOFT, BOUNCED = "bounced hard", "bounced soft", "bounced, not said how"
NOT_DELIVERED, UNKNOWN = "not delivered, no reason given", "not known"
NO_ROW, NO_EVENT = "no outcome row", "no event of any kind"
_ORDER = (
    SUPPRESSED_SINCE, NOT_SENT, HARD, SOFT, BOUNCED, NOT_DELIVERED, UNKNOWN, NO_ROW, NO_EVENT,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LossesAsked:
    """Who was assigned, the events where there are any, and which stages are known."""

    assignments: Path
    events: Path | None
    stages: Sequence[str]


def losses_of(select: str, asked: LossesAsked) -> tuple[Loss, ...]:
    """Each customer with a message once, at the first stage not reached; then who has no outcome.

    Args:
        select: the SELECT of an experiment with a column for each stage.
        asked: what is known beside it.
    """
    if not asked.stages:
        return ()
    with looking(threads=None) as connection:
        rows = connection.execute(_query(select, asked)).fetchall()
    places = {stage: place for place, stage in enumerate(asked.stages)}
    found: dict[tuple[str, str], dict[str, int]] = {}
    for stage, reason, arm, customers in rows:
        found.setdefault((stage, reason), {})[arm] = customers
    ordered = sorted(found, key=lambda each: (places[each[0]], _ORDER.index(each[1])))
    return tuple(Loss(stage, reason, found[stage, reason]) for stage, reason in ordered)


def _query(select: str, asked: LossesAsked) -> str:
    missing = literal(NO_ROW if asked.events is None else NO_EVENT)
    without = (
        f"SELECT {literal(MATCHED)} AS stage, {missing} AS reason, arm FROM ({select}) AS e "
        f"WHERE NOT {MATCHED}"
    )
    parts = [without]
    whens = _whens(asked)
    if whens:
        stage, reason = (
            " ".join(f"WHEN {c} THEN {literal(w[i])}" for c, *w in whens) for i in (0, 1)
        )
        parts.append(
            f"SELECT CASE {stage} END AS stage, CASE {reason} END AS reason, e.arm "
            f"FROM ({select}) AS e JOIN {parquet(asked.assignments)} AS a "
            f"ON a.{CUSTOMER_ID} = e.{CUSTOMER_ID} LEFT JOIN ({_bounces(asked)}) AS b "
            f"ON b.{CUSTOMER_ID} = e.{CUSTOMER_ID} WHERE a.variant_id IS NOT NULL"
        )
    return (
        f"SELECT stage, reason, arm, count(*) FROM ({' UNION ALL '.join(parts)}) "
        "WHERE stage IS NOT NULL GROUP BY ALL ORDER BY ALL"
    )


def _whens(asked: LossesAsked) -> list[tuple[str, str, str]]:
    """Condition, stage and reason, in the order of the way."""
    found = [(f"NOT e.{EXPORTED}", EXPORTED, SUPPRESSED_SINCE)]
    found += [(f"NOT e.{SENT}", SENT, NOT_SENT), (f"e.{SENT} IS NULL", SENT, UNKNOWN)]
    lost = f"NOT e.{DELIVERED}"
    found += [
        (f"{lost} AND b.hard", DELIVERED, HARD),
        (f"{lost} AND b.soft", DELIVERED, SOFT),
        (f"{lost} AND b.{CUSTOMER_ID} IS NOT NULL", DELIVERED, BOUNCED),
        (lost, DELIVERED, NOT_DELIVERED),
        (f"e.{DELIVERED} IS NULL", DELIVERED, UNKNOWN),
    ]
    return [each for each in found if each[1] in asked.stages]


def _bounces(asked: LossesAsked) -> str:
    if asked.events is None:
        return f"SELECT CAST(NULL AS VARCHAR) AS {CUSTOMER_ID}, false AS hard, false AS soft"
    return (
        f"SELECT {CUSTOMER_ID}, bool_or(bounce = 'hard') AS hard, bool_or(bounce = 'soft') AS soft "
        f"FROM {parquet(asked.events)} WHERE kind = '{EventKind.BOUNCED}' GROUP BY {CUSTOMER_ID}"
    )
