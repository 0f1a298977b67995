"""The content policy on pages: a form, a diff, what would flip, and a second person."""

import json

import pytest

from core.models.policy import ProposalState
from core.orchestrator import config
from core.orchestrator.wiring import opened
from tests.pages.conftest import CAMPAIGN
from tests.pages.reading import html, sound, words


@pytest.fixture
def looked(tmp_path):
    """Look into the workspace of the page that was visited."""

    def look(read):
        with opened(config.load(tmp_path / "workspace", environment={})) as app:
            return read(app)

    return look


def as_person(visitor, name, page="settings"):
    visitor.session_state["frame.person"] = name
    return visitor.switch_page(f"pages/{page}.py").run()


def test_a_change_goes_from_the_form_through_a_second_person_into_force(visit, written, looked):
    visitor = visit("settings", written, "admin")
    sound(visitor)
    assert "Version 1 is in force" in words(visitor)
    assert "Nothing differs from the policy in force yet" in words(visitor)
    visitor.slider(key="settings.policy_hate").set_value((1, 3))
    area = visitor.text_area(key="settings.policy_prohibited")
    area.set_value(area.value + "\nweek*").run()
    sound(visitor)
    told = {"hate, block at: 4 \u2192 3", "prohibited: week* added"}
    assert told <= {text.value for text in visitor.text}
    assert all(f"<ins>{new}</ins>" in html(visitor) for new in ("3", "  - week*"))
    assert "Adopting this voids 0 approvals" in words(visitor)
    visitor.button(key="settings.policy_try").click().run()
    assert "would come out otherwise" in words(visitor)
    visitor.button(key="settings.policy_propose").click().run()
    assert "Say why the policy should change" in visitor.error[0].value
    visitor.text_input(key="settings.policy_reason").set_value("No weeks")
    visitor.button(key="settings.policy_propose").click().run()
    assert "P1 waits for a second person" in visitor.success[0].value
    assert looked(lambda app: app.policies.in_force().number) == 1
    as_person(visitor, "approver")
    visitor.text_input(key="settings.policy_why_P1").set_value("Agreed")
    visitor.button(key="settings.policy_adopt_P1").click().run()
    sound(visitor)
    assert "Version 2 is in force" in words(visitor)
    now = looked(lambda app: app.policies.in_force())
    assert (now.number, now.safety.hate.review_at, now.safety.hate.block_at) == (2, 1, 3)
    assert "week*" in now.brand.prohibited
    assert "# Severities run from 0" not in now.texts.brand
    assert now.texts.thresholds.startswith("# What a new workspace")  # comments stay


def test_who_may_not_decide_finds_closed_buttons_and_why(visit, loaded, looked):
    visitor = visit("settings", loaded, "admin")
    visitor.number_input(key="settings.policy_subject_max").set_value(40).run()
    visitor.text_input(key="settings.policy_reason").set_value("Short")
    visitor.button(key="settings.policy_propose").click().run()
    for name, why in (("admin", "second person"), ("marketer", "may not adopt or turn down")):
        as_person(visitor, name)
        sound(visitor)
        assert why in words(visitor)
        closed = [visitor.button(key=f"settings.policy_{b}_P1") for b in ("adopt", "reject")]
        assert all(button.disabled for button in closed)
    assert looked(lambda app: app.policies.proposal("P1").state) is ProposalState.OPEN


def test_turning_down_is_kept_with_its_reason(visit, loaded):
    visitor = visit("settings", loaded, "admin")
    visitor.number_input(key="settings.policy_words_max").set_value(150).run()
    visitor.text_input(key="settings.policy_reason").set_value("Shorter")
    visitor.button(key="settings.policy_propose").click().run()
    as_person(visitor, "approver")
    visitor.text_input(key="settings.policy_why_P1").set_value("Too short")
    visitor.button(key="settings.policy_reject_P1").click().run()
    sound(visitor)
    assert "P1 is turned down" in visitor.success[0].value
    assert "Turned down by approver" in words(visitor)
    assert "Too short" in words(visitor)


@pytest.mark.parametrize(
    ("part", "old", "new", "said"),
    [
        ("brand", "subject_max: 60", "subject_mx: 60", "unknown key 'subject_mx'"),
        ("brand", "- cheap", "- [cheap", "this is not valid YAML"),
        ("thresholds", "block_at: 4", "block_at: often", "hate.block_at"),
        ("approval", "approvers: 1 ", "approvers: 0 ", "approvers: "),
    ],
)
def test_yaml_that_cannot_be_names_its_line_and_offers_no_button(
    visit, loaded, part, old, new, said
):
    visitor = visit("settings", loaded, "admin")
    visitor.radio(key="settings.policy_view").set_value("YAML").run()
    sound(visitor)
    area = visitor.text_area(key=f"settings.policy_yaml_{part}")
    assert old in area.value
    area.set_value(area.value.replace(old, new, 1)).run()
    shown = words(visitor)
    assert said in shown
    assert "line" in shown
    assert not [b for b in visitor.button if b.key == "settings.policy_propose"]


def test_fields_begin_anew_with_the_policy_in_force(visit, loaded, looked):
    visitor = visit("settings", loaded, "admin")
    visitor.number_input(key="settings.policy_subject_max").set_value(40).run()
    visitor.text_input(key="settings.policy_reason").set_value("Short")
    visitor.button(key="settings.policy_propose").click().run()
    looked(lambda app: app.policies.adopt("P1", reason="Yes", by=app.people.get("approver")))
    visitor.run()
    sound(visitor)
    assert visitor.number_input(key="settings.policy_subject_max").value == 40
    assert "Nothing differs from the policy in force yet" in words(visitor)


def test_the_sandbox_shows_what_would_flip_and_proposes(visit, written, looked):
    visitor = visit("content_checks", written, "admin", CAMPAIGN)
    sound(visitor)
    visitor.text_area(key="content_checks.what_if_words").set_value("order*").run()
    visitor.button(key="content_checks.what_if_show").click().run()
    sound(visitor)
    texts = looked(lambda app: app.policies.in_force().texts)
    from_core = looked(
        lambda app: app.policies.what_if.of(
            type(texts)(
                texts.thresholds,
                texts.brand.replace("  - figure-fixing", "  - figure-fixing\n  - order*"),
                texts.approval,
            )
        )
    )
    assert f"{len(from_core.flips)} of {len(from_core.texts)} checked texts" in words(visitor)
    assert "'order': The brand rules prohibit this" in words(visitor)
    visitor.text_input(key="content_checks.what_if_reason").set_value("No orders")
    visitor.button(key="content_checks.what_if_propose").click().run()
    assert "P1 waits for a second person" in visitor.success[0].value
    entry = looked(lambda app: app.audit.latest(1)[0])
    assert (entry.action, entry.actor) == ("propose policy", "admin")
    assert "order*" in json.loads(entry.detail)["changes"]["brand_rules.yaml prohibited"]["to"]


def test_the_sandbox_is_for_who_may_propose(visit, written):
    visitor = visit("content_checks", written, "marketer", CAMPAIGN)
    sound(visitor)
    assert "What if the line were elsewhere" not in words(visitor)


def test_the_filters_of_the_audit_log_stand_in_the_address(visit, written):
    visitor = visit("content_checks", written, "analyst", CAMPAIGN)
    visitor.selectbox(key="content_checks.action").select("add person").run()
    visitor.text_input(key="content_checks.subject").set_value("approver").run()
    sound(visitor)
    assert visitor.query_params["action"] == "add person"
    assert visitor.query_params["subject"] == "approver"
    visitor.selectbox(key="content_checks.action").set_value(None).run()
    assert "action" not in visitor.query_params
