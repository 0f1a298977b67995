"""Who is to be left out, known by tokens only: a hash of a secret and the id, never the id."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from core.errors import FileInvalid
from core.frames import CUSTOMER_ID
from core.storage.duck import literal, looking, parquet, session
from core.storage.source_file import SOURCE, read_source

_TOKENS = "suppression_tokens"


@dataclass(frozen=True, slots=True)
class Suppressed:
    """The people to leave out of a workspace, as questions in SQL can use them.

    Ids are compared without regard to upper and lower case: to leave somebody out who is spelled
    alike does less harm than to write to somebody who asked not to be.
    """

    secret: str = ""
    tokens: Sequence[str] = ()

    def matches(self, connection: duckdb.DuckDBPyConnection, value: str) -> str:
        """SQL for whether an id is to be left out; puts the tokens into the connection."""
        if not self.tokens:
            return "false"
        connection.execute(f"DROP TABLE IF EXISTS {_TOKENS}")
        connection.execute(
            f"CREATE TEMP TABLE {_TOKENS} AS SELECT unnest($1) AS token", [list(self.tokens)]
        )
        # An id that is missing has no token, and nobody is left out for it.
        return f"coalesce({token_sql(self.secret, value)} IN (FROM {_TOKENS}), false)"


NOBODY = Suppressed()


def token_sql(secret: str, value: str) -> str:
    """SQL of the token of an id; a whole number that passed through floating point is the same."""
    same = f"regexp_replace(lower(trim({value})), '^([0-9]+)[.]0$', '\\1')"
    return f"sha256({literal(secret + ':')} || {same})"


def marks_of(ids: Sequence[str], secret: str) -> tuple[str, ...]:
    """The tokens of some ids, in their order."""
    with looking() as connection:
        rows = connection.execute(
            f"SELECT {token_sql(secret, 'id')} FROM (SELECT unnest($1) AS id)", [list(ids)]
        ).fetchall()
    return tuple(row[0] for row in rows)


def mark_of(customer_id: str, secret: str) -> str:
    """The token of one id; quicker than `marks_of`."""
    with looking() as connection:
        rows = connection.execute(
            f"SELECT {token_sql(secret, 'id')} FROM (SELECT $1 AS id)", [customer_id]
        ).fetchall()
    return str(rows[0][0])


def holds(table: Path, customer_id: str) -> bool:
    """Whether a table of customers has a row of this one."""
    with looking() as connection:
        found = connection.execute(
            f"SELECT count(*) FROM {parquet(table)} WHERE {CUSTOMER_ID} = $1", [customer_id]
        ).fetchall()
    return bool(found[0][0])


def tokens_of_file(path: Path, id_column: str, secret: str, folder: Path) -> tuple[str, ...]:
    """The tokens of the ids in a column of a file, each once; rows without an id are passed over.

    Raises:
        FileInvalid: the file cannot be read, has no such column, or names nobody.
    """
    with (
        TemporaryDirectory(dir=folder) as workspace,
        session(threads=None) as connection,
    ):
        source = read_source(connection, path, Path(workspace))
        if id_column not in source.columns:
            listed = ", ".join(source.columns[:30])
            raise FileInvalid(path, f"there is no column '{id_column}'; the columns are {listed}.")
        field = source.field(id_column)
        rows = connection.execute(
            f"SELECT DISTINCT {token_sql(secret, field)} FROM {SOURCE} WHERE {field} IS NOT NULL"
        ).fetchall()
    if not rows:
        raise FileInvalid(path, f"the column '{id_column}' names nobody.")
    return tuple(sorted(row[0] for row in rows))
