"""The panel of what a message says of its readers: counts, repairs, and who may press them."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from core.models.messages import VariantState
from core.orchestrator import config
from core.orchestrator.wiring import opened
from tests.pages.conftest import CAMPAIGN
from tests.pages.reading import sound, words

OPEN = "Menswear regulars, friendly"
VARIANT = f"{CAMPAIGN}-menswear-regulars-friendly"


@pytest.fixture(scope="module")
def false_statement(written, tmp_path_factory) -> Path:
    """A message that says of its readers what is true of some; nobody may change it."""
    folder = Path(shutil.copytree(written, tmp_path_factory.mktemp("said") / "workspace"))
    with opened(config.load(folder, environment={})) as app:
        variant = app.messages.get(VARIANT)
        first, second, *rest = variant.message.body.split("\n\n")
        body = "\n\n".join((first, f"{second} You shop by phone.", *rest))
        app.messages.edit(
            VARIANT,
            replace(variant.message, body=body),
            expected_revision=variant.revision,
            by=app.people.get("marketer"),
        )
    return folder


def opened_message(visit, source, person="marketer"):
    visitor = visit("messages", source, person)
    visitor.selectbox(key="messages.variant").set_value(OPEN).run()
    sound(visitor)
    return visitor


def state_of(tmp_path):
    with opened(config.load(tmp_path / "workspace", environment={})) as app:
        return app.messages.get(VARIANT), app.campaigns.get(CAMPAIGN).brief


def test_the_count_the_values_and_the_new_size_are_shown(visit, false_statement):
    visitor = opened_message(visit, false_statement)
    said = words(visitor)
    assert "Not true of everybody" in said
    assert "True for 2,636 of 5,919. 2,636 Phone, 2,594 Web, 689 Multichannel." in said
    assert "31,999" in said
    assert "14,098" in said


@pytest.mark.parametrize("repair", ["remove_1", "conditional_1", "narrow_1"])
def test_a_press_repairs_the_message(visit, false_statement, tmp_path, repair):
    visitor = opened_message(visit, false_statement)
    visitor.button(key=f"audience.{repair}").click().run()
    sound(visitor)
    variant, brief = state_of(tmp_path)
    assert variant.state is VariantState.NEEDS_REVIEW
    assert bool(brief.audience) is (repair == "narrow_1")
    assert ("{% if" in variant.message.body) is (repair == "conditional_1")


def test_an_approver_repairs_nothing(visit, false_statement):
    visitor = opened_message(visit, false_statement, "approver")
    keys = ("remove_1", "conditional_1", "narrow_1")
    assert all(visitor.button(key=f"audience.{key}").disabled for key in keys)


def test_a_narrowed_audience_stands_on_the_send_page_and_can_be_widened(
    visit, false_statement, tmp_path
):
    visitor = opened_message(visit, false_statement)
    visitor.button(key="audience.narrow_1").click().run()
    visitor.switch_page("pages/send.py").run()
    sound(visitor)
    assert "Only customers with" in words(visitor)
    assert "outside the campaign's audience" in words(visitor)
    visitor.button(key="audience.widen").click().run()
    sound(visitor)
    assert state_of(tmp_path)[1].audience == ""
