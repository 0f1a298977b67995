"""From the queue to the decision by hand: four eyes, locks, one decision a revision."""

import csv
import json
import shutil
import threading
from dataclasses import replace

import pytest

from core.errors import MoveRefused, NotAllowed, OrchestratorError, StaleRevision
from core.models.approval import ReviewDecision
from core.models.messages import Message, VariantState
from core.models.people import Person, Role
from core.models.readout import Decision
from tests.journeys.commands import application

NEXT = "dress-for-the-week"
APPROVE = ReviewDecision.APPROVE


@pytest.fixture(scope="module")
def written(demo, tmp_path_factory):
    """The next mailing, written and in the queue; nobody may change it."""
    folder = tmp_path_factory.mktemp("written") / "workspace"
    shutil.copytree(demo, folder)
    with application(folder, execute=True) as app:
        run = app.messages.generate(NEXT, by=app.people.get("marketer"))
        app.messages.wait(run.run_id, timeout_s=120)
    return folder


@pytest.fixture
def app(written, tmp_path, open_application):
    folder = shutil.copytree(written, tmp_path / "workspace")
    with open_application(folder) as opened:
        yield opened


@pytest.fixture
def marketer(app):
    return app.people.get("marketer")


@pytest.fixture
def approver(app):
    return app.people.get("approver")


def approve_all(app, by):
    for variant in app.approvals.queue(NEXT):
        app.approvals.decide(
            variant.variant_id, APPROVE, revision=variant.revision, reason="", by=by
        )


def test_what_is_written_waits_for_a_person(app):
    states = {v.state for v in app.messages.variants(NEXT)}
    assert states == {VariantState.NEEDS_REVIEW}
    assert app.campaigns.get(NEXT).state == "in_review"


@pytest.mark.parametrize("name", ["marketer", "analyst", "admin"])
def test_only_an_approver_decides(app, name):
    variant = app.approvals.queue(NEXT)[0]
    with pytest.raises(NotAllowed):
        app.approvals.decide(
            variant.variant_id, APPROVE, revision=1, reason="", by=app.people.get(name)
        )
    assert app.messages.get(variant.variant_id) == variant


def test_nobody_approves_what_they_had_a_hand_in(app, marketer):
    both = Person("marketer", frozenset({Role.MARKETER, Role.APPROVER}))
    variant = app.approvals.queue(NEXT)[0]
    with pytest.raises(NotAllowed, match="wrote, edited or generated"):
        app.approvals.decide(variant.variant_id, APPROVE, revision=1, reason="", by=both)


def test_an_editor_becomes_an_author(app):
    editor = Person("ed", frozenset({Role.MARKETER, Role.APPROVER}))
    variant = app.approvals.queue(NEXT)[0]
    body = variant.message.body.replace("Tolman Row", "Everyone at Tolman Row", 1)
    message = replace(variant.message, body=body)
    edited = app.messages.edit(variant.variant_id, message, expected_revision=1, by=editor)
    assert edited.revision == 2
    assert "ed" in edited.authors
    with pytest.raises(NotAllowed):
        app.approvals.decide(variant.variant_id, APPROVE, revision=2, reason="", by=editor)


def test_an_edit_that_promises_more_is_blocked(app, marketer):
    variant = app.approvals.queue(NEXT)[0]
    body = variant.message.body.replace("15 percent", "50 percent")
    edited = app.messages.edit(
        variant.variant_id, replace(variant.message, body=body), expected_revision=1, by=marketer
    )
    assert edited.state is VariantState.BLOCKED
    marked = [f for f in edited.screened.findings if "50" in f.text]
    assert marked
    assert all(body[f.start : f.end] == f.text for f in marked if f.field == "body")


def test_a_stale_page_records_nothing(app, approver, marketer):
    variant = app.approvals.queue(NEXT)[0]
    message = replace(variant.message, subject="Dress for the week ahead")
    app.messages.edit(variant.variant_id, message, expected_revision=1, by=marketer)
    with pytest.raises(StaleRevision):
        app.approvals.decide(variant.variant_id, APPROVE, revision=1, reason="", by=approver)
    assert app.approvals.decisions(variant.variant_id) == ()


def test_a_refusal_needs_a_reason(app, approver):
    variant = app.approvals.queue(NEXT)[0]
    with pytest.raises(MoveRefused, match="reason"):
        app.approvals.decide(
            variant.variant_id, ReviewDecision.REJECT, revision=1, reason=" ", by=approver
        )


def test_many_clicks_make_one_decision(app, approver):
    variant = app.approvals.queue(NEXT)[0]
    second = app.people.add("second", [Role.APPROVER], by=app.people.get("admin"))
    outcomes, told = [], set()

    def click(person):
        try:
            app.approvals.decide(variant.variant_id, APPROVE, revision=1, reason="", by=person)
            outcomes.append("recorded")
        except OrchestratorError as error:
            outcomes.append(type(error).__name__)
            told.add((person.name, "You have decided" in str(error)))

    threads = [threading.Thread(target=click, args=(p,)) for p in (approver, second) * 6]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count("recorded") == 1
    assert outcomes.count("StaleRevision") == 11
    (made,) = app.approvals.decisions(variant.variant_id)
    assert told == {(name, name == made.by) for name in ("approver", "second")}


def test_a_local_decision_is_recorded_as_not_verified(app, approver):
    variant = app.approvals.queue(NEXT)[0]
    review = app.approvals.decide(
        variant.variant_id, APPROVE, revision=1, reason="Reads well", by=approver
    )
    assert review.verified is False
    entry = app.audit.latest(1)[0]
    assert (entry.actor, entry.action, entry.verified) == ("approver", "approve", False)


def test_nothing_is_prepared_while_a_message_waits(app, approver, marketer):
    variant = app.approvals.queue(NEXT)[0]
    app.approvals.decide(variant.variant_id, APPROVE, revision=1, reason="", by=approver)
    with pytest.raises(MoveRefused, match="Every message is approved: no"):
        app.send.prepare(NEXT, by=marketer)
    assert app.send.experiment(NEXT) is None


def test_the_whole_way_to_a_recorded_decision(app, approver, marketer, tmp_path):
    approve_all(app, approver)
    experiment = app.send.prepare(NEXT, by=marketer)
    assert app.send.prepare(NEXT, by=marketer) == experiment
    export = app.send.export(NEXT, profile="generic", out=tmp_path / "out", by=marketer)
    assert app.campaigns.get(NEXT).state == "exported"
    with (export.folder / "recipients.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == experiment.customers == export.recipients
    assert {r["cpo_dress_for_the_week_group"] for r in rows} == {
        "urgent", "informational", "friendly", "Same message for everyone", "Not contacted",
    }  # fmt: skip
    for variant in app.messages.variants(NEXT):
        template = (export.folder / "templates" / f"{variant.variant_id}.txt").read_text()
        assert variant.message.body in template
    outcomes = tmp_path / "outcomes.csv"
    lines = [f"{r['customer_id']},{i % 7 == 0:d},0,0.0" for i, r in enumerate(rows)]
    outcomes.write_text("customer_id,visit,conversion,spend\n" + "\n".join(lines) + "\n")
    first = app.results.import_outcomes(NEXT, outcomes, by=marketer)
    again = app.results.import_outcomes(NEXT, outcomes, by=marketer)
    assert (first.rows, again.repeated) == (len(rows), True)
    readout = app.results.readout(NEXT)
    assert readout.health.srm.passed
    made = app.results.decide(NEXT, Decision.NO_DIFFERENCE, reason="Flat", by=marketer)
    assert made.conclusion == readout.conclusion.decision
    assert app.campaigns.get(NEXT).state == "finished"
    assert app.audit.verify().intact


def test_simulated_outcomes_say_so_and_never_mix_with_real_ones(app, approver, marketer, tmp_path):
    approve_all(app, approver)
    app.send.prepare(NEXT, by=marketer)
    app.send.export(NEXT, profile="generic", out=tmp_path / "out", by=marketer)
    app.results.simulate(NEXT, lift=0.2, seed=1, by=marketer)
    assert app.results.readout(NEXT).health.simulated
    assert app.campaigns.get(NEXT).simulated
    real = tmp_path / "real.csv"
    real.write_text("customer_id,visit\nC00001,1\n")
    with pytest.raises(MoveRefused, match="SIMULATED"):
        app.results.import_outcomes(NEXT, real, by=marketer)


def test_an_export_folder_with_something_in_it_is_left_alone(app, approver, marketer, tmp_path):
    approve_all(app, approver)
    app.send.prepare(NEXT, by=marketer)
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(OrchestratorError, match="not an empty folder"):
        app.send.export(NEXT, profile="generic", out=tmp_path, by=marketer)
    assert (tmp_path / "mine.txt").read_text() == "keep"
    assert app.campaigns.get(NEXT).state == "approved"


def test_the_audit_mirror_equals_the_table(app, approver):
    approve_all(app, approver)
    path = app.settings.logs / "safety_audit.log"
    mirrored = [json.loads(line)["hash"] for line in path.read_text().splitlines()]
    stored = [e.hash for e in reversed(app.audit.latest(10_000))]
    assert mirrored == stored


def test_an_empty_edit_is_refused(app, marketer):
    variant = app.approvals.queue(NEXT)[0]
    with pytest.raises(OrchestratorError, match="subject is empty"):
        app.messages.edit(
            variant.variant_id,
            Message("", variant.message.preheader, variant.message.body),
            expected_revision=1,
            by=marketer,
        )
