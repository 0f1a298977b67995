"""Changes of the content policy, proposed and adopted as people do it."""

from dataclasses import replace

from core.models.policy import PolicyTexts

ADMIN, SECOND = "admin", "approver"


def proposed(app, *, by=ADMIN, **texts):
    """The id of a proposal with these texts (thresholds, brand, approval) in place of those now."""
    now = app.policies.in_force()
    wanted = replace(now.texts, **texts)
    made = app.policies.propose(wanted, base=now.number, reason="As agreed", by=app.people.get(by))
    return made.proposal.proposal_id


def adopted(app, *, by=SECOND, **texts):
    """The policy with these texts, in force."""
    return app.policies.adopt(proposed(app, **texts), reason="I agree", by=app.people.get(by))


def changed(texts: PolicyTexts, part: str, old: str, new: str) -> dict[str, str]:
    """One part with some words in place of others that have to be there."""
    text = getattr(texts, part)
    assert old in text, old
    return {part: text.replace(old, new, 1)}
