"""The first minutes, the lock, and the reading of outcomes."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

from core.models.approval import ReviewDecision
from core.models.campaign import CampaignState
from core.orchestrator import config
from core.orchestrator.wiring import opened
from tests.pages.conftest import CAMPAIGN
from tests.pages.reading import sound, words

FINISHED = "mens-and-womens-mailing"


@pytest.fixture(scope="session")
def approved(written: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo with every message approved; nobody may change it."""
    folder = Path(shutil.copytree(written, tmp_path_factory.mktemp("approved") / "workspace"))
    with opened(config.load(folder, environment={})) as app:
        for variant in app.approvals.queue(CAMPAIGN):
            app.approvals.decide(
                variant.variant_id,
                ReviewDecision.APPROVE,
                revision=variant.revision,
                reason="",
                by=app.people.get("approver"),
            )
    return folder


@pytest.fixture(scope="session")
def exported(approved: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo after the export; nobody may change it."""
    folder = Path(shutil.copytree(approved, tmp_path_factory.mktemp("exported") / "workspace"))
    with opened(config.load(folder, environment={})) as app:
        marketer = app.people.get("marketer")
        app.send.prepare(CAMPAIGN, by=marketer)
        app.send.export(CAMPAIGN, profile="generic", out=folder / "reports" / "x", by=marketer)
    return folder


def test_the_demo_opens_with_one_click(visit):
    visitor = visit("home", None)
    visitor.button(key="home.demo").click().run()
    sound(visitor)
    visitor.selectbox(key="frame.person").select("marketer").run()
    sound(visitor)
    seen = words(visitor)
    assert "Dress for the week" in seen
    assert "Use Mens E-Mail" in seen
    assert visitor.button(key="home.next").label == "Generate the messages"


def test_the_first_person_of_an_own_workspace_can_add_an_approver(visit, tmp_path):
    visitor = visit("home", None)
    visitor.text_input(key="home.name").set_value("Ada")
    visitor.button(key="home.start").click().run()
    sound(visitor)
    assert visitor.selectbox(key="frame.person").value == "Ada"
    visitor.switch_page("pages/customers.py").run()
    assert visitor.selectbox(key="frame.person").value == "Ada"
    visitor.switch_page("pages/home.py").run()
    visitor.text_input(key="home.person_name").set_value("Grace")
    visitor.multiselect(key="home.person_roles").set_value(["approver"])
    visitor.button(key="home.add_person").click().run()
    sound(visitor)
    with opened(config.load(tmp_path / "workspace", environment={})) as app:
        assert {p.name: set(p.roles) for p in app.people.everyone()} == {
            "Ada": {"admin", "marketer"},
            "Grace": {"approver"},
        }


def test_what_waits_depends_on_the_role(visit, written):
    visitor = visit("home", written, "approver")
    assert "16 messages to review" in str([link.label for link in visitor.get("page_link")])
    visitor.selectbox(key="frame.person").select("analyst").run()
    assert "Nothing waits for you." in words(visitor)


def test_nothing_can_be_prepared_while_something_is_open(visit, written):
    visitor = visit("send", written, "marketer")
    assert visitor.button(key="send.prepare").disabled
    assert "16 of 16 are not" in words(visitor)


def test_a_finished_mailing_of_elsewhere_cannot_be_sent(visit, written):
    visitor = visit("send", written, "marketer", FINISHED)
    sound(visitor)
    assert "was sent elsewhere" in words(visitor)


def test_preparing_needs_the_name_of_the_campaign_and_locks_once(visit, approved, tmp_path):
    visitor = visit("send", approved, "marketer")
    visitor.button(key="send.prepare").click().run()
    assert "Type the name" in visitor.error[0].value
    visitor.text_input(key="send.confirm").set_value("Dress for the week")
    visitor.button(key="send.prepare").click().run()
    sound(visitor)
    assert "Nothing has been sent" in visitor.success[0].value
    counts = visitor.dataframe[0].value
    assert counts.iloc[-1, 1:].sum() == counts.iloc[:-1, 1:].to_numpy().sum()
    visitor.button(key="send.export").click().run()
    sound(visitor)
    with opened(config.load(tmp_path / "workspace", environment={})) as app:
        assert app.campaigns.get(CAMPAIGN).state is CampaignState.EXPORTED
        (first,) = app.send.exports(CAMPAIGN)
        assert (first.folder / "manifest.json").is_file()
        assert first.profile == "generic"


def test_another_sender_is_chosen_on_the_page_and_gets_the_same_words(visit, exported, tmp_path):
    visitor = visit("send", exported, "marketer")
    assert visitor.selectbox(key="send.profile").options == [
        "Any sender", "Braze", "Klaviyo", "Mailchimp", "Customer.io",
    ]  # fmt: skip
    visitor.selectbox(key="send.profile").set_value("mailchimp").run()
    visitor.button(key="send.export").click().run()
    sound(visitor)
    assert "Mailchimp: " in words(visitor)
    with opened(config.load(tmp_path / "workspace", environment={})) as app:
        second, first = app.send.exports(CAMPAIGN)
    assert (second.profile, first.profile) == ("mailchimp", "generic")
    assert second.recipients == first.recipients
    assert "CHECKLIST.txt" in second.files


def test_an_approver_can_neither_prepare_nor_export(visit, approved):
    visitor = visit("send", approved, "approver")
    assert visitor.button(key="send.prepare").disabled
    assert "may not prepare a send" in words(visitor)


def test_the_true_lift_of_the_demo_is_there_at_first_sight(visit, loaded):
    visitor = visit("results", loaded, "analyst", FINISHED)
    sound(visitor)
    assert visitor.get("plotly_chart")
    table = next(d.value for d in visitor.dataframe if "Rate" in d.value)
    row = table[table["Group"] == "Mens E-Mail"].iloc[0].to_dict()
    assert row["Rate"] == "18.29 %"
    assert row["Difference in points (95 %)"].startswith("+7.75 (")
    assert "SIMULATED" not in words(visitor)


def test_without_outcomes_the_newest_result_stands_below(visit, loaded):
    visitor = visit("results", loaded, "marketer", CAMPAIGN)
    sound(visitor)
    assert "No outcomes yet" in words(visitor)
    assert "Meanwhile" in words(visitor)
    assert visitor.get("plotly_chart")


def test_simulated_outcomes_are_marked_and_decided_about(visit, exported):
    visitor = visit("results", exported, "analyst", CAMPAIGN)
    visitor.number_input(key="results.lift").set_value(30.0)
    visitor.button(key="results.simulate").click().run()
    sound(visitor)
    assert words(visitor).count("SIMULATED") > 2
    visitor.button(key="results.decide").click().run()
    assert "Give a reason" in visitor.error[0].value
    visitor.text_area(key="results.reason").set_value("A rehearsal **only**")
    visitor.button(key="results.decide").click().run()
    sound(visitor)
    assert "A rehearsal **only**" in words(visitor)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"customer_id,visit\nNOBODY,1\n", "NOBODY"),
        (b"customer_id,visit\nC00001,often\n", "line 2"),
        (b"who,visit\nC00001,1\n", "customer_id"),
        (b"", "results.csv"),
    ],
)
def test_a_bad_file_of_outcomes_is_refused_in_words(content, said, visit, exported):
    visitor = visit("results", exported, "analyst", CAMPAIGN)
    visitor.file_uploader(key="results.upload").upload("results.csv", content)
    visitor.button(key="results.import").click().run()
    sound(visitor)
    assert said in visitor.error[0].value


def test_rows_of_strangers_are_left_out_where_somebody_says_so(visit, exported, tmp_path):
    visitor = visit("results", exported, "analyst", CAMPAIGN)
    with opened(config.load(tmp_path / "workspace", environment={})) as app:
        assigned = app.send.context.table(f"assignments-{CAMPAIGN}")
        one, two = pd.read_parquet(assigned).customer_id[:2]
    content = f"who,visit\n{one},1\nNOBODY,1\n{two},0\n".encode()
    visitor.file_uploader(key="results.upload").upload("results.csv", content)
    visitor.text_input(key="results.columns").set_value("customer_id=who, visit=visit")
    visitor.checkbox(key="results.leave_out").check()
    visitor.button(key="results.import").click().run()
    sound(visitor)
    assert "1 row was of customers who are not in this test" in visitor.success[0].value


def test_an_approver_may_look_but_not_bring_in_or_decide(visit, exported):
    visitor = visit("results", exported, "approver", CAMPAIGN)
    assert visitor.button(key="results.import").disabled
    assert visitor.button(key="results.simulate").disabled
