"""The application: every station of the journey over one workspace, made in order."""

from dataclasses import dataclass
from typing import NamedTuple

from core.orchestrator.config import Settings
from core.orchestrator.pipeline import Agents
from core.orchestrator.runs import Runner
from core.orchestrator.service.approvals import Approvals
from core.orchestrator.service.audience_truth import AudienceTruth
from core.orchestrator.service.audit_trail import AuditTrail
from core.orchestrator.service.backups import Backups
from core.orchestrator.service.batch import Batch
from core.orchestrator.service.campaigns import Campaigns
from core.orchestrator.service.checks import Checks
from core.orchestrator.service.content_editing import ContentEditing
from core.orchestrator.service.content_reach import ContentReach
from core.orchestrator.service.context import Context
from core.orchestrator.service.customers import Customers
from core.orchestrator.service.demo import Demo
from core.orchestrator.service.discussion import Discussion
from core.orchestrator.service.erasing import Erasing
from core.orchestrator.service.evidence import Evidence
from core.orchestrator.service.forgetting import Forgetting
from core.orchestrator.service.health import Health, Outside
from core.orchestrator.service.history import CustomerHistory
from core.orchestrator.service.home import Home
from core.orchestrator.service.identity import Identity
from core.orchestrator.service.learning import Learning
from core.orchestrator.service.ledger import Claims
from core.orchestrator.service.library import Library
from core.orchestrator.service.making_segments import MakingSegments
from core.orchestrator.service.messages import Messages
from core.orchestrator.service.notebooks import Notebooks
from core.orchestrator.service.people import People
from core.orchestrator.service.planning import Planning
from core.orchestrator.service.policies import Policies
from core.orchestrator.service.previews import Previews
from core.orchestrator.service.report_files import ReportFiles
from core.orchestrator.service.reporting import Reporting
from core.orchestrator.service.results import Results
from core.orchestrator.service.screenings import Screenings
from core.orchestrator.service.sealed_tests import SealedTests
from core.orchestrator.service.segment_names import SegmentNames
from core.orchestrator.service.segment_views import SegmentViews
from core.orchestrator.service.segments import Segments
from core.orchestrator.service.send import Send
from core.orchestrator.service.sent_mail import SentMail
from core.orchestrator.service.suppression import Suppression
from core.orchestrator.service.what_if import WhatIfs
from core.orchestrator.service.workspace import Workspace


class _First(NamedTuple):
    """What the demo and a pipeline in one go begin with."""

    people: People
    customers: Customers
    segments: Segments
    library: Library
    campaigns: Campaigns


class _Found(NamedTuple):
    """What came of a send, and everything that is made of it."""

    results: Results
    reporting: Reporting
    evidence: Evidence
    notebooks: Notebooks
    report_files: ReportFiles
    learning: Learning


@dataclass(frozen=True, slots=True)
class Application:
    """Every station of the journey over one workspace; what pages and the command line talk to."""

    settings: Settings
    people: People
    identity: Identity
    customers: Customers
    suppression: Suppression
    workspace: Workspace
    segments: Segments
    segment_views: SegmentViews
    segment_names: SegmentNames
    library: Library
    content: ContentEditing
    reach: ContentReach
    campaigns: Campaigns
    messages: Messages
    audience_truth: AudienceTruth
    claims: Claims
    previews: Previews
    approvals: Approvals
    discussion: Discussion
    send: Send
    sent_mail: SentMail
    results: Results
    planning: Planning
    reporting: Reporting
    evidence: Evidence
    notebooks: Notebooks
    report_files: ReportFiles
    learning: Learning
    audit: AuditTrail
    policies: Policies
    screenings: Screenings
    erasing: Erasing
    forgetting: Forgetting
    history: CustomerHistory
    health: Health
    home: Home
    checks: Checks
    demo: Demo
    batch: Batch
    backups: Backups
    runner: Runner

    def close(self) -> None:
        """Stop carrying out runs, send what is still to be told, and let go of what is outside."""
        self.runner.close()
        if self.people.context.tracking is not None:
            self.people.context.tracking.close()
        self.health.outside.watching.close()
        self.people.context.database.close()
        # Last: a call that is cut off here can write nothing any more, as if the process had ended.
        self.health.outside.closing.close()


def stations(context: Context, agents: Agents, outside: Outside, runner: Runner) -> Application:
    """Every station over one workspace."""
    first, approvals = _first(context, agents, outside, runner), Approvals(context)
    messages, send = Messages(context, agents, runner), Send(context, approvals)
    found, demo = _found(context, agents), Demo(context, *first)
    return Application(
        **first._asdict(),
        **found._asdict(),
        settings=context.settings,
        identity=Identity(context),
        suppression=Suppression(context),
        workspace=Workspace(context),
        segment_views=SegmentViews(context),
        segment_names=SegmentNames(context, agents, outside.patiences["chat_model"]),
        content=ContentEditing(context, agents, outside.index, approvals),
        reach=ContentReach(context, agents, first.library),
        messages=messages,
        audience_truth=AudienceTruth(context, messages, approvals),
        claims=Claims(context, agents, first.library),
        previews=Previews(context),
        approvals=approvals,
        discussion=Discussion(context, messages),
        send=send,
        sent_mail=SentMail(context, approvals),
        planning=Planning(context),
        audit=AuditTrail(context),
        policies=Policies(context, approvals, WhatIfs(context, agents)),
        screenings=Screenings(context),
        erasing=Erasing(context),
        forgetting=Forgetting(context, Erasing(context)),
        history=CustomerHistory(context),
        health=Health(context, agents, outside),
        home=Home(context),
        checks=Checks(context, agents, first.library),
        demo=demo,
        batch=Batch(*first, messages, approvals, send, found.reporting, demo),
        backups=Backups(context),
        runner=runner,
    )


def _first(context: Context, agents: Agents, outside: Outside, runner: Runner) -> _First:
    return _First(
        People(context),
        Customers(context),
        Segments(context, agents, MakingSegments(context, agents), runner),
        Library(context, agents, outside.index),
        Campaigns(context),
    )


def _found(context: Context, agents: Agents) -> _Found:
    results = Results(context, agents)
    reporting = Reporting(context, results)
    return _Found(
        results,
        reporting,
        Evidence(context, reporting),
        Notebooks(context, results),
        ReportFiles(context),
        Learning(context, SealedTests(context, agents)),
    )
