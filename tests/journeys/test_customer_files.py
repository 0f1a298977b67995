"""Customer files on the command line, and people who are left out of what is exported."""

import csv
import gzip
import json

import pytest

from core.orchestrator.service.writing import mentionable

SHOP = (
    "Invoice;Date;Amount;Client;Country\n"
    + "".join(f"{i};{1 + i % 28:02}.03.2025;{i},50;K{i % 40};Spain\n" for i in range(200))
    + "C7;20.03.2025;-7,50;K7;Spain\n;21.03.2025;5,00;;Spain\n"
)


def test_purchases_become_customers(tmp_path, command):
    path = tmp_path / "shop.csv.gz"
    path.write_bytes(gzip.compress(SHOP.encode("cp1252")))
    made = command(
        tmp_path / "w", "import-customers", path, "--id", "Client", "--transactions", "--date",
        "Date", "--amount", "Amount", "--order", "Invoice", "--json",
    ).document  # fmt: skip
    assert made["rows"]["read"] == 202
    assert (made["customers"], made["rows"]["rejected"]) == (40, 1)
    assert any("1 cancelled orders were netted out" in note for note in made["notes"])
    columns = {c["name"]: c for c in made["columns"]}
    assert columns["orders"]["role"] == "covariate"
    assert columns["last_order"]["maximum"] == "2025-03-28"


def test_options_say_how_a_file_is_read_and_what_columns_are(tmp_path, command):
    path = tmp_path / "odd.txt"
    path.write_bytes("A|1,5|ja\nB|2,5|nein\nA|3,5|ja\n".encode("utf-16"))
    made = command(
        tmp_path / "w", "import-customers", path, "--id", "column_1", "--no-header", "--delimiter",
        "pipe", "--decimal", "comma", "--encoding", "utf-16", "--duplicates", "last", "--role",
        "column_3=ignored", "--role", "column_2=covariate", "--json",
    ).document  # fmt: skip
    assert made["rows"] == {
        "read": 3, "kept": 2, "rejected": 0, "duplicate": 1, "suppressed": 0,
    }  # fmt: skip
    found = {c["name"]: (c["role"], c["maximum"]) for c in made["columns"]}
    assert found["column_2"] == ("covariate", "3.5")
    assert found["column_3"] == ("ignored", None)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--id", "Client", "--number-rows"], "--id COL, or number the rows"),
        (["--id", "Client", "--date", "Date"], "--date needs --transactions"),
        (["--id", "Client", "--transactions"], "--transactions needs --date"),
        (["--id", "Client", "--transactions", "--date", "Date"], "an amount, or a quantity"),
        (["--id", "Client", "--role", "Amount"], "write COL=ROLE"),
        (["--id", "Client", "--role", "Amount=captain"], "write COL=ROLE"),
        (["--id", "Client", "--role", "Country=permission:pigeon"], "no channel 'pigeon'"),
        (["--id", "Client", "--delimiter", "dash"], "no delimiter 'dash'"),
        (["--id", "Client", "--encoding", "klingon"], "no encoding 'klingon'"),
        (["--id", "Nobody"], "no id column 'Nobody'"),
    ],
)
def test_what_cannot_be_is_one_line_and_stores_nothing(arguments, said, tmp_path, command):
    path = tmp_path / "shop.csv"
    path.write_text(SHOP)
    ran = command(tmp_path / "w", "import-customers", path, *arguments)
    assert ran.code == 2
    assert said in ran.err
    assert ran.err.count("\n") == 1
    assert not list((tmp_path / "w").rglob("dataset-*.parquet"))


def test_people_are_left_out_after_the_send_was_prepared(
    sent_workspace, tmp_path, command, open_application
):
    with open_application(sent_workspace) as app:
        campaign = next(
            c.campaign_id for c in app.campaigns.everything() if app.send.experiment(c.campaign_id)
            and not c.imported
        )  # fmt: skip
        experiment = app.send.experiment(campaign)
    assigned = json.loads((sent_workspace / "data/processed/assignments.json").read_text())
    gone = [row["customer_id"] for row in assigned[:3]]
    out = tmp_path / "out.csv"
    out.write_text("client\n" + "\n".join([gone[0], gone[1].lower(), gone[2], "NOBODY"]) + "\n")
    put = command(
        sent_workspace, "suppress", out, "--id", "client", "--reason", "asked by letter",
        "--as", "marketer", "--json",
    )  # fmt: skip
    assert put.document["new"] == 4
    counts = command(sent_workspace, "suppress", "list", "--json").document
    assert (counts["people"], counts["reasons"][0]["reason"]) == (4, "asked by letter")
    with open_application(sent_workspace) as app:
        export = app.send.export(
            campaign, profile="generic", out=tmp_path / "export", by=app.people.get("marketer")
        )
        entry = next(e for e in app.audit.latest(20) if e.action == "export")
    assert export.recipients == experiment.customers - 3
    assert sum(e.customers for e in export.left_out) == 3
    for name in ("recipients.csv", "recipients_for_excel.csv"):
        with (export.folder / name).open(newline="", encoding="utf-8-sig") as file:
            written = {row["customer_id"] for row in csv.DictReader(file)}
        assert len(written) == export.recipients
        assert not written & set(gone)
    manifest = json.loads((export.folder / "manifest.json").read_text())
    told = json.loads(entry.detail)["left_out"]
    assert told == manifest["left_out"]
    assert {e["reason"] for e in told} == {"on the list of people to leave out"}
    everything = "".join(p.read_text(errors="ignore") for p in sent_workspace.rglob("logs/*.log"))
    assert gone[0] not in everything.partition("leave people out")[2]


def test_nobody_is_put_on_the_list_without_a_reason_or_a_right(workspace, tmp_path, command):
    out = tmp_path / "out.csv"
    out.write_text("id\nC00001\n")
    arguments = [workspace, "suppress", out, "--id", "id"]
    assert "--reason TEXT" in command(*arguments).err
    assert "Say why" in command(*arguments, "--reason", "  ").err
    assert command(*arguments, "--reason", "x", "--as", "approver").code == 1


def test_only_what_may_be_mentioned_reaches_the_writer(workspace, open_application):
    with open_application(workspace) as app:
        dataset = app.customers.everything()[0]
        segments = app.segments.latest().segments
    told = {t.column for s in segments for t in mentionable(s, dataset).traits}
    known = {t.column for s in segments for t in s.traits}
    assert {"past_year_spend", "recency_months"} <= known - told
    assert told == known & {c.name for c in dataset.columns if c.mentionable}
