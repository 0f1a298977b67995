"""A browser keeps what was typed into a field; a form about something else must not show it."""

from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from core.models.campaign import Brief, Campaign
from core.orchestrator import config
from core.orchestrator.application import Application
from core.orchestrator.wiring import opened
from tests.browser.conftest import serving
from tests.browser.desk import Desk
from ui.message_grid import label

FIRST, SECOND = "Dress for the week", "Boots for the winter"
FIRST_ID = "dress-for-the-week"
SECOND_BRIEF = Brief(
    name=SECOND,
    goal="Look at the boots",
    hypothesis="Boots bring visits in winter",
    must_say=("Warm feet",),
    holdout=0.4,
    outcome_days=21,
    in_stages=True,
    guardrails=("unsubscribe:proportion:rise:0.0005",),
    same_message=None,
)


@pytest.fixture(scope="module")
def app(written: Path) -> Iterator[Application]:
    with opened(config.load(written, environment={})) as application:
        yield application


@pytest.fixture(scope="module")
def served(written: Path) -> Iterator[str]:
    with serving(written) as address:
        yield address


@pytest.fixture(scope="module")
def second_id(app: Application) -> str:
    """A second campaign beside that of the demo, on the same segments."""
    first = app.campaigns.get(FIRST_ID)
    return app.campaigns.create(
        SECOND_BRIEF,
        by=app.people.get("marketer"),
        dataset_id=first.dataset_id,
        segmentation_id=first.segmentation_id,
    ).campaign_id


def test_each_campaign_shows_its_own_brief_and_saving_one_leaves_the_other(
    app: Application, chromium: Browser, second_id: str, served: str
) -> None:
    first, second = app.campaigns.get(FIRST_ID), app.campaigns.get(second_id)
    desk = Desk(chromium, served, "marketer")
    _opens_the_brief(desk, first)
    _types_without_saving(desk)
    desk.choose("frame.campaign", SECOND)
    _shows(desk, second)
    desk.choose("frame.campaign", FIRST)
    _shows(desk, first)
    _types_without_saving(desk)
    desk.choose("frame.campaign", SECOND)
    _shows(desk, second)
    desk.fill("messages.brief_goal", "Try the boots on")
    desk.click("messages.save_brief")
    desk.said("The brief is stored")
    assert app.campaigns.get(FIRST_ID) == first
    saved = app.campaigns.get(second_id).brief
    assert asdict(saved) == asdict(replace(second.brief, goal="Try the boots on"))


def test_a_new_brief_starts_empty_after_that_of_a_campaign(
    app: Application, chromium: Browser, served: str
) -> None:
    desk = Desk(chromium, served, "marketer")
    _opens_the_brief(desk, app.campaigns.get(FIRST_ID))
    _types_without_saving(desk)
    _view(desk, "New brief")
    for name in ("name", "goal", "hypothesis", "must_say"):
        _holds(desk, name, "")
    _holds(desk, "holdout", "25.00")
    desk.fill("messages.brief_name", "Begun and left")
    _view(desk, "Brief")
    _shows(desk, app.campaigns.get(FIRST_ID))


def test_an_edit_begun_in_one_message_is_not_saved_with_the_next(
    app: Application, chromium: Browser, served: str
) -> None:
    one, other = app.messages.variants(FIRST_ID)[:2]
    desk = Desk(chromium, served, "marketer")
    desk.go("Campaign", "Messages")
    desk.choose("frame.campaign", FIRST)
    desk.choose("messages.variant", label(one))
    desk.page.get_by_text("Edit the text").click()
    desk.fill("messages.edit_body", "Nobody saved this text")
    desk.choose("messages.variant", label(other))
    expect(desk.key("messages.edit_body").locator("textarea")).to_have_value(other.message.body)
    desk.fill("messages.edit_subject", "A better subject")
    desk.click("messages.save")
    desk.said("Revision 2 is stored")
    assert app.messages.get(one.variant_id).message == one.message
    kept = replace(other.message, subject="A better subject")
    assert app.messages.get(other.variant_id).message == kept


def test_another_file_of_customers_starts_with_its_own_choices(
    chromium: Browser, served: str
) -> None:
    desk = Desk(chromium, served, "marketer")
    desk.go("Campaign", "Customers")
    _uploads(desk, "first.csv", b"id,spend,age\nA1,5,30\nA2,7,41\n")
    desk.choose("customers.id_column", "spend")
    desk.fill("customers.name", "Nobody wanted this name")
    _uploads(desk, "second.csv", b"id,spend,age\nB1,6,31\nB2,8,42\n")
    expect(desk.key("customers.name").locator("input")).to_have_value("second")
    expect(desk.key("customers.id_column").locator("input").first).to_have_value("id")
    desk.click("customers.use")
    desk.said("second is in use: 2 customers")


def _uploads(desk: Desk, name: str, content: bytes) -> None:
    chooser = desk.key("customers.upload").locator("input[type=file]")
    chooser.set_input_files({"name": name, "mimeType": "text/csv", "buffer": content})
    expect(desk.key("customers.upload").get_by_text(name)).to_be_visible()
    desk.settled()
    desk.said("What becomes of the rows")


def _opens_the_brief(desk: Desk, campaign: Campaign) -> None:
    desk.go("Campaign", "Messages")
    desk.choose("frame.campaign", campaign.name)
    _view(desk, "Brief")
    _shows(desk, campaign)


def _view(desk: Desk, view: str) -> None:
    desk.key("messages.view").get_by_text(view, exact=True).click()
    desk.settled()


def _types_without_saving(desk: Desk) -> None:
    """Into fields that run the page at once, and into fields of the form, which wait."""
    desk.fill("messages.brief_name", "Nobody saved this name")
    desk.fill("messages.brief_holdout", "33")
    desk.fill("messages.brief_hypothesis", "Nobody saved this hypothesis")
    desk.fill("messages.brief_must_say", "Nobody saved this line")
    # The same in both briefs, so that only the browser knows of a change.
    desk.fill("messages.brief_must_not_say", "Nobody saved this either")


def _shows(desk: Desk, campaign: Campaign) -> None:
    brief = campaign.brief
    expect(desk.page.get_by_role("heading", name=campaign.name)).to_be_visible()
    _holds(desk, "name", brief.name)
    _holds(desk, "goal", brief.goal)
    _holds(desk, "holdout", f"{brief.holdout * 100:.2f}")
    _holds(desk, "outcome_days", str(brief.outcome_days))
    _holds(desk, "hypothesis", brief.hypothesis)
    _holds(desk, "must_say", "\n".join(brief.must_say))
    _holds(desk, "must_not_say", "\n".join(brief.must_not_say))
    stages = desk.key("messages.brief_in_stages").locator("input")
    expect(stages).to_be_checked(checked=brief.in_stages)


def _holds(desk: Desk, name: str, text: str) -> None:
    field = desk.key(f"messages.brief_{name}").locator("input, textarea").first
    expect(field).to_have_value(text)
