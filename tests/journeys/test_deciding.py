"""Several approvers by policy, taking back, categories, issues that have to be looked at."""

import dataclasses
import itertools
import shutil
from datetime import timedelta

import pytest

from core.errors import MoveRefused, NotAllowed, SealBroken, StaleRevision
from core.models.approval import Judged, ReviewDecision
from core.models.messages import Finding, Level, ScreenDecision, TextField, VariantState
from core.models.people import Role
from core.storage import variants
from tests.journeys.commands import application, run
from tests.journeys.policies import adopted, changed

NEXT = "dress-for-the-week"
APPROVE, CHANGES, REJECT = (
    ReviewDecision.APPROVE,
    ReviewDecision.REQUEST_CHANGES,
    ReviewDecision.REJECT,
)
TWO = "rules: [{approvers: 2, discount_above: 10}]\ncategories: [tone, other]\n"


@pytest.fixture(scope="module")
def written(demo, tmp_path_factory):
    folder = tmp_path_factory.mktemp("deciding") / "workspace"
    shutil.copytree(demo, folder)
    with application(folder, execute=True) as app:
        made = app.messages.generate(NEXT, by=app.people.get("marketer"))
        app.messages.wait(made.run_id, timeout_s=120)
        admin = app.people.get("admin")
        for name in ("second", "third"):
            app.people.add(name, [Role.APPROVER], by=admin)
    return folder


@pytest.fixture
def app(written, tmp_path, open_application):
    folder = shutil.copytree(written, tmp_path / "workspace")
    with open_application(folder) as opened:
        yield opened


def under(app, rules):
    """The approvals, with these rules adopted."""
    adopted(app, approval=rules)
    return app.approvals


def later(approvals, seconds, *, than):
    """The same at a moment so many seconds after another, whatever a test takes itself."""
    at = than + timedelta(seconds=seconds)
    context = dataclasses.replace(approvals.context, now=lambda: at)
    return dataclasses.replace(approvals, context=context)


def urgent(app):
    return app.messages.get(f"{NEXT}-high-spenders-urgent")


def decide(approvals, app, name, decision=APPROVE, *, reason="", judged=None):
    variant = urgent(app)
    return approvals.decide(
        variant.variant_id,
        decision,
        revision=variant.revision,
        reason=reason,
        by=app.people.get(name),
        judged=judged or Judged(),
    )


def test_a_large_discount_takes_two_different_people(app):
    approvals = under(app, TWO)
    assert approvals.approvers(urgent(app)).words == (
        "2 different people, because the discount is above 10 %"
    )
    decide(approvals, app, "approver")
    assert urgent(app).state is VariantState.NEEDS_REVIEW
    with pytest.raises(NotAllowed, match="approved this message already"):
        decide(approvals, app, "approver")
    decide(approvals, app, "second")
    assert urgent(app).state is VariantState.APPROVED
    with pytest.raises(StaleRevision):
        decide(approvals, app, "third")
    assert [r.by for r in approvals.approvers(urgent(app)).given] == ["approver", "second"]


def test_one_refusal_settles_what_others_had_approved(app):
    approvals = under(app, TWO)
    decide(approvals, app, "approver")
    decide(approvals, app, "second", REJECT, reason="Not like us", judged=Judged("tone"))
    assert urgent(app).state is VariantState.REJECTED
    assert app.approvals.decisions(urgent(app).variant_id)[0].category == "tone"


def test_a_new_revision_begins_with_no_approval(app):
    approvals = under(app, TWO)
    decide(approvals, app, "approver")
    before = urgent(app)
    message = dataclasses.replace(before.message, subject="Dress for the week ahead")
    app.messages.edit(
        before.variant_id, message, expected_revision=1, by=app.people.get("marketer")
    )
    assert approvals.approvers(urgent(app)).given == ()
    decide(approvals, app, "second")
    assert urgent(app).state is VariantState.NEEDS_REVIEW


def test_an_approval_of_what_changed_since_no_longer_counts(app):
    approvals = under(app, TWO)
    decide(approvals, app, "approver")
    adopted(app, **changed(app.policies.in_force().texts, "brand", "- cheap", "- cheapest"))
    with pytest.raises(MoveRefused, match="check it again before it is approved"):
        decide(approvals, app, "second")
    app.messages.check_again(urgent(app).variant_id, by=app.people.get("marketer"))
    decide(approvals, app, "second")
    assert urgent(app).state is VariantState.NEEDS_REVIEW
    assert [r.by for r in approvals.approvers(urgent(app)).given] == ["second"]
    decide(approvals, app, "third")
    assert urgent(app).state is VariantState.APPROVED


def test_asking_for_more_approvers_later_voids_what_one_person_approved(app):
    for variant in app.approvals.queue(NEXT):
        app.approvals.decide(
            variant.variant_id, APPROVE, revision=1, reason="", by=app.people.get("approver")
        )
    under(app, TWO)
    assert urgent(app).state is VariantState.VOID
    assert "the number of approvers" in urgent(app).problem
    with pytest.raises((SealBroken, MoveRefused)):
        app.send.prepare(NEXT, by=app.people.get("marketer"))


@pytest.mark.parametrize(
    ("decision", "seconds", "reason", "taken_back"),
    [
        (APPROVE, 29, "", True),
        (APPROVE, 31, "", False),
        (APPROVE, 31, "I overlooked the date", True),
        (CHANGES, 29, "", True),
        (CHANGES, 31, "I was wrong", False),  # its author may be at work
        (REJECT, 29, "", True),
        (REJECT, 31, "I was wrong", False),
    ],
)
def test_a_decision_can_be_taken_back_in_time(app, decision, seconds, reason, taken_back):
    decide(app.approvals, app, "approver", decision, reason="So")
    variant, by = urgent(app), app.people.get("approver")
    (made,) = app.approvals.decisions(variant.variant_id)
    approvals = later(app.approvals, seconds, than=made.at)
    if taken_back:
        approvals.withdraw(variant.variant_id, revision=1, by=by, reason=reason)
        assert urgent(app).state is VariantState.NEEDS_REVIEW
        decide(app.approvals, app, "approver")
        assert urgent(app).state is VariantState.APPROVED
    else:
        with pytest.raises(MoveRefused):
            approvals.withdraw(variant.variant_id, revision=1, by=by, reason=reason)
        assert urgent(app).state is variant.state
    assert app.audit.verify().intact


def test_nobody_takes_back_what_somebody_else_decided(app):
    decide(app.approvals, app, "approver")
    with pytest.raises(NotAllowed, match="no decision"):
        app.approvals.withdraw(urgent(app).variant_id, revision=1, by=app.people.get("second"))
    assert urgent(app).state is VariantState.APPROVED


def test_taking_one_of_two_approvals_back_leaves_the_other(app):
    approvals = under(app, TWO)
    decide(approvals, app, "approver")
    decide(approvals, app, "second")
    variant = urgent(app)
    approvals.withdraw(variant.variant_id, revision=1, by=app.people.get("approver"))
    assert urgent(app).state is VariantState.NEEDS_REVIEW
    assert [r.by for r in approvals.approvers(urgent(app)).given] == ["second"]
    decide(approvals, app, "third")
    assert urgent(app).state is VariantState.APPROVED


def test_what_was_taken_back_after_preparing_is_not_exported(app, tmp_path):
    marketer, approver = app.people.get("marketer"), app.people.get("approver")
    for variant in app.approvals.queue(NEXT):
        app.approvals.decide(variant.variant_id, APPROVE, revision=1, reason="", by=approver)
    app.send.prepare(NEXT, by=marketer)
    app.approvals.withdraw(urgent(app).variant_id, revision=1, by=approver)
    with pytest.raises(SealBroken, match="Nothing was exported"):
        app.send.export(NEXT, profile="generic", out=tmp_path / "out", by=marketer)
    assert not (tmp_path / "out").exists()


def test_what_was_exported_is_not_taken_back(app, tmp_path):
    marketer, approver = app.people.get("marketer"), app.people.get("approver")
    for variant in app.approvals.queue(NEXT):
        app.approvals.decide(variant.variant_id, APPROVE, revision=1, reason="", by=approver)
    app.send.prepare(NEXT, by=marketer)
    app.send.export(NEXT, profile="generic", out=tmp_path / "out", by=marketer)
    with pytest.raises(MoveRefused, match="exported"):
        app.approvals.withdraw(urgent(app).variant_id, revision=1, by=approver)


@pytest.mark.parametrize("category", ["", "tone", "nonsense"])
def test_a_refusal_is_about_something_known(app, category):
    approvals = under(app, TWO)
    if category == "nonsense":
        with pytest.raises(MoveRefused, match="no category 'nonsense'; choose tone, other"):
            decide(approvals, app, "approver", CHANGES, reason="So", judged=Judged(category))
        assert app.approvals.decisions(urgent(app).variant_id) == ()
    else:
        made = decide(approvals, app, "approver", CHANGES, reason="So", judged=Judged(category))
        assert made.category == (category or "other")


def put(app, level):
    """Give the open message one finding, as a screening would have."""
    variant = urgent(app)
    finding = Finding("urgency", level, TextField.SUBJECT, 0, 2, "15", "Look")
    decision = {Level.REVIEW: ScreenDecision.REVIEW, Level.BLOCK: ScreenDecision.BLOCK}[level]
    screened = dataclasses.replace(variant.screened, findings=(finding,), decision=decision)
    with app.people.context.write(app.people.get("marketer")) as write:
        variants.move(
            write.connection,
            variant.variant_id,
            expected_revision=variant.revision,
            expected_state=variant.state,
            state=variant.state,
            screened=screened,
            at=write.at,
        )


@pytest.mark.parametrize(
    ("seen", "recorded"),
    [(frozenset(), False), (frozenset({"urgency"}), True), (None, True)],
)
def test_an_issue_has_to_be_looked_at_before_approving(app, seen, recorded):
    put(app, Level.REVIEW)
    if recorded:
        made = decide(app.approvals, app, "approver", judged=Judged(confirmed=seen))
        assert made.confirmed == ("urgency", "read it for harm (basic local screen)")
    else:
        with pytest.raises(MoveRefused, match="looked at: urgency"):
            decide(app.approvals, app, "approver", judged=Judged(confirmed=seen))
        assert app.approvals.decisions(urgent(app).variant_id) == ()


@pytest.mark.parametrize(("decision", "seen"), list(itertools.product((APPROVE,), (None, "all"))))
def test_a_finding_that_blocks_cannot_be_waved_through(app, decision, seen):
    put(app, Level.BLOCK)
    confirmed = frozenset({"urgency"}) if seen else None
    with pytest.raises(MoveRefused, match="not passed the content checks"):
        decide(app.approvals, app, "approver", decision, judged=Judged(confirmed=confirmed))
    assert app.approvals.decisions(urgent(app).variant_id) == ()


def test_the_command_line_names_category_approvers_and_takes_back(written, tmp_path):
    folder = shutil.copytree(written, tmp_path / "workspace")
    name = f"{NEXT}-high-spenders-urgent"
    made = run(folder, "approvals", "approve", name, "--as", "approver", "--json").document
    assert made["state"] == "approved"
    assert made["approvers"] == {"given": ["approver"], "needed": 1, "because": ""}
    assert made["confirmed"] == ["read it for harm (basic local screen)"]
    back = run(folder, "approvals", "withdraw", name, "--as", "approver", "--json").document
    assert (back["decision"], back["state"]) == ("withdraw", "needs_review")
    words = ("approvals", "reject", name, "--as", "approver", "--reason", "No")
    assert run(folder, *words, "--category", "legal", "--json").document["category"] == "legal"
    bad = run(folder, "approvals", "reject", name, "--as", "second", "--reason", "No")
    assert (bad.code, len(bad.err.splitlines())) == (1, 1)
