"""Every search is kept: its words, what it found and left out, by which engine, how fast."""

import hashlib
import logging

from core.models.content import Retrieval, Retrieved
from core.orchestrator.service.context import SYSTEM, Context
from core.storage import retrievals
from core.storage.codec import canonical

logger = logging.getLogger(__name__)


def keep_search(context: Context, found: Retrieved, segment_id: str) -> None:
    """Keep a search somebody made; the same one with the same outcome is kept once a day."""
    results = [hit.passage.passage_id for hit in found.hits]
    what = canonical([str(context.today()), segment_id, found.query, found.engine, results])
    _keep(context, found, hashlib.sha256(what.encode()).hexdigest()[:24], segment_id, ("", 0))


def keep_retrieval(
    context: Context, found: Retrieved, *, run_id: str, segment_id: str, target: tuple[str, int]
) -> None:
    """Keep the search behind the next revision of a message; a repeat adds nothing."""
    variant_id, revision = target
    name = f"{run_id}/{variant_id}"
    _keep(context, found, name, segment_id, (variant_id, revision + 1))


def _keep(
    context: Context, found: Retrieved, name: str, segment_id: str, target: tuple[str, int]
) -> None:
    with context.write(SYSTEM, forced=False) as write:
        retrieval = Retrieval(
            retrieval_id=name,
            at=write.at,
            variant_id=target[0],
            revision=target[1],
            segment_id=segment_id,
            query=found.query,
            engine=found.engine,
            milliseconds=round(found.milliseconds, 3),
            results=tuple((h.passage.passage_id, round(h.score, 6)) for h in found.hits),
            skipped=found.skipped,
            fallback=found.fallback,
        )
        retrievals.add(write.connection, retrieval)
    logger.info(
        "retrieved for segment %s with '%s': %s; skipped %d; %s, %.1f ms",
        segment_id or "everyone",
        # What a person types may hold anything; it stays in the record of the search.
        found.query if target[0] else "the words of a person",
        ", ".join(f"{name} {score:.3f}" for name, score in retrieval.results) or "nothing",
        len(found.skipped),
        found.engine,
        found.milliseconds,
    )
