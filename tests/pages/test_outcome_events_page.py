"""Events on the Results page: brought in, counted, and read by the mapping of a sender."""

import pandas as pd
import pytest

from core.orchestrator import config
from core.orchestrator.wiring import opened
from tests.pages.reading import sound, words
from tests.pages.test_home_send_results import approved, exported

__all__ = ["approved", "exported"]  # fixtures, made once for both files

CAMPAIGN = "dress-for-the-week"
MAP = """event: what
event_id: uid
customer_id: who
time: at
amount: paid
currency_of_all: EUR
values:
  Mail out: sent
  Bought: ordered
"""


@pytest.fixture
def results(visit, exported, tmp_path):
    """The page, and two assigned customers with a moment within the days that count."""

    def open_page():
        visitor = visit("results", exported, "analyst", CAMPAIGN)
        with opened(config.load(tmp_path / "workspace", environment={})) as app:
            assigned = app.send.context.table(f"assignments-{CAMPAIGN}")
            customers = pd.read_parquet(assigned).customer_id[:2]
            return visitor, list(customers), app.send.context.now().isoformat()

    return open_page


def bring(visitor, content):
    visitor.file_uploader(key="results.upload").upload("events.csv", content.encode())
    visitor.button(key="results.import").click().run()
    sound(visitor)


def test_events_are_counted_by_kind_and_what_is_set_apart_is_said(results):
    visitor, (one, two), now = results()
    bring(
        visitor,
        "event_id,customer_id,event,time,amount,currency,order_id,bot\n"
        f"1,{one},sent,{now},,,,\n2,{one},clicked,{now},,,,1\n3,{two},visited,{now},,,,\n"
        f"4,{two},ordered,{now},12.5,EUR,o1,\n5,{two},refunded,{now},2,EUR,o9,\n",
    )
    said = visitor.success[0].value
    assert "The file brought 5 new events and 0 that were known" in said
    assert "clicked 1, visited 1, ordered 1, refunded 1; amounts in EUR" in said
    assert "1 clicks or opens are of machines" in said
    assert "refunds are of an order that is not known" in said
    seen = words(visitor)
    assert "Amounts are in EUR." in seen
    assert "have no event of any kind and count as 0" in seen
    tables = [table.value.to_string() for table in visitor.table]
    assert any("With outcomes" in table and "no event of any kind" in table for table in tables)


def test_a_mapping_is_edited_saved_and_chosen_by_itself_the_next_time(results):
    visitor, (one, two), now = results()
    content = f"uid,who,what,at,paid\n1,{one},Mail out,{now},\n2,{two},Bought,{now},9.90\n"
    bring(visitor, content)
    assert "events.csv" in visitor.error[0].value
    visitor.text_area(key="results.mapping").set_value(MAP)
    visitor.text_input(key="results.mapping_name").set_value("our shop")
    visitor.button(key="results.save_mapping").click().run()
    sound(visitor)
    assert "our shop" in visitor.success[0].value
    assert visitor.selectbox(key="results.sender").options[1] == "our shop"
    bring(visitor, content)
    assert "2 new events" in visitor.success[0].value


def test_before_the_events_that_decide_have_come_the_page_says_so_and_takes_them(results):
    visitor, (one, two), now = results()
    bring(visitor, f"event_id,customer_id,event,time\n1,{one},sent,{now}\n2,{two},sent,{now}\n")
    assert "The events do not hold visit yet, which decides" in words(visitor)
    bring(visitor, f"event_id,customer_id,event,time\n3,{one},visited,{now}\n")
    assert "do not hold" not in words(visitor)


def test_a_mapping_that_cannot_be_is_refused_in_a_sentence(results):
    visitor, _, _ = results()
    visitor.text_area(key="results.mapping").set_value("event: what\nzone: Mars\n")
    visitor.button(key="results.save_mapping").click().run()
    sound(visitor)
    assert "there is no time zone 'Mars'" in visitor.error[0].value
