"""Content checks: what was stopped and why, who decided, and whether the record is whole."""

import re
from dataclasses import replace
from datetime import date

import pytest

from core.content.sentences import sentences
from core.models.approval import ReviewDecision
from core.orchestrator import config
from core.orchestrator.wiring import opened
from tests.pages.conftest import CAMPAIGN
from tests.pages.reading import sound, words


def open_checks(visit, source):
    visitor = visit("content_checks", source, "analyst", CAMPAIGN)
    sound(visitor)
    assert not visitor.error
    return visitor


def metrics(visitor):
    return {m.label: m.value for m in visitor.metric}


def test_nothing_screened_says_so_and_the_audit_log_is_there(visit, loaded):
    visitor = open_checks(visit, loaded)
    assert "Nothing screened yet" in words(visitor)
    assert visitor.dataframe


def test_the_counts_are_those_of_the_report(visit, written, tmp_path):
    visitor = open_checks(visit, written)
    with opened(config.load(tmp_path / "workspace", environment={})) as app:
        found = app.screenings.everything(CAMPAIGN)
        came_to = app.screenings.outcomes(found)
    assert metrics(visitor) == {
        "Screenings": str(len(found)),
        "Passed": str(came_to.passed),
        "To look at": str(came_to.looked_at),
        "Stopped": str(came_to.stopped),
        "Not screened": "0",
    }
    assert len(found) > 9
    assert "never clears a text by itself" in words(visitor)
    assert "Nobody has decided on these yet" in words(visitor)


def test_a_stopped_message_shows_the_sentence_and_who_decided_is_counted(visit, written, tmp_path):
    visitor = open_checks(visit, written)
    assert "No message stands stopped" in words(visitor)
    with opened(config.load(tmp_path / "workspace", environment={})) as app:
        one, two = app.approvals.queue(CAMPAIGN)[:2]
        body = one.message.body.replace("15 percent", "50 percent")
        app.messages.edit(
            one.variant_id,
            replace(one.message, body=body),
            expected_revision=1,
            by=app.people.get("marketer"),
        )
        app.approvals.decide(
            two.variant_id,
            ReviewDecision.REJECT,
            revision=1,
            reason="Too loud",
            by=app.people.get("approver"),
        )
    visitor.run()
    sound(visitor)
    stopped = next(s.text for s in sentences(body) if "50 percent" in s.text)
    assert stopped in words(visitor)
    assert metrics(visitor)["Stopped"] == "1"
    table = visitor.table[0].value
    assert table["Person"].tolist() == ["approver"]
    assert table["Reject"].tolist() == ["1"]


def test_the_audit_log_is_filtered_and_turned(visit, written):
    visitor = open_checks(visit, written)
    shown = visitor.dataframe[0].value
    assert len(shown) == 50
    assert shown["Entry"].is_monotonic_decreasing
    visitor.button(key="content_checks.older").click().run()
    older = visitor.dataframe[0].value
    assert older["Entry"].iloc[0] == shown["Entry"].iloc[-1] - 1
    visitor.selectbox(key="content_checks.action").select("add person").run()
    people = visitor.dataframe[0].value
    assert set(people["Did"]) == {"add person"}
    assert len(people) == 4
    visitor.text_input(key="content_checks.subject").set_value("approver").run()
    assert visitor.dataframe[0].value["About"].tolist() == ["approver"]
    visitor.date_input(key="content_checks.until").set_value(date(2020, 1, 1)).run()
    sound(visitor)
    assert "No entry fits these filters" in words(visitor)


def test_a_whole_chain_is_said_with_what_to_note(visit, written, tmp_path):
    visitor = open_checks(visit, written)
    visitor.button(key="content_checks.verify").click().run()
    sound(visitor)
    with opened(config.load(tmp_path / "workspace", environment={})) as app:
        chain = app.audit.verify()
    assert f"{chain.entries}:{chain.last_hash}" in words(visitor)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda lines: lines[:9] + lines[10:],
            "Broken at entry 10 (logs/safety_audit.log, line 10)",
        ),
        (lambda lines: lines[:-1], "the end of the log was cut off"),
    ],
)
def test_a_broken_chain_is_red_with_the_first_bad_line(visit, written, tmp_path, change, said):
    visitor = open_checks(visit, written)
    log = tmp_path / "workspace" / "logs" / "safety_audit.log"
    log.write_bytes(b"".join(change(log.read_bytes().splitlines(keepends=True))))
    visitor.button(key="content_checks.verify").click().run()
    sound(visitor)
    assert said in re.sub(r"\\(?=\W)", "", visitor.error[0].value)


def test_a_log_that_cannot_be_read_is_no_whole_chain(visit, written, tmp_path):
    visitor = open_checks(visit, written)
    log = tmp_path / "workspace" / "logs" / "safety_audit.log"
    log.unlink()
    log.mkdir()
    visitor.button(key="content_checks.verify").click().run()
    sound(visitor)
    assert "cannot be" in visitor.error[0].value
    assert "The chain is whole" not in words(visitor)
