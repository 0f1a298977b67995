"""Make the demo's customers and engagement history from the public e-mail data.

Usage: python scripts/make_demo_data.py SOURCE.csv

The source and every column are described in data/SOURCES.md. Text is copied as it stands, so no
number changes; the same source always gives the same files.
"""

import csv
import hashlib
import sys
from collections.abc import Iterable
from pathlib import Path

RAW = Path(__file__).resolve().parent.parent / "data" / "raw"
YES_NO = {"0": "no", "1": "yes"}
AREAS = {"Urban": "Urban", "Surburban": "Suburban", "Rural": "Rural"}
WITH_PERMISSION_PERCENT = 96
WITHOUT_NAME_PERCENT = 3
# Apostrophes, hyphens, accents, other scripts, an initial and a very long name are here on purpose.
NAMES = """
Aaliyah, Abigail, Adam, Ahmed, Aiko, Alejandra, Alexander, Amara, Amina, Ana, Andrew, Angela,
Anne-Marie, Anthony, Ayşe, Barbara, Beatriz, Benjamin, Björn, Brandon, Brian, Camila, Carlos,
Carol, Catherine, Chen, Chloé, Christopher, Connor, Daniel, D'Arcy, David, Deborah, Dmitry, Donna,
Dorothy, Edward, Elena, Elizabeth, Emily, Emmanuel, Eric, Fatima, François, Frank, Gabriela,
George, Gloria, Grace, Hannah, Haruto, Helen, Henry, Hiroshi, Ibrahim, Ingrid, Isabella, Ivan, J.,
Jack, Jacqueline, James, Jamal, Jasmine, Jean-Luc, Jennifer, Jessica, Jo, John, José, Joy, Juan,
Karen, Keisha, Kevin, Kwame, Laura, Li, Linda, Lucía, Łukasz, Malik, Margaret, María, Mary Ann,
Mei, Michael, Mohammed, Ngozi, Nguyễn, Nia, Niamh, Noah, Olga, Oluwadamilola-Oluwafunmilayo, Omar,
Patricia, Paul, Pedro, Priya, Rachel, Rajesh, Rebecca, Richard, Robert, Rosa, Ruth, Samuel,
Sandra, Santiago, Sarah, Scott, Seán, Sofia, Steven, Susan, Thandiwe, Thomas, Victoria, Wei,
William, Yuki, Yusuf, Zoë, 李娜, ليلى
"""
FIRST_NAMES = tuple(name.strip() for name in NAMES.split(","))


def draw(customer_id: str, purpose: str, size: int) -> int:
    """A number from 0 to `size` - 1, fixed by the customer and the purpose and nothing else."""
    digest = hashlib.sha256(f"{purpose}:{customer_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % size


def first_name(customer_id: str) -> str:
    """An invented first name, empty for a few customers."""
    if draw(customer_id, "name known", 100) < WITHOUT_NAME_PERCENT:
        return ""
    return FIRST_NAMES[draw(customer_id, "first name", len(FIRST_NAMES))]


def customer(customer_id: str, source: dict[str, str]) -> dict[str, str]:
    """One row of customers.csv."""
    permitted = draw(customer_id, "e-mail permission", 100) < WITH_PERMISSION_PERCENT
    return {
        "customer_id": customer_id,
        "first_name": first_name(customer_id),
        "email": f"{customer_id.lower()}@customers.example",
        "email_permission": "yes" if permitted else "no",
        "recency_months": source["recency"],
        "past_year_spend": source["history"],
        "bought_mens": YES_NO[source["mens"]],
        "bought_womens": YES_NO[source["womens"]],
        "area": AREAS[source["zip_code"]],
        "new_customer": YES_NO[source["newbie"]],
        "channel": source["channel"],
    }


def engagement(customer_id: str, source: dict[str, str]) -> dict[str, str]:
    """One row of historical_engagement.csv."""
    outcomes = {name: source[name] for name in ("visit", "conversion", "spend")}
    return {"customer_id": customer_id, "arm": source["segment"], **outcomes}


def write(path: Path, rows: Iterable[dict[str, str]]) -> None:
    """Write rows that share their columns as UTF-8 CSV with Unix line ends."""
    table = list(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(table[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)


def main(source: Path) -> None:
    """Read the source once and write both files into data/raw."""
    with source.open(encoding="utf-8", newline="") as file:
        rows = {f"C{number:05d}": row for number, row in enumerate(csv.DictReader(file), start=1)}
    RAW.mkdir(parents=True, exist_ok=True)
    write(RAW / "customers.csv", (customer(*item) for item in rows.items()))
    write(RAW / "historical_engagement.csv", (engagement(*item) for item in rows.items()))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python scripts/make_demo_data.py SOURCE.csv")
    main(Path(sys.argv[1]))
