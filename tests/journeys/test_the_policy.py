"""The content policy: proposed by one person, adopted by another, in force everywhere at once."""

import dataclasses
import json
import shutil
import sqlite3
import threading
from pathlib import Path

import pytest
from sqlalchemy import event

from core.errors import (
    BadInput,
    ConfigInvalid,
    MoveRefused,
    NotAllowed,
    SealBroken,
    StaleRevision,
    StorageUnavailable,
)
from core.models.approval import ReviewDecision
from core.models.messages import VariantState
from core.models.people import Role
from core.models.policy import ProposalState
from core.orchestrator import config
from core.orchestrator.policy import policy_of
from core.orchestrator.service.people import OPERATOR
from core.orchestrator.wiring import opened
from core.storage import policies
from tests.journeys.commands import application
from tests.journeys.policies import adopted, changed, proposed

NEXT = "dress-for-the-week"
APPROVE = ReviewDecision.APPROVE
SHIPPED = config.load(environment={}).file_policy.texts
BRAND_ONLY = policy_of(dataclasses.replace(SHIPPED, brand="prohibited: [zebra]\n"))


@pytest.fixture(scope="module")
def approved(demo, tmp_path_factory):
    """The demo with every message of its second campaign approved, and a second admin."""
    folder = tmp_path_factory.mktemp("policy") / "workspace"
    shutil.copytree(demo, folder)
    with application(folder, execute=True) as app:
        made = app.messages.generate(NEXT, by=app.people.get("marketer"))
        app.messages.wait(made.run_id, timeout_s=120)
        app.people.add("boss", [Role.ADMIN], by=app.people.get("admin"))
        for variant in app.approvals.queue(NEXT)[1:]:
            app.approvals.decide(
                variant.variant_id, APPROVE, revision=1, reason="", by=app.people.get("approver")
            )
    return folder


@pytest.fixture
def app(approved, tmp_path, open_application):
    folder = shutil.copytree(approved, tmp_path / "workspace")
    with open_application(folder) as made:
        yield made


def texts(app):
    return app.policies.in_force().texts


def stricter(app):
    return changed(texts(app), "brand", "- cheap", "- cheap\n  - week*")


def states(app):
    return [v.state for v in app.messages.variants(NEXT)]


def test_a_new_workspace_starts_from_the_files(app):
    (first,) = app.policies.history()
    assert (first.number, first.adopted_by) == (1, "system")
    assert first.texts == config.load(environment={}).file_policy.texts
    assert app.policies.changed_files() == ()


def test_nothing_changes_until_a_second_person_adopts(app):
    before, seals = app.policies.in_force(), states(app)
    name = proposed(app, **stricter(app))
    assert app.policies.in_force() == before
    assert states(app) == seals
    assert "week*" not in app.checks.agents.safety.rules().brand.prohibited
    app.policies.adopt(name, reason="Agreed", by=app.people.get("boss"))
    assert app.policies.in_force().number == 2
    assert "week*" in app.checks.agents.safety.rules().brand.prohibited


@pytest.mark.parametrize("settle", ["adopt", "reject"])
def test_nobody_decides_about_their_own_proposal_under_any_name(app, settle):
    name = proposed(app, by="boss", **stricter(app))
    admin = app.people.get("admin")
    act = getattr(app.policies, settle)
    with pytest.raises(NotAllowed, match="second person"):
        act(name, reason="Me", by=app.people.get("boss"))
    renamed = app.people.rename("boss", "chief", by=admin)
    with pytest.raises(NotAllowed, match="second person"):
        act(name, reason="Me", by=renamed)
    with pytest.raises(NotAllowed, match="not somebody of this workspace"):
        act(name, reason="Me", by=OPERATOR)
    app.people.remove("chief", by=admin)
    with pytest.raises(NotAllowed, match="no longer"):
        act(name, reason="Me", by=renamed)
    assert app.policies.proposal(name).state is ProposalState.OPEN
    act(name, reason="Fine", by=admin)


def test_who_has_no_name_here_proposes_nothing(app):
    wanted = dataclasses.replace(texts(app), **stricter(app))
    with pytest.raises(NotAllowed, match="not somebody of this workspace"):
        app.policies.propose(wanted, base=1, reason="So", by=OPERATOR)


def test_a_role_that_was_withdrawn_meanwhile_counts_at_once(app):
    name = proposed(app, **stricter(app))
    boss = app.people.get("boss")
    app.people.set_roles("boss", [Role.MARKETER], by=app.people.get("admin"))
    with pytest.raises(NotAllowed):
        app.policies.adopt(name, reason="So", by=boss)


def test_adopting_voids_what_rests_on_the_old_policy_and_says_so_before(app):
    wanted = stricter(app)
    effect = app.policies.effect(dataclasses.replace(texts(app), **wanted))
    before = states(app)
    assert len(effect.approvals) == before.count(VariantState.APPROVED) == len(before) - 1
    assert len(effect.waiting) == 1
    made = adopted(app, by="boss", **wanted)
    assert len(made.voided) == len(effect.approvals)
    assert states(app).count(VariantState.VOID) == len(made.voided)
    voided = next(v for v in app.messages.variants(NEXT) if v.state is VariantState.VOID)
    assert voided.problem == "Needs approval again: the content policy changed."
    with pytest.raises((SealBroken, MoveRefused)):
        app.send.prepare(NEXT, by=app.people.get("marketer"))


def test_the_seal_holds_even_where_nothing_was_marked_void(app):
    """The process that adopted it may have been killed before it marked anything."""
    made = dataclasses.replace(app.policies.history()[0], number=2, sha256=BRAND_ONLY.sha256)
    made = dataclasses.replace(made, texts=BRAND_ONLY.texts)
    with app.people.context.write(app.people.get("boss")) as write:
        policies.add_version(write.connection, made)
    assert VariantState.VOID not in states(app)
    with pytest.raises((SealBroken, MoveRefused)):
        app.send.prepare(NEXT, by=app.people.get("marketer"))
    assert VariantState.VOID in states(app)


def test_what_waits_is_checked_again_before_it_is_approved(app):
    (waiting,) = app.approvals.queue(NEXT)
    marketer, approver = app.people.get("marketer"), app.people.get("approver")
    with pytest.raises(MoveRefused, match="checked under the policy in force"):
        app.messages.check_again(waiting.variant_id, by=marketer)
    adopted(app, by="boss", **changed(texts(app), "brand", "- cheap", "- cheap\n  - zebra"))
    with pytest.raises(MoveRefused, match="check it again"):
        app.approvals.decide(waiting.variant_id, APPROVE, revision=1, reason="", by=approver)
    again = app.messages.check_again(waiting.variant_id, by=marketer)
    assert again.state is VariantState.NEEDS_REVIEW
    app.approvals.decide(waiting.variant_id, APPROVE, revision=1, reason="", by=approver)


def test_more_approvers_void_only_what_has_too_few(app):
    text = changed(texts(app), "approval", "approvers: 1 ", "approvers: 2 ")
    effect = app.policies.effect(dataclasses.replace(texts(app), **text))
    assert (len(effect.approvals), len(effect.waiting)) == (len(states(app)) - 1, 0)
    seals = app.policies.in_force().content_sha256
    assert len(adopted(app, by="boss", **text).voided) == len(effect.approvals)
    assert app.policies.in_force().content_sha256 == seals
    longer = changed(texts(app), "approval", "undo_seconds: 30", "undo_seconds: 60")
    assert app.policies.effect(dataclasses.replace(texts(app), **longer)).approvals == ()


def test_every_open_process_holds_to_it_from_the_next_check_on(app, open_application):
    with open_application(app.settings.workspace) as other:
        assert other.policies.in_force().number == 1
        adopted(app, by="boss", **stricter(app))
        assert other.policies.in_force().number == 2
        found = other.checks.screen_text("The coat for the week.")
        assert "blocklist" in {f.rule for f in found.findings}


def test_asking_which_policy_is_in_force_is_one_small_question(app):
    context = app.people.context
    policy = context.policy()
    asked = []
    with context.read() as connection:
        event.listen(connection, "before_cursor_execute", lambda *call: asked.append(call[2]))
        assert context.policy(connection) is policy
    # Not the texts, and of one row: a version is read and understood once.
    (question,) = asked
    assert "texts" not in question
    assert "LIMIT" in question


def test_of_two_adoptions_at_once_exactly_one_counts(app):
    names = [
        proposed(app, **changed(texts(app), "brand", "- cheap", f"- cheap\n  - w{n}"))
        for n in range(4)
    ]
    gate, ended = threading.Barrier(8), []

    def adopt(name, person):
        gate.wait()
        try:
            made = app.policies.adopt(name, reason="So", by=person)
            ended.append(made.version.number)
        except (MoveRefused, StaleRevision) as refusal:
            ended.append(type(refusal))

    people = [app.people.get("boss"), app.people.get("approver")]
    threads = [threading.Thread(target=adopt, args=(n, p)) for n in names for p in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ended.count(2) == 1
    assert len(ended) == 8
    assert [v.number for v in app.policies.history()] == [2, 1]
    found = [p.state for p in app.policies.proposals()]
    assert sorted(found) == sorted([ProposalState.ADOPTED, *[ProposalState.STALE] * 3])
    assert app.audit.verify().intact


def test_a_stale_proposal_is_refused_in_one_sentence_and_can_be_turned_down(app):
    old = proposed(app, **stricter(app))
    adopted(app, by="boss", **changed(texts(app), "brand", "- cheap", "- cheaper"))
    assert app.policies.proposal(old).state is ProposalState.STALE
    with pytest.raises(StaleRevision, match=r"P1 was made for.*version 2 is in force now"):
        app.policies.adopt(old, reason="So", by=app.people.get("boss"))
    with pytest.raises(StaleRevision, match="propose the change anew"):
        app.policies.propose(
            dataclasses.replace(texts(app), **changed(texts(app), "brand", "crap", "crab")),
            base=1,
            reason="So",
            by=app.people.get("admin"),
        )
    app.policies.reject(old, reason="Too late", by=app.people.get("approver"))
    with pytest.raises(MoveRefused, match="approver decided about P1 before: it is turned down"):
        app.policies.adopt(old, reason="So", by=app.people.get("boss"))


def test_every_step_is_in_the_audit_trail_with_before_and_after(app):
    turned_down = proposed(app, **changed(texts(app), "thresholds", "block_at: 4", "block_at: 6"))
    app.policies.reject(turned_down, reason="Too lax", by=app.people.get("approver"))
    adopted(app, by="boss", **stricter(app))
    trail = [e for e in app.audit.latest(40) if "policy" in e.action]
    told = [(e.action, e.actor, e.subject) for e in reversed(trail)]
    assert told == [
        ("propose policy", "admin", "P1"),
        ("turn down policy", "approver", "P1"),
        ("propose policy", "admin", "P2"),
        ("adopt policy", "boss", "policy 2"),
    ]
    adoption, *_, first = (json.loads(e.detail) for e in trail)
    key = "safety_thresholds.yaml hate.block_at"
    assert first["changes"][key] == {"from": 4, "to": 6}
    words = adoption["changes"]["brand_rules.yaml prohibited"]
    assert set(words["to"]) - set(words["from"]) == {"week*"}
    assert adoption["before"] != adoption["after"] == app.policies.in_force().sha256
    assert (adoption["reason"], adoption["proposed_by"]) == ("I agree", "admin")
    assert adoption["voids"] == len(states(app)) - 1
    newest = app.policies.history()[0]
    assert (newest.proposed_by, newest.adopted_by, newest.why) == ("admin", "boss", "As agreed")


@pytest.mark.parametrize(
    ("part", "old", "new", "said"),
    [
        ("brand", "- cheap", "- [cheap", r"brand_rules.yaml line \d+: this is not valid YAML"),
        ("brand", "subject_max: 60", "subjekt_max: 60", "unknown key 'subjekt_max'. Did you mean"),
        ("brand", "subject_max: 60", "subject_max: 0", r"line \d+: subject_max"),
        ("brand", "words_min: 100", "words_min: 900", "no body fits"),
        ("brand", "- cheap", '- "*"', r"line \d+: prohibited.0: .*nothing to look for"),
        ("brand", "- cheap", "- *fuck", r"line \d+: '\*fuck' refers to another place"),
        ("brand", "level", "? [a]\n: b\nlevel", "a key has to be a plain word"),
        ("brand", "      - Credit is subject", "#     - Credit is subject", "disclosures.0.say"),
        ("thresholds", "block_at: 4", "block_at: 8", r"line \d+: hate.block_at"),
        ("thresholds", "hate:", "hate: &a", ""),
        ("thresholds", "block_at: 4", "block_at: 2026-13-45", "safety_thresholds.yaml"),
        ("thresholds", "block_at: 4", "block_at: !!python/name:os.system", "line"),
        ("thresholds", "hate:", "[" * 5_000, "safety_thresholds.yaml"),
        ("thresholds", "hate:", "# x\n" * 30_000 + "hate:", "longer than 100,000"),
        ("approval", "approvers: 2", "approvers: 9", r"approval_rules.yaml line \d+: rules.0"),
        ("approval", "    discount_above: 25", "", "approval_rules.yaml"),
    ],
)
def test_a_policy_that_cannot_be_is_refused_by_line(app, part, old, new, said):
    if old == "level":
        wanted = {part: texts(app).brand + "\n? [a]\n: b\n"}
    elif old.startswith("    discount"):
        wanted = {part: texts(app).approval.replace("discount_above: 25", "discount_abov: 25")}
    else:
        wanted = changed(texts(app), part, old, new)
    if not said:
        proposed(app, **wanted)  # a name for a place does no harm
        return
    with pytest.raises((ConfigInvalid, BadInput), match=said):
        proposed(app, **wanted)
    assert app.policies.proposals() == ()


@pytest.mark.parametrize("reason", ["", "   "])
def test_a_reason_is_asked_for(app, reason):
    admin, wanted = app.people.get("admin"), dataclasses.replace(texts(app), **stricter(app))
    with pytest.raises(BadInput, match="Say why"):
        app.policies.propose(wanted, base=1, reason=reason, by=admin)
    name = proposed(app, **stricter(app))
    for settle in (app.policies.adopt, app.policies.reject):
        with pytest.raises(BadInput, match="Say why"):
            settle(name, reason=reason, by=app.people.get("boss"))
    with pytest.raises(BadInput, match="word for word"):
        app.policies.propose(texts(app), base=1, reason="So", by=admin)


@pytest.fixture
def own_config(tmp_path):
    return Path(shutil.copytree(config.CONFIG, tmp_path / "config"))


def test_a_file_that_changes_afterwards_is_named_and_changes_nothing(app, own_config):
    adopted(app, by="boss", **stricter(app))
    workspace = app.settings.workspace
    file = own_config / "brand_rules.yaml"
    in_force = file.read_text().replace("- cheap", "- cheap\n  - week*")
    for text, named in (
        (file.read_text(), ()),  # as it was when the policy was adopted
        (file.read_text() + "\n# more\n", ("brand_rules.yaml",)),
        (in_force, ()),  # says what is in force
    ):
        file.write_text(text)
        with opened(config.load(workspace, environment={}, config=own_config)) as again:
            assert again.policies.changed_files() == named
            assert again.policies.in_force().number == 2
            works = {d.job: d.detail for d in again.health.check()}["content policy"]
            assert ("config/brand_rules.yaml differs" in works) is bool(named)


def test_a_version_that_was_changed_from_outside_stops_every_check(app, open_application):
    path = app.settings.database_url.removeprefix("sqlite:///")
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TRIGGER policy_versions_no_update")
        connection.execute(
            "UPDATE policy_versions SET payload = replace(payload, 'cheap', 'cheep')"
        )
    other = open_application(app.settings.workspace)
    with other as again, pytest.raises(StorageUnavailable, match="changed from outside"):
        again.checks.screen_text("A coat.")


@pytest.mark.parametrize("name", ["approver", "analyst", "marketer"])
def test_all_that_waits_is_checked_again_at_once_by_who_may_write(app, name):
    by = app.people.get(name)
    if name != "marketer":
        with pytest.raises(NotAllowed):
            app.messages.check_outdated(NEXT, by=by)
        return
    assert app.messages.check_outdated(NEXT, by=by) == 0
    adopted(app, by="boss", **changed(texts(app), "brand", "- cheap", "- cheap\n  - zebra"))
    assert app.messages.check_outdated(NEXT, by=by) == 1
    assert not app.approvals.outdated(app.approvals.queue(NEXT)[0])
