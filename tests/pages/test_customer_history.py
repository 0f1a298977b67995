"""The page of one customer: masked, revealed with a reason, and never of two people at once."""

import re

import pytest

from core.orchestrator import config
from core.orchestrator.wiring import opened
from tests.pages.reading import html, sound, words

ID = re.compile(r"C\d{5}|c\d{5}@")
WEI, SEAN = "C00001", "C00002"


def looked_up(page, customer):
    page.text_input(key="history.customer").set_value(customer)
    return page.button(key="history.look_up").click().run()


def seen(page):
    return words(page) + html(page) + " ".join(str(e.label) for e in page.expander)


def labels(page):
    return [b.proto.label for b in page.get("download_button")]


def test_a_masked_story_and_the_next_one_hold_nobody_else(visit, loaded):
    page = looked_up(visit("history", loaded, "analyst"), WEI)
    sound(page)
    assert "C…01" in seen(page)
    assert not ID.findall(seen(page))
    assert "Wei" not in seen(page)
    assert "Past year spend</dt><dd>142.44" in html(page)
    page = looked_up(page, SEAN)
    assert "C…02" in seen(page)
    assert "C…01" not in seen(page)
    assert "142.44" not in seen(page)
    assert not page.query_params.get("customer")


def test_a_reveal_needs_a_reason_is_recorded_and_ends_with_the_person(visit, loaded):
    page = looked_up(visit("history", loaded, "marketer"), WEI)
    page.button(key="history.reveal").click().run()
    assert "Say why" in page.error[0].value
    page.text_input(key="history.reason").set_value("asked by letter")
    page.button(key="history.reveal").click().run()
    sound(page)
    assert set(ID.findall(seen(page))) == {WEI, "c00001@"}
    assert "Wei" in html(page)
    assert page.text_input(key="history.reason").value == ""
    page.button(key="history.cover").click().run()
    assert not ID.findall(html(page))
    page.text_input(key="history.reason").set_value("asked by letter")
    page.button(key="history.own").click().run()
    assert any("For the customer (PDF)" in each for each in labels(page))
    with opened(config.load()) as app:
        actions = [e.action for e in app.audit.latest(2)]
    assert actions == ["copy customer history", "reveal customer history"]
    page.selectbox(key="frame.person").select("analyst").run()
    assert not ID.findall(html(page))
    assert not [e for e in page.get("download_button") if "own" in str(e.key)]


def test_who_may_not_reveal_reads_why(visit, loaded):
    page = looked_up(visit("history", loaded, "approver"), WEI)
    assert "may not see who a customer is" in words(page)
    with pytest.raises(KeyError):
        page.button(key="history.reveal")


def test_an_unknown_customer_is_one_plain_sentence_and_nobody_is_shown(visit, loaded):
    page = looked_up(looked_up(visit("history", loaded, "analyst"), WEI), "C99999")
    assert "There is no customer" in page.error[0].value
    assert "C…01" not in html(page)


def test_the_empty_page_names_an_example_and_the_address_takes_no_id(visit, loaded):
    page = visit("history", loaded, "analyst")
    assert ID.findall(page.info[0].value)
    page.query_params["customer"] = WEI
    page.run()
    assert "no customer id is taken from it" in page.warning[0].value
    assert not page.query_params.get("customer")
    assert "C…01" not in seen(page)


def test_what_is_shown_goes_when_a_customer_is_erased(visit, loaded):
    page = looked_up(visit("history", loaded, "marketer"), WEI)
    with opened(config.load()) as app:
        app.erasing.erase(WEI, reason="asked by letter", by=app.people.get("admin"))
    page.run()
    assert "erased meanwhile" in page.info[0].value
    assert "142.44" not in html(page)
    page = looked_up(page, WEI)
    assert "This customer was erased on request" in html(page)
