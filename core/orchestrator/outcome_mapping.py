"""What the columns and values of an outcomes file are called: read from YAML, or recognised."""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TypeVar
from zoneinfo import available_timezones

from core.errors import BadInput
from core.models.outcome_events import (
    EVENT_COLUMNS,
    IGNORED,
    VALUES,
    Ambiguous,
    OutcomesMapping,
    TimeUnit,
)
from core.orchestrator.yaml_file import read_text, root_of
from core.yaml_text import parsed

GENERIC = "generic"
"""The sender of a file in our own words."""

_OPTIONS = ("id", "zone", "ambiguous", "time_unit", "currency_of_all", "values")
_ALIKE = {
    "event": ("event", "event_kind", "event_type", "event_name", "kind"),
    "event_id": ("event_id",),
    "time": ("time", "timestamp", "event_time", "occurred_at"),
}
_NEEDED = frozenset({"event", "event_id", "customer_id", "time"})
_CURRENCY = re.compile(r"[A-Z]{3}")

E = TypeVar("E", bound=StrEnum)


def mapping_of(text: str, *, name: str) -> OutcomesMapping:
    """The mapping a YAML text says: one line for each column, ours: theirs, and a few choices.

    Raises:
        BadInput: it cannot be read, or says something that cannot be; names it.
    """
    root_of(text, name)
    content = parsed(text)
    known: dict[str, object] = {str(key): value for key, value in content.items()}
    if "event" not in known:
        return OutcomesMapping(_texts(known, name))
    options = {key: known.pop(key) for key in _OPTIONS if key in known}
    for key in known:
        if key not in EVENT_COLUMNS:
            near = difflib.get_close_matches(key, (*EVENT_COLUMNS, *_OPTIONS), n=1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            raise BadInput(
                f"{name}: '{key}' is no column of events.{hint} There are "
                f"{', '.join(EVENT_COLUMNS)}."
            )
    return _with_options(OutcomesMapping(_texts(known, name)), options, name)


def read_presets(folder: Path) -> dict[str, str]:
    """The mapping of each sender that comes with the product, by its name.

    Raises:
        BadInput: one of them cannot be read.
    """
    found = {path.stem: read_text(path) for path in sorted(folder.glob("*.yaml"))}
    for sender, text in found.items():
        mapping_of(text, name=f"{sender}.yaml")
    return {GENERIC: found[GENERIC]} | found if GENERIC in found else found


def recognised(columns: Sequence[str]) -> OutcomesMapping | None:
    """The mapping of a file whose columns have our names; None for one row a customer."""
    found = {name: name for name in EVENT_COLUMNS if name in columns}
    for ours, alike in _ALIKE.items():
        named = next((name for name in alike if name in columns), None)
        if named is not None:
            found[ours] = named
    if "event" in found and ({"event_id", "time"} & set(found)):
        return OutcomesMapping(found)
    return None


def fits(mapping: OutcomesMapping, columns: Sequence[str]) -> bool:
    """Whether a file has every column that is named."""
    return set(mapping.columns.values()) <= set(columns)


def fitted(mapping: OutcomesMapping, columns: Sequence[str]) -> OutcomesMapping:
    """A ready-made mapping for a file: without the columns that only some files have."""
    kept = {
        ours: theirs
        for ours, theirs in mapping.columns.items()
        if ours in _NEEDED or theirs in columns
    }
    return replace(mapping, columns=kept)


def _texts(found: Mapping[str, object], name: str) -> dict[str, str]:
    for key, value in found.items():
        if not isinstance(value, str) or not value.strip():
            raise BadInput(f"{name}: write one line for each column, our name: their name ({key}).")
    return {key: str(value) for key, value in found.items()}


def _with_options(
    mapping: OutcomesMapping, options: Mapping[str, object], name: str
) -> OutcomesMapping:
    values = options.get("values") or {}
    if not isinstance(values, dict):
        raise BadInput(f"{name}: values takes lines of their word: our word.")
    for theirs, ours in values.items():
        if ours not in VALUES and ours != IGNORED:
            raise BadInput(
                f"{name}: '{theirs}' cannot stand for '{ours}'; there are "
                f"{', '.join(VALUES)} and {IGNORED}."
            )
    said_id, zone, currency = options.get("id"), options.get("zone"), options.get("currency_of_all")
    if said_id not in {None, "content"}:
        raise BadInput(f"{name}: id can only be content; a column of ids is event_id.")
    if zone is not None and zone not in available_timezones():
        raise BadInput(f"{name}: there is no time zone '{zone}'; write one such as Europe/Berlin.")
    if currency is not None and not _CURRENCY.fullmatch(str(currency)):
        raise BadInput(f"{name}: '{currency}' is no currency code; write one such as EUR.")
    return replace(
        mapping,
        values={str(theirs): str(ours) for theirs, ours in values.items()},
        id_from_content=said_id == "content",
        zone=None if zone is None else str(zone),
        ambiguous=_choice(Ambiguous, options.get("ambiguous"), f"{name}: ambiguous"),
        time_unit=_choice(TimeUnit, options.get("time_unit"), f"{name}: time_unit"),
        currency_of_all=None if currency is None else str(currency),
    )


def _choice(kind: type[E], value: object, what: str) -> E | None:
    if value is None:
        return None
    if value not in set(kind):
        raise BadInput(f"{what} is {' or '.join(kind)}, not '{value}'.")
    return kind(str(value))
