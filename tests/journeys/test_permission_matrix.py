"""Every write of the application, by every role, on own and others' work, seen fresh or stale.

The writes are found by looking at the services: a new one without a row here fails. A write that
got through ends in `Written` and is undone, so a refusal that had stored something first is seen.
"""

import dataclasses
import inspect
import itertools
import re
import shutil
import typing
from collections.abc import Callable
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest

from core.errors import (
    BadInput,
    MoveRefused,
    NotAllowed,
    NotFound,
    Refused,
    StaleRevision,
)
from core.models.approval import ReviewDecision
from core.models.audience import ReaderStatement
from core.models.campaign import Brief
from core.models.content import DocumentStatus
from core.models.customers import SegmentationMethod
from core.models.messages import TextField, VariantState
from core.models.people import Person, Role
from core.models.policy import PolicyProposal
from core.models.readout import Decision
from core.models.segmentation import SegmentationRequest
from core.models.workspace import WorkspaceChoices
from core.orchestrator.application import Application
from core.orchestrator.policy import texts_sha256
from core.orchestrator.service.audience_truth import StatementLine
from core.storage import documents, policies, variants
from core.storage.database import Database
from core.workflow import Permission, allowed
from tests.journeys.commands import application

NEXT = "dress-for-the-week"
REJECT = ReviewDecision.REJECT
CUSTOMERS = "customer_id,email_permission\nC1,yes\nC2,no\n" + "".join(
    f"X{n},yes\n" for n in range(60)
)
PEOPLE = {
    "marketer": {Role.MARKETER},
    "approver": {Role.APPROVER},
    "analyst": {Role.ANALYST},
    "admin": {Role.ADMIN},
    "both": {Role.MARKETER, Role.APPROVER},
    "nobody": set(),
}


WAY = (VariantState.DRAFT, VariantState.SCREENING, VariantState.NEEDS_REVIEW)


class Written(Exception):
    """A write got through to its end; it is undone."""


@dataclasses.dataclass(frozen=True)
class Row:
    """One write: what it takes, how it is called, and how it ends for somebody who may.

    `gate` says what whose work it is changes: `four_eyes` refuses one's own, `own_only` that of
    others, `own_too` lets anybody do it on their own.
    """

    permission: Permission
    call: Callable[[SimpleNamespace], object]
    ends: type[Exception] = Written
    stale: bool = False
    gate: str = ""


def path(case, name, text):
    file = case.folder / name
    file.write_text(text)
    return file


def staged(case):
    return case.app.customers.stage(
        path(case, "own.csv", CUSTOMERS), id_column="customer_id", name="Own"
    )


def reworded(case):
    message = case.variant.message
    return dataclasses.replace(message, subject="Another subject for the week")


def fields(case, **changes):
    return case.app.content.fields("OPEN-1") | changes


def statement(case):
    """A sentence about the readers, taken out or made conditional, as the page offers it."""
    body = case.variant.message.body
    said = ReaderStatement(TextField.BODY, 0, 5, body[:5], rule=None, words="")
    return StatementLine(
        said,
        sentence=body[:5],
        predicate="",
        counted=None,
        holds=False,
        why="",
        removed=body[:-1],
        conditional=body[:-1],
        narrowing=None,
    )


RULES = SegmentationRequest(SegmentationMethod.RULES)

WRITES: dict[str, Row] = {
    "people.add": Row(Permission.MANAGE_PEOPLE, lambda c: c.app.people.add("zoe", [], by=c.by)),
    "people.set_roles": Row(
        Permission.MANAGE_PEOPLE,
        lambda c: c.app.people.set_roles("nobody", [Role.ANALYST], by=c.by),
    ),
    "people.rename": Row(
        Permission.MANAGE_PEOPLE, lambda c: c.app.people.rename("nobody", "zoe", by=c.by)
    ),
    "people.remove": Row(
        Permission.MANAGE_PEOPLE, lambda c: c.app.people.remove("nobody", by=c.by)
    ),
    "people.restore": Row(
        Permission.MANAGE_PEOPLE, lambda c: c.app.people.restore("gone", by=c.by)
    ),
    "people.link": Row(
        Permission.MANAGE_PEOPLE, lambda c: c.app.people.link("nobody", "i", "s", by=c.by)
    ),
    "customers.use": Row(
        Permission.IMPORT_CUSTOMERS, lambda c: c.app.customers.use(staged(c), by=c.by)
    ),
    "suppression.add": Row(
        Permission.IMPORT_CUSTOMERS,
        lambda c: c.app.suppression.add(
            path(c, "out.csv", "id\nC1\n"), id_column="id", reason="asked", by=c.by
        ),
    ),
    "suppression.add_upload": Row(
        Permission.IMPORT_CUSTOMERS,
        lambda c: c.app.suppression.add_upload(
            b"id\nC1\n", file_name="out.csv", id_column="id", reason="asked", by=c.by
        ),
    ),
    "suppression.object": Row(
        Permission.IMPORT_CUSTOMERS,
        lambda c: c.app.suppression.object("C1", reason="asked", by=c.by),
    ),
    "erasing.erase": Row(
        Permission.IMPORT_CUSTOMERS,
        lambda c: c.app.erasing.erase("C1", reason="asked", by=c.by),
    ),
    "erasing.again": Row(Permission.IMPORT_CUSTOMERS, lambda c: c.app.erasing.again(by=c.by)),
    "workspace.change": Row(
        Permission.CHANGE_SETTINGS,
        lambda c: c.app.workspace.change(WorkspaceChoices(currency="EUR"), by=c.by),
    ),
    "segments.compute": Row(
        Permission.SEGMENT, lambda c: c.app.segments.compute(None, RULES, by=c.by)
    ),
    "segments.start": Row(Permission.SEGMENT, lambda c: c.app.segments.start(None, RULES, by=c.by)),
    "segments.cancel": Row(
        Permission.SEGMENT, lambda c: c.app.segments.cancel("none", by=c.by), NotFound
    ),
    "segments.rename": Row(
        Permission.SEGMENT,
        lambda c: c.app.segments.rename(
            c.segments.segmentation_id, {"lapsing": "Away"}, expected=c.segments, by=c.by
        ),
        stale=True,
    ),
    "segment_names.propose": Row(
        Permission.SEGMENT,
        lambda c: c.app.segment_names.propose(c.segments.segmentation_id, by=c.by),
        MoveRefused,  # the local engine proposes none
    ),
    "library.load": Row(
        Permission.EDIT_LIBRARY, lambda c: c.app.library.load(c.documents, by=c.by), Written
    ),
    "content.add": Row(
        Permission.EDIT_LIBRARY,
        lambda c: c.app.content.add(fields(c, document_id="NEW-002"), by=c.by),
    ),
    "content.edit": Row(
        Permission.EDIT_LIBRARY,
        lambda c: c.app.content.edit(
            "OPEN-1",
            fields(c, content="Returns cost nothing."),
            expected_version=1 - c.behind,
            by=c.by,
        ),
        stale=True,
    ),
    "content.publish": Row(
        Permission.EDIT_LIBRARY,
        lambda c: c.app.content.publish("DRAFT-1", expected_version=1 - c.behind, by=c.by),
        stale=True,
    ),
    "content.retire": Row(
        Permission.EDIT_LIBRARY,
        lambda c: c.app.content.retire(
            "OPEN-1", expected_version=1 - c.behind, reason="Old", by=c.by
        ),
        stale=True,
    ),
    "content.release": Row(
        Permission.RELEASE_CONTENT,
        lambda c: c.app.content.release(
            c.quarantined, expected_version=1 - c.behind, reason="Read it", by=c.by
        ),
        stale=True,
        gate="four_eyes",
    ),
    "campaigns.create": Row(
        Permission.WRITE, lambda c: c.app.campaigns.create(Brief("New", "Bring back"), by=c.by)
    ),
    "campaigns.edit": Row(
        Permission.WRITE,
        lambda c: c.app.campaigns.edit(
            NEXT,
            dataclasses.replace(c.campaign.brief, goal="Another"),
            expected_revision=c.campaign.revision - c.behind,
            by=c.by,
        ),
        stale=True,
    ),
    "campaigns.stop": Row(Permission.WRITE, lambda c: c.app.campaigns.stop(NEXT, by=c.by)),
    "campaigns.archive": Row(
        Permission.WRITE, lambda c: c.app.campaigns.archive(NEXT, by=c.by), MoveRefused
    ),
    "messages.generate": Row(
        Permission.WRITE,
        lambda c: c.app.messages.generate(NEXT, by=c.by, only=frozenset({c.variant.variant_id})),
    ),
    "messages.retry_missing": Row(
        Permission.WRITE,
        lambda c: c.app.messages.retry_missing(NEXT, by=c.by),
        MoveRefused,  # nothing is missing
    ),
    "messages.begin_control": Row(
        Permission.WRITE,
        lambda c: c.app.messages.begin_control(NEXT, by=c.by),
        MoveRefused,  # the brief asks for none
    ),
    "messages.cancel": Row(
        Permission.WRITE, lambda c: c.app.messages.cancel("none", by=c.by), NotFound
    ),
    "messages.edit": Row(
        Permission.WRITE,
        lambda c: c.app.messages.edit(
            c.variant.variant_id,
            reworded(c),
            expected_revision=c.variant.revision - c.behind,
            by=c.by,
        ),
        stale=True,
    ),
    "messages.check_again": Row(
        Permission.WRITE,
        lambda c: c.app.messages.check_again(c.variant.variant_id, by=c.by),
        MoveRefused,  # it is in review
    ),
    "audience_truth.narrow": Row(
        Permission.WRITE,
        lambda c: c.app.audience_truth.narrow(
            NEXT,
            "channel = 'Phone'",
            expected_revision=c.campaign.revision - c.behind,
            by=c.by,
        ),
        stale=True,
    ),
    "audience_truth.remove": Row(
        Permission.WRITE,
        lambda c: c.app.audience_truth.remove(
            c.variant.variant_id,
            statement(c),
            expected_revision=c.variant.revision - c.behind,
            by=c.by,
        ),
        stale=True,
    ),
    "audience_truth.make_conditional": Row(
        Permission.WRITE,
        lambda c: c.app.audience_truth.make_conditional(
            c.variant.variant_id,
            statement(c),
            expected_revision=c.variant.revision - c.behind,
            by=c.by,
        ),
        stale=True,
    ),
    "messages.check_outdated": Row(
        Permission.WRITE, lambda c: c.app.messages.check_outdated(NEXT, by=c.by)
    ),
    "approvals.decide": Row(
        Permission.REVIEW,
        lambda c: c.app.approvals.decide(
            c.variant.variant_id,
            REJECT,
            revision=c.variant.revision - c.behind,
            reason="Not like us",
            by=c.by,
        ),
        stale=True,
        gate="four_eyes",
    ),
    "approvals.withdraw": Row(
        Permission.REVIEW,
        lambda c: c.app.approvals.withdraw(
            c.decided.variant_id,
            revision=c.decided.revision - c.behind,
            by=c.by,
            reason="Looked again",  # without one only for half a minute
        ),
        stale=True,
        gate="own_only",
    ),
    "discussion.comment": Row(
        Permission.DISCUSS,
        lambda c: c.app.discussion.comment(
            c.variant.variant_id, "Good", revision=c.variant.revision - c.behind, by=c.by
        ),
        stale=True,
    ),
    "discussion.suggest": Row(
        Permission.DISCUSS,
        lambda c: c.app.discussion.suggest(
            c.variant.variant_id, reworded(c), revision=c.variant.revision - c.behind, by=c.by
        ),
        stale=True,
    ),
    "discussion.accept": Row(
        Permission.WRITE,
        lambda c: c.app.discussion.accept(c.suggestion, by=c.by),
        stale=True,
        gate="four_eyes",
    ),
    "discussion.decline": Row(
        Permission.WRITE,
        lambda c: c.app.discussion.decline(c.suggestion, reason="No", by=c.by),
        gate="own_too",
    ),
    "send.prepare": Row(
        Permission.PREPARE_SEND, lambda c: c.app.send.prepare(NEXT, by=c.by), MoveRefused
    ),
    "send.export": Row(
        Permission.EXPORT,
        lambda c: c.app.send.export(NEXT, profile="generic", out=c.folder / "out", by=c.by),
        NotFound,
    ),
    "sent_mail.check": Row(
        Permission.EXPORT,
        lambda c: c.app.sent_mail.check(NEXT, b"", file_name="seed.eml", by=c.by),
        Refused,  # nothing was exported
    ),
    "results.import_outcomes": Row(
        Permission.IMPORT_OUTCOMES,
        lambda c: c.app.results.import_outcomes(
            NEXT, path(c, "seen.csv", "customer_id,visit\nC1,1\n"), by=c.by
        ),
        MoveRefused,
    ),
    "results.save_mapping": Row(
        Permission.IMPORT_OUTCOMES,
        lambda c: c.app.results.save_mapping(
            NEXT, "customer_id: id\nvisit: came\n", sender="web", by=c.by
        ),
    ),
    "results.simulate": Row(
        Permission.IMPORT_OUTCOMES,
        lambda c: c.app.results.simulate(NEXT, lift=0.1, seed=1, by=c.by),
        MoveRefused,
    ),
    "evidence.build": Row(
        Permission.BUILD_EVIDENCE,
        lambda c: c.app.evidence.build(c.finished, c.folder / "evidence.zip", by=c.by),
    ),
    "results.decide": Row(
        Permission.DECIDE,
        lambda c: c.app.results.decide(c.finished, Decision.USE, reason="Clear", by=c.by),
    ),
    "policies.propose": Row(
        Permission.PROPOSE_POLICY,
        lambda c: c.app.policies.propose(
            c.policy, base=c.app.policies.in_force().number - c.behind, reason="So", by=c.by
        ),
        stale=True,
    ),
    "policies.adopt": Row(
        Permission.ADOPT_POLICY,
        lambda c: c.app.policies.adopt(c.proposal, reason="So", by=c.by),
        stale=True,
        gate="four_eyes",
    ),
    "policies.reject": Row(
        Permission.ADOPT_POLICY,
        lambda c: c.app.policies.reject(c.proposal, reason="So", by=c.by),
        gate="four_eyes",
    ),
    "forgetting.forget": Row(
        Permission.IMPORT_CUSTOMERS,
        lambda c: c.app.forgetting.forget("C1", reason="asked", by=c.by),
    ),
    "forgetting.reveal": Row(
        Permission.REVEAL,
        lambda c: c.app.forgetting.reveal("nobody", reason="asked", by=c.by),
        NotFound,
    ),
    "history.of": Row(
        Permission.LOOK_UP,
        lambda c: c.app.history.of("nobody", by=c.by),
        NotFound,  # a masked look writes nothing
    ),
    "history.reveal": Row(
        Permission.REVEAL,
        lambda c: c.app.history.reveal("C00001", reason="asked", by=c.by),
    ),
    "history.own_copy": Row(
        Permission.REVEAL,
        lambda c: c.app.history.own_copy("C00001", reason="asked", by=c.by),
    ),
    "checks.keep_word_lists": Row(
        Permission.CHANGE_SETTINGS,
        lambda c: c.app.checks.keep_word_lists(by=c.by),
        BadInput,  # the local screen keeps none
    ),
    "demo.load_content": Row(Permission.EDIT_LIBRARY, lambda c: c.app.demo.load_content(by=c.by)),
    "demo.load_customers": Row(
        Permission.IMPORT_CUSTOMERS, lambda c: c.app.demo.load_customers(by=c.by)
    ),
}

# Writes nobody asks for in person, each with what guards it instead.
BY_ITSELF = {
    "approvals.void_broken": "only ever takes an approval away",
    "content.preview": "shows what saving would come to and stores nothing",
    "people.seen": "a moment of somebody who is here",
    "identity.by_claims": "a verified sign-in, an account expected or a mapped role",
    "identity.by_header": "a trusted proxy's word, an account an admin expects",
    "demo.load": "acts as the demo's own people, each with their own rights",
    "backups.make": "says in the trail that there is a copy; whoever runs it has the files",
    "erasing.finish": "only finishes what somebody who may has begun",
    "batch.run": "acts as the two people it is given, each with their own rights",
}


def closure(kind, method):
    """The source of a method with that of the private ones and functions beside it."""
    module = inspect.getmodule(kind)
    seen: set[str] = set()
    texts, todo = [], [method]
    while todo:
        text = inspect.getsource(todo.pop())
        texts.append(text)
        for name in set(re.findall(r"\b(_\w+|withdraw)\(", text)) - seen:
            seen.add(name)
            found = getattr(kind, name, None) or getattr(module, name, None)
            if inspect.isfunction(found):
                todo.append(found)
    return "\n".join(texts)


def writes_of(application_type):
    """Every public method of every service that takes who acts, or opens a write by itself."""
    found = set()
    for name, kind in typing.get_type_hints(application_type).items():
        if not inspect.isclass(kind) or not kind.__module__.startswith("core.orchestrator.service"):
            continue
        for method, function in inspect.getmembers(kind, inspect.isfunction):
            if method.startswith("_"):
                continue
            takes_who = "by" in inspect.signature(function).parameters
            text = closure(kind, function)
            if takes_who or ".write(" in text or re.search(r"\bby=(?!lambda)\w", text):
                found.add(f"{name}.{method}")
    return found


def test_every_write_of_the_application_has_a_row():
    assert writes_of(Application) == {*WRITES, *BY_ITSELF}


def test_a_write_without_a_row_would_be_seen():
    assert "people.add" in writes_of(Application)
    assert "people.everyone" not in writes_of(Application)
    assert "identity.by_claims" in writes_of(Application)  # writes through a private method


@pytest.fixture(scope="module")
def prepared(demo, tmp_path_factory):
    """People of every kind, a message each has a hand in, one each decided, one each reworded."""
    folder = Path(shutil.copytree(demo, tmp_path_factory.mktemp("matrix") / "workspace"))
    with application(folder, execute=True) as app:
        admin = app.people.get("admin")
        for name in ("writer", "gone"):
            app.people.add(name, [Role.MARKETER], by=admin)
        app.people.remove("gone", by=admin)
        for name in ("both", "nobody"):
            app.people.add(name, PEOPLE[name], by=admin)
        app.people.add("judge", [Role.APPROVER], by=admin)
        run = app.messages.generate(NEXT, by=app.people.get("writer"))
        app.messages.wait(run.run_id, timeout_s=120)
        every = app.messages.variants(NEXT)
        for place, name in enumerate(PEOPLE):
            take_part(app, every[place], name)
        for place, name in enumerate(("approver", "both", "judge"), start=8):
            app.approvals.decide(
                every[place].variant_id,
                REJECT,
                revision=1,
                reason="No",
                by=app.people.get(name),
            )
        keep_documents(app)
    return folder


def keep_documents(app):
    """One document to use, one draft, and one in quarantine of everybody who may have saved it."""
    one = {
        "title": "New",
        "category": "brand",
        "audience": "everyone",
        "content": "Returns are free.",
        "keywords": [],
        "source_url": "https://example.com",
        "metadata": {},
    }
    marketer = app.people.get("marketer")
    made = app.content.add(one | {"document_id": "OPEN-1"}, by=marketer).document
    app.content.add(one | {"document_id": "DRAFT-1"}, by=marketer, draft=True)
    with app.people.context.write(marketer) as write:
        for name in (*PEOPLE, "judge"):
            stopped = dataclasses.replace(
                made,
                document_id=f"STOPPED-{name}",
                status=DocumentStatus.QUARANTINED,
                added_by=name,
            )
            documents.add(write.connection, stopped, write.at)


def take_part(app, variant, name):
    """Give the message an author more, by storage alone, and put it into review again."""
    with app.people.context.write(Person(name, frozenset())) as write:
        tx = write.connection
        mine = dataclasses.replace(
            variant, authors=variant.authors | {name}, state=VariantState.DRAFT, updated_at=write.at
        )
        stored = variants.rewrite(tx, mine, expected_revision=variant.revision)
        for before, after in pairwise(WAY):
            variants.move(
                tx,
                variant.variant_id,
                expected_revision=stored.revision,
                expected_state=before,
                state=after,
                screened=variant.screened,
                at=write.at,
            )


@pytest.fixture(scope="module")
def app(prepared):
    with application(prepared) as opened:
        opened.runner.connect()
        yield opened


@pytest.fixture
def undone(monkeypatch):
    """No write is stored: one that gets to its end says so."""
    real = Database.begin

    @contextmanager
    def begin(self, *args, **kwargs):
        with real(self, *args, **kwargs) as tx:
            yield tx
            raise Written

    monkeypatch.setattr(Database, "begin", begin)


def case_of(app, name, folder, *, own, stale):
    """What a call works on: somebody's own message or another's, as seen now or before."""
    every = app.messages.variants(NEXT)
    place = list(PEOPLE).index(name) if own else (list(PEOPLE).index(name) + 1) % len(PEOPLE)
    decided = {"approver": 8, "both": 9}
    place_decided = decided.get(name, 10) if own else 10
    files = folder / "documents"
    files.mkdir()
    segments = app.segments.latest()
    if stale:
        first = dataclasses.replace(segments.segments[0], name="As it was")
        segments = dataclasses.replace(segments, segments=(first, *segments.segments[1:]))
    (files / "one.json").write_text(
        '{"document_id": "NEW-001", "title": "New", "category": "brand", "audience": "everyone",'
        ' "content": "Returns are free.", "keywords": [], "approved_date": "2026-01-01",'
        ' "valid_until": "evergreen", "source_url": "https://example.com"}'
    )
    return SimpleNamespace(
        app=app,
        by=app.people.get(name),
        folder=folder,
        documents=files,
        variant=every[place],
        decided=every[place_decided],
        behind=1 if stale else 0,
        campaign=app.campaigns.get(NEXT),
        finished="mens-and-womens-mailing",
        segments=segments,
        quarantined=f"STOPPED-{name if own else 'judge'}",
        suggestion="",
        proposal="",
        policy=other_policy(app),
    )


def other_policy(app):
    texts = app.policies.in_force().texts
    return dataclasses.replace(texts, brand=texts.brand.replace("- cheap", "- cheaper"))


def another_version(app, case):
    """Put another policy in force, so that what waits was checked under an earlier one."""
    with app.people.context.write(case.by) as write:
        before = policies.version(write.connection, 1)
        sha256 = texts_sha256(case.policy)
        made = dataclasses.replace(before, number=2, texts=case.policy, sha256=sha256)
        policies.add_version(write.connection, made)


def proposal(app, case, *, own, stale):
    """A proposal by the person or by somebody else, the policy in force since changed or not."""
    now = app.policies.in_force()
    by = case.by if own else app.people.get("judge")
    with app.people.context.write(by) as write:
        made = PolicyProposal(
            "P1", now.number, case.policy, "hash", by.name, by.verified, write.at, "So"
        )
        policies.propose(write.connection, made)
        if stale:
            another = dataclasses.replace(policies.version(write.connection, now.number), number=2)
            policies.add_version(write.connection, another)
    return "P1"


def suggested(app, case, *, own, stale):
    """A suggestion by the person or by somebody else, for this revision or an earlier one."""
    by = case.by if own else app.people.get("judge")
    who = by if by.roles else dataclasses.replace(by, roles=frozenset({Role.ANALYST}))
    made = app.discussion.suggest(
        case.variant.variant_id, reworded(case), revision=case.variant.revision, by=who
    )
    if stale:
        with app.people.context.write(who) as write:
            variants.rewrite(
                write.connection, case.variant, expected_revision=case.variant.revision
            )
    return made.suggestion_id


def expected(row, person, *, own, stale):
    """How the table says the call ends."""
    if not allowed(person, row.permission) and not (row.gate == "own_too" and own):
        return NotAllowed
    if row.gate == "four_eyes" and own and row.call is WRITES["discussion.accept"].call:
        return NotAllowed
    if stale and row.stale:
        return StaleRevision
    if (row.gate == "four_eyes" and own) or (row.gate == "own_only" and not own):
        return NotAllowed
    return row.ends


def cases():
    """Every write, every kind of person, and own, others', fresh, stale where it plays a part."""
    for (write, row), name in itertools.product(WRITES.items(), PEOPLE):
        for own in (True, False) if row.gate else (False,):
            if row.gate == "own_only" and own and name not in {"approver", "both"}:
                continue  # who may not decide has no decision of their own
            for stale in (True, False) if row.stale else (False,):
                yield pytest.param(
                    (write, name, own, stale),
                    id=f"{write}-{name}-{'own' if own else 'others'}-{'stale' if stale else 'now'}",
                )


@pytest.mark.parametrize("asked", list(cases()))
def test_every_write_is_allowed_or_refused_as_the_table_says(asked, app, request, tmp_path):
    write, name, own, stale = asked
    row = WRITES[write]
    settles = write in {"discussion.accept", "discussion.decline"}
    policy = write in {"policies.adopt", "policies.reject", "messages.check_outdated"}
    if settles or policy:  # these work on a suggestion or a proposal, which is stored first
        workspace = Path(shutil.copytree(app.settings.workspace, tmp_path / "workspace"))
        app = request.getfixturevalue("open_application")(workspace).__enter__()
        request.addfinalizer(app.close)
    case = case_of(app, name, tmp_path, own=own, stale=stale)
    if settles:
        case.suggestion = suggested(app, case, own=own, stale=stale)
    if write == "messages.check_outdated":
        another_version(app, case)
    elif policy:
        case.proposal = proposal(app, case, own=own, stale=stale)
    request.getfixturevalue("undone")
    with pytest.raises(Exception) as ended:  # noqa: PT011 - which one is what is asked
        row.call(case)
    assert ended.type is expected(row, case.by, own=own, stale=stale), ended.value
