"""A file with one row a purchase, rolled up to one row a customer: how often, how much, when."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import duckdb

from core.errors import FileInvalid
from core.frames import CUSTOMER_ID
from core.models.customer_file import Choices, Transactions
from core.models.customers import ColumnKind, ColumnRole, RejectedRow
from core.storage.broken_lines import MAX_LISTED
from core.storage.column_kinds import Asked, Typed, date_of, kinds, number_of
from core.storage.column_words import guessed_role
from core.storage.customer_ids import Judgement, reason_sql, row_text, without_stray_points
from core.storage.customer_rows import Prepared, asked_of
from core.storage.duck import identifier, number
from core.storage.purchase_notes import said
from core.storage.source_file import SOURCE, SourceFile
from core.storage.suppression_tokens import Suppressed

PURCHASES, ROLLED = "purchases", "rolled"
MOST_CATEGORIES = 50
"""A column with more different values is no category of customers."""

_USED = "reason IS NULL AND NOT suppressed"
_OWN = {
    "orders": ColumnKind.NUMBER,
    "first_order": ColumnKind.DATE,
    "last_order": ColumnKind.DATE,
    "recency_days": ColumnKind.NUMBER,
    "total_spend": ColumnKind.NUMBER,
    "average_order": ColumnKind.NUMBER,
    "cancelled_orders": ColumnKind.NUMBER,
}


@dataclass(frozen=True, slots=True)
class _Money:
    """SQL of the amount of a row, of whether it is negative by its quantity, and what to say."""

    amount: str
    negative: str
    notes: tuple[str, ...]


def purchases(
    connection: duckdb.DuckDBPyConnection,
    source: SourceFile,
    fields: Mapping[str, str],
    choices: Choices,
    suppressed: Suppressed,
) -> Prepared:
    """The customers who made the purchases of a source.

    Raises:
        FileInvalid: the dates or amounts cannot be read, or not one row can be used.
    """
    told = choices.transactions
    assert told is not None  # noqa: S101 - the caller asks for purchases only when it is
    without_stray_points(connection, fields[CUSTOMER_ID])
    asked = asked_of(source, fields, choices)
    dated = date_of(connection, SOURCE, told.date, asked)
    if dated is None:
        raise FileInvalid(source.path, f"{told.date} holds no dates; choose another column.")
    money = _money(connection, source, told, asked)
    _judge(connection, source, asked, told, (dated.sql, money), suppressed)
    judged = _judgement(connection, source)
    added = _categories(connection, asked, told)
    _roll_up(connection, told, added)
    own = {name: Typed(kind, name) for name, kind in _OWN.items()}
    columns = {CUSTOMER_ID: Typed(ColumnKind.TEXT, CUSTOMER_ID)} | own | dict(added.columns)
    notes = [n for n in (dated.note, *money.notes) if n]
    notes += said(connection, source, told, added.left)
    customers = number(connection, f"SELECT count(*) FROM {ROLLED}")
    table = f"{ROLLED} ORDER BY {CUSTOMER_ID}"
    return Prepared(source, columns, table, judged, tuple(notes), customers)


def _money(
    connection: duckdb.DuckDBPyConnection,
    source: SourceFile,
    told: Transactions,
    asked: Asked,
) -> _Money:
    names = [told.amount] if told.amount else [told.quantity, told.price]
    found = {}
    for name in (n for n in names if n is not None):
        typed = number_of(connection, SOURCE, name, asked)
        if typed is None:
            raise FileInvalid(source.path, f"{name} holds no numbers; choose another column.")
        found[name] = typed
    amount = " * ".join(f"({typed.sql})" for typed in found.values())
    quantity = found[told.quantity].sql if told.quantity in found else None
    notes = tuple(typed.note for typed in found.values() if typed.note)
    return _Money(amount, "false" if quantity is None else f"({quantity}) < 0", notes)


def _judge(
    connection: duckdb.DuckDBPyConnection,
    source: SourceFile,
    asked: Asked,
    told: Transactions,
    found: tuple[str, _Money],
    suppressed: Suppressed,
) -> None:
    """The table of purchases: each row with its customer, day, amount, and what is wrong."""
    day, money = found
    customer = asked.fields[CUSTOMER_ID]
    order = asked.fields[told.order] if told.order else "CAST(NULL AS VARCHAR)"
    hidden = suppressed.matches(connection, customer)
    connection.execute(
        f"""CREATE TABLE {PURCHASES} AS SELECT *, CASE WHEN problem IS NOT NULL THEN problem
            WHEN day IS NULL THEN 'its date cannot be read'
            WHEN amount IS NULL THEN 'its amount cannot be read' END AS reason
        FROM (SELECT row, {customer} AS id, {reason_sql(source, customer)} AS problem,
            {hidden} AS suppressed, {day} AS day, {order} AS purchase, {money.amount} AS amount,
            {money.negative} AS negative FROM {SOURCE})"""
    )
    letter = _cancelling_letter(connection) if told.order else "false"
    connection.execute(f"ALTER TABLE {PURCHASES} ADD COLUMN cancelled BOOLEAN")
    connection.execute(
        f"UPDATE {PURCHASES} SET cancelled = coalesce(negative OR amount < 0 OR {letter}, false)"
    )


def _cancelling_letter(connection: duckdb.DuckDBPyConnection) -> str:
    """SQL for an order such as C536379, where most orders are numbers."""
    numbers, letters = connection.execute(
        f"""SELECT count(*) FILTER (regexp_matches(purchase, '^[0-9]+$')),
            count(*) FILTER (regexp_matches(purchase, '^[Cc][0-9]+$')) FROM {PURCHASES}"""
    ).fetchall()[0]
    return "regexp_matches(purchase, '^[Cc][0-9]+$')" if numbers > letters else "false"


def _judgement(connection: duckdb.DuckDBPyConnection, source: SourceFile) -> Judgement:
    kept, rejected, hidden = connection.execute(
        f"""SELECT count(*) FILTER ({_USED}), count(*) FILTER (reason IS NOT NULL),
            count(*) FILTER (reason IS NULL AND suppressed) FROM {PURCHASES}"""
    ).fetchall()[0]
    rows = connection.execute(
        f"""SELECT j.row, j.reason, {row_text(source)} FROM {PURCHASES} AS j
        JOIN {SOURCE} AS s ON s.row = j.row WHERE j.reason IS NOT NULL
        ORDER BY j.row LIMIT {MAX_LISTED}"""
    ).fetchall()
    own = [RejectedRow(source.line_of(row), reason, text) for row, reason, text in rows]
    listed = sorted((*source.listed, *own), key=lambda r: r.line)
    if not kept:
        why = (
            f"; here {listed[0].reason}" if listed else " or is on the list of people to leave out"
        )
        line = listed[0].line if listed else None
        raise FileInvalid(
            source.path, f"none of its {source.read:,} rows can be used{why}.", line=line
        )
    rejected += source.broken
    more = rejected > MAX_LISTED
    notes = (f"Of the rows that were not kept, the first {MAX_LISTED:,} are listed.",) * more
    return Judgement(kept, rejected, 0, hidden, tuple(listed[:MAX_LISTED]), notes)


@dataclass(frozen=True, slots=True)
class _Added:
    """The other columns a customer gets, the SQL that makes each, and the names of the rest."""

    columns: Mapping[str, Typed]
    common: Mapping[str, Typed]
    newest: Mapping[str, Typed]
    left: tuple[str, ...]


def _categories(connection: duckdb.DuckDBPyConnection, asked: Asked, told: Transactions) -> _Added:
    """Categories by the most frequent value; permissions and personal facts by the newest one."""
    own = {CUSTOMER_ID, *told.columns}
    others = {name: field for name, field in asked.fields.items() if name not in own}
    common, newest = dict[str, Typed](), dict[str, Typed]()
    for name, typed in kinds(connection, SOURCE, replace(asked, fields=others)).items():
        field = others[name]
        emails, values = connection.execute(
            f"""SELECT coalesce(avg(CAST(contains({field}, '@') AS INTEGER)), 0) > 0.5,
                approx_count_distinct({field}) FROM {SOURCE}"""
        ).fetchall()[0]
        role = guessed_role(name, typed.kind, emails=emails)
        if role not in {ColumnRole.ATTRIBUTE, ColumnRole.COVARIATE}:
            newest[_free(name)] = typed
        elif typed.kind in {ColumnKind.TEXT, ColumnKind.YES_NO} and 1 < values <= MOST_CATEGORIES:
            common[_free(name)] = typed
    kept = {**common, **newest}
    shown = {name: Typed(typed.kind, identifier(name)) for name, typed in kept.items()}
    return _Added(shown, common, newest, tuple(n for n in others if _free(n) not in kept))


def _free(name: str) -> str:
    """The name of a column of the file beside our own."""
    return f"{name}_in_file" if name.lower() in _OWN else name


def _roll_up(connection: duckdb.DuckDBPyConnection, told: Transactions, added: _Added) -> None:
    """The table of customers."""
    order = "purchase" if told.order else "day"
    newest = f"(SELECT max(day) FROM {PURCHASES})"
    good = "FILTER (NOT cancelled)"
    # Decimals add up to the same sum in any order, so that the same file gives the same bytes.
    spend = "CAST(sum(CAST(amount AS DECIMAL(38, 6))) AS DOUBLE)"
    connection.execute(
        f"""CREATE TABLE {ROLLED} AS SELECT *,
            CASE WHEN orders > 0 THEN round(total_spend / orders, 6) END AS average_order
        FROM (SELECT id AS {CUSTOMER_ID}, count(DISTINCT {order}) {good} AS orders,
            min(day) {good} AS first_order, max(day) {good} AS last_order,
            date_diff('day', max(day) {good}, {newest}) AS recency_days,
            {spend} AS total_spend,
            count(DISTINCT {order}) FILTER (cancelled) AS cancelled_orders
        FROM {PURCHASES} WHERE {_USED} GROUP BY id)"""
    )
    for query in _further(added):
        connection.execute(query)


def _further(added: _Added) -> Iterator[str]:
    rows = f"{PURCHASES} AS p JOIN {SOURCE} AS s ON s.row = p.row WHERE {_USED}"
    for name, typed in added.common.items():
        most = (
            "SELECT id, arg_min(value, (-n, value)) AS value "
            f"FROM (SELECT id, {typed.sql} AS value, count(*) AS n FROM {rows} "
            f"AND {typed.sql} IS NOT NULL GROUP BY ALL) GROUP BY id"
        )
        yield _joined(name, most)
    for name, typed in added.newest.items():
        last = (
            f"SELECT id, arg_max({typed.sql}, (day, p.row)) AS value "
            f"FROM {rows} AND {typed.sql} IS NOT NULL GROUP BY id"
        )
        yield _joined(name, last)


def _joined(name: str, values: str) -> str:
    return (
        f"CREATE OR REPLACE TABLE {ROLLED} AS SELECT r.*, v.value AS {identifier(name)} "
        f"FROM {ROLLED} AS r LEFT JOIN ({values}) AS v ON v.id = r.{CUSTOMER_ID}"
    )
