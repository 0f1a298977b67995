"""Every customer with their segment, as a CSV file: exact, or for a spreadsheet program."""

from collections.abc import Mapping
from pathlib import Path

from core.frames import CUSTOMER_ID
from core.storage.duck import copy, mapping, parquet, replacing, session

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_CHUNK_BYTES = 1 << 20


def members_csv(
    segments_path: Path, names: Mapping[str, str], out_path: Path, *, for_excel: bool = False
) -> Path:
    """Writes id, segment, segment id and confidence of everybody, in the order of the file.

    For a spreadsheet a text that would run as a formula begins with an apostrophe, and the file
    says that it is UTF-8.
    """
    named = mapping(names, "segment_id", "segment_id")
    texts = [(CUSTOMER_ID, CUSTOMER_ID), (named, "segment"), ("segment_id", "segment_id")]
    if for_excel:
        texts = [(_neutral(sql), name) for sql, name in texts]
    columns = ", ".join(f"{sql} AS {name}" for sql, name in texts)
    query = f"""SELECT {columns}, confidence FROM {parquet(segments_path, numbered=True)}
        ORDER BY file_row_number"""
    with session() as connection:
        copy(connection, query, out_path, "FORMAT csv, HEADER true")
    if for_excel:
        with replacing(out_path) as marked, marked.open("wb") as file, out_path.open("rb") as text:
            file.write(_BYTE_ORDER_MARK)
            while chunk := text.read(_CHUNK_BYTES):
                file.write(chunk)
    return out_path


def _neutral(sql: str) -> str:
    return f"CASE WHEN regexp_matches({sql}, '^[=+@\\t\\r-]') THEN '''' || {sql} ELSE {sql} END"
