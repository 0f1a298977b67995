"""The work inside a durable run: write one variant, screen it, store both."""

import json
import logging
from dataclasses import dataclass, replace

from core.errors import StaleRevision
from core.models.customers import Dataset, Segment
from core.models.messages import Draft, ScreenDecision, Screened, Variant, VariantState
from core.models.runs import RunState
from core.orchestrator.pipeline import Agents, Order, compose, screen
from core.orchestrator.runs import Target
from core.orchestrator.service.audience import segment_truth
from core.orchestrator.service.citations import cited_documents
from core.orchestrator.service.context import SYSTEM, Context, Write
from core.orchestrator.service.moving import move
from core.storage import campaigns, datasets, documents, runs, segmentations, variants
from core.storage.codec import canonical, dump, load
from core.workflow import Step, moved

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Writing:
    """Does the work of a run on the stored variants; any call may come again after a crash."""

    context: Context
    agents: Agents

    def begin(self, run_id: str) -> None:
        """Record that the run is under way."""
        with self.context.write(SYSTEM) as write:
            runs.progress(write.connection, run_id, 0)

    def cancelled(self, run_id: str) -> bool:
        """Whether somebody asked for the run to stop."""
        with self.context.read() as connection:
            return runs.get(connection, run_id).state is RunState.CANCELLED

    def compose(self, target: Target) -> str:
        """The draft as JSON text: the calls of the finding and the writing engine."""
        with self.context.read() as connection:
            variant = variants.get(connection, target[0])
            campaign = campaigns.get(connection, variant.campaign_id)
            segmentation = segmentations.get(connection, campaign.segmentation_id)
            library = documents.current(connection)
            dataset = datasets.get(connection, segmentation.dataset_id)
        order = Order(
            brief=campaign.brief,
            segment=mentionable(segmentation.segment(variant.segment_id), dataset),
            tone=variant.tone,
            documents=library,
            audience=segment_truth(self.context, campaign.segmentation_id, variant.segment_id),
            day=self.context.today(),
        )
        return canonical(dump(compose(self.agents, order).draft))

    def screen(self, target: Target, draft: str) -> str:
        """The outcome of all checks as JSON text: the calls of the screening engine."""
        written = load(Draft, json.loads(draft))
        with self.context.read() as connection:
            cited = cited_documents(connection, written.citations)
            variant = variants.get(connection, target[0])
            brief = campaigns.get(connection, variant.campaign_id).brief
        found = screen(
            self.agents, written.message, cited, citations=written.citations, brief=brief
        )
        return canonical(dump(found))

    def store(self, run_id: str, target: Target, draft: str, screened: str) -> None:
        """Put the text and its findings on the variant and move it to its next state."""
        written, found = load(Draft, json.loads(draft)), load(Screened, json.loads(screened))
        with self.context.write(SYSTEM) as write:
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
            self._advance(write, run_id)

    def fail(self, run_id: str, target: Target, draft: str, problem: str) -> None:
        """Record why there is nothing to review: not written (no draft), or not screened."""
        with self.context.write(SYSTEM) as write:
            if draft:
                variant = self._rewritten(write, run_id, target, load(Draft, json.loads(draft)))
                if variant is not None:
                    move(write, variant, Step.SCREEN, problem=f"Not screened: {problem}")
            else:
                variant = variants.get(write.connection, target[0])
                if variant.revision == target[1]:
                    move(write, _open(write, variant), Step.FAIL, problem=problem)
            write.record("fail", target[0], problem=problem, run=run_id)
            self._advance(write, run_id)
        logger.warning("a variant failed: %s", problem, extra={"variant_id": target[0]})

    def end(self, run_id: str) -> None:
        """Record that the run is over, unless it was cancelled before."""
        with self.context.write(SYSTEM) as write:
            run = runs.get(write.connection, run_id)
            runs.finish(write.connection, run_id, RunState.DONE, "", write.at)
            write.record("end run", run_id, done=run.done, total=run.total)
        logger.info("run ended with %d of %d variants", run.done, run.total)

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

    def _advance(self, write: Write, run_id: str) -> None:
        run = runs.get(write.connection, run_id)
        runs.progress(write.connection, run_id, min(run.done + 1, run.total))


def mentionable(segment: Segment, dataset: Dataset) -> Segment:
    """The segment as the writer may know it: only traits that may be said to a customer."""
    told = tuple(t for t in segment.traits if t.column in dataset.mentionable)
    return replace(segment, traits=told)


def _open(write: Write, variant: Variant) -> Variant:
    """The variant where it can fail: whatever stood there before is being replaced."""
    if variant.state in {VariantState.DRAFT, VariantState.SCREENING}:
        return variant
    return move(write, variant, Step.REWRITE)
