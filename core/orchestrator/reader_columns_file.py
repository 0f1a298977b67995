"""`config/reader_columns.yaml`: what columns of customers mean, where their names do not say it."""

from dataclasses import dataclass
from pathlib import Path

from core.content.reader_columns import MEANINGS
from core.errors import ConfigInvalid
from core.models.audience import KnownColumn
from core.orchestrator.yaml_file import read_yaml


@dataclass(frozen=True, slots=True)
class ReaderColumns:
    """The file."""

    columns: tuple[KnownColumn, ...] = ()


def read_reader_columns(path: Path) -> tuple[KnownColumn, ...]:
    """What a person says of columns.

    Raises:
        ConfigInvalid: the file cannot be read, or names a meaning there is not.
    """
    known = read_yaml(path, ReaderColumns).columns
    for each in known:
        if each.means not in MEANINGS:
            allowed = ", ".join(MEANINGS)
            raise ConfigInvalid(
                f"{path.name}: {each.column} cannot mean '{each.means}'; allowed are {allowed}."
            )
    return known
