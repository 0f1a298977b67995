"""Assignment and the files made of it: exact, reproducible, and nobody without permission."""

import json
from datetime import UTC, datetime

import duckdb
import pytest

from core.errors import BadInput, FileInvalid, Refused
from core.models.customers import SegmentRule
from core.models.send import ArmPlan, Excluded
from core.statistics.assignment import assign as assign_in_python
from core.storage import json_outputs
from core.storage.assignment_table import AssignmentPlan, assign
from core.storage.customer_import import ImportRequest, commit, read_customers
from core.storage.json_outputs import export_assignments_json, export_segments_json
from core.storage.recorded_arms import RecordedArms, record_arms
from core.storage.segment_table import write_segments
from core.storage.tables import ParquetCustomers

NAMES = {"big": "Big", "rest": "The rest"}
ARMS = (
    ArmPlan("Not contacted", 0.25, None),
    ArmPlan("a", 0.5, "urgent"),
    ArmPlan("b", 0.25, "friendly"),
)
VARIANTS = {(s, t): f"{s}-{t}" for s in NAMES for t in ("urgent", "friendly")}
PLAN = AssignmentPlan(ARMS, "salt", NAMES, VARIANTS, "ok")
AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class World:
    """Sixty customers in two segments; every seventh said no, every eleventh said nothing."""

    def __init__(self, folder):
        self.folder = folder
        lines = ["customer_id,first_name,ok,spend,arm,segment_id"]
        for i in range(60):
            ok = "no" if i % 7 == 0 else "" if i % 11 == 0 else "yes"
            lines.append(f'C{i},"=N{i}, ""x""",{ok},{i - 5},x,z')
        path = folder / "customers.csv"
        path.write_text("\n".join(lines))
        request = ImportRequest("customer_id", "test", permission_column="ok")
        staged = read_customers(path, request, folder / "staging")
        self.columns = staged.columns
        self.dataset = commit(staged, folder / "tables")
        rules = (SegmentRule("big", "Big", "spend >= 20"), SegmentRule("rest", "The rest", ""))
        customers = ParquetCustomers(self.dataset, staged.columns)
        self.segments = write_segments(customers, rules, folder / "segments.parquet").path
        self.assignments = folder / "none.parquet"

    def assign(self, plan=PLAN):
        return assign(self.segments, self.dataset, plan, self.assignments)

    def rows(self, path=None):
        connection = duckdb.connect()
        query = "FROM read_parquet($1)"
        found = connection.execute(query, [str(path or self.assignments)]).fetchall()
        connection.close()
        return found


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    return World(tmp_path_factory.mktemp("world"))


@pytest.fixture
def world(built, tmp_path):
    built.assignments = tmp_path / "assignments.parquet"
    return built


def test_the_assignment_is_the_one_anybody_can_recompute(world):
    result = world.assign()
    eligible: dict[str, list[str]] = {"big": [], "rest": []}
    for i in range(60):
        if i % 7 and i % 11:
            eligible["big" if i - 5 >= 20 else "rest"].append(f"C{i}")
    weights = {arm.name: arm.weight for arm in ARMS}
    expected: dict[str, str] = {}
    for segment, ids in eligible.items():
        expected |= assign_in_python(ids, weights, salt="salt", stratum=segment)
    found = {row[0]: row[3] for row in world.rows()}
    assert found == expected
    assert sum(count.customers for count in result.counts) == len(expected)
    assert [(c.segment_id, c.arm) for c in result.counts] == [
        (s, arm.name) for s in NAMES for arm in ARMS
    ]


def test_who_was_left_out_is_counted_and_named(world):
    assert world.assign().excluded == (
        Excluded("no permission", 9),
        Excluded("permission unknown", 5),
    )


def test_every_arm_has_its_variant_and_the_not_contacted_none(world):
    world.assign()
    tones = {arm.name: arm.tone for arm in ARMS}
    rows = world.rows()
    assert [row[0] for row in rows] == sorted(row[0] for row in rows)
    for _, segment_id, segment, arm, variant in rows:
        assert segment == NAMES[segment_id]
        assert variant == (f"{segment_id}-{tones[arm]}" if tones[arm] else None)


def test_the_same_plan_gives_the_same_bytes_and_another_salt_other_arms(world):
    first = world.assign().sha256
    content = world.assignments.read_bytes()
    assert world.assign().sha256 == first
    assert world.assignments.read_bytes() == content
    assert world.assign(AssignmentPlan(ARMS, "other", NAMES, VARIANTS, "ok")).sha256 != first


def test_the_arm_of_everyone_gives_one_variant_to_its_share_of_each_segment(world):
    same = ArmPlan("Same for all", 0.25, "urgent", everyone=True)
    arms = (ArmPlan("Not contacted", 0.25, None), ArmPlan("a", 0.5, "urgent"), same)
    variants = VARIANTS | {("everyone", "urgent"): "one"}
    result = world.assign(AssignmentPlan(arms, "salt", NAMES, variants, "ok"))
    rows = world.rows()
    assert {row[4] for row in rows if row[3] == same.name} == {"one"}
    assert {row[1] for row in rows if row[3] == same.name} == set(NAMES)
    assert {row[4] for row in rows if row[3] == "a"} == {"big-urgent", "rest-urgent"}
    for segment in NAMES:
        counts = {c.arm: c.customers for c in result.counts if c.segment_id == segment}
        total = sum(counts.values())
        assert all(abs(counts[arm.name] - total * arm.weight) < 1 for arm in arms)
    with pytest.raises(BadInput, match="no urgent message for everyone"):
        world.assign(AssignmentPlan(arms, "salt", NAMES, VARIANTS, "ok"))


def test_a_segment_that_is_not_named_is_not_assigned(world):
    plan = AssignmentPlan(ARMS, "salt", {"big": "Big"}, VARIANTS, "ok")
    world.assign(plan)
    assert {row[1] for row in world.rows()} == {"big"}


@pytest.mark.parametrize(
    ("plan", "error", "said"),
    [
        (AssignmentPlan(ARMS, "s", NAMES, VARIANTS, None), Refused, "60 customers: permission unk"),
        (AssignmentPlan(ARMS, "s", NAMES, {}, "ok"), BadInput, "no urgent message for the segment"),
        (AssignmentPlan(ARMS, "s", {}, {}, "ok"), Refused, "segments are empty"),
        (
            AssignmentPlan((ArmPlan("a", 0.0, None),), "s", NAMES, {}, "ok"),
            BadInput,
            "cannot be used",
        ),
    ],
)
def test_a_plan_that_cannot_be_carried_out_writes_nothing(world, plan, error, said):
    with pytest.raises(error, match=said):
        world.assign(plan)
    assert not world.assignments.exists()


def test_assignments_as_json(world, tmp_path):
    world.assign()
    output = export_assignments_json(world.assignments, AT, tmp_path / "assignments.json")
    found = json.loads(output.path.read_text())
    assert output.rows == len(found) == 46
    assert found[0] == {
        "customer_id": "C1",
        "segment": "The rest",
        "arm": found[0]["arm"],
        "variant_id": found[0]["variant_id"],
        "assigned_at": "2026-01-02T03:04:05+00:00",
    }
    before = output.path.read_bytes()
    export_assignments_json(world.assignments, AT, output.path)
    assert output.path.read_bytes() == before


def test_segments_as_json_hold_attributes_and_nothing_personal(world, tmp_path):
    path = tmp_path / "segments.json"
    export_segments_json(world.segments, world.dataset, NAMES, world.columns, path)
    found = json.loads(path.read_text())
    assert [row["customer_id"] for row in found] == [f"C{i}" for i in range(60)]
    assert found[7] == {
        "customer_id": "C7",
        "segment": "The rest",
        "segment_id": "rest",
        "confidence": pytest.approx(0.7),
        "features": {"spend": 2, "arm": "x", "segment_id": "z"},
    }
    export_segments_json(world.segments, world.dataset, NAMES, (), path)
    assert json.loads(path.read_text())[0]["features"] == {}


def test_many_rows_go_to_parquet_and_the_json_names_it(world, tmp_path, monkeypatch):
    world.assign()
    path = tmp_path / "assignments.json"
    monkeypatch.setattr(json_outputs, "MOST_JSON_ROWS", 10)
    output = export_assignments_json(world.assignments, AT, path)
    assert json.loads(path.read_text()) == {"parquet": "assignments.json.parquet", "rows": 46}
    assert output.twin == tmp_path / "assignments.json.parquet"
    assert len(world.rows(output.twin)) == 46
    monkeypatch.undo()
    assert export_assignments_json(world.assignments, AT, path).twin is None
    assert not (tmp_path / "assignments.json.parquet").exists()
    assert world.assignments.exists()


def test_arms_of_a_mailing_made_elsewhere_are_recorded(world, tmp_path):
    path = tmp_path / "history.csv"
    path.write_text("customer_id,arm\nC1,Mens\nC30,None\nC2,Mens\n")
    result = record_arms(path, world.segments, RecordedArms(NAMES), world.assignments)
    assert world.rows() == [
        ("C1", "rest", "The rest", "Mens", None),
        ("C2", "rest", "The rest", "Mens", None),
        ("C30", "big", "Big", "None", None),
    ]
    assert [(c.segment, c.arm, c.customers) for c in result.counts] == [
        ("Big", "None", 1),
        ("The rest", "Mens", 2),
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("customer_id,group\nC1,a\n", "no column 'arm'"),
        ("customer_id,arm\nC1,a\nX,a\n", "line 3: the customer 'X' is not known"),
        ("customer_id,arm\nC1,a\nC1,a\n", "line 3: the customer 'C1' comes twice"),
        ("customer_id,arm\nC1,\n", "line 2: there is no arm"),
        ("customer_id,arm\nC1,a,b\nC2,a\n", "line 2: a row cannot be read"),
    ],
)
def test_recorded_arms_that_cannot_be_used_are_refused(world, tmp_path, content, said):
    path = tmp_path / "history.csv"
    path.write_text(content)
    with pytest.raises(FileInvalid, match=said):
        record_arms(path, world.segments, RecordedArms(NAMES), world.assignments)
    assert not world.assignments.exists()
