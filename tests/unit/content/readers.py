"""An audience of given customers, asked by the rule language itself, for tests without a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from core.models.audience import Counted, KnownColumn
from core.models.customers import Column, ColumnKind, ColumnRole, Truth
from core.rules import holds, parse

DAY = date(2026, 11, 22)


@dataclass(frozen=True)
class Readers:
    """Customers as rows; what is not in a row is missing."""

    columns: tuple[Column, ...]
    rows: Sequence[Mapping[str, object]]
    day: date = DAY
    data_day: date = DAY
    known: tuple[KnownColumn, ...] = ()
    name: str = "Readers"
    values: Mapping[str, tuple[str, ...]] | None = None

    def categories(self):
        if self.values is not None:
            return self.values
        texts = [c.name for c in self.columns if c.kind is ColumnKind.TEXT]
        return {t: tuple(sorted({str(r[t]) for r in self.rows if r.get(t)})) for t in texts}

    def count(self, rules):
        return tuple(self._counted(rule) for rule in rules)

    def _counted(self, rule):
        found = [holds(parse(rule), row) for row in self.rows]
        return Counted(Truth(found.count(True), found.count(False), found.count(None)))


def column(name: str, kind: ColumnKind, *, mentionable: bool = True) -> Column:
    """A column a rule may speak of."""
    return Column(name, ColumnRole.ATTRIBUTE, kind, mentionable=mentionable)


COLUMNS = (
    *(column(n, ColumnKind.TEXT) for n in ("tier", "city", "area", "channel", "interest")),
    *(column(n, ColumnKind.NUMBER) for n in ("past_year_spend", "orders_count", "recency_months")),
    *(column(n, ColumnKind.DATE) for n in ("last_order_date", "joined_on")),
    *(
        column(n, ColumnKind.YES_NO)
        for n in ("new_customer", "bought_mens", "bought_womens", "newsletter")
    ),
)
VALUES = {
    "tier": ("Gold", "Silver", "Bronze"),
    "city": ("Berlin", "Hamburg", "New York"),
    "area": ("Rural", "Suburban", "Urban"),
    "channel": ("Phone", "Web", "Multichannel"),
    "interest": ("Dresses", "Shirts", "Shoes"),
}
SHOP = Readers(COLUMNS, (), values=VALUES)
"""The columns of `reader_statements.yaml`."""
