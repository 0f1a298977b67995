"""Who is an author whatever they are called, who may change people, and suggested edits."""

import dataclasses
import json
import shutil
import threading

import pytest

from core.errors import BadInput, MoveRefused, NotAllowed, OrchestratorError, StaleRevision
from core.models.approval import ReviewDecision
from core.models.discussion import SuggestionState
from core.models.messages import VariantState
from core.models.people import Person, Role
from tests.journeys.commands import application, run

NEXT = "dress-for-the-week"
APPROVE = ReviewDecision.APPROVE


@pytest.fixture(scope="module")
def written(demo, tmp_path_factory):
    folder = tmp_path_factory.mktemp("people") / "workspace"
    shutil.copytree(demo, folder)
    with application(folder, execute=True) as app:
        made = app.messages.generate(NEXT, by=app.people.get("marketer"))
        app.messages.wait(made.run_id, timeout_s=120)
    return folder


@pytest.fixture
def app(written, tmp_path, open_application):
    folder = shutil.copytree(written, tmp_path / "workspace")
    with open_application(folder) as opened:
        yield opened


@pytest.fixture
def admin(app):
    return app.people.get("admin")


def variant(app):
    return app.messages.get(f"{NEXT}-high-spenders-urgent")


def approve(app, name):
    now = variant(app)
    return app.approvals.decide(
        now.variant_id, APPROVE, revision=now.revision, reason="", by=app.people.get(name)
    )


def reworded(app, subject=""):
    """The message with another subject; the last day in it is the demo's, which moves along."""
    message = variant(app).message
    said = subject or message.subject.replace(". Until", ", until")
    return dataclasses.replace(message, subject=said)


def test_an_author_under_another_name_is_still_an_author(app, admin):
    app.people.rename("marketer", "Mia", by=admin)
    app.people.set_roles("Mia", [Role.APPROVER], by=admin)
    with pytest.raises(NotAllowed, match="Mia wrote, edited or generated"):
        approve(app, "Mia")
    with pytest.raises(BadInput, match="'marketer' is taken"):
        app.people.add("marketer", [Role.APPROVER], by=admin)


def test_an_author_who_left_and_came_back_is_still_an_author(app, admin):
    app.people.remove("marketer", by=admin)
    assert "marketer" not in {p.name for p in app.people.everyone()}
    with pytest.raises(BadInput, match="'marketer' is taken"):
        app.people.add("marketer", [Role.APPROVER], by=admin)
    with pytest.raises(BadInput, match="'marketer' is taken"):
        app.people.rename("approver", "marketer", by=admin)
    app.people.restore("marketer", by=admin)
    assert app.people.get("marketer").roles == frozenset()
    app.people.set_roles("marketer", [Role.APPROVER], by=admin)
    with pytest.raises(NotAllowed, match="wrote, edited or generated"):
        approve(app, "marketer")


def test_an_author_of_an_earlier_revision_is_still_an_author(app, admin):
    editor = app.people.add("ed", [Role.MARKETER], by=admin)
    app.messages.edit(variant(app).variant_id, reworded(app), expected_revision=1, by=editor)
    app.messages.edit(
        variant(app).variant_id,
        reworded(app, "Until January 21"),
        expected_revision=2,
        by=app.people.get("marketer"),
    )
    app.people.set_roles("ed", [Role.APPROVER], by=admin)
    with pytest.raises(NotAllowed, match="wrote, edited or generated"):
        approve(app, "ed")


def test_the_message_for_everyone_has_authors_too(app, admin):
    app.people.set_roles("marketer", [Role.APPROVER], by=admin)
    control = app.messages.get(f"{NEXT}-everyone-informational")
    with pytest.raises(NotAllowed, match="wrote, edited or generated"):
        app.approvals.decide(
            control.variant_id, APPROVE, revision=1, reason="", by=app.people.get("marketer")
        )


def test_batch_approval_by_the_author_is_refused(demo, tmp_path):
    folder = shutil.copytree(demo, tmp_path / "workspace")
    ran = run(folder, "run", "--approve-as", "marketer")
    assert (ran.code, "name somebody else" in ran.err) == (1, True)


def test_somebody_who_is_not_here_decides_nothing(app, admin):
    stranger = Person("stranger", frozenset(Role))
    now = variant(app)
    with pytest.raises(NotAllowed, match="not somebody of this workspace"):
        app.approvals.decide(now.variant_id, APPROVE, revision=1, reason="", by=stranger)


def test_a_role_that_was_withdrawn_counts_at_once_for_an_open_page(app, admin):
    remembered = app.people.get("approver")
    app.people.set_roles("approver", [], by=admin)
    now = variant(app)
    with pytest.raises(NotAllowed, match="no role"):
        app.approvals.decide(now.variant_id, APPROVE, revision=1, reason="", by=remembered)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda a, by: a.people.set_roles("admin", [], by=by), "At least one admin"),
        (lambda a, by: a.people.remove("admin", by=by), "At least one admin"),
        (
            lambda a, by: a.people.set_roles("admin", [Role.ADMIN, Role.APPROVER], by=by),
            "raises their own roles",
        ),
        (lambda a, by: a.people.rename("analyst", "system", by=by), "is taken"),
        (lambda a, by: a.people.add("", [], by=by), "1 to 80"),
        (lambda a, by: a.people.add("ann", [], by=by, email="nonsense"), "no e-mail address"),
        (lambda a, by: a.people.add("ann", [Role.ADMIN], by=None), "Only an admin"),
        (lambda a, by: a.people.link("analyst", "", "s", by=by), "Name the issuer"),
    ],
)
def test_people_are_changed_by_the_rules(app, admin, change, said):
    before = app.people.members()
    with pytest.raises(OrchestratorError, match=said):
        change(app, admin)
    assert app.people.members() == before


def test_an_admin_may_give_up_a_role_of_their_own_while_another_remains(app, admin):
    app.people.add("second", [Role.ADMIN], by=admin)
    assert app.people.set_roles("admin", [], by=admin).roles == frozenset()
    with pytest.raises(NotAllowed):
        app.people.add("late", [], by=admin)  # the page of a former admin is still open


def test_two_admins_who_remove_each_other_leave_one(app, admin):
    second = app.people.add("second", [Role.ADMIN], by=admin)
    gate, said = threading.Barrier(2), []

    def remove(by, name):
        gate.wait()
        try:
            app.people.remove(name, by=by)
            said.append("removed")
        except OrchestratorError as error:
            said.append(type(error).__name__)

    threads = [
        threading.Thread(target=remove, args=pair)
        for pair in ((admin, "second"), (second, "admin"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == ["NotAllowed", "removed"]
    assert sum(p.holds(Role.ADMIN) for p in app.people.everyone()) == 1


def test_an_account_belongs_to_one_person_for_good(app, admin):
    app.people.link("analyst", "https://login", "s1", by=admin)
    app.people.remove("analyst", by=admin)
    with pytest.raises(MoveRefused, match="belongs to somebody"):
        app.people.link("approver", "https://login", "s1", by=admin)


def test_a_suggestion_makes_its_author_whoever_accepts_it(app):
    approver, marketer = app.people.get("approver"), app.people.get("marketer")
    made = app.discussion.suggest(
        variant(app).variant_id, reworded(app), revision=1, note="Shorter", by=approver
    )
    assert variant(app).revision == 1
    accepted = app.discussion.accept(made.suggestion_id, by=marketer)
    assert (accepted.revision, accepted.message.subject) == (2, reworded(app).subject)
    assert accepted.authors == {"marketer"}
    assert accepted.state is VariantState.NEEDS_REVIEW
    settled = app.discussion.suggestions(accepted.variant_id)[0]
    assert (settled.state, settled.settled_by) == (SuggestionState.ACCEPTED, "marketer")
    # The small team does not deadlock: who suggested may approve.
    assert approve(app, "approver").by == "approver"
    actions = [e.action for e in app.audit.latest(20, subject=accepted.variant_id)]
    assert {"suggest edit", "accept suggestion", "edit message", "approve"} <= set(actions)


@pytest.mark.parametrize("name", ["approver", "analyst"])
def test_only_who_writes_messages_accepts(app, name):
    made = app.discussion.suggest(
        variant(app).variant_id, reworded(app), revision=1, by=app.people.get("admin")
    )
    with pytest.raises(NotAllowed):
        app.discussion.accept(made.suggestion_id, by=app.people.get(name))
    assert variant(app).revision == 1


def test_nobody_accepts_what_they_suggested(app):
    marketer = app.people.get("marketer")
    made = app.discussion.suggest(variant(app).variant_id, reworded(app), revision=1, by=marketer)
    with pytest.raises(NotAllowed, match="suggested this yourself"):
        app.discussion.accept(made.suggestion_id, by=marketer)


def test_a_declined_suggestion_says_why_and_is_settled_once(app):
    made = app.discussion.suggest(
        variant(app).variant_id, reworded(app), revision=1, by=app.people.get("approver")
    )
    marketer = app.people.get("marketer")
    with pytest.raises(BadInput, match="reason"):
        app.discussion.decline(made.suggestion_id, reason=" ", by=marketer)
    app.discussion.decline(made.suggestion_id, reason="Too short", by=marketer)
    for again in (
        lambda: app.discussion.accept(made.suggestion_id, by=marketer),
        lambda: app.discussion.decline(made.suggestion_id, reason="No", by=marketer),
    ):
        with pytest.raises(MoveRefused, match="already"):
            again()
    assert variant(app).revision == 1


def test_a_suggestion_for_an_earlier_text_is_not_accepted(app):
    made = app.discussion.suggest(
        variant(app).variant_id, reworded(app), revision=1, by=app.people.get("approver")
    )
    admin = app.people.get("admin")
    other = reworded(app, "Until January 21")
    app.messages.edit(variant(app).variant_id, other, expected_revision=1, by=admin)
    with pytest.raises(StaleRevision):
        app.discussion.accept(made.suggestion_id, by=app.people.get("marketer"))
    assert variant(app).revision == 2
    assert app.discussion.suggestions(made.variant_id)[0].state is SuggestionState.OPEN


def test_two_who_accept_at_once_make_one_revision(app):
    made = app.discussion.suggest(
        variant(app).variant_id, reworded(app), revision=1, by=app.people.get("approver")
    )
    gate, said = threading.Barrier(2), []

    def accept(name):
        gate.wait()
        try:
            app.discussion.accept(made.suggestion_id, by=app.people.get(name))
            said.append("accepted")
        except OrchestratorError as error:
            said.append(type(error).__name__)

    threads = [threading.Thread(target=accept, args=(n,)) for n in ("marketer", "admin")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said.count("accepted") == 1
    assert variant(app).revision == 2


def test_a_comment_stays_with_the_revision_it_speaks_of(app):
    analyst = app.people.get("analyst")
    app.discussion.comment(variant(app).variant_id, "Which shops?", revision=1, by=analyst)
    app.messages.edit(
        variant(app).variant_id, reworded(app), expected_revision=1, by=app.people.get("admin")
    )
    with pytest.raises(StaleRevision):
        app.discussion.comment(variant(app).variant_id, "Late", revision=1, by=analyst)
    kept = app.discussion.comments(variant(app).variant_id)
    assert [(c.revision, c.by, c.text, c.verified) for c in kept] == [
        (1, "analyst", "Which shops?", False)
    ]


def test_people_are_changed_on_the_command_line_too(written, tmp_path):
    folder = shutil.copytree(written, tmp_path / "workspace")
    added = run(folder, "people", "add", "Ann", "--role", "approver", "--email", "Ann@Example.com")
    assert added.code == 0
    roles = run(folder, "people", "set-roles", "Ann", "--role", "analyst", "--json").document
    assert roles == {"name": "Ann", "roles": ["analyst"]}
    assert run(folder, "people", "link", "Ann", "--issuer", "i", "--subject", "s").code == 0
    assert run(folder, "people", "rename", "Ann", "Anna").code == 0
    listed = run(folder, "people", "list", "--json").document["people"]
    assert {"name": "Anna", "email": "ann@example.com"}.items() <= listed[-1].items()
    assert run(folder, "people", "remove", "Anna").code == 0
    refused = run(folder, "people", "remove", "admin")
    assert (refused.code, "At least one admin" in refused.err) == (1, True)
    assert json.loads(run(folder, "people", "list", "--json").out)["people"][-1]["name"] != "Anna"
