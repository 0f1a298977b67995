"""Bringing in customers, dividing them, and looking at what may be said."""

import pytest

from core.orchestrator import config
from core.orchestrator.wiring import opened
from tests.pages.reading import html, sound, words

GOOD = b"id,email_permission,spend\nA1,yes,10\nA2,no,20\nA2,yes,30\n,yes,5\nA3,yes,40\n"


def upload(visitor, content, name="mine.csv"):
    visitor.file_uploader(key="customers.upload").upload(name, content)
    return visitor.run()


def metrics(visitor):
    return {m.label: m.value for m in visitor.metric}


def test_a_file_is_reported_before_it_is_used(visit, loaded, tmp_path):
    visitor = upload(visit("customers", loaded, "marketer"), GOOD)
    sound(visitor)
    assert visitor.selectbox(key="customers.id_column").value == "id"
    assert metrics(visitor)["Rows read"] == "31,999" or "5" in metrics(visitor).values()
    visitor.button(key="customers.use").click().run()
    sound(visitor)
    assert "is in use" in visitor.success[0].value
    with opened(config.load(tmp_path / "workspace", environment={})) as app:
        newest = app.customers.everything()[0]
    assert (newest.name, newest.rows) == ("mine", newest.report.kept)


def test_an_analyst_may_look_at_a_file_but_not_use_it(visit, loaded):
    visitor = upload(visit("customers", loaded, "analyst"), GOOD)
    visitor.button(key="customers.use").click().run()
    assert "may not import customers" in words(visitor)


@pytest.mark.parametrize("content", [b"", b"id,spend\n", b"\x00\x01\x02", b"PAR1 not really"])
def test_a_file_that_is_no_table_is_refused_in_words(content, visit, loaded):
    visitor = upload(visit("customers", loaded, "marketer"), content)
    sound(visitor)
    assert visitor.error


def test_rules_are_counted_before_they_are_kept(visit, loaded):
    visitor = visit("segments", loaded, "marketer")
    sound(visitor)
    counts = visitor.dataframe[1].value
    assert counts["Customers"].sum() == 31_999
    visitor.session_state["segments.rules"] = {
        "edited_rows": {0: {"Rule": "past_year_spend >= 1000"}},
        "added_rows": [],
        "deleted_rows": [],
    }
    visitor.run()
    assert visitor.dataframe[1].value["Customers"].iloc[0] < counts["Customers"].iloc[0]
    visitor.button(key="segments.compute").click().run()
    sound(visitor)
    assert "are stored as rules-" in visitor.success[0].value


def test_a_rule_that_cannot_be_used_is_named_and_nothing_can_be_computed(visit, loaded):
    visitor = visit("segments", loaded, "marketer")
    visitor.session_state["segments.rules"] = {
        "edited_rows": {0: {"Rule": "shoe_size > 3"}},
        "added_rows": [],
        "deleted_rows": [],
    }
    visitor.run()
    sound(visitor)
    assert "shoe" in visitor.error[0].value
    assert visitor.button(key="segments.compute").disabled


def test_rfm_says_why_it_is_not_possible(visit, loaded):
    visitor = visit("segments", loaded, "marketer")
    visitor.segmented_control(key="segments.method").set_value("rfm").run()
    assert "no order count" in visitor.error[0].value


def test_members_come_page_by_page(visit, loaded):
    visitor = visit("segments", loaded, "analyst")
    first = list(visitor.dataframe[-1].value["Customer"])
    visitor.pagination(key="segments.page").set_value(2).run()
    second = list(visitor.dataframe[-1].value["Customer"])
    assert len(first) == len(second) == 20
    assert not set(first) & set(second)


def test_a_search_shows_passages_and_what_was_left_out_with_the_reason(visit, loaded):
    visitor = visit("library", loaded, "marketer")
    visitor.text_input(key="library.query").set_value("gold member discount")
    visitor.button(key="library.search").click().run()
    sound(visitor)
    assert "5 passages found" in words(visitor)
    left_out = visitor.dataframe[0].value
    assert "PRM-013" in set(left_out["Document"])
    assert "GOLD30" not in html(visitor)


@pytest.mark.parametrize(
    ("standing", "some"), [("Expired", True), ("Quarantined", True), ("Other", False)]
)
def test_traps_are_seen_for_what_they_are(standing, some, visit, loaded):
    visitor = visit("library", loaded, "marketer")
    visitor.segmented_control(key="library.status").set_value(standing).run()
    sound(visitor)
    tables = [d for d in visitor.dataframe if "Standing" in d.value]
    assert bool(tables) is some
    if some:
        assert all(standing.lower() in text.lower() for text in tables[0].value["Standing"])


def test_a_document_opens_with_its_passages(visit, loaded):
    visitor = visit("library", loaded, "approver")
    labels = visitor.selectbox(key="library.document").options
    visitor.selectbox(key="library.document").select(labels[0]).run()
    sound(visitor)
    assert "passages:" in words(visitor)
    assert "cpo-quote" in html(visitor)


def test_documents_can_be_added_and_a_bad_one_is_named(visit, loaded):
    visitor = visit("library", loaded, "marketer")
    visitor.file_uploader(key="library.upload").upload("new.json", b"{not json")
    visitor.run()
    visitor.button(key="library.add").click().run()
    assert "new.json" in visitor.error[0].value
