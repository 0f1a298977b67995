"""Public customer files beside the project, and what is known of them without reading our code."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

_FOLDER = Path(__file__).parents[2] / "shared" / "data"


@dataclass(frozen=True)
class RealFile:
    """A file, how it is imported, and the counts that its publishers or pandas give."""

    name: str
    file: str
    arguments: tuple[str, ...]
    read: int
    kept: int
    customers: int
    rejected: int = 0
    duplicate: int = 0
    said: tuple[str, ...] = ()
    missing: Mapping[str, int] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        """Where it lies."""
        return _FOLDER / self.file


FILES = (
    RealFile(
        "hillstrom", "hillstrom/hillstrom_half.csv", ("--number-rows",), 31_999, 31_999, 31_999,
    ),
    RealFile(
        "cookie_cats", "cookie_cats/cookie_cats.csv.gz", ("--id", "userid"), 90_189, 90_189, 90_189,
    ),
    # Four weeks a store: the first of each is kept, and the choice is said.
    RealFile(
        "fastfood_promo", "fastfood_promo/WA_Marketing-Campaign.csv", ("--id", "LocationID"),
        548, 137, 137, duplicate=411,
    ),
    RealFile(
        "customer_personality", "customer_personality/marketing_campaign.csv", ("--id", "ID"),
        2_240, 2_240, 2_240, missing={"Income": 24},
    ),
    RealFile(
        "cdnow", "cdnow/CDNOW_sample.txt",
        ("--id", "column_1", "--transactions", "--date", "column_3", "--amount", "column_5"),
        6_919, 6_919, 2_357,
    ),
    RealFile(
        "online_retail", "online_retail/online_retail_II_2009-12_2010-12.parquet",
        ("--id", "Customer ID", "--transactions", "--date", "InvoiceDate", "--order", "Invoice",
         "--quantity", "Quantity", "--price", "Price"),
        525_461, 417_534, 4_383, rejected=107_927,
        said=(
            "107,927 rows have no customer id",
            "9,839 rows of 4,372 cancelled orders were netted out: they take 483,794.70",
            "31 purchases have the amount 0",
            "6,771 rows repeat another one",
            "69 customers have nothing but cancellations",
        ),
        missing={"average_order": 69, "first_order": 69, "last_order": 69, "recency_days": 69},
    ),
)  # fmt: skip


def here() -> bool:
    """Whether the shared data is on this machine."""
    return _FOLDER.is_dir()
