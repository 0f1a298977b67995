"""What is measured, each in a process of its own: seconds and counts by name."""

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from core.agents.experimentation import ExperimentationAgent
from core.models.cube import Cube, CubeRequest, Profile
from core.models.experiment import AnalysisPlan, MetricSpec
from core.models.readout import Estimate
from core.orchestrator import clock
from core.orchestrator.service.analysis import analyze_file
from core.statistics.comparison import Rules
from core.statistics.estimates import together
from core.statistics.pile import all_piles
from core.statistics.questions import all_questions
from core.storage.cube import CubeTable
from core.storage.cube_query import cube_query
from core.storage.experiment_file import ExperimentSource, opened_file
from core.storage.stages import StageTable

FOLDS = 5
READINGS = 200
METRICS = ("conversion:proportion", "revenue:mean", "ctr=clicks/opens:ratio")
PLAN = AnalysisPlan(
    arm="arm",
    control="control",
    metrics=tuple(MetricSpec.parse(metric) for metric in METRICS),
    by=("segment",),
    covariate="history",
)

BARE = (
    "SELECT arm, segment, hash(file_row_number) % {folds} AS fold, count(*), {sums} "
    "FROM {table} GROUP BY ALL"
)
SUMS = {
    "same sums": (
        "sum(conversion), sum(revenue), sum(revenue * revenue), sum(history), "
        "sum(history * history), sum(revenue * history), sum(clicks), sum(opens), "
        "sum(clicks * clicks), sum(clicks * opens), sum(opens * opens)"
    ),
    "variances": (
        "avg(conversion), avg(revenue), var_samp(revenue), avg(history), var_samp(history), "
        "covar_samp(revenue, history), avg(clicks), var_samp(clicks), avg(opens), "
        "var_samp(opens), covar_samp(clicks, opens)"
    ),
    "only sums": "sum(conversion), sum(revenue), sum(history), sum(clicks), sum(opens)",
}

Found = dict[str, float]


@dataclass(frozen=True)
class Stored(StageTable):
    """An experiment table that answers from memory, so that only inference takes time."""

    held: Profile
    aggregated: Cube

    def columns(self) -> tuple[str, ...]:
        """No column that could be an id."""
        return ()

    def profile(self, plan: AnalysisPlan) -> Profile:  # noqa: ARG002 - there is one plan
        """The profile read before."""
        return self.held

    def cube(self, plan: AnalysisPlan, request: CubeRequest) -> Cube:  # noqa: ARG002 - as above
        """The cube read before."""
        return self.aggregated


def queries(path: Path, rounds: int) -> Found:
    """Ours and the bare ones in turn, so that a busy machine slows all of them alike."""
    with opened_file(path) as source:
        texts = {"ours": _ours(source), **{name: _bare(source, name) for name in SUMS}}
        taken: dict[str, list[float]] = {name: [] for name in texts}
        source.rows(texts["ours"])
        for i in range(rounds):
            for name in list(texts)[:: 1 if i % 2 else -1]:
                taken[name].append(_seconds(source, texts[name]))
    found = {name: statistics.median(times) for name, times in taken.items()}
    for name in SUMS:
        pairs = zip(taken["ours"], taken[name], strict=True)
        found[f"times {name}"] = statistics.median(ours / bare for ours, bare in pairs)
    return found


def ours(path: Path, _rounds: int) -> Found:
    """Our query and its profile alone, for their memory."""
    with opened_file(path) as source:
        return {"seconds": _seconds(source, _ours(source))}


def bare(path: Path, _rounds: int) -> Found:
    """The bare query alone, for its memory."""
    with opened_file(path) as source:
        return {"seconds": _seconds(source, _bare(source, "same sums"))}


def readout(path: Path, _rounds: int) -> Found:
    """The whole read-out, as `analyze` makes it."""
    started = time.perf_counter()
    timing = analyze_file(path, PLAN).timing
    return {**asdict(timing), "total": time.perf_counter() - started}


def inference(path: Path, _rounds: int) -> Found:
    """The closed forms alone, again and again on one cube: by the clock and by the processor."""
    stored = _stored(path, PLAN)
    found = _read_again_and_again(stored, PLAN)
    rows = comparisons(stored.aggregated)
    alone = [_taken(lambda: comparisons(stored.aggregated)) for _ in range(READINGS)]
    return {
        **found,
        "alone": statistics.median(alone),
        "comparisons": sum(not row.covariate_adjusted for row in rows),
        "rows": len(rows),
    }


def history(path: Path, _rounds: int) -> Found:
    """The closed forms with a history of 28 days."""
    plan = replace(PLAN, time="day")
    return _read_again_and_again(_stored(path, plan), plan)


def comparisons(cube: Cube) -> list[Estimate]:
    """Nothing but the comparisons: overall and by segment, raw and adjusted, seen together."""
    treatments = tuple(arm for arm in cube.arm_names if arm != PLAN.control)
    rules = Rules(PLAN.alpha, PLAN.alpha / len(treatments), prior_deviation=0.3, few_events=10)
    piles = all_piles(dict.fromkeys(["", *PLAN.by], cube), PLAN)
    return together(all_questions(piles, PLAN, treatments, {False: rules, True: rules}), PLAN)


MEASURES: Mapping[str, Callable[[Path, int], Found]] = {
    "queries": queries,
    "ours": ours,
    "bare": bare,
    "readout": readout,
    "inference": inference,
    "history": history,
}


def _stored(path: Path, plan: AnalysisPlan) -> Stored:
    with opened_file(path) as source:
        table = CubeTable(source)
        profile = table.profile(plan)
        return Stored(source, profile, table.cube(plan, CubeRequest(profile, plan.by, FOLDS)))


def _read_again_and_again(stored: Stored, plan: AnalysisPlan) -> Found:
    by_clock, by_processor = (
        [ExperimentationAgent(watch).run(stored, plan).timing.inference_s for _ in range(READINGS)]
        for watch in (clock.monotonic, time.process_time)
    )
    return {
        "first": by_clock[0],
        "median": statistics.median(by_clock),
        "best": min(by_clock),
        "processor": statistics.median(by_processor),
    }


def _ours(source: ExperimentSource) -> str:
    request = CubeRequest(CubeTable(source).profile(PLAN), PLAN.by, FOLDS)
    return cube_query(PLAN, request, source.types, (source.table, source.row_number)).text


def _bare(source: ExperimentSource, name: str) -> str:
    return BARE.format(folds=FOLDS, sums=SUMS[name], table=source.table)


def _seconds(source: ExperimentSource, query: str) -> float:
    return _taken(lambda: source.rows(query))


def _taken(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
