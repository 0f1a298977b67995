"""What has to be so on the day somebody approves, however it was when the text was written."""

from datetime import date

from core.errors import MoveRefused
from core.models.messages import Variant, VariantState
from core.orchestrator.service.citations import superseded, unusable_now
from core.orchestrator.service.context import Context
from core.orchestrator.service.reader_truth import untrue_now
from core.storage import campaigns, variants
from core.storage.database import Connection


def refuse_untrue(context: Context, variant_id: str) -> None:
    """Refuse what is no longer true of all readers, as days and audiences change.

    Raises:
        MoveRefused: it is not, and the message waits for a decision.
    """
    with context.read() as connection:
        variant = variants.get(connection, variant_id)
        campaign = campaigns.get(connection, variant.campaign_id)
    reason = untrue_now(context, campaign, variant)
    if reason is not None and variant.state is VariantState.NEEDS_REVIEW:
        raise MoveRefused(f"This message can no longer be approved. {reason}")


def outdated(context: Context, connection: Connection, variant: Variant) -> bool:
    """Whether a message was checked under another content policy than the one in force."""
    found = variant.screened
    return found is None or found.policy != context.policy(connection).content_sha256


def refuse_outdated(context: Context, connection: Connection, variant: Variant) -> None:
    """Refuse what nobody held to the policy in force.

    Raises:
        MoveRefused: the policy changed since the message was checked.
    """
    if outdated(context, connection, variant):
        raise MoveRefused(
            "The content policy changed since this message was checked; "
            "check it again before it is approved."
        )


def refuse_superseded(connection: Connection, variant: Variant, day: date) -> None:
    """Refuse what rests on documents that are not what they were.

    Raises:
        MoveRefused: one has a newer version, or may no longer be used on that day.
    """
    old = superseded(connection, variant.citations)
    if old:
        raise MoveRefused(
            f"This message cites an earlier version of {', '.join(old)}; "
            "ask the author to generate it again."
        )
    gone = unusable_now(connection, variant.citations, day)
    if gone:
        raise MoveRefused(
            f"This message rests on documents that may no longer be used: {', '.join(gone)}; "
            "ask the author to generate it again."
        )
