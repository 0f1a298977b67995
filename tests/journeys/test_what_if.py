"""What-if: it says exactly what a full check under the adopted policy says, and stores nothing."""

import dataclasses
import re
import shutil
import sqlite3

import pytest

from core.models.messages import ScreenDecision
from core.orchestrator.service.ledger import rests_on
from core.orchestrator.service.screening import screened
from core.protocols.safety_screen import ScreenLimits
from tests.fakes import ScriptedScreen
from tests.journeys.commands import application
from tests.journeys.policies import adopted

NEXT = "dress-for-the-week"
CATEGORIES = ("hate", "self_harm", "sexual", "violence")


@pytest.fixture(scope="module")
def written(demo, tmp_path_factory):
    """The demo with its second campaign written, one message reworded, one that alarms."""
    folder = tmp_path_factory.mktemp("what-if") / "workspace"
    shutil.copytree(demo, folder)
    with application(folder, execute=True) as app:
        marketer = app.people.get("marketer")
        made = app.messages.generate(NEXT, by=marketer)
        app.messages.wait(made.run_id, timeout_s=120)
        every = app.messages.variants(NEXT)
        for variant, more in zip(
            every, ("This is perfect.", "We will kill you.", "Naked."), strict=False
        ):
            body = f"{variant.message.body}\n\n{more}"
            app.messages.edit(
                variant.variant_id,
                dataclasses.replace(variant.message, body=body),
                expected_revision=1,
                by=marketer,
            )
    return folder


@pytest.fixture
def app(written, tmp_path, open_application):
    folder = shutil.copytree(written, tmp_path / "workspace")
    with open_application(folder) as opened:
        yield opened


def thresholds(**of):
    """Thresholds with some categories other than they are."""
    named = {name: of.get(name, (2, 4)) for name in CATEGORIES}
    return "".join(
        f"{name}:\n  review_at: {look}\n  block_at: {stop}\n"
        for name, (look, stop) in named.items()
    )


def brand(pattern, words):
    """The brand rules with one line in place of another."""

    def change(texts):
        made, found = re.subn(pattern, words, texts.brand, count=1, flags=re.MULTILINE)
        assert found, pattern
        return {"brand": made}

    return change


def moved(look, stop, *names):
    return lambda _: {"thresholds": thresholds(**dict.fromkeys(names, (look, stop)))}


POLICIES = {
    **{
        f"{name} {look} {stop}": moved(look, stop, name)
        for name in CATEGORIES
        for look, stop in ((1, 2), (7, 7), (0, 7))
    },
    "everything is looked at": moved(0, 7, *CATEGORIES),
    "nothing is ever stopped": moved(7, 7, *CATEGORIES),
    "a word is prohibited": brand(r"^  - cheap$", "  - cheap\n  - order*"),
    "a word is allowed again": brand(r"^  - cheap$\n", ""),
    "a word is watched": brand(r"^  - perfect$", "  - perfect\n  - website"),
    "a watched word no longer is": brand(r"^  - perfect$\n", ""),
    "a phrase is required": brand(r"^required: \[\]", "required: [Terms apply]"),
    "a disclosure is asked for": brand(
        r"^disclosures:$",
        "disclosures:\n  - name: returns\n    when: [order, return*]\n    say: [Ask us]",
    ),
    "a disclosure by document": brand(
        r"^disclosures:$",
        "disclosures:\n  - name: the offer\n    documents: [PRM-001]\n    say: [Ask us]",
    ),
    "subjects are shorter": brand(r"^subject_max: 60", "subject_max: 30"),
    "preheaders are shorter": brand(r"^preheader_max: 100", "preheader_max: 20"),
    "the reading grade is low": brand(r"^grade_max: 12", "grade_max: 4"),
    "the reading grade is gone": brand(r"^grade_max: 12", "grade_max: null"),
    "the brand has another name": brand(r"^  - Tolman Row$", "  - Tollman Roe"),
    "both": lambda texts: {
        **moved(1, 2, "violence")(texts),
        **brand(r"^  - cheap$", "  - cheap\n  - week*")(texts),
    },
}


def everything(app):
    """Each text that was checked, as it was before."""
    return [
        (campaign, revision)
        for campaign in app.campaigns.everything()
        for variant in app.messages.variants(campaign.campaign_id)
        for revision in app.messages.history(variant.variant_id)
        if revision.screened
    ]


def full_check(app, campaign, variant):
    """What a whole check of the text comes to, with the engine and the policy in force."""
    context, agents = app.messages.context, app.messages.agents
    sources = rests_on(context, agents, variant, campaign)
    message = variant.message
    return screened(context, agents, variant, message, sources, variant.citations).decision


def stored(app):
    """Everything the database and the log hold."""
    path = app.settings.database_url.removeprefix("sqlite:///")
    with sqlite3.connect(path) as connection:
        held = "\n".join(connection.iterdump())
    return held, (app.settings.logs / "safety_audit.log").read_bytes()


@pytest.mark.parametrize("name", POLICIES)
def test_what_if_says_what_a_full_check_under_the_adopted_policy_says(app, name):
    now = app.policies.in_force()
    texts = dataclasses.replace(now.texts, **POLICIES[name](now.texts))
    before = stored(app)
    said = app.policies.what_if.of(texts)
    assert stored(app) == before
    assert not said.left_out
    expected = {(v.variant_id, v.revision): v.screened.decision for _, v in everything(app)}
    assert {(t.variant_id, t.revision): t.before for t in said.texts} == expected
    adopted(app, **POLICIES[name](now.texts))
    checked = {
        (v.variant_id, v.revision): full_check(app, campaign, v) for campaign, v in everything(app)
    }
    assert {(t.variant_id, t.revision): t.after for t in said.texts} == checked
    flipped = {key for key, decision in checked.items() if decision is not expected[key]}
    assert {(t.variant_id, t.revision) for t in said.flips} == flipped
    only_thresholds = set(POLICIES[name](now.texts)) == {"thresholds"}
    assert said.reused == (len(said.texts) if only_thresholds else 0)


def test_the_table_of_policies_makes_texts_flip_each_way(app):
    texts = app.policies.in_force().texts
    ways = {
        (t.before, t.after)
        for change in POLICIES.values()
        for t in app.policies.what_if.of(dataclasses.replace(texts, **change(texts))).flips
    }
    look, stop, go = ScreenDecision.REVIEW, ScreenDecision.BLOCK, ScreenDecision.PASS
    assert ways >= {(go, look), (go, stop), (look, go), (look, stop), (stop, look)}


def test_it_covers_past_and_current_texts_with_shares(app):
    texts = app.policies.in_force().texts
    said = app.policies.what_if.of(dataclasses.replace(texts, thresholds=thresholds(hate=(0, 7))))
    assert {t.present for t in said.texts} == {True, False}
    assert sum(share.texts for share in said.by_tone) == len(said.texts)
    assert sum(share.flips for share in said.by_segment) == len(said.flips) > 0
    only = app.policies.what_if.of(texts, campaign_id=NEXT)
    assert {t.campaign_id for t in only.texts} == {NEXT}
    assert only.flips == ()


def remote(app, screen):
    """The what-if of a workspace whose screen is an engine over the network."""
    agents = app.policies.what_if.agents
    safety = dataclasses.replace(agents.safety, screen=screen)
    return dataclasses.replace(
        app.policies.what_if, agents=dataclasses.replace(agents, safety=safety)
    )


@pytest.mark.parametrize("name", ["hate 0 7", "a word is prohibited", "both"])
def test_an_engine_over_the_network_is_never_asked(app, name):
    texts = app.policies.in_force().texts
    wanted = dataclasses.replace(texts, **POLICIES[name](texts))
    screen = ScriptedScreen(limit=ScreenLimits(10_000, 30.0))
    said = remote(app, screen).of(wanted)
    assert screen.asked == []
    assert said.elsewhere == len(said.texts) > 0  # they were scored by the local screen
    inside = app.policies.what_if.of(wanted)
    assert [t.after for t in said.texts] == [t.after for t in inside.texts]


def test_an_old_outcome_is_held_to_the_policy_in_force_first(app):
    texts = app.policies.in_force().texts
    adopted(app, thresholds=thresholds(violence=(0, 7)))
    said = app.policies.what_if.of(app.policies.in_force().texts)
    assert said.flips == ()  # the same policy again makes no difference
    back = app.policies.what_if.of(texts)
    assert back.flips
    assert all(t.after is not t.before for t in back.flips)
