"""What holds for all pages: empty, loaded, strangers, deep links, errors in words, keys."""

import logging
from itertools import pairwise
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.conftest import CAMPAIGN, ROOT, SLOW_S
from tests.pages.reading import PAGES, markdown, sound, words
from ui.words import plain

SIDE = {"frame.person", "frame.campaign"}
# Sections of a page that name their own keys.
SECTIONS = {"settings": ("people", "policy", "health")}
KINDS = ("button", "selectbox", "text_input", "text_area", "number_input", "multiselect")


@pytest.mark.parametrize("page", PAGES)
def test_a_stranger_in_an_empty_workspace_is_sent_to_the_demo(page, visit):
    visitor = visit(page, None)
    sound(visitor)
    assert ("Open the demo" in words(visitor)) or ("This workspace is empty" in words(visitor))


@pytest.mark.parametrize("page", PAGES)
def test_nothing_is_possible_before_somebody_says_who_they_are(page, visit, loaded):
    visitor = visit(page, loaded)
    sound(visitor)
    assert "Who are you?" in words(visitor)
    assert [b.key for b in visitor.button] == []
    assert visitor.selectbox(key="frame.person").value is None


@pytest.mark.parametrize("page", PAGES)
def test_every_role_can_look_at_every_page_whose_widgets_have_keys_of_it(page, visit, written):
    visitor = visit(page, written, "marketer")
    for person in ("marketer", "approver", "analyst", "admin"):
        visitor.selectbox(key="frame.person").select(person).run()
        sound(visitor)
        assert not visitor.error, person
        assert visitor.title[0].value
        levels = [int(e.tag[1]) for e in visitor.main if e.type in {"title", "header", "subheader"}]
        assert levels[0] == 1
        assert all(below - above <= 1 for above, below in pairwise(levels)), person
        keys = {w.key for kind in KINDS for w in visitor.get(kind)} - SIDE
        assert {str(key).partition(".")[0] for key in keys} <= {page, *SECTIONS.get(page, ())}


@pytest.mark.parametrize("page", PAGES)
def test_a_page_opened_without_the_app_around_it_still_asks_who_is_there(page, workspace, written):
    workspace(written)
    visitor = AppTest.from_file(str(ROOT / "pages" / f"{page}.py"), default_timeout=SLOW_S).run()
    sound(visitor)
    assert "Who are you?" in words(visitor)
    visitor.selectbox(key="frame.person").select("approver").run()
    sound(visitor)
    assert "Who are you?" not in words(visitor)


def test_a_campaign_in_the_address_is_the_one_in_view(visit, written):
    visitor = visit("messages", written, "marketer", "mens-and-womens-mailing")
    assert visitor.selectbox(key="frame.campaign").value == "mens-and-womens-mailing"
    visitor.selectbox(key="frame.campaign").select(CAMPAIGN).run()
    assert visitor.query_params["campaign"] == CAMPAIGN


def test_an_unknown_campaign_in_the_address_changes_nothing(visit, written):
    visitor = visit("messages", written, "marketer", "no-such-campaign")
    sound(visitor)
    assert visitor.selectbox(key="frame.campaign").value == CAMPAIGN


def test_an_unexpected_failure_is_one_sentence_and_the_log_has_the_rest(
    visit, written, monkeypatch, caplog
):
    def broken(*_):
        raise ZeroDivisionError("secret inside of the product")

    monkeypatch.setattr("ui.segment_cards.cards", broken)
    with caplog.at_level(logging.ERROR, logger="core.pages"):
        visitor = visit("segments", written, "marketer")
    assert not visitor.exception
    said = visitor.error[0].value
    assert "secret" not in said
    reference = said.rstrip(".").split()[-1]
    assert reference in caplog.text
    assert "ZeroDivisionError" in caplog.text


def test_a_workspace_that_cannot_be_written_is_said_in_words(tmp_path: Path, monkeypatch):
    in_the_way = tmp_path / "file"
    in_the_way.write_text("not a folder")
    monkeypatch.setenv("CPO_WORKSPACE", str(in_the_way))
    visitor = AppTest.from_file(str(ROOT / "app.py"), default_timeout=SLOW_S).run()
    assert not visitor.exception
    assert "cannot be written" in visitor.error[0].value


def test_another_sign_in_than_local_lets_nobody_in(visit, written, monkeypatch):
    monkeypatch.setenv("CPO_AUTH", "oidc")
    visitor = visit("approvals", written, "approver")
    assert "Nobody is let in" in visitor.error[0].value
    assert not visitor.button


@pytest.mark.parametrize(
    "text",
    ["![x](http://evil/p.png)", "[a](http://b)", "<img src=x>", "**b**", "_i_", "`c`", ":red[x]",
     ":material/home:", "$x$", "# h", "1. x", "- x", "~~s~~", "| a |"],
)  # fmt: skip
def test_plain_text_makes_no_markup(text):
    shown = plain(text)
    assert shown != text
    assert not any(f"{start}" in shown.replace(f"\\{start}", "") for start in "[<*`$~|")


def test_no_page_says_winner_or_shouts(visit, written):
    visitor = visit("home", written, "marketer")
    for page in PAGES[1:]:
        visitor.switch_page(f"pages/{page}.py").run()
        seen = words(visitor)
        assert "winner" not in seen.lower()
        assert not any(text.rstrip().endswith("!") for text in markdown(visitor))
