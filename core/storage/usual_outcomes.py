"""What customers did who were not contacted, by the segments of any version: a SELECT."""

from pathlib import Path

from core.frames import CUSTOMER_ID
from core.storage.duck import literal, parquet


def control_select(experiment: str, control: str, segments_path: Path) -> str:
    """The control group of an experiment's SELECT, each customer in the segment of this version.

    The columns are those of the experiment, `segment` holding the id of the new segment.
    """
    return (
        f"SELECT e.* EXCLUDE (segment), s.segment_id AS segment FROM ({experiment}) AS e "
        f"JOIN {parquet(segments_path)} AS s ON e.{CUSTOMER_ID} = s.{CUSTOMER_ID} "
        f"WHERE e.arm = {literal(control)}"
    )
