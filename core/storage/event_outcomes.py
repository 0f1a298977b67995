"""What each customer did, made from the events of a campaign: the table that is read out."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from core.frames import CUSTOMER_ID
from core.models.outcome_events import EventKind, EventsTaken
from core.models.stages import DELIVERED, MATCHED, OUTCOME_ON, SENT, SENT_ON
from core.storage.duck import bounded, copy_parquet, parquet, session
from core.storage.event_columns import MONEY

K = EventKind
_BEGUN = f"('{K.SENT}', '{K.HELD_OUT}')"
_OF_THE_SENDER = frozenset({K.SENT, K.DELIVERED, K.BOUNCED, K.OPENED, K.CLICKED})
_OUTCOMES = f"('{K.ORDERED}', '{K.CLICKED}', '{K.VISITED}')"


@dataclass(frozen=True, slots=True)
class Window:
    """Which events are outcomes: those of `days` times 24 hours from the send.

    A customer who was not sent to begins with the first send of the campaign, and where none is
    known with `exported_at`. A refund counts for `refund_days` times 24 hours after its order.
    """

    days: int
    refund_days: int
    exported_at: datetime


def derive_outcomes(
    events: Path, assignments: Path, window: Window, out: Path
) -> tuple[str, EventsTaken]:
    """Writes one row for everybody assigned; gives its SHA-256 and what the events are.

    A column is there when the events can know it. Customers without events are 0; whether they
    were sent anything is known as soon as it is of anybody.
    """
    with session(threads=None) as connection:
        bounded(connection, out.parent)
        _prepare(connection, events, assignments, window)
        found = _found(connection)
        # Every sum is of whole numbers or decimals, so its order changes nothing; rows have one.
        connection.execute("SET threads = 1")
        columns = ", ".join(f"{sql} AS {name}" for name, sql in _columns(found))
        sha256 = copy_parquet(
            connection,
            f"SELECT c.{CUSTOMER_ID}, {columns} FROM customers AS c "
            f"LEFT JOIN seen AS s ON s.{CUSTOMER_ID} = c.{CUSTOMER_ID} "
            f"LEFT JOIN bought AS b ON b.{CUSTOMER_ID} = c.{CUSTOMER_ID} ORDER BY c.{CUSTOMER_ID}",
            out,
        )
        return sha256, _taken(connection, found)


def _prepare(
    connection: duckdb.DuckDBPyConnection, events: Path, assignments: Path, window: Window
) -> None:
    """Tables: each customer with the window, the refunds of orders, and what is summed up."""
    e, span = parquet(events), f"to_hours({24 * int(window.days)})"
    exported = window.exported_at.astimezone(UTC).replace(tzinfo=None)
    connection.execute(
        f"CREATE TEMP TABLE begun AS SELECT {CUSTOMER_ID}, min(happened_at) AS sent_at FROM {e} "
        f"WHERE kind IN {_BEGUN} GROUP BY {CUSTOMER_ID}"
    )
    first = connection.execute("SELECT min(sent_at) FROM begun").fetchall()[0][0] or exported
    connection.execute(
        f"""CREATE TEMP TABLE customers AS SELECT a.{CUSTOMER_ID}, sent_at,
            coalesce(sent_at, TIMESTAMP '{first}') AS start, start + {span} AS stop
        FROM {parquet(assignments)} AS a LEFT JOIN begun USING ({CUSTOMER_ID})"""
    )
    back = f"to_hours({24 * int(window.refund_days)})"
    connection.execute(
        f"""CREATE TEMP TABLE refunds AS
        SELECT r.order_id, r.amount, o.amount AS paid, o.order_id IS NULL
            AS unknown, r.happened_at >= o.happened_at + {back} AS late
        FROM {e} AS r LEFT JOIN {e} AS o ON o.order_id = r.order_id AND o.kind = '{K.ORDERED}'
        WHERE r.kind = '{K.REFUNDED}'"""
    )
    _buy(connection, e)
    _see(connection, e)


def _buy(connection: duckdb.DuckDBPyConnection, e: str) -> None:
    """What each customer bought within the window, and kept."""
    connection.execute(
        f"""CREATE TEMP TABLE bought AS
        WITH refunded AS (SELECT order_id, sum(coalesce(amount, paid)) AS back FROM refunds
            WHERE NOT unknown AND NOT late GROUP BY order_id),
        net AS (SELECT o.{CUSTOMER_ID}, o.happened_at, o.amount, o.margin,
            greatest(o.amount - coalesce(r.back, 0), 0) AS rest,
            coalesce(r.back, 0) = 0 OR r.back < o.amount AS stands
            FROM {e} AS o LEFT JOIN refunded AS r ON r.order_id = o.order_id
            WHERE o.kind = '{K.ORDERED}')
        SELECT n.{CUSTOMER_ID}, count_if(stands) AS orders, sum(rest) AS revenue,
            sum(CASE WHEN NOT stands THEN 0 WHEN amount > 0
                THEN CAST(round(margin::DOUBLE * rest::DOUBLE / amount::DOUBLE, 4) AS {MONEY})
                ELSE margin END) AS net_margin
        FROM net AS n JOIN customers AS c USING ({CUSTOMER_ID})
        WHERE n.happened_at >= c.start AND n.happened_at < c.stop GROUP BY n.{CUSTOMER_ID}"""
    )


def _see(connection: duckdb.DuckDBPyConnection, e: str) -> None:
    """What else is known of each customer, and the events by kind."""
    connection.execute(
        f"""CREATE TEMP TABLE seen AS
        SELECT e.{CUSTOMER_ID}, {", ".join(f"{sql} AS {name}" for name, sql in _sums())}
        FROM {e} AS e JOIN customers AS c USING ({CUSTOMER_ID}) GROUP BY e.{CUSTOMER_ID}"""
    )
    connection.execute(
        f"""CREATE TEMP TABLE kinds AS SELECT e.kind, count(*) AS n,
            count_if(e.happened_at < c.start) AS before, count_if(e.happened_at >= c.stop) AS late,
            count_if(e.bot) AS bots, any_value(e.currency) AS currency,
            bool_and(e.margin IS NOT NULL) AS earns
        FROM {e} AS e JOIN customers AS c USING ({CUSTOMER_ID}) GROUP BY e.kind ORDER BY e.kind"""
    )


def _sums() -> Iterator[tuple[str, str]]:
    """What is added up of a customer's events, by name."""
    inside = "e.happened_at >= c.start AND e.happened_at < c.stop"
    for name, condition in (
        ("sent", f"e.kind = '{K.SENT}'"),
        ("delivered", f"e.kind = '{K.DELIVERED}'"),
        ("bounced", f"e.kind = '{K.BOUNCED}'"),
        ("bounced_for_good", f"e.kind = '{K.BOUNCED}' AND e.bounce = 'hard'"),
        ("unsubscribed", f"e.kind = '{K.UNSUBSCRIBED}' AND {inside}"),
        ("complained", f"e.kind = '{K.COMPLAINED}' AND {inside}"),
    ):
        yield name, f"bool_or({condition})"
    for name, condition in (
        ("clicks", f"e.kind = '{K.CLICKED}' AND NOT e.bot"),
        ("bot_clicks", f"e.kind = '{K.CLICKED}' AND e.bot"),
        ("opens", f"e.kind = '{K.OPENED}' AND NOT e.bot"),
        ("visits", f"e.kind = '{K.VISITED}'"),
    ):
        yield name, f"count_if({condition} AND {inside})"
    human = f"e.kind IN {_OUTCOMES} AND NOT coalesce(e.bot, false) AND {inside}"
    yield "outcome_at", f"min(e.happened_at) FILTER ({human})"


@dataclass(frozen=True, slots=True)
class _Kinds:
    """Which kinds of event there are, and whether every order says what it earned."""

    counts: dict[str, int]
    earns: bool

    def has(self, *kinds: EventKind) -> bool:
        return any(kind in self.counts for kind in kinds)


def _found(connection: duckdb.DuckDBPyConnection) -> _Kinds:
    rows = connection.execute("SELECT kind, n, earns FROM kinds").fetchall()
    earns = any(kind == K.ORDERED and all_say for kind, _, all_say in rows)
    return _Kinds({kind: n for kind, n, _ in rows}, earns)


def _columns(found: _Kinds) -> Iterator[tuple[str, str]]:
    """The columns of the table, those only that the events can know."""
    yield from _metrics(found)
    if found.has(K.SENT):
        yield SENT, "coalesce(s.sent, false)"
    if found.has(K.DELIVERED):
        # A hard bounce that comes after the acceptance takes it back.
        yield DELIVERED, "coalesce(s.delivered AND NOT s.bounced_for_good, false)"
    elif found.has(K.SENT) and found.has(K.BOUNCED):
        yield DELIVERED, "coalesce(s.sent AND NOT s.bounced, false)"
    if found.has(K.SENT, K.HELD_OUT):
        yield SENT_ON, "CAST(c.sent_at AS DATE)"
    yield OUTCOME_ON, "CAST(s.outcome_at AS DATE)"
    yield MATCHED, f"s.{CUSTOMER_ID} IS NOT NULL"


def _metrics(found: _Kinds) -> Iterator[tuple[str, str]]:
    """What is measured of a customer; opens and what machines did come last."""
    # Whose file says what became of messages would also say that somebody complained.
    of_the_sender = found.has(*_OF_THE_SENDER)
    known = (
        (found.has(K.ORDERED), "orders", _zero("b.orders")),
        (found.has(K.ORDERED), "conversion", "CAST(coalesce(b.orders, 0) > 0 AS DOUBLE)"),
        (found.has(K.ORDERED), "revenue", _zero("b.revenue")),
        (found.earns, "net_margin", _zero("b.net_margin")),
        (found.has(K.VISITED), "visit", "CAST(coalesce(s.visits, 0) > 0 AS DOUBLE)"),
        (found.has(K.VISITED), "visits", _zero("s.visits")),
        (found.has(K.CLICKED), "clicks", _zero("s.clicks")),
        (of_the_sender or found.has(K.UNSUBSCRIBED), "unsubscribed", _flag("s.unsubscribed")),
        (of_the_sender or found.has(K.COMPLAINED), "complained", _flag("s.complained")),
        (found.has(K.OPENED), "opens", _zero("s.opens")),
        (found.has(K.CLICKED), "bot_clicks", _zero("s.bot_clicks")),
    )
    yield from ((name, sql) for there, name, sql in known if there)


def _flag(value: str) -> str:
    return f"CAST(coalesce({value}, false) AS DOUBLE)"


def _zero(value: str) -> str:
    return f"CAST(coalesce({value}, 0) AS DOUBLE)"


def _taken(connection: duckdb.DuckDBPyConnection, found: _Kinds) -> EventsTaken:
    before, late, bots, currency = connection.execute(
        f"SELECT coalesce(sum(before) FILTER (kind IN {_OUTCOMES}), 0), "
        f"coalesce(sum(late) FILTER (kind IN {_OUTCOMES}), 0), "
        "coalesce(sum(bots), 0), any_value(currency) FROM kinds"
    ).fetchall()[0]
    unknown, behind, over = connection.execute(
        """SELECT coalesce(count_if(unknown), 0), coalesce(count_if(NOT unknown AND late), 0),
            (SELECT count(*) FROM (SELECT order_id FROM refunds WHERE NOT unknown AND NOT late
                GROUP BY order_id HAVING sum(coalesce(amount, paid)) > any_value(paid)))
        FROM refunds"""
    ).fetchall()[0]
    return EventsTaken(
        0, 0, 0, found.counts, int(before), int(late), int(bots),
        unknown, behind, over, currency,
    )  # fmt: skip
