"""The audit trail of a whole journey: complete, checked, and without a customer in it."""

import codecs
import csv
import json
import re
import shutil
from datetime import datetime

import duckdb
import pytest

from core.content.seal import text_sha256
from core.models.approval import ReviewDecision
from core.models.messages import Level
from core.reports.safety_csv import HEADER
from tests.journeys.commands import application, run

GONE = ("C00001", "C00002", "C00005")


@pytest.fixture(scope="module")
def journey(sent, tmp_path_factory):
    """From customers to a decision on results, with people who leave on the way."""
    folder = tmp_path_factory.mktemp("journey")
    workspace = shutil.copytree(sent, folder / "workspace")
    assigned = json.loads((workspace / "data/processed/assignments.json").read_text())
    known = {row["customer_id"] for row in assigned}
    campaign = campaign_of(workspace)
    leaving = sorted(known)[:3]
    out = folder / "out.csv"
    out.write_text("client\n" + "\n".join([*leaving[:2], "NOBODY-99"]) + "\n")
    why = "wrote from ann.smith@example.org, call +1 415 555 0199"

    def done(*words):
        ran = run(workspace, *words)
        assert ran.code == 0, ran.err
        return ran

    done("suppress", out, "--id", "client", "--reason", why, "--as", "marketer")
    done("audit", "forget", leaving[2], "--reason", why, "--as", "marketer")
    done("export", campaign, "--out", folder / "export", "--as", "marketer")
    outcomes = folder / "outcomes.csv"
    rows = [f"{row['customer_id']},{i % 9 == 0:d}" for i, row in enumerate(assigned)]
    outcomes.write_text("\n".join(["customer_id,visit", *rows, "STRANGER-1,1"]) + "\n")
    assert run(workspace, "import-outcomes", campaign, outcomes, "--as", "analyst").code == 2
    done("import-outcomes", campaign, outcomes, "--as", "analyst", "--leave-out-others")
    done("decide", campaign, "--decision", "no_difference", "--reason", why, "--as", "marketer")
    return workspace, campaign, leaving


def campaign_of(workspace):
    with application(workspace) as app:
        return next(
            c.campaign_id
            for c in app.campaigns.everything()
            if not c.imported and app.send.experiment(c.campaign_id)
        )


def entries_of(workspace, action):
    with application(workspace) as app:
        found = app.audit.find(limit=100_000)
    return [entry for entry in found if entry.action == action]


def test_nothing_in_the_trail_or_in_a_log_names_a_customer(journey):
    workspace, _, _ = journey
    with application(workspace) as app:
        trail = [
            f"{e.actor} {e.action} {e.subject} {e.detail}" for e in app.audit.find(limit=10**6)
        ]
    logs = [p.read_text() for p in sorted((workspace / "logs").glob("*.log"))]
    assert len(trail) > 100
    assert len(logs) == 3
    said = "\n".join([*trail, *logs])
    customers = duckdb.read_csv("data/raw/customers.csv", all_varchar=True)
    ids = {row[0] for row in customers.select("customer_id").fetchall()}
    names = {row[0] for row in customers.select("first_name").fetchall() if row[0]}
    words = set(re.findall(r"[^\W_]+", said))
    assert len(ids) == 31_999
    assert words & (ids | {"NOBODY-99", "STRANGER"}) == set()
    assert words & names == set()
    assert re.findall(r"[^\s@]+@[^\s@]+\.[a-z]{2,}", said) == []
    assert "555 0199" not in said
    assert "wrote from <e-mail>, call <phone>" in said


def test_who_left_is_named_by_tokens_that_an_admin_can_read_and_the_forgotten_is_not(journey):
    workspace, campaign, leaving = journey
    (entry,) = entries_of(workspace, "leave out of export")
    tokens = json.loads(entry.detail)["customers"]
    assert entry.subject == campaign
    assert len(tokens) == 2
    with application(workspace) as app:
        marketer = app.people.get("marketer")
        told = {app.forgetting.reveal(t, reason="a question", by=marketer) for t in tokens}
        assert told == set(leaving[:2])
        assert app.forgetting.token(leaving[2]) is None
        assert app.audit.latest(1)[0].action == "reveal customer"
        with pytest.raises(Exception, match="customer behind"):
            app.forgetting.reveal("customer-00", reason="a question", by=marketer)
    exported = json.loads(entries_of(workspace, "export")[0].detail)
    assert sum(each["customers"] for each in exported["left_out"]) == 3


def test_forgetting_erases_and_leaves_the_trail_whole(journey, tmp_path):
    workspace, _, leaving = journey
    workspace = shutil.copytree(workspace, tmp_path / "workspace")
    before = (workspace / "logs/safety_audit.log").read_bytes()
    with application(workspace) as app:
        token = app.forgetting.token(leaving[0])
    ran = run(workspace, "audit", "forget", leaving[0], "--reason", "by letter", "--as", "admin")
    assert ran.code == 0
    assert re.search(r"data sets: 1 in data/processed/tables/dataset-\w+\.parquet", ran.out)
    with application(workspace) as app:
        assert app.forgetting.token(leaving[0]) is None
        assert app.audit.latest(1)[0].subject == token
        assert app.audit.verify().intact
    assert (workspace / "logs/safety_audit.log").read_bytes().startswith(before)
    state = b"".join(p.read_bytes() for p in (workspace / "data/processed").glob("state.db*"))
    assert leaving[0].encode() not in state


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("audit", "forget", "C1", "--as", "admin"), "Say why in 1 to 200 characters"),
        (("audit", "forget", " ", "--reason", "x", "--as", "admin"), "Name the customer to forget"),
        (("audit", "forget", "C1", "--reason", "x", "--as", "approver"), "approver"),
        (("audit", "verify", "--noted", "7:abc"), "write NUMBER:HASH as `audit verify` prints"),
        (("audit", "log", "--since", "yesterday"), "'yesterday' is no day"),
        (("audit", "log", "--limit", "0"), "--limit is at least 1"),
        (("audit", "report", "--campaign", "nowhere"), "There is no campaign 'nowhere'"),
    ],
)
def test_what_cannot_be_is_one_line(demo, command, words, said):
    ran = command(demo, *words)
    assert ran.code in {1, 2}
    assert said in ran.err
    assert ran.err.count("\n") == 1


def test_a_decision_says_who_what_they_saw_and_why(workspace, command):
    campaign = "dress-for-the-week"
    assert command(workspace, "generate", campaign, "--wait", "--as", "marketer").code == 0
    with application(workspace) as app:
        one, two = app.approvals.queue(campaign)[:2]
        approver = app.people.get("approver")
        seals = {v.variant_id: app.approvals.seal_now(v.variant_id) for v in (one, two)}
        app.approvals.decide(
            one.variant_id, ReviewDecision.APPROVE, revision=1, reason="Reads well", by=approver
        )
        app.approvals.decide(
            two.variant_id, ReviewDecision.REJECT, revision=1, reason="Too loud", by=approver
        )
        refused, approved = app.audit.latest(2)
    for entry, variant, why in ((approved, one, "Reads well"), (refused, two, "Too loud")):
        said = json.loads(entry.detail)
        seal = seals[variant.variant_id]
        assert (entry.actor, entry.verified, entry.subject) == (
            "approver",
            False,
            variant.variant_id,
        )
        assert (said["revision"], said["reason"]) == (1, why)
        assert said["seen"]["text"] == text_sha256(variant.message) == seal.text
        assert (said["seen"]["audience"], said["seen"]["sources"], said["seen"]["policy"]) == (
            *(seal.audience, seal.sources),
            seal.policy,
        )


def test_the_report_says_what_was_screened_and_who_decided(sent_workspace, command):
    campaign = campaign_of(sent_workspace)
    ran = command(sent_workspace, "audit", "report", "--campaign", campaign, "--json")
    exact, for_excel, picture, drawn = ran.document["files"]
    assert picture.endswith("/visualizations/safety_distribution.png")
    assert drawn.endswith("/visualizations/safety_distribution.svg")
    assert exact.endswith(f"reports/campaigns/{campaign}/safety_audit_report.csv")
    with open(exact, encoding="utf-8", newline="") as file:  # noqa: PTH123 - a path of ours
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == HEADER
    with application(sent_workspace) as app:
        written = {v.variant_id: v for v in app.messages.variants(campaign)}
        decided = {v: app.approvals.decisions(v)[0] for v in written}
    assert {row["variant_id"] for row in rows} == set(written)
    for row in rows:
        variant, review = written[row["variant_id"]], decided[row["variant_id"]]
        found = variant.screened
        assert row["text_sha256"] == text_sha256(variant.message) == row["seal_text"]
        assert (row["checks"], row["engine"]) == (found.decision, found.engine)
        for column, level in (("blocking", "block"), ("to_review", "review"), ("notes", "note")):
            counted = sum(f.level is Level(level) for f in found.findings)
            assert row[column] == str(counted)
        assert row["violence"] == str(found.severity.violence)
        assert (row["decision"], row["decided_by"]) == ("approve", "approver")
        assert (row["identity"], row["batch"]) == ("not verified", "yes")
        assert datetime.fromisoformat(row["decided_at"]) == review.at
        assert datetime.fromisoformat(row["screened_at"]) <= review.at
    whole = command(sent_workspace, "audit", "report", "--json").document["files"][0]
    assert whole.endswith("workspace/reports/safety_audit_report.csv")
    with open(for_excel, "rb") as file:  # noqa: PTH123 - a path of ours
        assert file.read(3) == codecs.BOM_UTF8


def test_verify_prints_what_to_note_and_finds_it_again(demo, command):
    ran = command(demo, "audit", "verify")
    assert ran.code == 0
    (noted,) = re.findall(r"To note outside: (\d+:[0-9a-f]{64})", ran.out)
    assert command(demo, "audit", "verify", "--noted", noted).code == 0
    another = noted[:-1] + ("0" if noted[-1] != "0" else "1")
    ran = command(demo, "audit", "verify", "--noted", another)
    assert ran.code == 1
    assert "is not the one that was noted outside" in ran.out


def test_verify_names_file_line_and_entry_and_ends_with_1(workspace, command):
    log = workspace / "logs" / "safety_audit.log"
    lines = log.read_bytes().splitlines(keepends=True)
    lines[41] = lines[41].replace(b'"action": "', b'"action": "not ')
    log.write_bytes(b"".join(lines))
    ran = command(workspace, "audit", "verify", "--json")
    assert ran.code == 1
    found = ran.document
    assert (found["intact"], found["first_bad"], found["line"]) == (False, 42, 42)
    assert found["place"] == "logs/safety_audit.log"
    words = command(workspace, "audit", "verify").out
    assert "broken at entry 42 (logs/safety_audit.log line 42)" in words


def test_a_log_that_cannot_be_written_stops_a_decision_before_it_is_made(workspace, command):
    log = workspace / "logs" / "safety_audit.log"
    kept = log.read_bytes()
    with application(workspace) as app:
        before = app.audit.latest(1)
        log.unlink()
        log.mkdir()
        with pytest.raises(Exception, match=r"safety_audit\.log cannot be used"):
            app.people.add("Zoe", frozenset(), by=app.people.get("admin"))
        assert app.audit.latest(1) == before
    ran = command(workspace, "audit", "verify")
    assert ran.code == 1
    assert "cannot be used" in ran.err
    log.rmdir()
    log.write_bytes(kept)
    assert command(workspace, "audit", "verify").code == 0


def test_a_line_that_cannot_be_added_at_once_follows_later(workspace, command):
    """The disk is full, or the like, between what is recorded and its line in the log."""
    note = workspace / "data" / "processed" / "audit_head.json"
    kept = note.read_bytes()
    with application(workspace) as app:
        note.unlink()
        note.mkdir()
        app.people.add("Zoe", frozenset(), by=app.people.get("admin"))
        assert app.audit.latest(1)[0].subject == "Zoe"
        with pytest.raises(Exception, match=r"audit_head\.json cannot be used"):
            app.audit.verify()
    assert "behind the table" in (workspace / "logs" / "system.log").read_text()
    assert '"Zoe"' not in (workspace / "logs" / "safety_audit.log").read_text()
    note.rmdir()
    note.write_bytes(kept)
    assert command(workspace, "audit", "verify").code == 0
    assert '"Zoe"' in (workspace / "logs" / "safety_audit.log").read_text()


def test_the_log_of_the_trail_can_be_asked(demo, command):
    found = command(demo, "audit", "log", "--action", "add person", "--limit", "2", "--json")
    entries = found.document["entries"]
    assert [e["action"] for e in entries] == ["add person"] * 2
    assert entries[0]["sequence"] > entries[1]["sequence"]
    words = command(demo, "audit", "log", "--actor", "admin", "--limit", "3").out
    assert "admin (not verified)" in words
    assert command(demo, "audit", "log", "--until", "2020-01-01", "--json").document == {
        "entries": []
    }
