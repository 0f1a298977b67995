"""A file that was compressed with gzip, unpacked as far as that is safe."""

import gzip
import zlib
from pathlib import Path

from core.errors import FileInvalid

MAGIC = b"\x1f\x8b"
"""How a gzip file begins."""

MAX_BYTES = 20 << 30
"""The most that is unpacked at all."""

SAFE_BYTES = 100 << 20
"""Up to here any degree of compression is believed."""

MAX_TIMES = 200
"""Above that, how many times its packed size a table may have; real ones have 5 to 50."""

_CHUNK_BYTES = 1 << 20


def unpacked(source: Path, target: Path) -> Path:
    """The content of a gzip file.

    Raises:
        FileInvalid: it is damaged or incomplete, or grows beyond all measure.
    """
    size, most = 0, min(MAX_BYTES, max(SAFE_BYTES, MAX_TIMES * source.stat().st_size))
    try:
        with gzip.open(source, "rb") as packed, target.open("wb") as file:
            while chunk := packed.read(_CHUNK_BYTES):
                size += len(chunk)
                if size > most:
                    raise FileInvalid(
                        source,
                        f"it unpacks to more than {most >> 20:,} MB, which no table of this packed "
                        "size does; unpack it yourself and look at it first.",
                    )
                file.write(chunk)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise FileInvalid(
            source, f"the gzip file is damaged or incomplete ({error}); pack it again."
        ) from error
    if not size:
        raise FileInvalid(source, "the file is empty.")
    return target
