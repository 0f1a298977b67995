"""The policy on the command line: shown, proposed, tried, adopted and turned down."""

import pytest

from tests.journeys.commands import application


@pytest.fixture
def files(workspace, command, tmp_path):
    """The three files of the policy in force, to change."""
    out = tmp_path / "policy"
    assert command(workspace, "policy", "show", "--out", out).code == 0
    return out


def change(file, old, new):
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))
    return file


def test_from_a_file_to_the_policy_in_force(workspace, command, files):
    file = change(files / "brand_rules.yaml", "- cheap", "- cheap\n  - week*")
    tried = command(workspace, "policy", "what-if", file, "--json")
    assert (tried.code, tried.document["flips"]) == (0, [])  # nothing was written yet
    asked = command(
        workspace, "policy", "propose", file, "--reason", "No weeks", "--as", "admin", "--json"
    ).document
    assert (asked["proposal"], asked["state"], asked["would_void"]) == ("P1", "open", [])
    (made,) = asked["changes"]
    assert (made["file"], made["key"]) == ("brand_rules.yaml", "prohibited")
    own = command(workspace, "policy", "adopt", "P1", "--reason", "Me", "--as", "admin")
    assert (own.code, len(own.err.splitlines())) == (1, 1)
    assert "second person" in own.err
    assert command(workspace, "policy", "what-if", "--proposal", "P1").code == 0
    done = command(workspace, "policy", "adopt", "P1", "--reason", "Ok", "--as", "approver")
    assert done.out.startswith("Version 2 is in force; 0 approvals are void.")
    shown = command(workspace, "policy", "show", "--json").document
    assert (shown["version"], shown["proposed_by"], shown["adopted_by"]) == (2, "admin", "approver")
    assert "week*" in shown["files"]["brand_rules.yaml"]
    kept = command(workspace, "policy", "history", "--json").document
    assert [v["version"] for v in kept["versions"]] == [2, 1]
    assert kept["versions"][0]["changes"] == asked["changes"]
    screened = command(workspace, "screen", "--text", "For the week.", "--json").out
    assert "blocklist" in screened


def test_a_proposal_is_turned_down_with_a_reason(workspace, command, files):
    file = change(files / "safety_thresholds.yaml", "block_at: 4", "block_at: 6")
    words = ("policy", "propose", file, "--reason", "Less", "--as", "admin")
    said = command(workspace, *words)
    assert said.code == 0
    assert "-  block_at: 4\n+  block_at: 6" in said.out
    assert "P1 waits for a second person" in said.out
    assert command(workspace, "policy", "reject", "P1", "--as", "approver").code == 2
    turned = command(
        workspace, "policy", "reject", "P1", "--reason", "No", "--as", "approver", "--json"
    ).document
    assert (turned["state"], turned["decided_by"]) == ("turned down", "approver")
    late = command(workspace, "policy", "adopt", "P1", "--reason", "Yes", "--as", "approver")
    assert "approver decided about P1 before" in late.err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("propose", "{brand}", "--reason", "x"), 1, "Say who decides with --as"),
        (("propose", "{brand}", "--reason", "x", "--as", "marketer"), 1, "may not propose"),
        (("propose", "{brand}", "--as", "admin", "--reason", "x"), 2, "word for word"),
        (("propose", "{wrong}", "--as", "admin", "--reason", "x"), 2, "wrong.yaml"),
        (("propose", "{none}", "--as", "admin", "--reason", "x"), 2, "none.yaml"),
        (("propose", "{brand}", "{copy}", "--as", "admin", "--reason", "x"), 2, "are both"),
        (("adopt", "P9", "--as", "approver", "--reason", "x"), 2, "There is no proposal 'P9'"),
        (("what-if",), 2, "either files or --proposal"),
        (("what-if", "{bad}"), 2, "line 1: unknown key 'hatred'"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(workspace, command, files, words, code, said):
    for name, text in {
        "wrong": "shop: x\n",
        "bad": "hatred: 1\nviolence: {review_at: 1}\n",
        "copy": "subject_max: 50\n",
    }.items():
        (files / f"{name}.yaml").write_text(text)
    names = {n: files / f"{n}.yaml" for n in ("wrong", "bad", "copy", "none")}
    names["brand"] = files / "brand_rules.yaml"
    ran = command(workspace, "policy", *(w.format(**names) for w in words))
    assert (ran.code, len(ran.err.splitlines())) == (code, 1)
    assert said in ran.err


def test_doctor_names_the_policy_in_force(workspace, command):
    with application(workspace) as app:
        assert app.policies.in_force().number == 1
    found = command(workspace, "doctor", "--json").document["dependencies"]
    assert {d["job"]: d["detail"] for d in found}["content policy"] == "version 1"
