"""What every provider does with the numbers it got."""

import numpy as np
import numpy.typing as npt

from core.protocols.embedder import Vectors


def unit(rows: npt.NDArray[np.float32]) -> Vectors:
    """The rows at length 1.

    Raises:
        ValueError: a row is not of numbers, or is all zeros and so points nowhere.
    """
    wide = np.asarray(rows, dtype=np.float64)
    lengths = np.linalg.norm(wide, axis=1, keepdims=True)
    if not np.isfinite(lengths).all() or (lengths == 0).any():
        raise ValueError("a vector holds something that is no number, or only zeros")
    return np.asarray(wide / lengths, dtype=np.float32)
