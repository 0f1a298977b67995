"""What the tables are made of: the columns that SQLite and PostgreSQL share."""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Integer,
    MetaData,
    String,
    TypeDecorator,
)

from core.storage.codec import utc

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Moment(TypeDecorator[datetime]):
    """A moment: stored in UTC, returned with its zone, refused without one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The moment in UTC; SQLite keeps no zone, so it is left out there."""
        if value is None:
            return None
        return utc(value).replace(tzinfo=None) if dialect.name == "sqlite" else utc(value)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The moment with its zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


def number() -> Column[int]:
    """Counts rows as they came."""
    return Column("number", Integer, primary_key=True, autoincrement=True)


def text(name: str, *, index: bool = False, unique: bool = False) -> Column[str]:
    """A text that is always there."""
    return Column(name, String, nullable=False, index=index, unique=unique)


def of(name: str, target: str) -> Column[str]:
    """The id of a row of another table."""
    return Column(name, String, ForeignKey(target), nullable=False, index=True)


def whole(name: str) -> Column[int]:
    """A whole number that is always there."""
    return Column(name, Integer, nullable=False)


def moment(name: str, *, nullable: bool = False) -> Column[datetime]:
    """A moment; see `Moment`."""
    return Column(name, Moment, nullable=nullable)


def payload() -> Column[object]:
    """What has no column of its own."""
    return Column("payload", JSON, nullable=False)
