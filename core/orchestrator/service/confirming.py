"""What an approver answers for: the issues looked at, and a screen that clears nothing."""

from core.errors import MoveRefused
from core.models.approval import Judged
from core.models.messages import Level, Variant


def to_confirm(variant: Variant) -> tuple[str, ...]:
    """The rules of the issues that an approver has to say they looked at, in order."""
    found = variant.screened.findings if variant.screened else ()
    return tuple(dict.fromkeys(f.rule for f in found if f.level is Level.REVIEW))


def refuse_unseen(variant: Variant, judged: Judged) -> None:
    """Nothing, when every issue to look at was.

    Raises:
        MoveRefused: names the issues that were not; nothing is recorded.
    """
    if judged.confirmed is None:
        return
    unseen = [rule for rule in to_confirm(variant) if rule not in judged.confirmed]
    if unseen:
        names = ", ".join(rule.replace("_", " ") for rule in unseen)
        raise MoveRefused(f"Say that you looked at: {names}. Nothing was recorded.")


def answered_for(variant: Variant) -> tuple[str, ...]:
    """What an approval answers for: the issues to look at, and a screen that clears nothing."""
    screen = variant.screened
    basic = (f"read it for harm ({screen.engine})",) if screen and screen.basic else ()
    return (*to_confirm(variant), *basic)
