"""What each column of a customer file is for and holds: roles are told, or guessed from names."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

import duckdb

from core.errors import BadInput
from core.frames import CUSTOMER_ID
from core.models.customers import Column, ColumnKind, ColumnRole
from core.storage.duck import identifier

_PERMISSION = re.compile(r"permission|consent|opt_?in(_|$)")
_NUMBERS_OF_PEOPLE = {"phone", "telephone", "mobile", "birth", "birthday", "dob", "ssn"}
_WORDS_OF_PEOPLE = _NUMBERS_OF_PEOPLE | {
    *("name", "forename", "firstname", "surname", "lastname", "fullname", "email", "mail"),
    *("address", "street", "birthdate", "birthyear", "iban", "passport"),
}
_COUNTED = {"count", "orders", "opens", "clicks", "days", "months", "amount", "spend", "share"}
_EMAIL = "^[^@ ]+@[^@ ]+[.][^@ ]+$"


@dataclass(frozen=True, slots=True)
class RolesGiven:
    """The roles somebody named; None leaves them to be guessed."""

    permission: str | None
    personal: tuple[str, ...] | None


def described(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    kinds: Mapping[str, ColumnKind],
    given: RolesGiven,
) -> tuple[Column, ...]:
    """The columns of a table, each with its role and with what can be said without naming anyone.

    Raises:
        BadInput: the permission column that was named holds more than yes and no.
    """
    columns = [_described(connection, table, name, kind, given) for name, kind in kinds.items()]
    guesses = [c.name for c in columns if c.role is ColumnRole.PERMISSION]
    chosen = given.permission or (guesses[0] if guesses else None)
    others = set(guesses) - {chosen}
    return tuple(replace(c, role=ColumnRole.ATTRIBUTE) if c.name in others else c for c in columns)


def _described(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    name: str,
    kind: ColumnKind,
    given: RolesGiven,
) -> Column:
    c, text = identifier(name), f"CAST({identifier(name)} AS VARCHAR)"
    ranged = kind in {ColumnKind.NUMBER, ColumnKind.DATE}
    span = f"CAST(min({c}) AS VARCHAR), CAST(max({c}) AS VARCHAR)" if ranged else "NULL, NULL"
    missing, distinct, emails, low, high = connection.execute(
        f"""SELECT count(*) - count({c}), count(DISTINCT {c}),
            2 * count(*) FILTER (contains({text}, '@') AND regexp_matches({text}, '{_EMAIL}'))
            > count({c}), {span} FROM {table}"""
    ).fetchall()[0]
    role = _role(name, kind, given, emails=bool(emails))
    if role is ColumnRole.PERSONAL:
        low = high = None
    return Column(name, role, kind, missing, distinct, low, high)


def _role(name: str, kind: ColumnKind, given: RolesGiven, *, emails: bool) -> ColumnRole:
    if name == given.permission:
        if kind is not ColumnKind.YES_NO:
            raise BadInput(f"{name} cannot be the permission: it must hold only yes and no.")
        return ColumnRole.PERMISSION
    role = ColumnRole.ID if name == CUSTOMER_ID else guessed_role(name, kind, emails=emails)
    if given.personal is None or role is ColumnRole.ID:
        return role
    if name in given.personal:
        return ColumnRole.PERSONAL
    return ColumnRole.ATTRIBUTE if role is ColumnRole.PERSONAL else role


def looks_like_permission(name: str) -> bool:
    """Whether a column of this name may say who agreed to be written to."""
    return _PERMISSION.search(_plain(name)) is not None


def guessed_role(name: str, kind: ColumnKind, *, emails: bool) -> ColumnRole:
    """The role of a column that nobody has named; `emails` when its values look like addresses."""
    if kind is ColumnKind.YES_NO:
        return ColumnRole.PERMISSION if looks_like_permission(name) else ColumnRole.ATTRIBUTE
    words = set(_plain(name).split("_"))
    telling = _NUMBERS_OF_PEOPLE if kind is ColumnKind.NUMBER else _WORDS_OF_PEOPLE
    if emails or (words & telling and not words & _COUNTED):
        return ColumnRole.PERSONAL
    return ColumnRole.ATTRIBUTE


def _plain(name: str) -> str:
    """A name in lower case with one underscore between its words, also out of camelCase."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"[^a-z0-9]+", "_", spaced.lower()).strip("_")
