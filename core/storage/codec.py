"""Nouns as JSON and as rows, and back again, exactly."""

import dataclasses
import json
from collections.abc import Hashable, Mapping
from datetime import UTC, date, datetime
from enum import Enum
from functools import cache
from pathlib import PurePath
from typing import Any, ClassVar, Protocol, TypeVar, cast

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import RowMapping, Table

from core.errors import StorageUnavailable

PAYLOAD = "payload"
"""The JSON column that holds the fields of a noun which have no column of their own."""

T = TypeVar("T")


class Noun(Protocol):
    """Any dataclass."""

    __dataclass_fields__: ClassVar[dict[str, "dataclasses.Field[Any]"]]


def plain(value: object) -> object:
    """The value in the words of JSON: sets sorted, times in UTC, enumerations by value.

    Raises:
        TypeError: JSON has no word for this type, or a time has no zone.

    Examples:
        >>> plain(frozenset({"b", "a"}))
        ['a', 'b']
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dump(value)
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted((plain(item) for item in value), key=str)
    return _scalar(value)


def _scalar(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return utc(value).isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, PurePath):
        return str(value)
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    raise TypeError(f"JSON has no word for {type(value).__name__}")


def utc(at: datetime) -> datetime:
    """The same moment in UTC.

    Raises:
        TypeError: the time has no zone, so nobody knows which moment it is.
    """
    if at.tzinfo is None:
        raise TypeError(f"{at.isoformat()} has no time zone; only times with a zone are stored")
    return at.astimezone(UTC)


def canonical(value: object) -> str:
    """The one JSON text of a value: sorted keys, no spaces, no escapes beyond the needed.

    Raises:
        ValueError: a number is infinite or not a number.

    Examples:
        >>> canonical({"b": 1, "a": (2.5, None)})
        '{"a":[2.5,null],"b":1}'
    """
    return json.dumps(
        plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def dump(noun: Noun) -> dict[str, object]:
    """Every field of a noun in the words of JSON."""
    return {field.name: plain(getattr(noun, field.name)) for field in _fields(type(noun))}


def load(kind: type[T], data: Mapping[str, object]) -> T:
    """The noun that was dumped; a field added since then takes its default.

    Raises:
        StorageUnavailable: a field is unknown, missing or of another type.
    """
    adapter = _adapter(cast("Hashable", kind))
    try:
        return cast("T", adapter.validate_python(dict(data), extra="forbid"))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise StorageUnavailable(
            f"A stored {kind.__name__} cannot be read: {where}: {first['msg']}. "
            "It was changed from outside; restore the database from a backup."
        ) from error


def to_row(noun: Noun, table: Table) -> dict[str, object]:
    """The row of a noun: fields that have a column go there, the rest into the payload."""
    columns, rest = {}, {}
    for field in _fields(type(noun)):
        value = getattr(noun, field.name)
        if field.name in table.c:
            columns[field.name] = value if isinstance(value, datetime) else plain(value)
        else:
            rest[field.name] = plain(value)
    return columns | ({PAYLOAD: rest} if PAYLOAD in table.c else {})


def from_row(kind: type[T], row: RowMapping) -> T:
    """The noun of a row that `to_row` made; columns of the row that it does not know are left.

    Raises:
        StorageUnavailable: the row was changed from outside and is no longer this noun.
    """
    known = {f.name: row[f.name] for f in _fields(cast("type[Noun]", kind)) if f.name in row}
    payload = cast("Mapping[str, object]", row.get(PAYLOAD) or {})
    return load(kind, dict(payload) | known)


@cache
def _adapter(kind: Hashable) -> TypeAdapter[object]:
    return TypeAdapter(cast("type[object]", kind))


@cache
def _fields(kind: type[Noun]) -> tuple["dataclasses.Field[Any]", ...]:
    return dataclasses.fields(kind)
