"""What another policy would make of every text that was checked, before anybody adopts it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from core.agents.safety import SafetyAgent
from core.content.screen_rules import SafetyConfig, decision_of, harm_level
from core.errors import OrchestratorError
from core.models.campaign import Campaign
from core.models.messages import Finding, ScreenDecision, Screened, Severity, Variant, VariantState
from core.models.policy import PolicyTexts
from core.models.what_if import Held, LeftOut, WhatIf
from core.orchestrator.pipeline import Agents
from core.orchestrator.policy import Policy, policy_of
from core.orchestrator.service.context import Context
from core.orchestrator.service.ledger import rests_on
from core.orchestrator.service.screening import screened
from core.orchestrator.service.stored_scores import StoredScores
from core.protocols.safety_screen import CATEGORIES, SafetyScreen
from core.storage import campaigns, variants

# Handed on: pages show them and know no agents.
__all__ = ["Held", "WhatIf", "WhatIfs"]

_SHOWN = 5
_PAST = frozenset({VariantState.EXPORTED, VariantState.RETIRED})


@dataclass(frozen=True, slots=True)
class WhatIfs:
    """Texts held to another policy; nothing is stored, and no engine over the network is asked."""

    context: Context
    agents: Agents

    def of(self, texts: PolicyTexts, *, campaign_id: str | None = None) -> WhatIf:
        """Every text that was checked, of one campaign where it is named, under these texts.

        Where only thresholds differ, the stored scores answer. Other rules are applied again: by
        a screen inside this process as a check would be, else on the stored scores.

        Raises:
            ConfigInvalid: the texts are no policy.
            NotFound: there is no such campaign.
        """
        wanted = policy_of(texts, self.context.settings.beside_policy)
        trial = _Trial(self.context, self.agents, self.context.policy(), wanted)
        held, left_out, reused, elsewhere = [], [], 0, 0
        for campaign, variant, present in self._checked(campaign_id):
            said = variant.screened
            if said is None:
                why = "it was never checked; the screen would have to score it first"
                left_out.append(LeftOut(variant.variant_id, variant.revision, why))
                continue
            reused += trial.answered(said)
            elsewhere += trial.scored_elsewhere(said)
            try:
                held.append(trial.held(campaign, variant, said, present=present))
            except OrchestratorError as problem:
                left_out.append(LeftOut(variant.variant_id, variant.revision, str(problem)))
        return WhatIf(tuple(held), tuple(left_out), reused, elsewhere)

    def _checked(self, campaign_id: str | None) -> Iterator[tuple[Campaign, Variant, bool]]:
        """Every revision that has a text, newest campaign and revision first."""
        with self.context.read() as connection:
            asked = (
                campaigns.everything(connection)
                if campaign_id is None
                else (campaigns.get(connection, campaign_id),)
            )
            found = [
                (campaign, revision, current)
                for campaign in asked
                for current in variants.of_campaign(connection, campaign.campaign_id)
                for revision in variants.history(connection, current.variant_id)
            ]
        for campaign, revision, current in found:
            if revision.message.body:
                newest = revision.revision == current.revision
                yield campaign, revision, newest and current.state not in _PAST


@dataclass(frozen=True, slots=True)
class _Trial:
    """Two policies side by side."""

    context: Context
    agents: Agents
    now: Policy
    wanted: Policy

    def answered(self, said: Screened) -> bool:
        """Whether the stored outcome answers by itself."""
        return (
            said.policy == self.now.content_sha256
            and self.wanted.brand == self.now.brand
            and (said.engine == self._engine.describe() or not self._inside)
        )

    def scored_elsewhere(self, said: Screened) -> bool:
        """Whether the scores are of another engine, and today's would have to be asked."""
        return not self._inside and said.engine != self._engine.describe()

    def held(self, campaign: Campaign, variant: Variant, said: Screened, *, present: bool) -> Held:
        """The text under both."""
        made = Held(
            campaign.campaign_id,
            variant.variant_id,
            variant.segment,
            variant.tone.value,
            variant.revision,
            present,
            variant.message,
            said.decision,
            said.decision,
        )
        if self.answered(said):
            after = rejudged(said, self.wanted.safety)
            return replace(made, after=after, because=_other_levels(said, self.now, self.wanted))
        after_all = self._again(campaign, variant, said, self.wanted)
        known = said.policy == self.now.content_sha256
        if known and after_all.decision is said.decision:
            return made
        # Under a policy before this one, or with a difference: what does the one in force say?
        now = self._again(campaign, variant, said, self.now)
        before = said.decision if known else now.decision
        return replace(
            made,
            before=before,
            after=after_all.decision,
            because=_difference(now, after_all),
            anyway=now.decision is after_all.decision,
        )

    def _again(
        self, campaign: Campaign, variant: Variant, said: Screened, policy: Policy
    ) -> Screened:
        """All checks on the text by this policy, without a word to an engine elsewhere."""
        stored = StoredScores(said)
        screen: SafetyScreen = self._engine if self._inside else stored
        agents = replace(self.agents, safety=SafetyAgent(screen, lambda: policy.rules))
        sources = rests_on(self.context, agents, variant, campaign)
        message, context = variant.message, self.context
        found = screened(context, agents, variant, message, sources, variant.citations)
        return found if self._inside else stored.with_stored(found)

    @property
    def _engine(self) -> SafetyScreen:
        return self.agents.safety.screen

    @property
    def _inside(self) -> bool:
        """Whether the engine is part of this process: only such a one is waited for for ever."""
        return self._engine.limits().seconds is None


def rejudged(said: Screened, thresholds: SafetyConfig) -> ScreenDecision:
    """What a stored outcome comes to under other thresholds and the same rules."""
    kept = [f.level for f in said.findings if f.rule not in CATEGORIES]
    return decision_of([*kept, *harm_level(said.severity, thresholds)])


def _other_levels(said: Screened, now: Policy, wanted: Policy) -> tuple[str, ...]:
    found = []
    for category in Severity.__dataclass_fields__:
        score: int = getattr(said.severity, category)
        old, new = (p.safety.level(category, score) for p in (now, wanted))
        if old is not new:
            name = category.replace("_", "-")
            found.append(f"{name} {score} of 6: {old or 'nothing'} before, {new or 'nothing'} now")
    return tuple(found)


def _difference(now: Screened, after: Screened) -> tuple[str, ...]:
    """The issues only one of the two outcomes has, those that come first."""
    old, new = _issues(now), _issues(after)
    said = [f"new: {words}" for words in new if words not in old]
    said += [f"gone: {words}" for words in old if words not in new]
    return tuple(said[:_SHOWN])


def _issues(said: Screened) -> dict[str, None]:
    return dict.fromkeys(_words(finding) for finding in said.findings)


def _words(finding: Finding) -> str:
    quoted = f"'{finding.text}': " if finding.text else ""
    return f"{quoted}{finding.explanation}"
