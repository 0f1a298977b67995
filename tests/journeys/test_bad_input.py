"""Bad input: one clear sentence, the right exit code, and nothing half-written."""

import socket

import pytest

from core.orchestrator.config import CONFIG

SENTENCES = {
    "unknown command": (["frobnicate"], 2, "invalid choice: 'frobnicate'"),
    "unknown option": (["search", "--nope", "wool"], 2, "unrecognized arguments: --nope"),
    "missing option": (["import-customers", "x.csv"], 2, "--id"),
    "empty query": (["search", " "], 2, "Say what to search for"),
    "top of nothing": (["search", "wool", "--top", "0"], 2, "1 or more"),
    "unknown segment": (["search", "wool", "--segment", "vip"], 2, "Known are: high-spenders"),
    "no configuration": (["run", "--config", "none.yaml"], 2, "none.yaml is missing"),
    "no brief": (["campaign", "create", "none.yaml", "--as", "marketer"], 2, "none.yaml"),
    "no file": (["import-customers", "none.csv", "--id", "a", "--as", "marketer"], 2, "none.csv"),
    "unknown campaign": (["campaign", "show", "nope"], 2, "no campaign 'nope'"),
    "unknown message": (["approvals", "approve", "nope", "--as", "approver"], 2, "'nope'"),
    "unknown person": (["segment", "--as", "nobody"], 2, "nobody"),
    "nobody decides": (["prepare-send", "dress-for-the-week"], 1, "--as PERSON"),
    "wrong role": (["segment", "--as", "approver"], 1, "may not make segments"),
    "no order count": (["segment", "--method", "rfm", "--as", "marketer"], 2, "no order count"),
    "no such method": (["segment", "--method", "magic", "--as", "marketer"], 2, "magic"),
    "results too early": (["results", "dress-for-the-week"], 2, "Import results after the send"),
    "export too early": (
        ["export", "dress-for-the-week", "--out", "x", "--as", "marketer"], 2, "Prepare the send",
    ),
    "port out of range": (["serve", "--port", "99999"], 2, "1 to 65535"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"), SENTENCES.values(), ids=SENTENCES.keys()
)
def test_a_wrong_command_gets_one_sentence(demo, command, arguments, code, sentence):
    ran = command(demo, *arguments)
    assert ran.code == code
    assert sentence in ran.err
    assert ran.out == ""
    assert "Traceback" not in ran.err
    assert len(ran.err.strip().splitlines()) == 1


YAML = {
    "not YAML": ("customers: [1\n", "line 1: this is not valid YAML"),
    "not a mapping": ("- a\n- b\n", "expected `key: value` lines"),
    "empty": ("", "expected `key: value` lines"),
    "unknown key": ("{}sede: 3\n", "unknown key 'sede'. Did you mean 'seed'? Allowed here: author"),
    "twice": ("{}seed: 3\n", "'seed' stands here twice"),
}


@pytest.mark.parametrize(("text", "sentence"), YAML.values(), ids=YAML.keys())
def test_a_malformed_configuration_names_file_line_and_key(demo, command, tmp_path, text, sentence):
    path = tmp_path / "mine.yaml"
    whole = (CONFIG / "experiment_config.yaml").read_text()
    path.write_text(text.format(whole) if "{}" in text else text)
    ran = command(demo, "run", "--config", path)
    assert ran.code == 2
    assert "mine.yaml" in ran.err
    assert sentence in ran.err


@pytest.mark.parametrize(
    ("line", "wrong", "sentence"),
    [
        ("holdout: 0.25", "holdout: lots", "brief.holdout: Input should be a valid number"),
        ("holdout: 0.25", "holdout: 1.5", "between 0 and 1"),
        ("tones: [urgent, informational, friendly]", "tones: [loud]", "'urgent'"),
        ("smallest_effect: 0.10", "smallest_effect: -1", "above 0"),
        ("primary_metric: visit:proportion", "primary_metric: visits", "cannot be read"),
        ("method: rules", "method: magic", "segmentation.method"),
    ],
)
def test_a_wrong_value_names_the_key_and_what_is_allowed(
    demo, command, tmp_path, line, wrong, sentence
):
    path = tmp_path / "mine.yaml"
    whole = (CONFIG / "experiment_config.yaml").read_text()
    assert line in whole
    path.write_text(whole.replace(line, wrong))
    ran = command(demo, "run", "--config", path)
    assert ran.code == 2
    assert sentence in ran.err


CUSTOMER_FILES = {
    "no id column": (b"a,b\n1,2\n", "the columns are a, b"),
    "empty": (b"", "the file is empty"),
    "header only": (b"customer_id,age\n", "no"),
    "binary": (bytes(range(256)) * 8, ""),
}


@pytest.mark.parametrize(
    ("content", "sentence"), CUSTOMER_FILES.values(), ids=CUSTOMER_FILES.keys()
)
def test_a_customer_file_that_cannot_be_used_changes_nothing(
    workspace, command, tmp_path, content, sentence
):
    path = tmp_path / "own.csv"
    path.write_bytes(content)
    before = sorted(p.name for p in (workspace / "data/processed").rglob("*") if p.is_file())
    ran = command(workspace, "import-customers", path, "--id", "customer_id", "--as", "marketer")
    assert ran.code == 2
    assert "own.csv" in ran.err
    assert sentence in ran.err
    after = sorted(p.name for p in (workspace / "data/processed").rglob("*") if p.is_file())
    assert [n for n in after if not n.startswith("state.db")] == [
        n for n in before if not n.startswith("state.db")
    ]


OUTCOME_FILES = {
    "unknown customer": ("customer_id,visit\nC00001,1\nZZ9,1\n", "line 3: the customer 'ZZ9'"),
    "no id": ("visit\n1\n", "customer_id"),
    "text in a metric": ("customer_id,visit\nC00001,yes please\n", "line 2"),
    "twice": ("customer_id,visit\nC00001,1\nC00001,1\n", "line 3"),
    "empty": ("", "empty"),
}


@pytest.mark.parametrize(("text", "sentence"), OUTCOME_FILES.values(), ids=OUTCOME_FILES.keys())
def test_outcomes_that_cannot_be_used_are_refused_whole(
    workspace, command, tmp_path, text, sentence
):
    path = tmp_path / "outcomes.csv"
    path.write_text(text)
    campaign = "mens-and-womens-mailing"
    before = command(workspace, "results", campaign, "--json").document["estimates"]
    ran = command(workspace, "import-outcomes", campaign, path, "--as", "marketer")
    assert ran.code == 2
    assert sentence in ran.err
    assert command(workspace, "results", campaign, "--json").document["estimates"] == before


def test_a_workspace_that_cannot_be_written_is_named(command, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    ran = command(blocked / "workspace", "demo")
    assert ran.code == 1
    assert "cannot be written" in ran.err
    assert "--workspace" in ran.err


def test_a_taken_port_is_named_before_anything_starts(demo, command):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ran = command(demo, "serve", "--port", taken.getsockname()[1])
    assert ran.code == 1
    assert "already taken" in ran.err
    assert "--port" in ran.err


def test_an_unknown_engine_names_what_is_allowed(demo, command, monkeypatch):
    monkeypatch.setenv("CPO_CHAT_MODEL", "gpt")
    ran = command(demo, "doctor")
    assert ran.code == 2
    assert "allowed are local, azure, openai_compatible" in ran.err


def test_an_engine_that_is_not_there_is_never_replaced_by_the_local_one(demo, command, monkeypatch):
    monkeypatch.setenv("CPO_SAFETY_SCREEN", "azure")
    ran = command(demo, "screen", "--text", "Hello")
    assert ran.code == 2
    assert "needs AZURE_CONTENT_SAFETY_ENDPOINT" in ran.err
