"""What nobody here can take back: files that were handed over, and copies made elsewhere."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from core.models.approval import AuditEntry
from core.models.erasure import OutOfReach
from core.orchestrator.service.context import Context
from core.storage import audit, experiments, suppressions
from core.storage.audit import Wanted
from core.storage.database import Connection
from core.storage.experiments import HandedOver

EXPORTED = "export"
BACKED_UP = "make backup"
"""The action under which the trail keeps that a backup was made."""
EVIDENCE = "build evidence"
"""The action under which the trail keeps that an evidence pack was built."""

_ASSIGNMENTS = "assignments-"
_MOST = 10_000


def campaigns_of(paths: Iterable[Path]) -> tuple[str, ...]:
    """The campaigns whose tables of assignments are among these."""
    stems = (path.stem for path in paths)
    return tuple(sorted(s.removeprefix(_ASSIGNMENTS) for s in stems if s.startswith(_ASSIGNMENTS)))


def exports_with(
    connection: Connection, campaigns: Iterable[str], mark: str
) -> tuple[OutOfReach, ...]:
    """The exports that list a customer who is assigned in these campaigns: when, for whom, by whom.

    Who was on the list of people to leave out by then is in none of them.
    """
    since = suppressions.since(connection, mark)
    found = []
    for name in campaigns:
        who = _actors(audit.entries(connection, limit=_MOST, wanted=Wanted(EXPORTED, subject=name)))
        found += [
            _handed_over(each, who.get(each.at, ""))
            for each in experiments.handed_over(connection, name)
            if since is None or each.at < since
        ]
    return tuple(found)


def packs_of(connection: Connection, campaigns: Iterable[str]) -> tuple[OutOfReach, ...]:
    """The evidence packs of these campaigns: they name everybody assigned, by id or by hash."""
    return tuple(
        OutOfReach(
            "evidence pack",
            f"an evidence pack of {name}; build it again with --instead-of and replace every copy",
            each.at,
            each.actor,
        )
        for name in campaigns
        for each in audit.entries(connection, limit=_MOST, wanted=Wanted(EVIDENCE, subject=name))
    )


def elsewhere(context: Context, connection: Connection) -> tuple[OutOfReach, ...]:
    """Copies of the whole workspace, and what may have been written down outside of it."""
    made = audit.entries(connection, limit=_MOST, wanted=Wanted(BACKED_UP))
    found = [
        OutOfReach("backup", f"{each.subject}; restoring it brings the customer back", each.at)
        for each in reversed(made)
    ]
    found += [
        OutOfReach(
            "backup",
            "copies of the workspace or of the database that were made by other means, and "
            "backups of before this product recorded them, are not known here",
        ),
        OutOfReach(
            "browser",
            "lists of customers that somebody downloaded from a page, and the files they came from",
        ),
        OutOfReach("proxy", "the logs of a proxy or of the web server in front of this product"),
    ]
    if not context.settings.database_url.startswith("sqlite"):
        said = "the server's own log and its backups, for as long as they are kept"
        found.append(OutOfReach("database server", said))
    return tuple(found)


def notes(context: Context) -> tuple[str, ...]:
    """What is not out of reach, though one may ask."""
    writer = context.settings.engines.chat_model
    said = (
        f"Messages are written for segments and not for customers: no id, name or value of a "
        f"customer is in a prompt, so the writer ({writer}) was given nothing of this one."
    )
    trail = (
        "The audit trail names customers by a random token. Nothing says any more whom it stood "
        "for; its entries stay, so that it can be verified."
    )
    counted = (
        "What was counted or fitted over everybody stays as it was: results, reports, traits and "
        "centres of segments."
    )
    return said, trail, counted


def _actors(entries: Iterable[AuditEntry]) -> dict[datetime, str]:
    return {each.at: each.actor for each in entries}


def _handed_over(each: HandedOver, by: str) -> OutOfReach:
    made = each.export
    what = (
        f"{made.campaign_id}, for: {made.profile}, {len(made.files)} files in {made.folder}; "
        "delete the customer there and in the sender's system"
    )
    return OutOfReach(EXPORTED, what, each.at, by)
