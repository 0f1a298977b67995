"""The columns of a file of events as SQL: what each row says, and the first thing wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import duckdb

from core.errors import FileInvalid
from core.frames import CUSTOMER_ID
from core.models.outcome_events import (
    IGNORED,
    VALUES,
    EventKind,
    OutcomesMapping,
)
from core.storage.duck import literal, mapping
from core.storage.event_times import (
    FIRST_DAY,
    LAST_DAY,
    EventTime,
    epoch_time,
    event_time,
    local_time,
    offset_text,
)
from core.storage.source_file import SOURCE, SourceFile

MONEY = "DECIMAL(18, 4)"
STORED = (
    "event_id",
    CUSTOMER_ID,
    "kind",
    "happened_at",
    "amount",
    "currency",
    "order_id",
    "bot",
    "bounce",
    "margin",
)
"""The columns that are kept of every event, in this order."""

_YES, _NO = ("1", "1.0", "true", "yes", "t", "y"), ("0", "0.0", "false", "no", "f", "n")
_BOUNCES = {
    "hard": "hard",
    "soft": "soft",
    "permanent": "hard",
    "transient": "soft",
    "temporary": "soft",
}
_PAID = f"kind IN ('{EventKind.ORDERED}', '{EventKind.REFUNDED}')"
PROBLEMS = {
    "customer": "there is no customer id",
    "event": "'{event}' in {event_column} is no event that is known; say what it stands for under "
    "`values` of the mapping, or `ignore`",
    "id": "there is no event id, so that nobody could tell a repetition; add one, or write "
    "`id: content` in the mapping",
    "time": "'{time}' in {time_column} is no time such as 2026-01-31T18:05:00+01:00",
    "naive": "the time '{time}' has no time zone; add the offset (or Z), or name the `zone` of the "
    "file in the mapping",
    "gap": "the time '{time}' does not exist in {zone}: the clocks were put forward over it; "
    "correct it, or add its offset",
    "twice": "the time '{time}' comes twice in {zone}, as the clocks were put back; add its "
    "offset, or write `ambiguous: first` or `second` in the mapping",
    "amount": "'{amount}' in {amount_column} is not an amount of 0 or more in plain digits; an "
    "order needs one",
    "currency": "'{currency}' is no currency code such as EUR, and an amount needs one; name the "
    "column, or write `currency_of_all` in the mapping",
    "order": "a refund has to name its order (order_id)",
    "bot": "'{bot}' in {bot_column} is not 0 or 1",
    "bounce": "'{bounce}' in {bounce_column} is neither hard nor soft",
    "margin": "'{margin}' in {margin_column} is not an amount in plain digits",
}
"""Everything that can be wrong with a row, in the order in which it is looked for."""


@dataclass(frozen=True, slots=True)
class EventColumns:
    """A file, by the fields of its columns, and what the mapping says of them."""

    source: SourceFile
    fields: Mapping[str, str]
    mapping: OutcomesMapping

    @classmethod
    def of(cls, source: SourceFile, said: OutcomesMapping) -> "EventColumns":
        """The columns the mapping names, of those the file has.

        Raises:
            FileInvalid: one is not there that has to be.
        """
        listed = ", ".join(source.columns[:30])
        for ours, theirs in said.columns.items():
            if theirs not in source.columns:
                raise FileInvalid(
                    source.path, f"there is no column '{theirs}' ({ours}); it has: {listed}."
                )
        for ours in ("event", CUSTOMER_ID, "time"):
            if ours not in said.columns:
                raise FileInvalid(
                    source.path,
                    f"no column says {ours}; name it in the mapping. It has: {listed}.",
                )
        fields = {ours: source.field(theirs) for ours, theirs in said.columns.items()}
        return cls(source, fields, said)

    def select(self, connection: duckdb.DuckDBPyConnection) -> str:
        """SELECT of row, the columns that are kept, and `problem`, null where there is none."""
        local, written = self._clock()
        moment = self._moment(connection, local)
        read = ", ".join(["row", *self._read(local, written)])
        typed = ", ".join(["* EXCLUDE (amount, currency, order_id, margin)", *_typed(moment)])
        kept = [name for name in STORED if name not in {"event_id", "bounce", "order_id"}]
        own = f"CASE WHEN kind = '{EventKind.ORDERED}' THEN event_id END"
        bounce = f"CASE WHEN kind = '{EventKind.BOUNCED}' THEN any_bounce END"
        inner = (
            f"SELECT *, {self._id()} AS event_id, {bounce} AS bounce, "
            f"{self._problem(moment)} AS problem "
            f"FROM (SELECT {typed} FROM (SELECT {read} FROM {SOURCE}))"
        )
        return (
            f"SELECT row, event_id, {', '.join(kept)}, coalesce(order_id, {own}) AS order_id, "
            f"bounce, problem FROM ({inner})"
        )

    def _read(self, local: str, written: str) -> list[str]:
        """What the columns say, each by itself."""
        bounce = f"lower({self._text('bounce')})"
        return [
            f"{self._text(CUSTOMER_ID)} AS {CUSTOMER_ID}",
            f"{self._said()} AS said",
            f"{local} AS local",
            f"{written} AS written",
            f"TRY_CAST({self._text('amount')} AS {MONEY}) AS amount",
            f"{self._currency()} AS currency",
            f"{self._text('order_id')} AS order_id",
            f"{self._flag()} AS flag",
            f"{mapping(_BOUNCES, bounce)} AS stated_bounce",
            f"{self._margin()} AS margin",
            *(f"{self._text(name)} AS raw_{name}" for name in _RAW),
        ]

    def sentence(self, problem: str, row: Mapping[str, object]) -> str:
        """What is wrong with a row, in words; `row` holds the texts of its columns."""
        words = {name: row.get(name) or "" for name in self.fields}
        names = {f"{ours}_column": theirs for ours, theirs in self.mapping.columns.items()}
        names = {f"{name}_column": name for name in _RAW} | names
        blank = dict.fromkeys((*_RAW, "event", "time", "currency"), "")
        return PROBLEMS[problem].format(**(blank | words | names), zone=self.mapping.zone or "")

    def _text(self, name: str) -> str:
        return self.fields.get(name, "CAST(NULL AS VARCHAR)")

    def _said(self) -> str:
        """Their word for the event as one of ours, `ignore`, or null."""
        theirs = {name.casefold(): ours for name, ours in self.mapping.values.items()}
        known = {name: name for name in (*VALUES, IGNORED)} | theirs
        return mapping(known, f"lower({self._text('event')})")

    def _clock(self) -> tuple[str, str]:
        field = self._text("time")
        if self.mapping.time_unit is not None:
            return epoch_time(field, self.mapping.time_unit), "'Z'"
        return local_time(field), offset_text(field)

    def _moment(self, connection: duckdb.DuckDBPyConnection, local: str) -> EventTime:
        span = (FIRST_DAY, FIRST_DAY)
        if self.mapping.zone is not None:
            found = connection.execute(
                f"SELECT min({local}), max({local}) FROM {SOURCE}"
            ).fetchall()
            first, last = found[0]
            span = (_bounded(first), _bounded(last))
        return event_time("local", "written", self.mapping, span)

    def _currency(self) -> str:
        own = f"upper({self._text('currency')})"
        everywhere = self.mapping.currency_of_all
        return own if everywhere is None else f"coalesce({own}, {literal(everywhere)})"

    def _flag(self) -> str:
        field = f"lower({self._text('bot')})"
        return f"CASE WHEN {field} IN {_YES} THEN true WHEN {field} IN {_NO} THEN false END"

    def _margin(self) -> str:
        margin = f"TRY_CAST({self._text('margin')} AS {MONEY})"
        if "margin" in self.fields or "cost" not in self.fields:
            return margin
        amount, cost = (f"TRY_CAST({self._text(n)} AS {MONEY})" for n in ("amount", "cost"))
        return f"CAST({amount} - {cost} AS {MONEY})"

    def _id(self) -> str:
        if not self.mapping.id_from_content:
            return f"{self._raw_id()}"
        parts = (
            CUSTOMER_ID,
            "kind",
            "happened_at",
            "amount",
            "currency",
            "order_id",
            "bot",
            "any_bounce",
            "margin",
        )
        texts = ", ".join(f"coalesce(CAST({part} AS VARCHAR), '')" for part in parts)
        return f"'content-' || left(sha256(concat_ws(chr(31), {texts})), 32)"

    def _raw_id(self) -> str:
        return "raw_event_id" if "event_id" in self.fields else "CAST(NULL AS VARCHAR)"

    def _problem(self, moment: EventTime) -> str:
        """The first thing that is wrong with a row; a row that is ignored may be anything."""
        money = f"({_PAID} AND raw_amount IS NOT NULL)"
        strange = "contains(raw_amount, '_')"
        earns, bounced = "coalesce(raw_margin, raw_cost)", f"kind = '{EventKind.BOUNCED}'"
        found = {
            "customer": f"{CUSTOMER_ID} IS NULL",
            "event": "said IS NULL",
            "id": "false" if self.mapping.id_from_content else f"{self._raw_id()} IS NULL",
            "time": moment.unreadable,
            "naive": moment.naive,
            "gap": moment.missing,
            "twice": moment.twice,
            "amount": f"({_PAID} AND (amount < 0 OR (amount IS NULL AND raw_amount IS NOT NULL) "
            f"OR {strange})) OR (kind = '{EventKind.ORDERED}' AND amount IS NULL)",
            "currency": f"{money} AND NOT coalesce({_IS_CURRENCY}, false)",
            "order": f"kind = '{EventKind.REFUNDED}' AND order_id IS NULL",
            "bot": f"{_SAID_SEEN} AND raw_bot IS NOT NULL AND flag IS NULL",
            "bounce": f"{bounced} AND raw_bounce IS NOT NULL AND any_bounce IS NULL",
            "margin": f"{_PAID} AND {earns} IS NOT NULL "
            f"AND (margin IS NULL OR contains({earns}, '_'))",
        }
        whens = " ".join(f"WHEN {found[name]} THEN '{name}'" for name in PROBLEMS)
        return f"CASE WHEN said = '{IGNORED}' THEN NULL {whens} END"


_RAW = ("event_id", "amount", "bot", "bounce", "margin", "cost")
_EXTRA_BOUNCE = {
    value: str(extra)
    for value, (kind, extra) in VALUES.items()
    if kind is EventKind.BOUNCED and extra
}
_SAID_PAID = f"said IN ('{EventKind.ORDERED}', '{EventKind.REFUNDED}')"
_BY_MACHINE = "said LIKE 'bot_%' OR coalesce(flag, false)"
_IS_CURRENCY = "regexp_matches(currency, '^[A-Z]{3}$')"
_SAID_SEEN = "said IN ('clicked', 'bot_clicked', 'opened', 'bot_opened')"


def _typed(moment: EventTime) -> list[str]:
    """What an event of the kind that is said has; money belongs to orders and refunds only."""
    kinds = {value: kind.value for value, (kind, _) in VALUES.items()}
    return [
        f"{mapping(kinds, 'said', 'said')} AS kind",
        f"{moment.at} AS happened_at",
        f"CASE WHEN {_SAID_PAID} THEN amount END AS amount",
        f"CASE WHEN {_SAID_PAID} AND amount IS NOT NULL THEN currency END AS currency",
        f"CASE WHEN {_SAID_PAID} THEN order_id END AS order_id",
        f"CASE WHEN {_SAID_PAID} THEN margin END AS margin",
        f"{mapping(_EXTRA_BOUNCE, 'said', 'stated_bounce')} AS any_bounce",
        f"CASE WHEN {_SAID_SEEN} THEN {_BY_MACHINE} END AS bot",
    ]


def _bounded(moment: datetime | None) -> datetime:
    return FIRST_DAY if moment is None else min(max(moment, FIRST_DAY), LAST_DAY)
