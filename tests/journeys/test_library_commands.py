"""The library on the command line."""

import pytest

from core.models.messages import VariantState


def test_on_the_command_line_a_document_is_added_shown_edited_and_retired(
    workspace, command, tmp_path
):
    text = tmp_path / "gift.md"
    text.write_text("# Gift wrapping\n\nWe wrap any parcel in **zephyr** paper.")
    given = ("--id", "SRV-900", "--category", "service", "--audience", "everyone")
    days = ("--approved=-1d", "--expiry", "evergreen", "--source", "https://a.example")
    added = command(workspace, "content", "add", text, *given, *days, "--json")
    assert (added.code, added.document["status"]) == (0, "approved")
    text.write_text("We wrap any parcel in quartz paper.")
    assert command(workspace, "content", "edit", "SRV-900", text).code == 0
    shown = command(workspace, "content", "show", "SRV-900", "--diff", "1", "--json").document
    assert shown["title"] == "Gift wrapping"
    assert {"kind": "added", "text": "quartz"} in shown["diff"]
    assert [v["version"] for v in shown["versions"]] == [2, 1]
    assert command(workspace, "content", "retire", "SRV-900", "--reason", "Old").code == 0
    rows = command(workspace, "content", "list", "--json").document["documents"]
    assert [d["standing"] for d in rows if d["document_id"] == "SRV-900"] == ["retired: Old"]
    assert command(workspace, "content", "coverage").code == 0


@pytest.mark.parametrize(
    ("words", "content", "sentence"),
    [
        (("add", "FILE"), "{broken", "this is not JSON"),
        (("add", "FILE"), "[1]", "expected one document"),
        (("edit", "NOPE", "FILE"), "{}", "no document 'NOPE'"),
        (("show", "NOPE"), "", "no document 'NOPE'"),
        (("show", "BRD-001", "--version", "9"), "", "no document version"),
    ],
)
def test_on_the_command_line_bad_input_is_one_sentence(
    demo, command, tmp_path, words, content, sentence
):
    file = tmp_path / "x.json"
    file.write_text(content)
    ran = command(demo, "content", *(file if w == "FILE" else w for w in words))
    assert ran.code == 2
    assert sentence in ran.err
    assert "Traceback" not in ran.err


def test_on_the_command_line_approvals_are_not_voided_by_surprise(
    sent_workspace, command, open_application
):
    with open_application(sent_workspace) as app:
        every = [
            v for c in app.campaigns.everything() for v in app.messages.variants(c.campaign_id)
        ]
        approved = next(v for v in every if v.state is VariantState.APPROVED)
        cited = approved.citations[0].document_id
    refused = command(sent_workspace, "content", "retire", cited, "--reason", "Old")
    assert refused.code == 1
    assert "--void-approvals" in refused.err
    done = command(
        sent_workspace, "content", "retire", cited, "--reason", "Old", "--void-approvals", "--json"
    )
    assert done.code == 0
    assert done.document["voided"]
