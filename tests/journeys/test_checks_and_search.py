"""`screen`, `search`, `doctor`, `people`, `audit`: what they print for people and programs."""

import json

import pytest

from tests.journeys.commands import application
from tests.servers.openai_server import OpenAIServer
from tests.servers.replies import Reply


@pytest.mark.parametrize(
    ("text", "decision", "rule"),
    [
        ("Our wool sweaters are soft.", "pass", None),
        ("Hello [Your Name], welcome.", "block", "placeholder"),
        ("Take **everything** home.", "block", "markup"),
        ("Hello {{ first_name }}, welcome.", "block", "merge_field"),
        ("Everything is 73 percent off.", "block", "unsupported_percentage"),
        ("Write to ann@example.org today.", "block", "personal_data"),
        ("Source: DOC-1, our wool is soft.", "block", "source_tag"),
    ],
)
def test_a_text_is_screened_against_what_may_be_said(demo, command, text, decision, rule):
    found = command(demo, "screen", "--text", text, "--json").document
    assert found["decision"] == decision
    assert found["engine"] == "basic local screen"
    assert set(found["severity"]) == {"hate", "self_harm", "sexual", "violence"}
    assert rule is None or rule in {f["rule"] for f in found["findings"]}
    assert all(text[f["start"] : f["end"]] == f["text"] for f in found["findings"])


def test_a_claim_is_printed_with_the_place_that_supports_it(demo, command):
    ran = command(demo, "screen", "--text", "The Harbor jacket costs $148.", "--json")
    (price,) = (c for c in ran.document["claims"] if c["kind"] == "money")
    support = price["support"]
    assert (price["text"], price["standing"], support["text"]) == ("$148", "supported", "$148")
    assert support["passage_id"].startswith("PRD-M-001@")
    shown = command(demo, "screen", "--text", "The Harbor jacket costs $148.").out
    assert f"money '$148' is supported by {support['passage_id']}" in shown


def test_a_discount_on_something_else_blocks_at_the_thing(demo, command):
    text = "Take 15 percent off gift cards with code LAYER15."
    findings = command(demo, "screen", "--text", text, "--json").document["findings"]
    marked = {f["text"] for f in findings if f["level"] == "block"}
    assert {"15 percent", "gift cards"} <= marked


def test_an_offer_without_its_conditions_blocks_and_names_them(demo, command):
    text = "Take 15 percent off orders of $120 or more with code LAYER15."
    findings = command(demo, "screen", "--text", text, "--json").document["findings"]
    missing = " ".join(f["explanation"] for f in findings if f["rule"] == "missing_condition")
    assert "the last day" in missing
    assert "Once per customer" in missing
    assert "Gift cards" in missing


def test_every_claim_of_a_written_message_is_supported(sent):
    with application(sent) as app:
        campaigns = [c.campaign_id for c in app.campaigns.everything()]
        written = [v for c in campaigns for v in app.messages.variants(c) if v.message.body]
        assert len(written) >= 9
        for variant in written:
            ledger = app.claims.of(variant.variant_id)
            assert ledger.holds, ledger.unsupported
            assert any(e.kind == "code" for e in ledger.entries)


def test_a_batch_gives_one_line_for_each_line(demo, command, tmp_path):
    batch = tmp_path / "batch.jsonl"
    rows = [
        {"id": "a", "subject": "A first look", "text": "Our wool is soft.", "segment": "lapsing"},
        {"id": 2, "text": "It is [Your Name] again."},
    ]
    batch.write_text("\n".join(map(json.dumps, rows)))
    ran = command(demo, "screen", "--batch", batch, "--json")
    lines = [json.loads(line) for line in ran.out.splitlines()]
    assert [(line["id"], line["decision"]) for line in lines] == [("a", "pass"), (2, "block")]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("{broken\n", "line 1: this is not JSON"), ('{"id": 1}\n', "line 1: expected")],
)
def test_a_broken_batch_names_its_line(demo, command, tmp_path, text, sentence):
    batch = tmp_path / "batch.jsonl"
    batch.write_text(text)
    ran = command(demo, "screen", "--batch", batch)
    assert ran.code == 2
    assert sentence in ran.err


def test_a_search_says_what_it_left_out_and_why(demo, command):
    found = command(
        demo, "search", "wool sweater", "--segment", "lapsing", "--top", "3", "--json"
    ).document
    assert len(found["results"]) == 3
    assert set(found["results"][0]) == {"document_id", "title", "passage_index", "text", "score"}
    reasons = {s["document_id"]: s["reason"] for s in found["skipped"]}
    assert reasons["PRM-012"].startswith("expired on")
    assert "no column loyalty_tier" in reasons["PRM-013"]
    assert reasons["PRD-M-012"].startswith("quarantined: looks like an instruction")
    assert "true for 0 of" in reasons["PRM-005"]


@pytest.mark.parametrize("query", ['"', "a OR (b", "*", "🙂", "'; DROP TABLE passages; --"])
def test_any_query_is_legal(demo, command, query):
    assert command(demo, "search", query, "--json").code == 0


def test_the_doctor_finds_everything_local_working(demo, command):
    found = command(demo, "doctor", "--json").document
    assert found["works"]
    assert {d["job"] for d in found["dependencies"]} >= {"database", "content index", "writer"}


def test_the_doctor_says_of_each_engine_where_it_is_and_how_fast(demo, command):
    found = command(demo, "doctor", "--json").document["dependencies"]
    assert all(d["local"] and d["milliseconds"] >= 0 and d["circuit"] is None for d in found)
    assert "this machine" in command(demo, "doctor").out


@pytest.mark.parametrize(
    ("status", "words"),
    [(None, "answered"), (401, "check AZURE_OPENAI_API_KEY"), (503, "its own (503)")],
)
def test_the_doctor_asks_engines_in_azure_once_and_fails_when_one_does_not_work(
    tmp_path, command, monkeypatch, status, words
):
    with OpenAIServer(azure=True) as server:
        if status is not None:
            server.script = lambda _: Reply(status=status, error={"message": "No."})
        for name, value in {
            "CPO_CHAT_MODEL": "azure",
            "CPO_EMBEDDER": "azure",
            "AZURE_OPENAI_ENDPOINT": server.address,
            "AZURE_OPENAI_API_KEY": server.key,
            "AZURE_OPENAI_DEPLOYMENT": server.models[0],
            "AZURE_OPENAI_EMBEDDING_DEPLOYMENT": server.models[0],
        }.items():
            monkeypatch.setenv(name, value)
        ran = command(tmp_path, "doctor", "--json")
        paths = sorted(a.path.removeprefix("/openai/v1/") for a in server.asked)
    found = {d["job"]: d for d in ran.document["dependencies"]}
    assert ran.code == (0 if status is None else 1)
    assert ran.document["works"] is (status is None)
    for job in ("writer", "embedder"):
        assert found[job]["works"] is (status is None)
        assert words in found[job]["detail"]
        assert (found[job]["local"], found[job]["circuit"]) == (False, "closed")
    # One call each, and none again for an answer that fails.
    assert paths == ["chat/completions", "embeddings"]
    assert server.key not in ran.out + ran.err


def test_the_first_person_is_admin_and_only_an_admin_adds_another(tmp_path, command):
    first = command(tmp_path, "people", "add", "Ann", "--role", "marketer", "--json").document
    assert first["roles"] == ["admin", "marketer"]
    assert command(tmp_path, "people", "add", "Bo", "--role", "approver", "--as", "Ann").code == 0
    refused = command(tmp_path, "people", "add", "Cy", "--role", "analyst", "--as", "Bo")
    assert refused.code == 1
    assert "may not manage people" in refused.err
    listed = command(tmp_path, "people", "list", "--json").document["people"]
    assert [p["name"] for p in listed] == ["Ann", "Bo"]


def test_the_audit_trail_of_the_demo_is_whole(demo, command):
    found = command(demo, "audit", "verify", "--json").document
    assert found["intact"]
    assert found["entries"] > 60


def test_own_customers_can_be_imported_and_segmented(tmp_path, command):
    own = tmp_path / "own.csv"
    own.write_text(
        "client;past_year_spend;recency_months;new_customer;bought_mens;bought_womens;opt_in\n"
        + "".join(f"K{i};{i * 3};{i % 12};{i % 2};1;0;yes\n" for i in range(300))
        + ";12;3;1;1;0;yes\nK5;12;3;1;1;0;yes\n"
    )
    folder = tmp_path / "workspace"
    made = command(folder, "import-customers", own, "--id", "client", "--json").document
    assert made["rows"] == {
        "read": 302, "kept": 300, "rejected": 1, "duplicate": 1, "suppressed": 0,
    }  # fmt: skip
    again = command(folder, "import-customers", own, "--id", "client", "--json").document
    assert again["dataset_id"] == made["dataset_id"]
