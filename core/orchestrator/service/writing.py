"""The work inside a durable run: write one variant, screen it, store both."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TypeVar

from core.errors import RunOver, StaleRevision
from core.models.customers import Dataset, Segment
from core.models.messages import Draft, ScreenDecision, Screened, Variant, VariantState
from core.models.runs import Outcome, RunState, RunVariant
from core.orchestrator import clock
from core.orchestrator.patience import Patience
from core.orchestrator.pipeline import Agents, Order, compose
from core.orchestrator.service.audience import segment_truth, tables_of
from core.orchestrator.service.citations import cited_documents
from core.orchestrator.service.context import SYSTEM, Context, Write
from core.orchestrator.service.merging import fields_of
from core.orchestrator.service.moving import move
from core.orchestrator.service.paid_calls import PaidCalls, answers_of
from core.orchestrator.service.retrieval_log import keep_retrieval
from core.orchestrator.service.screening import screened
from core.orchestrator.service.tracked import tell_of_run
from core.orchestrator.variant_runs import Target
from core.protocols.telemetry import within_run
from core.storage import (
    campaigns,
    documents,
    model_calls,
    run_variants,
    runs,
    variants,
)
from core.storage.codec import canonical, dump, load
from core.workflow import Step, moved

logger = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Writing:
    """Does the work of a run on the stored variants; any call may come again after a crash."""

    context: Context
    agents: Agents
    patience: Patience

    @contextmanager
    def watched(self, run_id: str, variant_id: str) -> Iterator[None]:
        """All that is done for one message, as a part of the run's trace."""
        named = self.context.telemetry.station("message", run_id=run_id, variant_id=variant_id)
        with within_run(run_id), named:
            yield

    def begin(self, run_id: str) -> None:
        """Record that the run is under way."""
        if self.context.kept is not None:
            self.context.kept.forget()
        with self.context.write(SYSTEM, forced=False) as write:
            runs.progress(write.connection, run_id, 0)

    def compose(self, run_id: str, target: Target) -> str:
        """The draft as JSON text: the calls of the finding and the writing engine.

        Raises:
            RunOver: the run was stopped before.
        """
        begun = clock.monotonic()
        with self.context.read() as connection:
            run = runs.get(connection, run_id)
            if run.state.over:
                raise RunOver(run.problem or f"the run is {run.state}.")
            variant = variants.get(connection, target[0])
            named = variant.campaign_id
            recent = self.context.recent
            campaign = recent(f"campaign {named}", lambda: campaigns.get(connection, named))
            segmentation, dataset = tables_of(self.context, connection, campaign.segmentation_id)
            library = recent("library", lambda: documents.current(connection))
        order = Order(
            brief=campaign.brief,
            segment=mentionable(segmentation.segment(variant.segment_id), dataset),
            tone=variant.tone,
            documents=library,
            audience=segment_truth(
                self.context,
                campaign.segmentation_id,
                variant.segment_id,
                narrowed=campaign.brief.audience,
            ),
            day=self.context.today(),
            merge_fields=fields_of(self.context, campaign, variant.segment_id),
        )
        composed = compose(self._paying(run_id, target[0]), order)
        keep_retrieval(
            self.context,
            composed.retrieved,
            run_id=run_id,
            segment_id=variant.segment_id,
            target=target,
        )
        return _text(composed.draft, begun)

    def screen(self, target: Target, draft: str) -> str:
        """The outcome of all checks as JSON text: the calls of the screening engine."""
        begun = clock.monotonic()
        written, _ = _read(Draft, draft)
        with self.context.read() as connection:
            cited = cited_documents(connection, written.citations)
            variant = variants.get(connection, target[0])
        found = screened(
            self.context, self.agents, variant, written.message, cited, written.citations
        )
        return _text(found, begun)

    def store(self, run_id: str, target: Target, draft: str, screened: str) -> None:
        """Put the text and its findings on the variant and move it to its next state."""
        written, composing_s = _read(Draft, draft)
        found, screening_s = _read(Screened, screened)
        with self.context.write(SYSTEM, forced=False) as write:
            variant = self._rewritten(write, run_id, target, written)
            if variant is not None:
                variant = move(write, variant, Step.SCREEN)
                blocked = found.decision is ScreenDecision.BLOCK
                step = Step.BLOCK if blocked else Step.QUEUE
                move(write, variant, step, screened=found)
                write.record(
                    step,
                    variant.variant_id,
                    revision=variant.revision,
                    decision=found.decision,
                    rules=sorted({f.rule for f in found.findings}),
                    engine=found.engine,
                    run=run_id,
                )
            seconds = composing_s + screening_s
            self._ended(write, run_id, target, Outcome.WRITTEN, seconds=seconds)

    def fail(self, run_id: str, target: Target, draft: str, problem: str) -> None:
        """Record why there is nothing to review: not written (no draft), or not screened."""
        with self.context.write(SYSTEM, forced=False) as write:
            if draft:
                variant = self._rewritten(write, run_id, target, _read(Draft, draft)[0])
                if variant is not None:
                    move(write, variant, Step.SCREEN, problem=f"Not screened: {problem}")
            else:
                variant = variants.get(write.connection, target[0])
                if variant.revision == target[1]:
                    move(write, _open(write, variant), Step.FAIL, problem=problem)
            write.record("fail", target[0], problem=problem, run=run_id)
            self._ended(write, run_id, target, Outcome.FAILED, problem=problem)
        logger.warning("a variant failed: %s", problem, extra={"variant_id": target[0]})

    def leave(self, run_id: str, target: Target, why: str) -> None:
        """Record why a message stays as it was: the run was stopped before it."""
        with self.context.write(SYSTEM, forced=False) as write:
            self._ended(write, run_id, target, Outcome.LEFT, problem=why)

    def end(self, run_id: str) -> None:
        """Record that the run is over, unless it was stopped before."""
        with self.context.write(SYSTEM) as write:
            run = runs.get(write.connection, run_id)
            runs.finish(write.connection, run_id, RunState.DONE, "", write.at)
            used = model_calls.usage(write.connection, run_id)
            write.record(
                "end run",
                run_id,
                done=run.done,
                total=run.total,
                calls=used.calls,
                tokens=used.tokens_input + used.tokens_output,
                cost_usd=used.cost_usd,
            )
        answers_of(self.context, run_id).remove()
        logger.info("run ended with %d of %d variants", run.done, run.total)
        tell_of_run(self.context, run_id)

    def _rewritten(self, write: Write, run_id: str, target: Target, draft: Draft) -> Variant | None:
        """The variant with the new text, or None when somebody's newer text has to stay."""
        variant = variants.get(write.connection, target[0])
        author = runs.get(write.connection, run_id).started_by
        fresh = replace(
            variant,
            state=VariantState.DRAFT,
            message=draft.message,
            citations=draft.citations,
            screened=None,
            generation=draft.generation,
            authors=variant.authors | {author},
            updated_at=write.at,
            problem="",
        )
        moved(variant.state, Step.REWRITE)
        try:
            return variants.rewrite(write.connection, fresh, expected_revision=target[1])
        except StaleRevision:
            logger.info("kept a newer text", extra={"variant_id": target[0]})
            return None

    def _paying(self, run_id: str, variant_id: str) -> Agents:
        """The agents, the writing one with an engine that keeps its answers and its budget."""
        writer = self.agents.generation
        chat = PaidCalls(self.context, writer.chat, self.patience, run_id, variant_id)
        return replace(self.agents, generation=replace(writer, chat=chat))

    def _ended(
        self,
        write: Write,
        run_id: str,
        target: Target,
        outcome: Outcome,
        *,
        seconds: float | None = None,
        problem: str = "",
    ) -> None:
        ended = RunVariant(target[0], outcome, seconds, write.at, problem)
        runs.count(write.connection, run_id, run_variants.end(write.connection, run_id, ended))


def _text(noun: Draft | Screened, begun: float) -> str:
    """What a step has made, and the seconds it took, as JSON text."""
    return canonical({"made": dump(noun), "seconds": clock.monotonic() - begun})


def _read(kind: type[T], text: str) -> tuple[T, float]:
    document = json.loads(text)
    return load(kind, document["made"]), float(document["seconds"])


def mentionable(segment: Segment, dataset: Dataset) -> Segment:
    """The segment as the writer may know it: only traits that may be said to a customer."""
    told = tuple(t for t in segment.traits if t.column in dataset.mentionable)
    return replace(segment, traits=told)


def _open(write: Write, variant: Variant) -> Variant:
    """The variant where it can fail: whatever stood there before is being replaced."""
    if variant.state in {VariantState.DRAFT, VariantState.SCREENING}:
        return variant
    return move(write, variant, Step.REWRITE)
