"""Outcomes for a rehearsal: made up from a seed and the ids, the same every time."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from core.errors import BadInput
from core.frames import CUSTOMER_ID
from core.storage.duck import copy_parquet, identifier, literal, parquet, session

_SPREAD = 0.8
_MARGIN = 0.4
_HALF_BITS = 52
_LEAST = 1e-12


@dataclass(frozen=True, slots=True)
class Simulation:
    """What is made up: the share of visits by segment id, and what the messages change.

    `lift` is relative and holds for every arm but `control`. A visitor buys with
    `conversion_share`; a buyer spends `mean_spend` on average, spread as a lognormal. Of the
    `others` orders, revenue and net_margin follow from that; each other one is 1 for
    `other_share` of the customers in every arm, and else 0.
    """

    visit_share: Mapping[str, float]
    lift: float
    control: str
    seed: int
    conversion_share: float = 0.06
    mean_spend: float = 110.0
    others: tuple[str, ...] = ()
    other_share: float = 0.002


def simulate_outcomes(assignments_path: Path, simulation: Simulation, out_path: Path) -> str:
    """Writes visit, conversion, spend and the others of all assigned; gives the file's SHA-256.

    Each draw is a hash of the seed, the metric and the id, so that nothing depends on the order.

    Raises:
        BadInput: a share is outside 0 to 1, or a segment has none.
    """
    _refuse_shares(simulation)
    with session() as connection:
        named = connection.execute(
            f"SELECT DISTINCT segment_id FROM {parquet(assignments_path)} ORDER BY ALL"
        ).fetchall()
        unknown = [row[0] for row in named if row[0] not in simulation.visit_share]
        if unknown:
            raise BadInput(f"There is no baseline for the segment '{unknown[0]}'.")
        return copy_parquet(connection, _query(parquet(assignments_path), simulation), out_path)


def _refuse_shares(simulation: Simulation) -> None:
    shares = [*simulation.visit_share.values(), simulation.conversion_share]
    if not all(0 <= share <= 1 for share in shares):
        raise BadInput("A baseline is a share between 0 and 1.")
    if not -1 <= simulation.lift < math.inf or not 0 < simulation.mean_spend < math.inf:
        raise BadInput("A lift is at least -1 (nobody comes), and the mean spend is above 0.")


def _query(assignments: str, simulation: Simulation) -> str:
    base = " ".join(
        f"WHEN {literal(segment)} THEN CAST('{share!r}' AS DOUBLE)"
        for segment, share in sorted(simulation.visit_share.items())
    )
    factor = (
        f"CASE arm WHEN {literal(simulation.control)} THEN 1 "
        f"ELSE CAST('{1 + simulation.lift!r}' AS DOUBLE) END"
    )
    # Box and Muller (1958): two uniforms make one standard normal.
    normal = "sqrt(-2 * ln(u_size)) * cos(2 * pi() * u_angle)"
    centre = math.log(simulation.mean_spend) - _SPREAD**2 / 2
    spend = f"round(exp({centre!r} + {_SPREAD!r} * {normal}), 2)"
    draws = ", ".join(
        f"{_uniform(simulation.seed, name)} AS u_{name}"
        for name in ("visit", "buy", "size", "angle")
    )
    bought = _bought(spend)
    others = "".join(
        f", {bought.get(name) or _by_chance(simulation, name)} AS {identifier(name)}"
        for name in simulation.others
    )
    return f"""
        SELECT {CUSTOMER_ID}, CAST(visits AS DOUBLE) AS visit, CAST(buys AS DOUBLE) AS conversion,
            CASE WHEN buys THEN {spend} ELSE 0.0 END AS spend{others}
        FROM (SELECT *, u_visit < (CASE segment_id {base} END) * {factor} AS visits,
                visits AND u_buy < {simulation.conversion_share!r} AS buys
            FROM (SELECT {CUSTOMER_ID}, segment_id, arm, {draws} FROM {assignments}))
        ORDER BY {CUSTOMER_ID}"""


def _bought(spend: str) -> dict[str, str]:
    """What events would tell of a purchase, by the names they give it."""
    return {
        "orders": "CAST(buys AS DOUBLE)",
        "revenue": f"CASE WHEN buys THEN {spend} ELSE 0.0 END",
        "net_margin": f"CASE WHEN buys THEN round({_MARGIN!r} * {spend}, 2) ELSE 0.0 END",
    }


def _by_chance(simulation: Simulation, name: str) -> str:
    return f"CAST({_uniform(simulation.seed, name)} < {simulation.other_share!r} AS DOUBLE)"


def _uniform(seed: int, name: str) -> str:
    """SQL for a number above 0 and below 1, made of the first bits of a hash."""
    digest = f"sha256({literal(f'{seed}:{name}:')} || {CUSTOMER_ID})"
    whole = f"CAST('0x' || substr({digest}, 1, 13) AS BIGINT)"
    return f"greatest({whole} / {float(2**_HALF_BITS)!r}, {_LEAST!r})"
