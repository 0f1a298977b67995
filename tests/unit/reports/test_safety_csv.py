"""`safety_audit_report.csv`: exact for another system, harmless in a spreadsheet."""

import codecs
import csv
import io
from datetime import UTC, date, datetime
from typing import Any

from core.models.approval import Review, ReviewDecision, Seal
from core.models.messages import (
    Finding,
    Level,
    ScreenDecision,
    Screened,
    Severity,
    TextField,
)
from core.models.screening import Screening
from core.reports.safety_csv import HEADER, safety_csv, safety_csv_for_excel

AT = datetime(2026, 11, 2, 12, 30, 0, 123456, tzinfo=UTC)
SEAL = Seal("t" * 64, "a" * 64, "s" * 64, "p" * 64, "m" * 64, date(2026, 12, 31))


def finding(rule, level):
    return Finding(rule, level, TextField.BODY, 0, 4, "text", "because")


def screening(**changed):
    found = Screened(
        ScreenDecision.REVIEW,
        Severity(hate=0, self_harm=0, sexual=2, violence=4),
        (
            finding("violence", Level.BLOCK),
            finding("sexual", Level.REVIEW),
            finding("watched_word", Level.REVIEW),
            finding("watched_word", Level.NOTE),
        ),
        "basic local screen",
    )
    said: dict[str, Any] = {
        "campaign_id": "spring",
        "variant_id": "spring-new-friendly",
        "segment": "=HYPERLINK(A1)",
        "tone": "friendly",
        "revision": 3,
        "text_sha256": "t" * 64,
        "at": AT,
        "screened": found,
    }
    return Screening(**(said | changed))


def review(decision, by, *, reason="", seal=None, **more):
    said: dict[str, Any] = {"review_id": "r", "variant_id": "v", "revision": 3, "at": AT}
    return Review(
        **said, decision=decision, by=by, verified=False, reason=reason, seal=seal, **more
    )


def read(content):
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_a_screening_nobody_decided_on_is_one_row_with_every_count():
    (row,) = read(safety_csv([screening()]))
    assert tuple(row) == HEADER
    assert row | {"segment": ""} == dict.fromkeys(HEADER, "") | {
        "campaign_id": "spring",
        "variant_id": "spring-new-friendly",
        "tone": "friendly",
        "revision": "3",
        "text_sha256": "t" * 64,
        "screened_at": "2026-11-02T12:30:00.123456+00:00",
        "checks": "review",
        "blocking": "1",
        "to_review": "2",
        "notes": "1",
        "rules": "sexual; violence; watched_word",
        "hate": "0",
        "self_harm": "0",
        "sexual": "2",
        "violence": "4",
        "engine": "basic local screen",
        "basic_screen": "yes",
    }


def test_each_decision_is_a_row_of_its_own_with_who_when_why_and_the_seal():
    decisions = (
        review(ReviewDecision.APPROVE, "ann", seal=SEAL, confirmed=("sexual", "read it")),
        review(ReviewDecision.WITHDRAW, "ann", reason="Too early", reopened=True),
        review(ReviewDecision.REJECT, "bob", reason="Wrong, and\nrude", category="tone"),
    )
    one, two, three = read(safety_csv([screening(decisions=decisions)]))
    assert [r["decision"] for r in (one, two, three)] == ["approve", "withdraw", "reject"]
    assert (one["decided_by"], one["identity"], one["batch"]) == ("ann", "not verified", "no")
    assert one["decided_at"] == "2026-11-02T12:30:00.123456+00:00"
    assert (one["seal_text"], one["seal_valid_until"]) == ("t" * 64, "2026-12-31")
    assert one["confirmed"] == "sexual; read it"
    assert (three["category"], three["reason"]) == ("tone", "Wrong, and\nrude")
    assert three["seal_text"] == two["seal_audience"] == ""
    assert {r["violence"] for r in (one, two, three)} == {"4"}


def test_no_outcome_is_not_a_count_of_none():
    (row,) = read(safety_csv([screening(screened=None, problem="Not screened: timed out")]))
    assert (row["checks"], row["problem"]) == ("not screened", "Not screened: timed out")
    counted = ("blocking", "to_review", "notes", "hate", "violence", "engine", "basic_screen")
    assert {row[name] for name in counted} == {""}


def test_the_exact_form_changes_no_cell_and_the_other_runs_nothing():
    reason = '@SUM(1+9)*cmd|"/c calc"!A0'
    decided = (review(ReviewDecision.REJECT, "-bob", reason=reason),)
    exact, safe = (
        made([screening(decisions=decided)]) for made in (safety_csv, safety_csv_for_excel)
    )
    assert not exact.startswith(codecs.BOM_UTF8)
    assert safe.startswith(codecs.BOM_UTF8)
    (one,), (two,) = read(exact), read(safe)
    assert (one["segment"], one["decided_by"], one["reason"]) == ("=HYPERLINK(A1)", "-bob", reason)
    assert (two["segment"], two["decided_by"]) == ("'=HYPERLINK(A1)", "'-bob")
    assert two["reason"] == f"'{reason}"
    assert not [cell for cell in two.values() if cell.startswith(("=", "+", "-", "@"))]


def test_nothing_screened_is_a_header_and_no_row():
    assert read(safety_csv([])) == []
    assert safety_csv([]).decode().strip().split(",") == list(HEADER)
