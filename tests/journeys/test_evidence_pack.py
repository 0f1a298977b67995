"""An evidence pack is checked by its own verifier, on a bare Python, to the last byte."""

import contextlib
import csv
import hashlib
import importlib.util
import io
import json
import random
import shutil
import sqlite3
import sys
import zipfile
from pathlib import Path

import pytest

from core.errors import MoveRefused, NotAllowed, Refused, StorageUnavailable
from core.models.evidence import EvidenceIds, EvidenceWish
from core.reports.verifier.itself import CLOSING, MANIFEST
from core.reports.verifier.moments import listed
from core.reports.verifier.pack import Pack, Report
from core.reports.verifier.readout import Numbers
from tests.journeys.commands import application, run
from tests.journeys.packs import bare, unpacked

FINISHED = "mens-and-womens-mailing"
CLEAR = EvidenceWish(EvidenceIds.CLEAR, with_outcomes=True)
ROWS = EvidenceWish(EvidenceIds.TOKEN, with_outcomes=True)
CHANGES, BY_TOKEN, RAW, OF_ITSELF = 300, 60, 60, 24


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def relisted(folder):
    """A manifest that fits what is there now, as somebody would write it to hide a change."""
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p.name != MANIFEST)
    above = "".join(f"{sha256(p)}  {p.relative_to(folder).as_posix()}\n" for p in files)
    closing = f"{CLOSING}{hashlib.sha256(above.encode()).hexdigest()}\n"
    (folder / MANIFEST).write_text(above + closing)


@pytest.fixture(scope="module")
def campaign(sent):
    with application(sent) as app:
        return next(
            c for c in (e.campaign_id for e in app.campaigns.everything()) if c[:4] == "run-"
        )


@pytest.fixture(scope="module")
def workspace_with_packs(sent, campaign, tmp_path_factory):
    """A sent campaign with outcomes, its pack in clear, and that of the finished mailing."""
    folder = tmp_path_factory.mktemp("evidence")
    workspace = Path(shutil.copytree(sent, folder / "workspace"))
    with application(workspace) as app:
        by = app.people.get("analyst")
        marketer = app.people.get("marketer")
        app.send.export(campaign, profile="generic", out=folder / "export", by=marketer)
        app.results.simulate(campaign, lift=0.1, seed=3, by=marketer)
        app.evidence.build(campaign, folder / "sent.zip", by=by, wish=CLEAR)
        app.evidence.build(FINISHED, folder / "finished.zip", by=by, wish=ROWS)
    return folder


@pytest.fixture(scope="module")
def pack(workspace_with_packs):
    return unpacked(workspace_with_packs / "sent.zip", workspace_with_packs / "elsewhere")


@pytest.fixture(scope="module")
def finished(workspace_with_packs):
    return unpacked(workspace_with_packs / "finished.zip", workspace_with_packs / "finished")


@pytest.fixture(scope="module")
def verifier(pack):
    """The verifier of the pack itself, imported once."""
    spec = importlib.util.spec_from_file_location("verify_of_a_pack", pack / "verify.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def verified(verifier, path):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        code = verifier.main([str(path)])
    return code, out.getvalue()


@pytest.fixture
def copy(pack, tmp_path):
    return Path(shutil.copytree(pack, tmp_path / "pack"))


def test_a_bare_python_in_another_folder_finds_the_pack_whole(workspace_with_packs, pack):
    for found in (
        bare(pack / "verify.py"),
        bare(pack / "verify.py", "--", workspace_with_packs / "sent.zip"),
    ):
        assert found.returncode == 0, found.stdout + found.stderr
        assert "OK: every file is as it was built" in found.stdout
        assert "rows derived again from the key, from the ids" in found.stdout
        assert "Key: it follows from campaign, seed, brief and data" in found.stdout
        assert "Brief: its hash stands in the audit trail" in found.stdout
        assert "SIMULATED" in found.stdout
        assert found.stderr == ""


@pytest.mark.parametrize(("name", "changes"), [("pack", CHANGES), ("finished", BY_TOKEN)])
def test_each_random_change_of_one_byte_is_found_and_its_file_named(
    name, changes, request, verifier, tmp_path
):
    copy = Path(shutil.copytree(request.getfixturevalue(name), tmp_path / "pack"))
    chance = random.Random(9)  # noqa: S311 - picks places
    files = sorted(p for p in copy.rglob("*") if p.is_file() and p.stat().st_size)
    sizes = [p.stat().st_size for p in files]
    for number in range(changes):
        # Some by bytes, as damage falls, and most by file, as small files matter as much.
        path = chance.choices(files, sizes)[0] if number % 10 == 0 else chance.choice(files)
        content = path.read_bytes()
        place = chance.randrange(len(content))
        other = chance.choice([b for b in range(256) if b != content[place]])
        path.write_bytes(content[:place] + bytes([other]) + content[place + 1 :])
        code, said = verified(verifier, copy)
        path.write_bytes(content)
        name = path.relative_to(copy).as_posix()
        assert code == 1, (name, place, other)
        assert name in said.partition("NOT OK")[2], (name, place, other, said)
    assert verified(verifier, copy)[0] == 0


def test_a_change_of_any_raw_byte_of_the_zip_is_found(verifier, workspace_with_packs, tmp_path):
    chance, target = random.Random(10), tmp_path / "damaged.zip"  # noqa: S311 - picks places
    content = (workspace_with_packs / "sent.zip").read_bytes()
    tail = [len(content) - n for n in (1, 60, 72, 90, 95, 400)]
    for place in [*tail, 0, 8, 27, *(chance.randrange(len(content)) for _ in range(RAW))]:
        other = chance.choice([b for b in range(256) if b != content[place]])
        target.write_bytes(content[:place] + bytes([other]) + content[place + 1 :])
        code, said = verified(verifier, target)
        assert code == 1, (place, other)
        assert "damaged.zip" in said, (place, other)


def test_a_changed_verifier_refuses_itself(copy):
    path = copy / "verify.py"
    content = path.read_bytes()
    ends = [content.rindex(word) + at for word, at in ((b"__main__", 2), (b"sys.exit(main", 9))]
    guard = content.index(b"refuse_changed_self(Path(__file__))")
    chance = random.Random(11)  # noqa: S311 - picks places
    places = [*ends, guard, guard - 1, *(chance.randrange(len(content)) for _ in range(OF_ITSELF))]
    for place in places:
        other = b"#" if content[place : place + 1] != b"#" else b"x"
        path.write_bytes(content[:place] + other + content[place + 1 :])
        found = bare(path)
        assert found.returncode != 0, place
        assert "verify.py" in found.stdout + found.stderr, place


def swapped_arms(folder):
    path = folder / "assignments.csv"
    lines = path.read_text().splitlines(keepends=True)
    one, other = lines[1].split(","), lines[-1].split(",")
    arms = sorted({line.split(",")[2] for line in lines[1:]})
    one[2] = next(a for a in arms if a != one[2])
    path.write_text("".join([lines[0], ",".join(one), *lines[2:-1], ",".join(other)]))


def removed_row(folder):
    path = folder / "assignments.csv"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:5] + lines[6:]))


def better_outcome(folder):
    path = folder / "outcomes.csv"
    lines = path.read_text().splitlines(keepends=True)
    place = next(i for i, line in enumerate(lines) if i and ",0.0" in line)
    lines[place] = lines[place].replace(",0.0", ",1.0", 1)
    path.write_text("".join(lines))


def better_lift(folder):
    path = folder / "readout.json"
    document = json.loads(path.read_text())
    document["estimates"][0]["lift_interval"][0] += 1e-6
    path.write_text(json.dumps(document))


def edited_line(name, change, which=0):
    def edit(folder):
        path = folder / name
        lines = path.read_text().splitlines()
        document = json.loads(lines[which])
        change(document)
        lines[which] = json.dumps(document, ensure_ascii=False)
        path.write_text("\n".join(lines) + "\n")

    return edit


def edited(name, change):
    def edit(folder):
        document = json.loads((folder / name).read_text())
        change(document)
        (folder / name).write_text(json.dumps(document))

    return edit


REWRITTEN = {
    "a customer in another group": (swapped_arms, "assignments.csv line 2: the key gives"),
    "a customer taken out": (removed_row, "rows were removed or added"),
    "an outcome": (better_outcome, "(outcomes.csv)"),
    "an interval": (better_lift, "readout.json: estimate 1"),
    "another key": (
        edited("experiment.json", lambda d: d.update(salt="0" * 32)),
        "assignments.csv line",
    ),
    "other shares": (
        edited("experiment.json", lambda d: d["arms"][0].update(weight=0.9)),
        "experiment.json: ",
    ),
    "the brief": (
        edited("campaign.json", lambda d: d["brief"].update(smallest_effect=0.01)),
        "campaign.json: the brief is not",
    ),
    "an approved text": (
        edited_line("variants.jsonl", lambda d: d["message"].update(subject="More"), which=1),
        "variants.jsonl line 2: the text of",
    ),
    "a cited document": (
        edited_line("documents.jsonl", lambda d: d.update(content=d["content"] + " Free.")),
        "documents.jsonl: the text of",
    ),
    "who approved": (
        edited_line("decisions.jsonl", lambda d: d.update(by="somebody")),
        "decisions.jsonl line 1: the decision of somebody does not stand so",
    ),
    "an entry of the trail": (
        edited_line("audit.jsonl", lambda d: d.update(hash="f" * 64), which=3),
        "audit.jsonl line 5: entry 5 does not follow",
    ),
    "the end of the trail": (
        edited("audit_head.json", lambda d: d.update(sequence=9)),
        "audit_head",
    ),
}


@pytest.mark.parametrize("what", REWRITTEN)
def test_what_is_rewritten_with_a_new_manifest_is_found_by_what_it_contradicts(
    what, verifier, copy
):
    change, said = REWRITTEN[what]
    change(copy)
    relisted(copy)
    code, words = verified(verifier, copy)
    assert code == 1
    assert said in words


def test_files_added_or_removed_are_named(verifier, copy):
    (copy / "more.txt").write_text("more")
    (copy / "README.txt").unlink()
    code, said = verified(verifier, copy)
    assert code == 1
    assert "more.txt: is not part of the pack" in said
    assert "README.txt: is missing" in said


@pytest.mark.parametrize(("name", "of"), [("finished", FINISHED), ("pack", None)])
def test_its_numbers_equal_the_read_out_of_the_application(
    name, of, request, workspace_with_packs, campaign
):
    folder = request.getfixturevalue(name)
    with application(workspace_with_packs / "workspace") as app:
        readout = app.results.readout(of or campaign)
    plan = json.loads((folder / "experiment.json").read_text())
    cells = listed(Pack(folder).table("statistics.csv"))
    numbers = Numbers(Report(), plan, json.loads((folder / "readout.json").read_text()), cells)
    compared = 0
    for said, estimate in zip(numbers.readout["estimates"], readout.estimates, strict=True):
        for field, made in numbers._made(said).items():
            mine = getattr(estimate, field)
            if made is None or mine is None:
                assert made is mine, field
                continue
            for one, other in zip(
                *((v if isinstance(v, tuple) else (v,)) for v in (made, mine)), strict=True
            ):
                assert one == pytest.approx(other, abs=1e-9, rel=1e-9), field
                compared += 1
    assert compared > 12 * len(readout.estimates)


def test_by_default_no_id_of_a_customer_is_in_a_pack(
    verifier, workspace_with_packs, campaign, pack
):
    folder = workspace_with_packs
    target = folder / "tokens.zip"
    ran = run(folder / "workspace", "evidence", campaign, "--out", target, "--json")
    assert ran.code == 0, ran.err
    with (pack / "assignments.csv").open() as rows:
        clear = [row["customer"] for row in csv.DictReader(rows)]
    with zipfile.ZipFile(target) as archive:
        everything = "\n".join(
            archive.read(n).decode() for n in archive.namelist() if not n.endswith(".png")
        )
        assert "outcomes.csv" not in archive.namelist()
        tokens = [
            r["customer"]
            for r in csv.DictReader(io.StringIO(archive.read("assignments.csv").decode()))
        ]
    words = set(everything.replace('"', ",").replace("\n", ",").replace(" ", ",").split(","))
    assert not words & {c for c in clear if len(c) > 3}
    salt = json.loads((pack / "experiment.json").read_text())["salt"]
    assert tokens == [hashlib.sha256(f"{salt}:{c}".encode()).hexdigest() for c in clear]
    code, said = verified(verifier, target)
    assert (code, "derived again from the key, from the hashes of the ids" in said) == (0, True)
    assert "sufficient statistics only" in said
    (missing,) = ran.document["missing"]
    assert missing == "a decision on the result: nobody has recorded one"
    with zipfile.ZipFile(target) as archive:
        assert f"NOT IN THIS PACK\n- {missing}\n" in archive.read("README.txt").decode()


def test_a_pack_of_a_mailing_made_elsewhere_says_what_is_not_in_it(finished):
    said = (finished / "README.txt").read_text()
    assert "- messages, approvals and sources: the mailing was made elsewhere\n" in said
    assert "- conclusion" not in said


def test_the_trail_notes_the_hashes_that_nobody_can_prove_from_inside(workspace_with_packs, pack):
    with application(workspace_with_packs / "workspace") as app:
        notes = [json.loads(e.detail) for e in app.audit.latest(50) if e.action == "build evidence"]
    packs = {n["pack"]: n for n in notes}
    noted = packs[sha256(workspace_with_packs / "sent.zip")]
    assert noted["verifier"] == sha256(pack / "verify.py")
    assert noted["manifest"] == sha256(pack / MANIFEST)
    assert noted["verifier"] in (pack / "README.txt").read_text()


def test_the_key_and_a_noted_entry_are_checked_where_somebody_has_them(
    verifier, pack, workspace_with_packs, monkeypatch
):
    key = next((workspace_with_packs / "workspace/data/processed").glob("*.key")).read_text()
    monkeypatch.setenv("CPO_AUDIT_KEY", key)
    code, said = verified(verifier, pack)
    assert code == 0
    assert "checked with the key" in said
    assert key.strip() not in "".join(p.read_text(errors="replace") for p in pack.glob("*.*"))
    monkeypatch.setenv("CPO_AUDIT_KEY", "f" * 64)
    assert "does not bear the signature" in verified(verifier, pack)[1]
    monkeypatch.delenv("CPO_AUDIT_KEY")
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        assert verifier.main([str(pack), "--noted", f"3:{'a' * 64}"]) == 1
    assert "not the one that was noted outside" in out.getvalue()


@pytest.fixture(scope="module")
def after_an_erasure(workspace_with_packs, campaign, pack, tmp_path_factory):
    """Who was erased, a pack that is built later, and the earlier one built again without them."""
    folder = tmp_path_factory.mktemp("erased")
    workspace = Path(shutil.copytree(workspace_with_packs / "workspace", folder / "workspace"))
    with (pack / "assignments.csv").open() as rows:
        gone = [row["customer"] for row in csv.DictReader(rows)][100]
    with application(workspace) as app:
        by = app.people.get("marketer")
        receipt = app.erasing.erase(gone, reason="asked for it", by=by)
        assert any("evidence pack" in each.what for each in receipt.out_of_reach)
        built = app.evidence.build(campaign, folder / "later.zip", by=by, wish=CLEAR)
        assert built.erased == 1
        earlier, foreign = (workspace_with_packs / n for n in ("sent.zip", "finished.zip"))
        app.evidence.build(campaign, folder / "again.zip", by=by, instead_of=earlier)
        with pytest.raises(Refused, match="no evidence pack of"):
            app.evidence.build(campaign, folder / "no.zip", by=by, instead_of=foreign)
    unpacked(folder / "later.zip", folder / "later")
    unpacked(folder / "again.zip", folder / "again")
    return folder, gone


@pytest.mark.parametrize("built", ["later", "again"])
def test_after_an_erasure_a_pack_says_so_and_that_the_rest_is_intact(
    built, verifier, after_an_erasure, tmp_path
):
    folder, _ = after_an_erasure
    code, said = verified(verifier, folder / f"{built}.zip")
    assert code == 0, said
    assert "1 row erased on request, the rest intact" in said
    for change, found in ((removed_row, "1 erased on request: rows were"), (better_outcome, "")):
        altered = Path(shutil.copytree(folder / built, tmp_path / change.__name__))
        change(altered)
        relisted(altered)
        code, said = verified(verifier, altered)
        assert code == 1, change
        assert found in said


def test_an_earlier_pack_is_built_again_without_who_was_erased_and_else_as_it_was(
    after_an_erasure, pack
):
    folder, gone = after_an_erasure
    again = folder / "again"
    for name in ("readout.json", "statistics.csv", "variants.jsonl", "seals.json"):
        assert (again / name).read_bytes() == (pack / name).read_bytes()
    for name in ("assignments.csv", "outcomes.csv"):
        before, now = ((f / name).read_text().splitlines() for f in (pack, again))
        assert now == [line for line in before if line.split(",")[0] != gone]
        assert len(now) == len(before) - 1


def test_who_may_and_when_a_pack_can_be_built(workspace_with_packs, tmp_path):
    with application(workspace_with_packs / "workspace") as app:
        analyst = app.people.get("analyst")
        with pytest.raises(NotAllowed, match="may not build an evidence pack"):
            app.evidence.build(FINISHED, tmp_path / "p.zip", by=app.people.get("approver"))
        with pytest.raises(MoveRefused, match="was assigned yet"):
            app.evidence.build("dress-for-the-week", tmp_path / "p.zip", by=analyst)
        (tmp_path / "there.zip").write_text("mine")
        with pytest.raises(Refused, match="exists already"):
            app.evidence.build(FINISHED, tmp_path / "there.zip", by=analyst)
    assert (tmp_path / "there.zip").read_text() == "mine"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["there.zip"]
    assert not list((workspace_with_packs / "workspace/data/processed/staging").glob("evidence*"))


def test_where_a_table_is_missing_one_sentence_says_so_and_nothing_is_built(
    workspace_with_packs, tmp_path
):
    workspace = Path(shutil.copytree(workspace_with_packs / "workspace", tmp_path / "workspace"))
    (workspace / f"data/processed/tables/assignments-{FINISHED}.parquet").unlink()
    ran = run(workspace, "evidence", FINISHED, "--out", tmp_path / "p.zip")
    assert (ran.code, ran.out, ran.err.count("\n")) == (1, "", 1)
    assert f"assignments-{FINISHED}.parquet is missing from the workspace; restore it" in ran.err
    assert not (tmp_path / "p.zip").exists()
    assert not list((workspace / "data/processed/staging").glob("evidence*"))


def test_where_the_trail_was_changed_no_pack_is_handed_out(workspace_with_packs, tmp_path):
    workspace = Path(shutil.copytree(workspace_with_packs / "workspace", tmp_path / "workspace"))
    with contextlib.closing(sqlite3.connect(workspace / "data/processed/state.db")) as database:
        kept = database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in kept:
            database.execute(f'DROP TRIGGER "{name}"')
        database.execute(
            "UPDATE audit SET actor = 'somebody' WHERE action = 'import finished mailing'"
        )
        database.commit()
    with application(workspace) as app:
        analyst = app.people.get("analyst")
        with pytest.raises(StorageUnavailable, match=r"audit\.jsonl line \d+: entry \d+ is not"):
            app.evidence.build(FINISHED, tmp_path / "p.zip", by=analyst)
    assert not (tmp_path / "p.zip").exists()
