"""`run` from customers to report: what it writes, and that it writes the same again."""

import json
import re

import duckdb
import jsonschema
import pytest

from core.content.sentences import count_words
from core.orchestrator.config import ROOT

TRAPS = {"PRD-M-012", "PRM-012", "PRM-013", "SRV-013"}
TEXT = {"type": "string", "minLength": 1}
SCHEMAS = {
    "segments.json": {
        "type": "array",
        "minItems": 31_999,
        "items": {
            "type": "object",
            "additionalProperties": False,
            "required": ["customer_id", "segment", "segment_id", "confidence", "features"],
            "properties": {
                "customer_id": TEXT,
                "segment": TEXT,
                "segment_id": TEXT,
                "confidence": {"type": "number", "minimum": 0, "maximum": 1},
                "features": {"type": "object", "not": {"required": ["first_name"]}},
            },
        },
    },
    "variants.json": {
        "type": "array",
        "minItems": 9,
        "items": {
            "type": "object",
            "additionalProperties": False,
            "required": [
                "variant_id", "campaign_id", "segment", "tone", "revision", "state", "subject",
                "preheader", "body", "citations", "findings", "generation",
            ],
            "properties": {
                "variant_id": TEXT,
                "campaign_id": TEXT,
                "segment": TEXT,
                "tone": {"enum": ["urgent", "informational", "friendly"]},
                "revision": {"type": "integer", "minimum": 1},
                "state": {"const": "approved"},
                "subject": TEXT,
                "preheader": TEXT,
                "body": TEXT,
                "citations": {
                    "type": "array",
                    "minItems": 1,
                    "items": {
                        "type": "object",
                        "required": ["document_id", "title", "passage_index", "quote"],
                    },
                },
                "findings": {"type": "array"},
                "generation": {
                    "type": "object",
                    "required": [
                        "engine", "model", "prompt_sha256", "config_sha256", "tokens_input",
                        "tokens_output", "cost_usd",
                    ],
                },
            },
        },
    },
    "assignments.json": {
        "type": "array",
        "minItems": 30_000,
        "items": {
            "type": "object",
            "additionalProperties": False,
            "required": ["customer_id", "segment", "arm", "variant_id", "assigned_at"],
            "properties": {
                "customer_id": TEXT,
                "segment": TEXT,
                "arm": {"enum": ["urgent", "informational", "friendly", "Not contacted"]},
                "variant_id": {"type": ["string", "null"]},
                "assigned_at": TEXT,
            },
        },
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def processed(sent):
    return sent / "data" / "processed"


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_outputs_follow_their_schema(processed, name):
    validator = jsonschema.Draft202012Validator(SCHEMAS[name])
    content = json.loads((processed / name).read_text())
    assert [e.message for e in validator.iter_errors(content)][:3] == []


def test_every_message_reads_as_a_finished_message(processed):
    variants = json.loads((processed / "variants.json").read_text())
    assert len(variants) == 15
    for variant in variants:
        text = "\n".join([variant["subject"], variant["preheader"], variant["body"]])
        assert 100 <= count_words(variant["body"]) <= 200, variant["variant_id"]
        assert not re.search(r"\[|\*\*|\{%|Source:", text), variant["variant_id"]
        assert set(re.findall(r"\{\{ (\w+) \| default:", text)) == {"first_name"}
        assert {c["document_id"] for c in variant["citations"]}.isdisjoint(TRAPS)
        assert all(c["quote"] in variant["body"] for c in variant["citations"])


def test_no_two_messages_are_the_same(processed):
    variants = json.loads((processed / "variants.json").read_text())
    assert len({v["body"] for v in variants}) == len(variants)


def test_every_customer_is_in_one_segment_and_at_most_one_group(processed):
    segments = json.loads((processed / "segments.json").read_text())
    assignments = json.loads((processed / "assignments.json").read_text())
    ids = [row["customer_id"] for row in segments]
    assigned = [row["customer_id"] for row in assignments]
    assert len(ids) == len(set(ids)) == 31_999
    assert len(assigned) == len(set(assigned))
    assert set(assigned) <= set(ids)


def test_only_customers_with_permission_are_assigned(processed):
    customers = duckdb.read_csv("data/raw/customers.csv", all_varchar=True)
    agreed = customers.filter("email_permission = 'yes'").select("customer_id").fetchall()
    assignments = json.loads((processed / "assignments.json").read_text())
    assert {row["customer_id"] for row in assignments} == {row[0] for row in agreed}


def test_each_segment_is_divided_as_planned_within_one_customer(processed):
    rows = json.loads((processed / "assignments.json").read_text())
    sizes: dict[str, dict[str, int]] = {}
    for row in rows:
        sizes.setdefault(row["segment"], {}).setdefault(row["arm"], 0)
        sizes[row["segment"]][row["arm"]] += 1
    for arms in sizes.values():
        assert len(arms) == 4
        assert max(arms.values()) - min(arms.values()) <= 1


def test_the_logs_and_the_report_are_there_and_hold_nothing_personal(sent):
    for name in ("system.log", "experiment.log", "safety_audit.log"):
        lines = (sent / "logs" / name).read_text().splitlines()
        assert lines
        assert all(json.loads(line) for line in lines)
        assert not [line for line in lines if re.search(r"@[\w-]+\.\w|C00001", line)]
    assert (sent / "reports" / "experiment_report.pdf").read_bytes().startswith(b"%PDF")


def test_a_second_run_changes_no_byte_of_variants_and_assignments(sent_workspace, command):
    processed = sent_workspace / "data" / "processed"
    names = ("segments.json", "variants.json", "assignments.json")
    before = {name: (processed / name).read_bytes() for name in names}
    assert command(sent_workspace, "run", "--approve-as", "approver").code == 0
    assert {name: (processed / name).read_bytes() for name in names} == before


def test_another_workspace_gives_the_same_messages_and_groups(sent, tmp_path, command):
    assert command(tmp_path, "demo").code == 0
    assert command(tmp_path, "run", "--approve-as", "approver").code == 0
    one, two = sent / "data" / "processed", tmp_path / "data" / "processed"
    assert (one / "variants.json").read_bytes() == (two / "variants.json").read_bytes()
    groups = [
        [(r["customer_id"], r["arm"]) for r in json.loads((p / "assignments.json").read_text())]
        for p in (one, two)
    ]
    assert groups[0] == groups[1]


def test_without_an_approver_the_run_stops_at_the_queue(workspace, command):
    ran = command(workspace, "run", "--json")
    assert ran.code == 0
    assert ran.document["assigned"] is None
    assert {v["state"] for v in ran.document["variants"]} == {"needs_review"}
    assert "approvals list" in ran.err


def test_the_author_of_a_run_cannot_approve_it(workspace, command):
    ran = command(workspace, "run", "--approve-as", "marketer")
    assert ran.code == 1
    assert "somebody else" in ran.err


def test_batch_approval_is_refused_for_other_than_demo_data(workspace, command, tmp_path):
    config = tmp_path / "own.yaml"
    own = tmp_path / "own.csv"
    own.write_text(
        "customer_id,past_year_spend,recency_months,new_customer,bought_mens,bought_womens,opt_in\n"
        + "".join(
            f"K{i},{i * 9},{i % 12},{'yes' if i % 2 else 'no'},yes,no,yes\n" for i in range(400)
        )
    )
    text = (ROOT / "config" / "experiment_config.yaml").read_text()
    config.write_text(text.replace("data/raw/customers.csv", str(own)))
    ran = command(workspace, "run", "--config", config, "--approve-as", "approver")
    assert ran.code == 1
    assert "demo data only" in ran.err
