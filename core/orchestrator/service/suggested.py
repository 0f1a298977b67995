"""A suggested edit becomes the text of a message: settled in the transaction of the edit."""

from dataclasses import replace

from core.models.discussion import Suggestion, SuggestionState
from core.orchestrator.service.context import Write
from core.storage import discussion


def accepted(write: Write, suggestion: Suggestion) -> None:
    """Keep that the acting person took the suggestion over.

    Raises:
        MoveRefused: somebody settled it before; then the edit is not made either.
    """
    settled = replace(
        suggestion,
        state=SuggestionState.ACCEPTED,
        settled_by=write.by.name,
        settled_at=write.at,
    )
    discussion.settle(write.connection, settled)
    write.record(
        "accept suggestion",
        suggestion.variant_id,
        suggestion=suggestion.suggestion_id,
        suggested_by=suggestion.by,
    )
