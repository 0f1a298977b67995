"""What each column of a customer file is for and holds: roles are told, or guessed from names."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import duckdb

from core.errors import BadInput
from core.frames import CUSTOMER_ID
from core.models.customer_file import ColumnChoice
from core.models.customers import Column, ColumnKind, ColumnRole
from core.storage.column_words import guessed_channel, guessed_mentionable, guessed_role
from core.storage.duck import identifier

_EMAIL = "^[^@ ]+@[^@ ]+[.][^@ ]+$"
_OF_PERMISSION = frozenset(
    {ColumnRole.PERMISSION, ColumnRole.PERMISSION_SOURCE, ColumnRole.PERMISSION_DATE}
)
_NEEDS = {
    ColumnRole.PERMISSION: (ColumnKind.YES_NO, "the permission: it must hold only yes and no"),
    ColumnRole.PERMISSION_DATE: (ColumnKind.DATE, "the date of a permission: it holds no dates"),
    ColumnRole.COVARIATE: (ColumnKind.NUMBER, "a covariate: it must hold only numbers"),
}
_HIDDEN = frozenset({ColumnRole.PERSONAL, ColumnRole.IGNORED})

Chosen = Mapping[str, ColumnChoice]
"""What somebody decided about columns, by name."""


def described(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    kinds: Mapping[str, ColumnKind],
    chosen: Chosen,
) -> tuple[Column, ...]:
    """The columns of a table, each with its role and with what can be said without naming anyone.

    Raises:
        BadInput: a column cannot have the role that was chosen, or two permissions share a channel.
    """
    columns = [_described(connection, table, name, kind, chosen) for name, kind in kinds.items()]
    return one_permission_each(columns, chosen)


def _described(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    name: str,
    kind: ColumnKind,
    chosen: Chosen,
) -> Column:
    c, text = identifier(name), f"CAST({identifier(name)} AS VARCHAR)"
    ranged = kind in {ColumnKind.NUMBER, ColumnKind.DATE}
    span = f"CAST(min({c}) AS VARCHAR), CAST(max({c}) AS VARCHAR)" if ranged else "NULL, NULL"
    emails = (
        f"2 * count(*) FILTER (contains({text}, '@') AND regexp_matches({text}, '{_EMAIL}')) "
        f"> count({c})"
        if kind is ColumnKind.TEXT
        else "false"
    )
    # Every customer has an id of its own: to count them again costs most and tells nothing.
    distinct = f"count({c})" if name == CUSTOMER_ID else f"count(DISTINCT {c})"
    missing, different, addresses, low, high = connection.execute(
        f"SELECT count(*) - count({c}), {distinct}, {emails}, {span} FROM {table}"
    ).fetchall()[0]
    role = _role(name, kind, chosen.get(name), emails=bool(addresses))
    if role in _HIDDEN:
        low = high = None
    column = Column(name, role, kind, missing, different, low, high)
    return _with_guesses(column, chosen.get(name))


def _role(name: str, kind: ColumnKind, choice: ColumnChoice | None, *, emails: bool) -> ColumnRole:
    if name == CUSTOMER_ID:
        return ColumnRole.ID
    if choice is None or choice.role is None:
        return guessed_role(name, kind, emails=emails)
    if choice.role is ColumnRole.ID:
        raise BadInput(f"{name} cannot be a second id; choose another role for it.")
    needed = _NEEDS.get(choice.role)
    if needed is not None and kind is not needed[0]:
        raise BadInput(f"{name} cannot be {needed[1]}.")
    return choice.role


def _with_guesses(column: Column, choice: ColumnChoice | None) -> Column:
    channel = choice.channel if choice else None
    mentionable = choice.mentionable if choice else None
    if column.role in _OF_PERMISSION and channel is None:
        channel = guessed_channel(column.name)
    if mentionable is None:
        mentionable = guessed_mentionable(column.name, column.role, column.kind)
    return replace(
        column,
        channel=channel or "" if column.role in _OF_PERMISSION else "",
        mentionable=mentionable and column.in_rules,
    )


def one_permission_each(columns: Sequence[Column], chosen: Chosen) -> tuple[Column, ...]:
    """The columns with one permission a channel; of guessed ones the first counts.

    Raises:
        BadInput: two permissions were chosen for one channel.
    """
    kept: dict[str, Column] = {}
    for each in sorted(columns, key=lambda c: not _is_chosen(c, chosen)):
        if each.role is not ColumnRole.PERMISSION:
            continue
        first = kept.setdefault(each.channel, each)
        if first is not each and _is_chosen(each, chosen):
            words = f"for {each.channel}" if each.channel else "without a channel"
            raise BadInput(
                f"{first.name} and {each.name} are both permissions {words}; keep one of them, or "
                "give each its own channel (email, sms, phone, post)."
            )
    extra = {
        c.name for c in columns if c.role is ColumnRole.PERMISSION and kept[c.channel] is not c
    }
    return tuple(
        replace(c, role=ColumnRole.ATTRIBUTE, channel="") if c.name in extra else c for c in columns
    )


def _is_chosen(column: Column, chosen: Chosen) -> bool:
    choice = chosen.get(column.name)
    return choice is not None and choice.role is ColumnRole.PERMISSION
