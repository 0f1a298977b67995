"""Can this test answer it? Live beside the brief, on the checklist, and on the team's own data."""

import pytest
from streamlit.testing.v1 import AppTest

from core.orchestrator import config
from core.orchestrator.wiring import opened
from tests.pages.conftest import CAMPAIGN, SLOW_S
from tests.pages.reading import sound, words

FINISHED = "mens-and-womens-mailing"


@pytest.fixture
def brief(visit, loaded):
    """The brief of the next mailing, open for changes."""
    visitor = visit("messages", loaded, "marketer", CAMPAIGN)
    visitor.segmented_control(key="messages.view").set_value("Brief").run()
    sound(visitor)
    return visitor


def stored(folder):
    with opened(config.load(folder, environment={})) as app:
        return app.campaigns.get(CAMPAIGN).brief


def tables(visitor):
    return [t.value for t in visitor.table]


def test_the_answer_stands_beside_the_brief_overall_and_by_segment(brief):
    seen = words(brief)
    assert "Can this test answer it?" in seen
    assert "This test cannot answer whether the message brings +10 %" in seen
    assert "10.5 %, from the brief" in seen
    assert "exploratory" in seen
    reaches, ways = tables(brief)[:2]
    assert reaches.iloc[0, 0] == "All customers"
    assert len(reaches) == 6
    assert "yes" in set(ways["Answers"])


def test_the_answer_follows_every_change_and_nothing_is_stored(brief, tmp_path):
    brief.number_input(key="messages.brief_effect").set_value(40.0).run()
    sound(brief)
    assert "This test can answer whether the message brings +40 %" in words(brief)
    brief.number_input(key="messages.brief_effect").set_value(15.0).run()
    assert "This test cannot answer whether the message brings +15 %" in words(brief)
    brief.multiselect(key="messages.brief_tones").set_value(["urgent"])
    brief.number_input(key="messages.brief_holdout").set_value(50.0).run()
    sound(brief)
    assert "This test can answer whether the message brings +15 %" in words(brief)
    assert stored(tmp_path / "workspace").holdout == 0.25


def test_a_brief_without_tones_is_told_so_in_the_box(brief):
    brief.multiselect(key="messages.brief_tones").set_value([]).run()
    assert "Choose at least one tone" in brief.error[0].value
    assert not brief.exception


def test_what_is_usual_for_one_metric_is_not_taken_for_another(brief, tmp_path):
    brief.selectbox(key="messages.brief_metric").set_value("spend:mean").run()
    sound(brief)
    amount = brief.number_input(key="messages.brief_baseline")
    assert (amount.value, amount.label) == (None, "Usual value, if known")
    assert "“No E-Mail” of “Men's and women's mailing" in words(brief)
    amount.set_value(2.0).run()
    assert "2, from the brief; its deviation from" in words(brief)
    brief.button(key="messages.save_brief").click().run()
    sound(brief)
    assert stored(tmp_path / "workspace").baseline == 2.0
    brief.selectbox(key="messages.brief_metric").set_value("visit:proportion").run()
    assert brief.number_input(key="messages.brief_baseline").value is None
    brief.selectbox(key="messages.brief_metric").set_value("spend:mean").run()
    assert brief.number_input(key="messages.brief_baseline").value == 2.0


def test_a_saved_brief_is_what_was_judged(brief, tmp_path):
    brief.number_input(key="messages.brief_effect").set_value(15.0)
    brief.number_input(key="messages.brief_baseline").set_value(12.0)
    brief.button(key="messages.save_brief").click().run()
    sound(brief)
    kept = stored(tmp_path / "workspace")
    assert (kept.smallest_effect, kept.baseline) == (0.15, 0.12)
    assert "12 %, from the brief" in words(brief)


def test_a_new_brief_is_answered_from_what_is_known(visit, loaded):
    visitor = visit("messages", loaded, "marketer", CAMPAIGN)
    visitor.segmented_control(key="messages.view").set_value("New brief").run()
    sound(visitor)
    assert "10.53 %, from “No E-Mail” of" in words(visitor)


def test_the_checklist_carries_the_answer_as_an_advice(visit, loaded):
    visitor = visit("send", loaded, "marketer", CAMPAIGN)
    sound(visitor)
    line = next(m.value for m in visitor.markdown if "can answer its question" in m.value)
    assert "orange-badge" in line
    assert "cannot answer" in line


def own_data_page(campaign_id):
    import streamlit as st  # noqa: PLC0415 - the script of a page, run by itself

    from ui import planning, state  # noqa: PLC0415 - as above

    st.title("Results")
    planning.own_data(state.campaigns()[campaign_id])


def test_false_alarms_are_counted_on_the_teams_own_data(workspace, loaded):
    workspace(loaded)
    script = AppTest.from_function(own_data_page, default_timeout=SLOW_S, args=(FINISHED,)).run()
    assert not script.table
    script.button(key="results.placebo").click().run()
    sound(script)
    rows = script.table[0].value
    assert set(rows["Metric"]) == {"Visits", "Conversions", "Spend"}
    assert all("95\N{NO-BREAK SPACE}%:" in text for text in rows["False alarms"])
    assert "keep their promise" in words(script)
    script.run()  # what was counted stays in view
    assert script.table
