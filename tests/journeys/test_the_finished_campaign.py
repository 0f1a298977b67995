"""The demo's finished mailing: the true lift, equal to what DuckDB gives by itself."""

import duckdb
import pytest

from tests.journeys.commands import run

CAMPAIGN = "mens-and-womens-mailing"


@pytest.fixture(scope="module")
def readout(demo):
    return run(demo, "results", CAMPAIGN, "--json").document


def overall(readout, metric, arm):
    return next(
        e
        for e in readout["estimates"]
        if (e["metric"], e["arm"], e["slice"]) == (metric, arm, None)
    )


def test_the_published_numbers_come_out(readout):
    mens, womens = (overall(readout, "visit", a) for a in ("Mens E-Mail", "Womens E-Mail"))
    assert round(mens["mean"], 4) == 0.1829
    assert round(womens["mean"], 4) == 0.1522
    assert round(mens["mean_control"], 4) == 0.1053
    assert round(100 * mens["difference"], 2) == 7.75
    assert readout["conclusion"]["decision"] == "use"
    assert readout["health"]["simulated"] is False


@pytest.mark.parametrize("metric", ["visit", "conversion", "spend"])
@pytest.mark.parametrize("arm", ["Mens E-Mail", "Womens E-Mail"])
def test_every_mean_is_what_the_source_file_gives(readout, metric, arm):
    history = duckdb.read_csv("data/raw/historical_engagement.csv")
    rows = history.aggregate(f"arm, count(*), avg({metric})", "arm").fetchall()
    means = {name: (n, mean) for name, n, mean in rows}
    estimate = overall(readout, metric, arm)
    assert (estimate["n"], estimate["n_control"]) == (means[arm][0], means["No E-Mail"][0])
    assert estimate["mean"] == pytest.approx(means[arm][1], rel=1e-9)
    assert estimate["mean_control"] == pytest.approx(means["No E-Mail"][1], rel=1e-9)
    assert estimate["difference"] == pytest.approx(means[arm][1] - means["No E-Mail"][1], rel=1e-9)


def test_the_campaign_keeps_the_arm_names_and_invents_no_text(demo, command):
    shown = command(demo, "campaign", "show", CAMPAIGN, "--json").document
    assert shown["state"] == "finished"
    assert [a["name"] for a in shown["arms"]] == ["Mens E-Mail", "Womens E-Mail"]
    assert all("not part of the public data" in a["description"] for a in shown["arms"])


def test_loading_the_demo_again_changes_nothing(workspace, command):
    before = {p.name: p.read_bytes() for p in (workspace / "data/processed/tables").iterdir()}
    first = command(workspace, "campaign", "list", "--json").document
    assert command(workspace, "demo").code == 0
    assert command(workspace, "campaign", "list", "--json").document == first
    assert {
        p.name: p.read_bytes() for p in (workspace / "data/processed/tables").iterdir()
    } == before
