"""Files of events for tests: written, taken in, and what was made of them."""

import csv
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from core.models.outcome_events import EVENT_COLUMNS, OutcomesMapping
from core.storage.duck import copy_parquet, session
from core.storage.event_file import EventsRequest, discard_events, read_events
from core.storage.event_outcomes import Window, derive_outcomes
from core.storage.event_store import merge_events

EXPORTED = datetime(2026, 3, 1, tzinfo=UTC)
COLUMNS = ("event_id", "customer_id", "event", "time", "amount", "currency", "order_id", "bot")


def event(number, customer, kind, time, *money, bot="", currency=None):
    """One event, as the texts of a line; `money` is an amount and the order's id."""
    amount, order = (*money, "", "")[:2]
    unit = currency if currency is not None else ("EUR" if amount else "")
    values = (f"e{number}", customer, kind, time, amount, unit, order, bot)
    return dict(zip(COLUMNS, values, strict=True))


@dataclass
class EventShop:
    """A campaign of some customers, and the events it has taken in."""

    folder: Path
    days: int = 14
    refund_days: int = 30
    exported: datetime = EXPORTED

    def __post_init__(self):
        with session() as connection:
            copy_parquet(
                connection,
                "SELECT 'C' || i AS customer_id, 's' AS segment_id, 'S' AS segment, "
                "CASE WHEN i < 7 THEN 'mail' ELSE 'none' END AS arm, "
                "CASE WHEN i < 7 THEN 'v1' END AS variant_id FROM range(1, 11) AS r(i)",
                self.assignments,
            )

    @property
    def assignments(self):
        return self.folder / "assignments.parquet"

    @property
    def kept(self):
        return self.folder / "events-kept.parquet"

    @property
    def outcomes(self):
        return self.folder / "outcomes-kept.parquet"

    @property
    def customers(self):
        return [f"C{i}" for i in range(1, 11)]

    def take(self, rows, **said):
        """Take in a file with these rows; gives what it brought."""
        path = self.folder / said.pop("name", "events.csv")
        columns = said.pop("columns", {name: name for name in EVENT_COLUMNS if name in COLUMNS})
        others = said.pop("leave_out_others", False)
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, fieldnames=list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        mapping = OutcomesMapping(columns, **said)
        request = EventsRequest(self.assignments, "Spring", mapping, leave_out_others=others)
        staged = read_events(path, request, self.folder / "staging")
        try:
            merged = merge_events(staged, self.kept)
            window = Window(self.days, self.refund_days, self.exported)
            _, taken = derive_outcomes(merged.path, self.assignments, window, self.outcomes)
            if merged.path != self.kept:
                merged.path.replace(self.kept)
            return merged, taken
        finally:
            discard_events(staged)

    def state(self):
        """Everything that is kept, byte by byte."""
        return self.kept.read_bytes(), self.outcomes.read_bytes()

    def rows(self):
        """The row of each customer by its columns."""
        with session() as connection:
            found = connection.execute(f"FROM read_parquet('{self.outcomes}')")
            names = [column[0] for column in found.description or ()]
            lines = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
        return {line["customer_id"]: line for line in lines}

    def summed(self):
        """What the second opinion gives, by customer; what no event can tell is 0 there."""
        wanted = ("orders", "revenue", "clicks", "bot_clicks")
        return {c: tuple(r.get(name, 0) for name in wanted) for c, r in self.rows().items()}

    def moments(self):
        """The kept moment of each event, in UTC."""
        with session() as connection:
            rows = connection.execute(
                "SELECT event_id, happened_at FROM read_parquet($1)", [str(self.kept)]
            ).fetchall()
        return dict(rows)
