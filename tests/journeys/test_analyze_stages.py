"""`analyze --stage`: loss on the way of any file, and what health says to whom."""

import numpy as np
import pandas as pd
import pytest

from tests.journeys.commands import run

ASKED = ("--arm", "arm", "--control", "none", "--metric", "visit:proportion")


@pytest.fixture
def file(tmp_path):
    """A file of three groups; `lost` is the share of b that was sent and not delivered."""

    def write(lost=0.03, n=30_000):
        rng = np.random.default_rng(42)
        arm = np.resize(["none", "a", "b"], n)
        sent = (arm != "none") & (rng.random(n) < 0.99)
        delivered = sent & (rng.random(n) < np.where(arm == "b", 1 - lost, 0.97))
        visit = rng.random(n) < np.where(arm == "none", 0.1, 0.13)
        frame = pd.DataFrame(
            {"id": np.arange(n), "arm": arm, "sent": sent, "delivered": delivered, "visit": visit}
        )
        frame.astype({"sent": int, "delivered": int, "visit": int}).to_csv(
            tmp_path / "f.csv", index=False
        )
        return tmp_path / "f.csv", frame

    return write


@pytest.mark.parametrize(
    "stages", [("--stage", "sent", "delivered"), ("--stage", "sent", "--stage", "delivered")]
)
def test_equal_loss_is_counted_and_passes(tmp_path, file, stages):
    path, frame = file()
    found = run(tmp_path, "analyze", path, *ASKED, *stages, "--json").document
    assert found["conclusion"]["decision"] == "use"
    assigned, sent, delivered = found["health"]["stages"]
    by_arm = frame.groupby("arm")
    assert assigned["customers"] == by_arm.size().to_dict()
    assert sent["customers"] == by_arm.sent.sum().to_dict()
    assert delivered["customers"] == by_arm.delivered.sum().to_dict()
    assert (sent["passed"], delivered["passed"]) == (True, True)
    assert set(sent["before"]) == {"a", "b"}


def test_planted_loss_is_named_and_owns_the_conclusion(tmp_path, file):
    path, _ = file(lost=0.06)
    found = run(
        tmp_path, "analyze", path, *ASKED, "--stage", "sent", "delivered", "--json"
    ).document
    assert found["conclusion"]["decision"] == "do_not_trust"
    for part in ("the stage delivered", "b 6", "do not trust"):
        assert part in found["conclusion"]["reason"]


def test_without_stages_there_are_none(tmp_path, file):
    found = run(tmp_path, "analyze", file()[0], *ASKED, "--json").document
    assert found["health"]["stages"] == []


def test_people_see_the_stages_by_group_and_the_options_that_answer(tmp_path, file):
    text = run(tmp_path, "analyze", file()[0], *ASKED, "--stage", "sent").out
    sent = next(line for line in text.splitlines() if line.startswith("Sent"))
    assert "not contacted" in sent
    assert "equal loss" in sent
    assert "hint: --split" in text


@pytest.mark.parametrize(
    ("stages", "said"),
    [
        (("--stage", "opened"), "no column 'opened'"),
        (("--stage", "sent", "sent"), "stage 'sent' is given twice"),
        (("--stage", "arm"), "names the arms"),
        (("--stage", "id"), "needs 0 and 1"),
    ],
)
def test_a_stage_that_cannot_be_one_is_refused(tmp_path, file, stages, said):
    refused = run(tmp_path, "analyze", file()[0], *ASKED, *stages)
    assert (refused.code, said in refused.err) == (2, True)


def test_what_health_says_needs_no_command_line_but_for_the_unit(tmp_path):
    rng = np.random.default_rng(43)
    spend = np.where(rng.random(2000) < 0.9, 0, rng.lognormal(3, 1, 2000))
    spend[7] = 90_000
    frame = pd.DataFrame({"store": np.repeat(np.arange(500), 4), "spend": spend})
    frame["arm"] = np.where(frame.store % 2, "a", "none")
    frame.to_csv(tmp_path / "f.csv", index=False)
    asked = (*ASKED[:4], "--metric", "spend:mean")
    health = run(tmp_path, "analyze", tmp_path / "f.csv", *asked, "--json").document["health"]
    (failure,) = health["failures"]
    assert "Name the randomised unit (--unit store)." in failure
    assert "--" not in " ".join((*health["warnings"], *health["notes"]))
    text = run(tmp_path, "analyze", tmp_path / "f.csv", *asked).out
    assert "hint: --winsorize 0.999" in text
