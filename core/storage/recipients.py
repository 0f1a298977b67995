"""Who receives what, as CSV files for the system that sends."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil
from pathlib import Path

import duckdb

from core.frames import CUSTOMER_ID
from core.models.suppression import LeftOut
from core.storage.customer_tokens import Named
from core.storage.duck import bounded, copy, identifier, literal, looking, number, parquet, session
from core.storage.recipient_rows import Recipients, case_of, draw, raw, worked_out
from core.storage.rejects import FORMULA_START
from core.storage.suppression_tokens import Suppressed, token_sql

_CSV = "FORMAT csv, HEADER true, DELIMITER ','"
_BOM = "\ufeff"
# What a sender that guesses types may show in another form: numbers but those that read the same
# back (no leading or trailing zero, no exponent, not long), dates, and yes or no in capitals.
_NUMBER = r"^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?$"
_SAME_BACK = r"^(0|-?[1-9][0-9]{0,8})([.][0-9]{0,5}[1-9])?$"
_DATE = r"^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([T ].*)?$|^[0-9]{1,2}[/.][0-9]{1,2}[/.][0-9]{2,4}$"


@dataclass(frozen=True, slots=True)
class RecipientFiles:
    """The recipients of an export, drawn up once; every file is a part of the same table."""

    connection: duckdb.DuckDBPyConnection
    wanted: Recipients

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the files, the one that identifies people first."""
        w = self.wanted
        own = (w.email_name, w.customer_id) if w.email else (w.customer_id,)
        return (*own, w.group, w.variant, *(w.values or {}))

    def rows(self) -> int:
        """How many customers the files name, the not contacted included."""
        return number(self.connection, "SELECT count(*) FROM recipients")

    def contacted(self) -> int:
        """How many of them get a message."""
        return number(self.connection, "SELECT count(variant_id) FROM drawn WHERE reason IS NULL")

    def left_out(self) -> tuple[LeftOut, ...]:
        """How many assigned customers of each group get no line, and why."""
        rows = self.connection.execute(
            "SELECT reason, arm, count(*) FROM drawn WHERE reason IS NOT NULL "
            "GROUP BY ALL ORDER BY ALL"
        ).fetchall()
        return tuple(LeftOut(*row) for row in rows)

    def write(self, path: Path, *, arm: str | None = None) -> tuple[Path, ...]:
        """Everybody, or one group: exact, in parts where the sender takes no larger file.

        A second file `…_for_excel` opens in a spreadsheet with every letter right and no cell
        taken for a formula; it is for looking, not for the sender.
        """
        where = "" if arm is None else f"WHERE {identifier(self.wanted.group)} = {literal(arm)}"
        chosen = ", ".join(identifier(column) for column in self.columns)
        return self._written(f"SELECT {chosen} FROM recipients {where}", self.columns, path)

    def write_recall(self, path: Path) -> tuple[Path, ...]:
        """Everybody who gets a message, and which one: to stop it, or to apologise."""
        w = self.wanted
        own = {w.customer_id: CUSTOMER_ID} | ({w.email_name: "email"} if w.email else {})
        own |= {"segment": "segment", w.group: "group", w.variant: "variant_id"}
        named = ", ".join(f"{identifier(old)} AS {identifier(new)}" for old, new in own.items())
        query = f"SELECT {named} FROM recipients WHERE {identifier(w.variant)} IS NOT NULL"
        return self._written(query, tuple(own.values()), path)

    def retyped(self) -> dict[str, int]:
        """In how many lines of each column a sender that guesses types may change the value."""
        return self._counts(
            "count(*) FILTER ((regexp_matches({c}, '" + _NUMBER + "') "
            "AND NOT regexp_matches({c}, '" + _SAME_BACK + "')) "
            "OR regexp_matches({c}, '" + _DATE + "') "
            "OR (lower({c}) IN ('true', 'false') AND {c} <> lower({c})))"
        )

    def longest_bytes(self) -> dict[str, int]:
        """How many bytes the longest value of each column has."""
        return self._counts("coalesce(max(strlen({c})), 0)")

    def _counts(self, form: str) -> dict[str, int]:
        names = list(self.wanted.values or {})
        if not names:
            return {}
        asked = ", ".join(form.replace("{c}", identifier(name)) for name in names)
        row = self.connection.execute(f"SELECT {asked} FROM recipients").fetchall()[0]
        return dict(zip(names, row, strict=True))

    def _written(self, query: str, columns: Sequence[str], path: Path) -> tuple[Path, ...]:
        for_excel = path.with_name(f"{path.stem}_for_excel{path.suffix}")
        first, *others = columns
        shown = [f"{_neutral(first)} AS {identifier(_BOM + first)}"]
        shown += [f"{_neutral(each)} AS {identifier(each)}" for each in others]
        copy(self.connection, f"SELECT {', '.join(shown)} FROM ({query})", for_excel, _CSV)
        copy(self.connection, query, path, _CSV)
        if path.stat().st_size <= self.wanted.most_file_bytes:
            return path, for_excel
        parts = self._parted(query, path)
        path.unlink()
        return *parts, for_excel

    def _parted(self, query: str, path: Path) -> list[Path]:
        """The rows in as many files as the sender takes; the last may be shorter."""
        most = self.wanted.most_file_bytes
        count = number(self.connection, f"SELECT count(*) FROM ({query})")
        parts = ceil(path.stat().st_size / most)
        while True:
            rows = ceil(count / parts)
            names = [path.with_name(f"{path.stem}_{n}_of_{parts}{path.suffix}")
                     for n in range(1, parts + 1)]  # fmt: skip
            for place, name in enumerate(names):
                copy(self.connection, f"{query} LIMIT {rows} OFFSET {place * rows}", name, _CSV)
            if rows == 1 or max(name.stat().st_size for name in names) <= most:
                return names
            # Lines differ in length, and each file has a header.
            for name in names:
                name.unlink()
            parts += 1


@contextmanager
def recipient_files(
    assignments_path: Path, dataset_path: Path, wanted: Recipients, workspace: Path
) -> Iterator[RecipientFiles]:
    """Draws up the recipients of an export, in the order of the ids.

    Args:
        assignments_path: who is in which group, with which variant.
        dataset_path: what is known of the customers.
        wanted: what the files hold.
        workspace: for what does not fit into memory; left empty.

    Raises:
        NotFound: the data set has no such column.
    """
    values = wanted.values or {}
    every = [words for by_variant in values.values() for words in by_variant.values()]
    fields = {words.field.column: words.field for words in every}
    with session() as connection:
        bounded(connection, workspace)
        draw(connection, (assignments_path, dataset_path), wanted, tuple(fields.values()))
        made = worked_out(connection, every)
        named = [f"id AS {identifier(wanted.customer_id)}", "segment"]
        named += [f"address AS {identifier(wanted.email_name)}"] if wanted.email else []
        named += [
            f"arm AS {identifier(wanted.group)}",
            f"variant_id AS {identifier(wanted.variant)}",
            *(f"{case_of(by, made)} AS {identifier(name)}" for name, by in values.items()),
        ]
        joins = " ".join(
            f"LEFT JOIN {table} ON {table}.raw = {raw(mark[0])}" for mark, table in made.items()
        )
        connection.execute(
            f"CREATE TEMP TABLE recipients AS SELECT {', '.join(named)} FROM drawn {joins} "
            "WHERE reason IS NULL ORDER BY id"
        )
        yield RecipientFiles(connection, wanted)


def who_is_left_out(assignments_path: Path, suppressed: Suppressed) -> tuple[Named, ...]:
    """The assigned customers who are on the list of people to leave out, by id."""
    with looking() as connection:
        hidden = suppressed.matches(connection, CUSTOMER_ID)
        mark = token_sql(suppressed.secret, CUSTOMER_ID)
        rows = connection.execute(
            f"SELECT {CUSTOMER_ID}, {mark} FROM {parquet(assignments_path)} WHERE {hidden} "
            f"ORDER BY {CUSTOMER_ID}"
        ).fetchall()
    return tuple(Named(*row) for row in rows)


_STARTS = ", ".join(literal(start) for start in FORMULA_START)


def _neutral(column: str) -> str:
    c = identifier(column)
    return (
        f"CASE WHEN left({c}, 1) IN ({_STARTS}) AND TRY_CAST({c} AS DOUBLE) IS NULL "
        f"THEN '''' || {c} ELSE {c} END"
    )
