"""The mappings of outcomes files: one of each sender, and what a campaign has used, kept."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from core.errors import BadInput
from core.models.outcome_events import OutcomesMapping
from core.orchestrator.outcome_mapping import fits, fitted, mapping_of, recognised
from core.orchestrator.service.context import Context, Write
from core.storage import workspace_settings
from core.storage.database import Connection
from core.storage.duck import session
from core.storage.source_file import read_source

_OF_CAMPAIGN, _OF_SENDER = "outcomes mappings of campaign {}", "outcomes mapping of sender {}"
_LONGEST = 20_000

UNNAMED = "this campaign"
"""Whose mapping it is when nobody names a sender: it is kept for the campaign alone."""


@dataclass(frozen=True, slots=True)
class SaidMapping:
    """What somebody says of a file: a YAML text, the name of a sender, both or neither."""

    text: str | None = None
    sender: str | None = None


@dataclass(frozen=True, slots=True)
class ChosenMapping:
    """How a file is read; `text` is to be kept for `sender`, None for nothing to keep."""

    mapping: OutcomesMapping | None
    text: str | None = None
    sender: str = UNNAMED


def saved(connection: Connection, campaign_id: str) -> dict[str, str]:
    """The mappings a campaign has used, by sender, the newest first."""
    stored = workspace_settings.get(connection, _OF_CAMPAIGN.format(campaign_id))
    return dict(json.loads(stored)) if stored else {}


def of_sender(context: Context, connection: Connection, sender: str) -> str | None:
    """The mapping of a sender: as it was saved here, else as it comes with the product."""
    stored = workspace_settings.get(connection, _OF_SENDER.format(sender))
    return stored or context.settings.outcome_presets.get(sender)


def keep(write: Write, campaign_id: str, kept: tuple[str, str], presets: Mapping[str, str]) -> None:
    """Remember the mapping for the campaign and for its sender; said in the audit trail.

    One that came with the product is not kept for the sender, so that a later one takes its place.
    """
    sender, text = kept
    known = saved(write.connection, campaign_id)
    if next(iter(known.items()), None) == (sender, text):
        return
    newest = {sender: text} | {name: said for name, said in known.items() if name != sender}
    key = _OF_CAMPAIGN.format(campaign_id)
    workspace_settings.put(write.connection, key, json.dumps(newest))
    if sender != UNNAMED and text != presets.get(sender):
        workspace_settings.put(write.connection, _OF_SENDER.format(sender), text)
    write.record("save outcomes mapping", campaign_id, sender=sender)


def checked(text: str, sender: str) -> OutcomesMapping:
    """The mapping of a text, if it can be one.

    Raises:
        BadInput: it cannot.
    """
    if len(text) > _LONGEST:
        raise BadInput(f"The mapping is longer than {_LONGEST:,} characters.")
    return mapping_of(text, name=f"the mapping of {sender}")


def choose(context: Context, campaign_id: str, path: Path, said: SaidMapping) -> ChosenMapping:
    """How a file is read: as somebody says, else as the campaign's last ones, else by its columns.

    Raises:
        BadInput: the mapping cannot be read, or there is none of that sender.
        FileInvalid: the file cannot be read.
    """
    columns = _columns(context, path)
    sender = said.sender or UNNAMED
    if said.text is not None:
        return ChosenMapping(checked(said.text, sender), said.text, sender)
    with context.read() as connection:
        known = saved(connection, campaign_id)
        ready = of_sender(context, connection, sender) if said.sender else None
    if said.sender is not None:
        if ready is None:
            senders = ", ".join(sorted(context.settings.outcome_presets))
            raise BadInput(f"There is no mapping for '{sender}'; bring one, or take {senders}.")
        mapping = checked(ready, sender)
        if mapping.of_events:
            mapping = fitted(mapping, columns)
        return ChosenMapping(mapping, ready, sender)
    for name, text in known.items():
        mapping = checked(text, name)
        mapping = fitted(mapping, columns) if mapping.of_events else mapping
        if fits(mapping, columns):
            return ChosenMapping(mapping)
    return ChosenMapping(recognised(columns))


def _columns(context: Context, path: Path) -> tuple[str, ...]:
    context.settings.processed.mkdir(parents=True, exist_ok=True)
    with (
        TemporaryDirectory(dir=context.settings.processed) as workspace,
        session() as connection,
    ):
        return read_source(connection, path, Path(workspace), most=5).columns
