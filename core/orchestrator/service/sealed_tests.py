"""Every sealed test, read by its locked plan, and whether the ledger may learn from it."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from core.charts.dates import day_words
from core.errors import OrchestratorError
from core.models.campaign import Campaign
from core.models.experiment import AnalysisPlan
from core.models.learning import Effect, SealedTest
from core.models.readout import Decision, Readout
from core.models.send import Experiment, ReadingMethod, ResultDecision
from core.orchestrator.pipeline import Agents
from core.orchestrator.service.analysis import analyze_select
from core.orchestrator.service.context import Context
from core.orchestrator.service.delivery import rows_asked
from core.orchestrator.service.learned_effects import Measured
from core.orchestrator.service.learned_segments import segment_keys
from core.orchestrator.service.reading import Reading, reading
from core.orchestrator.service.running import read_out_on
from core.storage import campaigns, erasures, experiments, outcomes, segmentations
from core.storage.database import Connection

logger = logging.getLogger(__name__)

MOST = 100
"""The newest tests are read, so many at most: a ledger is of what is known now."""

_ALL = 0.999
SIMULATED = "Its outcomes are SIMULATED: a rehearsal teaches nothing about customers."
NOT_YET = "Nothing can be read yet."
PRELIMINARY = "It was not read out yet: its day is {day}."
STALE = "Its newest outcomes came in on {day}, before the day of its read-out."
EARLY = "Not all of its planned customers are read yet; a test that stops early overstates."
UNHEALTHY = "Its health does not hold: {why}"
NO_SLICES = "Nothing of it can be compared within a segment."


@dataclass(frozen=True, slots=True)
class _Known:
    """What the database knows of one sealed test."""

    campaign: Campaign
    experiment: Experiment
    decision: ResultDecision | None
    first_export: datetime | None
    newest: datetime | None
    imports: int
    erasures: int

    @property
    def day(self) -> date | None:
        """The day that was fixed for the read-out."""
        return read_out_on(self.experiment.card, self.first_export)

    @property
    def changed_at(self) -> datetime | None:
        """When its outcomes or its decision last changed."""
        moments = (self.newest, self.decision.at if self.decision else None)
        return max((moment for moment in moments if moment is not None), default=None)

    def state(self, today: date) -> tuple[object, ...]:
        """What its reading depends on; once read on its day, the day changes nothing."""
        staged = self.experiment.card.method is ReadingMethod.IN_STAGES
        day = today if staged or self.day is None or today < self.day else self.day
        mark = (self.campaign.revision, self.campaign.simulated, self.decision)
        return (*mark, self.newest, self.imports, self.erasures, self.first_export, day)


@dataclass(frozen=True, slots=True)
class SealedTests:
    """Reads the sealed tests of a workspace; each once for every state of its outcomes."""

    context: Context
    agents: Agents
    kept: dict[str, tuple[object, SealedTest]] = field(default_factory=dict)

    def everything(self) -> tuple[SealedTest, ...]:
        """The newest sealed tests, newest first; one that cannot be read says why."""
        with self.context.read() as connection:
            known = tuple(self._known(connection))
        return tuple(self._kept(each) for each in known)

    def _known(self, connection: Connection) -> Iterator[_Known]:
        begun, found = erasures.begun(connection), 0
        for campaign in campaigns.everything(connection):
            experiment = experiments.get(connection, campaign.campaign_id)
            if experiment is None or found >= MOST:
                continue
            found += 1
            name = campaign.campaign_id
            yield _Known(
                campaign,
                experiment,
                next(iter(experiments.decisions_of(connection, name)), None),
                experiments.first_export_at(connection, name),
                outcomes.newest_at(connection, name),
                len(outcomes.of_campaign(connection, name)),
                begun,
            )

    def _kept(self, known: _Known) -> SealedTest:
        name, state = known.campaign.campaign_id, known.state(self.context.today())
        before = self.kept.get(name)
        if before is not None and before[0] == state:
            return before[1]
        made = self._read(known)
        self.kept[name] = (state, made)
        return made

    def _read(self, known: _Known) -> SealedTest:
        with self.context.read() as connection:
            segmentation = segmentations.get(connection, known.campaign.segmentation_id)
        keys = segment_keys(segmentation, known.campaign.brief)
        measured = Measured(known.campaign, known.experiment, keys)
        test = SealedTest(
            known.campaign,
            known.experiment,
            None,
            known.decision,
            measured.segments(),
            measured.tones(),
            changed_at=known.changed_at,
            left_out=NOT_YET,
        )
        if not self.context.table(f"outcomes-{known.campaign.campaign_id}").exists():
            return test
        try:
            return self._measured(test, known, measured)
        except OrchestratorError as reason:
            logger.info(
                "a sealed test cannot be read", extra={"campaign_id": known.campaign.campaign_id}
            )
            return replace(test, left_out=str(reason))

    def _measured(self, test: SealedTest, known: _Known, measured: Measured) -> SealedTest:
        now = reading(self.context, known.campaign.campaign_id)
        if now.waiting is not None:
            return replace(test, left_out=now.waiting)
        readout = self._readout(now, known, now.plan)
        read_on = known.day or (known.newest.date() if known.newest else None)
        test = replace(test, conclusion=readout.conclusion, read_on=read_on)
        why = _left_out(known, now, readout)
        if why is not None:
            return replace(test, left_out=why)
        effects = (*measured.effects(readout, now.plan), *self._beyond(now, known, measured))
        return replace(test, effects=effects, left_out=None if effects else NO_SLICES)

    def _beyond(self, now: Reading, known: _Known, measured: Measured) -> Iterator[Effect]:
        """The same customers, with the same message for everyone as what is compared with."""
        control = known.experiment.card.control
        same = [arm.name for arm in known.experiment.arms if arm.everyone and arm.name != control]
        for arm in same:
            plan = replace(now.plan, control=arm, guardrails=())
            for effect in measured.effects(self._readout(now, known, plan), plan):
                if effect.subject.tone != control:
                    yield effect

    def _readout(self, now: Reading, known: _Known, plan: AnalysisPlan) -> Readout:
        name = known.campaign.campaign_id
        asked = rows_asked(self.context, name)
        found = analyze_select(now.select, plan, self.agents.experimentation, asked=asked)
        return now.noted(found, now.losses(self.context, name))


def _left_out(known: _Known, now: Reading, readout: Readout) -> str | None:
    """Why the ledger does not learn from a test; None where it does."""
    health, found = readout.health, readout.conclusion
    if known.campaign.simulated or health.simulated:
        return SIMULATED
    if health.failures or found.decision is Decision.DO_NOT_TRUST:
        return UNHEALTHY.format(why=(health.failures or (found.reason,))[0])
    return _too_early(known, now, readout)


def _too_early(known: _Known, now: Reading, readout: Readout) -> str | None:
    newest, day, planned = known.newest and known.newest.date(), known.day, now.plan.planned_n
    if readout.conclusion.preliminary:
        return PRELIMINARY.format(day=day_words(day) if day else "not fixed")
    if day is not None and newest is not None and newest < day:
        return STALE.format(day=day_words(newest))
    if now.plan.sequential and planned and readout.health.units < _ALL * planned:
        return EARLY
    return None
