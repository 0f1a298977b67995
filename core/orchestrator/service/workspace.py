"""The settings of a workspace: time zone, money, language, and how long data is kept."""

import json
import logging
import re
from dataclasses import asdict, dataclass, replace
from functools import cache
from zoneinfo import available_timezones

from core.errors import BadInput
from core.models.people import Person
from core.models.workspace import WorkspaceChoices
from core.orchestrator.service.context import Context
from core.storage import workspace_settings
from core.storage.database import Connection
from core.workflow import Permission, require

logger = logging.getLogger(__name__)

CURRENCIES = {
    "AUD": "A$", "BRL": "R$", "CAD": "C$", "CHF": "CHF", "CNY": "CN¥", "CZK": "Kč", "DKK": "kr",
    "EUR": "€", "GBP": "£", "HUF": "Ft", "INR": "₹", "JPY": "¥", "KRW": "₩", "MXN": "MX$",
    "NOK": "kr", "NZD": "NZ$", "PLN": "zł", "SEK": "kr", "TRY": "₺", "USD": "$", "ZAR": "R",
}  # fmt: skip
"""The usual symbol of some currencies; any other code is taken with a symbol of its own."""

LANGUAGES = {
    "en": "English", "de": "German", "fr": "French", "es": "Spanish", "it": "Italian",
    "nl": "Dutch", "pl": "Polish", "pt": "Portuguese", "sv": "Swedish",
}  # fmt: skip
"""Languages by their code of ISO 639."""

RETENTION_DAYS = range(1, 3651)
"""How long customer data may be kept, in days."""

_KEY = "workspace.choices"
_CURRENCY = re.compile(r"[A-Z]{3}")
_SYMBOL_MAX = 4


@dataclass(frozen=True, slots=True)
class Workspace:
    """What holds for everybody in a workspace."""

    context: Context

    def choices(self) -> WorkspaceChoices:
        """The settings as they are now."""
        with self.context.read() as connection:
            return _read(connection)

    def change(self, wanted: WorkspaceChoices, *, by: Person) -> WorkspaceChoices:
        """Keep the settings; what changed is recorded with its value before and after.

        Raises:
            NotAllowed: the person is no admin.
            BadInput: a setting cannot be what was asked; nothing was changed.
        """
        require(by, Permission.CHANGE_SETTINGS)
        wanted = replace(wanted, symbol=wanted.symbol.strip() or wanted.currency)
        for problem in _problems(wanted):
            raise BadInput(f"{problem} Nothing was changed.")
        after = asdict(wanted)
        with self.context.write(by) as write:
            before = asdict(_read(write.connection))
            changed = {k: {"from": before[k], "to": v} for k, v in after.items() if v != before[k]}
            if changed:
                workspace_settings.put(write.connection, _KEY, json.dumps(after, sort_keys=True))
                write.record("change settings", "workspace", **changed)
        logger.info("%d settings of the workspace were changed", len(changed))
        return wanted


def _read(connection: Connection) -> WorkspaceChoices:
    stored = workspace_settings.get(connection, _KEY)
    return WorkspaceChoices(**json.loads(stored)) if stored else WorkspaceChoices()


@cache
def time_zones() -> tuple[str, ...]:
    """Every time zone there is, UTC first."""
    return ("UTC", *sorted(zone for zone in available_timezones() if "/" in zone))


def _problems(wanted: WorkspaceChoices) -> list[str]:
    checks = (
        (
            wanted.time_zone in {"UTC", *available_timezones()},
            f"There is no time zone '{wanted.time_zone}'; choose one such as Europe/Berlin.",
        ),
        (
            _CURRENCY.fullmatch(wanted.currency) is not None,
            f"'{wanted.currency}' is no currency code; write three capitals such as EUR.",
        ),
        (
            0 < len(wanted.symbol) <= _SYMBOL_MAX and wanted.symbol.isprintable(),
            f"A currency symbol has 1 to {_SYMBOL_MAX} characters, such as € or kr.",
        ),
        (
            wanted.language in LANGUAGES,
            f"There is no language '{wanted.language}'; choose one of {', '.join(LANGUAGES)}.",
        ),
        (
            wanted.retention_days in RETENTION_DAYS,
            f"Data is kept from 1 to {RETENTION_DAYS[-1]:,} days, not {wanted.retention_days}.",
        ),
    )
    return [problem for holds, problem in checks if not holds]
