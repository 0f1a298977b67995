"""Names for segments that an engine proposes, before a person has kept any of them."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProposedNames:
    """The proposed name of each segment by id; nothing is renamed by them.

    No two are alike, and none is the present name of another segment. `left_out` says why a
    segment has none, by id. `cost_usd` is None when nobody has written down what the engine
    charges.
    """

    names: Mapping[str, str]
    left_out: Mapping[str, str]
    engine: str
    cost_usd: float | None
