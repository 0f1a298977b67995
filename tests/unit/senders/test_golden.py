"""The small campaign for each sender, file by file, as it was read and found right.

After a wanted change: `python -m tests.unit.senders.renew`, and read every line that changed.
"""

import csv
import hashlib
import json

import pytest
from pypdf import PdfReader

from core.content.sender_profiles import PROFILES, column_names
from tests.unit.senders.formats import FORMATS, problems_of_file, problems_of_template, rows
from tests.unit.senders.renew import GOLDEN, files, kept_files
from tests.unit.senders.small import ARMS, CUSTOMERS, exported


@pytest.fixture(scope="module")
def exports(tmp_path_factory):
    return {name: exported(name, tmp_path_factory.mktemp(name))[0] for name in PROFILES}


@pytest.mark.parametrize("sender", PROFILES)
def test_an_export_is_the_one_that_was_read(exports, sender):
    made = kept_files(exports[sender])
    kept = files(GOLDEN / sender)
    assert list(made) == list(kept)
    for name, path in made.items():
        assert path.read_bytes() == kept[name].read_bytes(), name


@pytest.mark.parametrize("sender", FORMATS)
def test_a_sender_takes_every_file_as_it_documents_it(exports, sender):
    out = exports[sender]
    for path in (out / "recipients.csv", *sorted((out / "groups").glob("*.csv"))):
        if not path.stem.endswith("_for_excel"):
            assert problems_of_file(path, sender) == [], path.name
    header, body = rows(out / "recipients.csv")
    assert len(body) == len(CUSTOMERS)
    for path in sorted((out / "templates").iterdir()):
        assert problems_of_template(path.read_text(), set(header), sender) == [], path.name
    seeds, _ = rows(out / "seed_customers.csv")
    assert seeds == header


BROKEN = [
    ("recipients.csv", "braze", lambda t: t.replace("external_id", "id", 1), "first column"),
    (
        "recipients.csv",
        "mailchimp",
        lambda t: t.replace("CUSTOMERID", "CUSTOMER_ID1", 1),
        "no name",
    ),
    ("recipients.csv", "mailchimp", lambda t: t.replace("CUSTOMERID", "EMAIL", 1), "own"),
    ("recipients.csv", "klaviyo", lambda t: t.replace("c002@", "c001@", 1), "somebody twice"),
    ("recipients.csv", "customerio", lambda t: t.replace(",Ann", ",Ann ", 1), "spaces"),
    ("templates", "customerio", lambda t: t.replace("{% unsubscribe_url %}", "#"), "no way"),
    ("templates", "mailchimp", lambda t: t.replace("*|END:IF|*", "", 1), "left open"),
    ("templates", "klaviyo", lambda t: t.replace("_first_name", "_name", 1), "in no column"),
    ("templates", "braze", lambda t: t + "*|FNAME|*", "another sender's"),
]


@pytest.mark.parametrize(("what", "sender", "change", "why"), BROKEN)
def test_the_check_of_formats_finds_what_is_wrong(exports, tmp_path, what, sender, change, why):
    out = exports[sender]
    header, _ = rows(out / "recipients.csv")
    if what == "templates":
        text = (out / "templates" / "spring-unique-sale-loyal-friendly.html").read_text()
        found = problems_of_template(change(text), set(header), sender)
    else:
        broken = tmp_path / what
        broken.write_text(change((out / what).read_text()))
        found = problems_of_file(broken, sender)
    assert any(why in problem for problem in found)


@pytest.mark.parametrize("sender", PROFILES)
def test_every_group_has_its_file_and_the_silent_one_no_message(exports, sender):
    out, names = exports[sender], column_names(PROFILES[sender], "spring-unique-sale", [])
    _, everybody = rows(out / "recipients.csv")
    assert {row[names.group] for row in everybody} == {arm.name for arm in ARMS}
    groups = {"friendly", "same_message_for_everyone", "not_contacted"}
    parts = {name: rows(out / "groups" / f"{name}.csv")[1] for name in groups}
    assert sorted(row[names.customer_id] for part in parts.values() for row in part) == sorted(
        row[names.customer_id] for row in everybody
    )
    assert all(row[names.variant] == "" for row in parts["not_contacted"])
    _, recalled = rows(out / "recall_list.csv")
    contacted = {row[names.customer_id] for row in everybody if row[names.variant]}
    assert {row["customer_id"] for row in recalled} == contacted
    assert len(recalled) == len(contacted) == sum(c[6] is not None for c in CUSTOMERS)


@pytest.mark.parametrize("sender", PROFILES)
def test_the_form_for_excel_says_the_same_and_cannot_run(exports, sender):
    for name in ("recipients", "recall_list", "groups/friendly"):
        exact = (exports[sender] / f"{name}.csv").read_text(encoding="utf-8")
        for_excel = (exports[sender] / f"{name}_for_excel.csv").read_bytes()
        assert for_excel.startswith(b"\xef\xbb\xbf")
        shown = list(csv.reader(for_excel.decode("utf-8-sig").splitlines()))
        for plain, neutral in zip(csv.reader(exact.splitlines()), shown, strict=True):
            assert [c.removeprefix("'") if c[:2] == "'=" else c for c in neutral] == plain
            assert not [cell for cell in neutral if cell[:1] in "=+@\t\r" and cell]


@pytest.mark.parametrize("sender", PROFILES)
def test_anybody_can_check_that_nothing_was_changed_on_the_way(exports, sender):
    out = exports[sender]
    manifest = json.loads((out / "manifest.json").read_text())
    sums = dict(
        reversed(line.split("  ")) for line in (out / "SHA256SUMS").read_text().splitlines()
    )
    found = {
        name: hashlib.sha256(path.read_bytes()).hexdigest()
        for name, path in files(out).items()
        if name != "SHA256SUMS"
    }
    assert found == sums
    assert manifest["files"] == {n: s for n, s in found.items() if n != "manifest.json"}
    assert manifest["profile"] == sender
    assert "2026-" in manifest["format"]["files"] or sender == "generic"


def test_the_decision_card_goes_with_the_export_on_paper(exports):
    (page,) = PdfReader(exports["generic"] / "decision_card.pdf").pages
    said = " ".join(page.extract_text().split())
    assert "Spring / Ünïque sale" in said
    assert "locked 2026-03-02 09:30 UTC by marketer" in said
    assert "visits (share of customers), against Not contacted" in said


def test_names_stay_short_and_apart_at_every_sender():
    for profile in PROFILES.values():
        slots = ["x" * 300, "x" * 299 + "y", "customer_id", "variant_id", "first_name"]
        for campaign in ("a", "a" * 60, "a-b", "2026-sale"):
            names = column_names(profile, campaign, slots)
            every = [names.customer_id, names.group, names.variant, *names.values.values()]
            assert len({name.lower() for name in every}) == len(every)
            if profile.name != "generic":
                assert all(len(name) <= profile.longest_name for name in every)
        first, second = (column_names(profile, c, ["a"]) for c in ("a-sale", "b-sale"))
        assert first.group != second.group
