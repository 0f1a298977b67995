"""What is told of a run and of a read-out: settings, hashes and numbers, no text and no person."""

import hashlib
import logging
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from core.errors import OrchestratorError
from core.models.campaign import Campaign
from core.models.messages import Variant
from core.models.readout import Estimate, Readout
from core.models.runs import Outcome, RunReport, RunState
from core.orchestrator.service.context import Context
from core.protocols.telemetry import COST
from core.protocols.tracker import TrackedRun
from core.reports.lift_chart import forest
from core.reports.reading import primary_metric
from core.storage import campaigns, run_variants, runs, variants
from core.storage.codec import canonical, dump

if TYPE_CHECKING:
    from core.charts.forest import ForestChart
    from core.models.send import ResultDecision

logger = logging.getLogger(__name__)

_SLICE = "segment"
# MLflow takes no other signs in a name.
_NOT_IN_NAMES = re.compile(r"[^\w./: -]")


def messages_waiting(context: Context) -> int | None:
    """How many messages of runs are not made yet; None when the database does not answer."""
    try:
        with context.read() as connection:
            return sum(run.total - run.done for run in runs.active(connection))
    except OrchestratorError:
        return None


def tell_of_run(context: Context, run_id: str) -> None:
    """A run that is over: its span, and its entry with the tracker."""
    with context.read() as connection:
        report = run_variants.report(connection, run_id)
        campaign = campaigns.get(connection, report.run.campaign_id)
        every = variants.of_campaign(connection, campaign.campaign_id)
    ended = report.run.finished_at or context.now()
    numbers = _numbers(report, ended)
    facts: dict[str, str | float] = {f"cpo.run.{name}": value for name, value in numbers.items()}
    if report.usage.cost_usd is not None:
        facts[COST] = report.usage.cost_usd
    context.telemetry.run_ended(
        run_id, report.run.created_at, ended, facts | {"cpo.run.state": report.run.state.value}
    )
    if context.tracking is None:
        return
    made = {v.variant_id for v in report.variants}
    written = [v for v in every if v.variant_id in made]
    context.tracking.put(
        TrackedRun(
            record_id=f"run/{run_id}",
            name=f"generation {run_id}",
            begun=report.run.created_at,
            ended=ended,
            succeeded=report.run.state is RunState.DONE,
            parameters=_settings(context, campaign) | _engines(written),
            measures=numbers,
            tags={
                "cpo.kind": "generation",
                "cpo.run_id": run_id,
                "cpo.campaign_id": campaign.campaign_id,
                "cpo.state": report.run.state.value,
            },
        )
    )


def tell_of_readout(context: Context, campaign_id: str, readout: Readout) -> None:
    """A read-out, once for each that says something new: its verdict, estimates and figures."""
    if context.tracking is None:
        return
    said = {k: v for k, v in dump(readout).items() if k not in {"timing", "placebo"}}
    record = f"readout/{campaign_id}/{hashlib.sha256(canonical(said).encode()).hexdigest()}"
    if context.tracking.known(record):
        return
    with context.read() as connection:
        campaign = campaigns.get(connection, campaign_id)
    conclusion, now = readout.conclusion, context.now()
    verdict = {
        "verdict": conclusion.decision.value,
        "verdict_group": conclusion.arm or "",
        "preliminary": str(conclusion.preliminary),
        "simulated": str(readout.health.simulated),
    }
    context.tracking.put(
        TrackedRun(
            record_id=record,
            name=f"read-out {campaign_id}",
            begun=now,
            ended=now,
            succeeded=True,
            parameters=_settings(context, campaign) | verdict,
            measures=_estimates(readout),
            tags={"cpo.kind": "read-out", "cpo.campaign_id": campaign_id},
            figures=_figures(readout),
        )
    )


def tell_of_decision(context: Context, decision: "ResultDecision") -> None:
    """What was decided about the results; neither by whom nor in which words."""
    if context.tracking is None:
        return
    campaign_id = decision.campaign_id
    context.tracking.put(
        TrackedRun(
            record_id=f"decision/{campaign_id}/{decision.at.isoformat()}",
            name=f"decision {campaign_id}",
            begun=decision.at,
            ended=decision.at,
            succeeded=True,
            parameters={
                "decision": decision.decision,
                "verdict": decision.conclusion,
                "preliminary": str(decision.preliminary),
            },
            tags={"cpo.kind": "decision", "cpo.campaign_id": campaign_id},
        )
    )


def _settings(context: Context, campaign: Campaign) -> dict[str, str]:
    settings, engines = context.settings, context.settings.engines
    return {
        "campaign": campaign.campaign_id,
        "chat_model": engines.chat_model,
        "content_index": engines.content_index,
        "embedder": engines.embedder,
        "safety_screen": engines.safety_screen,
        "deployment": settings.azure.chat.deployment if engines.chat_model == "azure" else "",
        "tones": ", ".join(tone.value for tone in campaign.brief.tones),
        "prompt_sha256": settings.prompts.sha256,
        "config_sha256": settings.config_sha256,
        "policy_sha256": context.policy().content_sha256,
    }


def _engines(written: Sequence[Variant]) -> dict[str, str]:
    """What was written by which engine and with which texts and settings, as told by each."""
    used = [v.generation for v in written]
    return {
        "segments": str(len({v.segment_id for v in written})),
        "models": ", ".join(sorted({f"{g.engine}: {g.model}" for g in used})),
        "prompts_used": ", ".join(sorted({g.prompt_sha256 for g in used})),
    }


def _numbers(report: RunReport, ended: datetime) -> dict[str, float]:
    ends, used = Counter(v.outcome for v in report.variants), report.usage
    numbers = {
        "messages": float(report.run.total),
        "written": float(ends[Outcome.WRITTEN]),
        "failed": float(ends[Outcome.FAILED]),
        "left": float(ends[Outcome.LEFT]),
        "calls": float(used.calls),
        "tokens_input": float(used.tokens_input),
        "tokens_output": float(used.tokens_output),
        "seconds": (ended - report.run.created_at).total_seconds(),
        "seconds_of_work": sum(v.seconds or 0.0 for v in report.variants),
    }
    # A price that nobody knows is not nothing.
    return numbers if used.cost_usd is None else numbers | {"cost_usd": used.cost_usd}


def _estimates(readout: Readout) -> dict[str, float]:
    numbers: dict[str, float] = {
        "customers": float(readout.health.units),
        "seconds": readout.timing.aggregate_s
        + readout.timing.inference_s
        + readout.timing.checks_s,
    }
    for row in readout.estimates:
        if row.slice is None:
            numbers |= _estimate(row)
    return numbers


def _estimate(row: Estimate) -> Mapping[str, float]:
    low, high = row.lift_interval or (None, None)
    known = {
        "difference": row.difference,
        "lift": row.lift,
        "lift_low": low,
        "lift_high": high,
        "p_value": row.p_value,
    }
    name = _NOT_IN_NAMES.sub("_", f"{row.metric}/{row.arm}")
    return {f"{kind}/{name}": value for kind, value in known.items() if value is not None}


def _figures(readout: Readout) -> dict[str, bytes]:
    """The lift of each group, overall and by segment."""
    # Drawing takes a second to import, and few processes keep track.
    from core.reports.figures import png_bytes  # noqa: PLC0415

    metric = primary_metric(readout)
    if metric is None:
        return {}
    charts: dict[str, ForestChart | None] = {
        "lift": forest(readout, metric, slice_column=None, drawn_together=False),
        "lift_by_segment": forest(readout, metric, slice_column=_SLICE, drawn_together=True),
    }
    return {name: png_bytes(chart) for name, chart in charts.items() if chart is not None}
