"""A mailing that was made elsewhere: its arms and outcomes, read as ours are stored."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from core.errors import FileInvalid
from core.frames import CUSTOMER_ID
from core.models.send import ArmCount
from core.storage.duck import copy_parquet, identifier, literal, mapping, number, parquet, session


@dataclass(frozen=True, slots=True)
class MailingColumns:
    """Which columns of the file name the customer and the arm; all others are outcomes."""

    customer: str
    arm: str


@dataclass(frozen=True, slots=True)
class ImportedMailing:
    """What was read: customers by segment and arm, and the SHA-256 of the assignment."""

    rows: int
    counts: tuple[ArmCount, ...]
    sha256: str


def import_mailing(
    path: Path,
    segments_path: Path,
    columns: MailingColumns,
    *,
    names: Mapping[str, str],
    assignments: Path,
    outcomes: Path,
) -> ImportedMailing:
    """Write the assignments and the outcomes of a mailing whose arms are given in a CSV file.

    Raises:
        FileInvalid: the file is missing, or names a customer who is in no segment.
    """
    if not path.is_file():
        raise FileInvalid(path, "the file is missing; restore it from the repository.")
    customer, arm = identifier(columns.customer), identifier(columns.arm)
    with session() as connection:
        connection.execute(
            f"""CREATE TEMP TABLE mailing AS SELECT {customer} AS {CUSTOMER_ID}, {arm} AS arm,
            * EXCLUDE ({customer}, {arm})
            FROM read_csv({literal(str(path))}, header = true,
                types = {{{literal(columns.customer)}: 'VARCHAR', {literal(columns.arm)}: 'VARCHAR'}})"""
        )
        connection.execute(
            f"CREATE TEMP TABLE joined AS SELECT * FROM mailing "
            f"LEFT JOIN {parquet(segments_path)} USING ({CUSTOMER_ID})"
        )
        lost = number(connection, "SELECT count(*) FROM joined WHERE segment_id IS NULL")
        if lost:
            raise FileInvalid(path, f"{lost:,} customers of the mailing are not in the data set.")
        sha256 = copy_parquet(
            connection,
            f"SELECT {CUSTOMER_ID}, segment_id, {mapping(names, 'segment_id')} AS segment, arm, "
            f"CAST(NULL AS VARCHAR) AS variant_id FROM joined ORDER BY {CUSTOMER_ID}",
            assignments,
        )
        copy_parquet(
            connection,
            f"SELECT {CUSTOMER_ID}, COLUMNS(* EXCLUDE ({CUSTOMER_ID}, arm)) FROM mailing "
            f"ORDER BY {CUSTOMER_ID}",
            outcomes,
        )
        counted = connection.execute(
            "SELECT segment_id, arm, count(*) FROM joined GROUP BY ALL ORDER BY ALL"
        ).fetchall()
        rows = number(connection, "SELECT count(*) FROM mailing")
    counts = tuple(ArmCount(s, names.get(s, s), a, n) for s, a, n in counted)
    return ImportedMailing(rows, counts, sha256)
