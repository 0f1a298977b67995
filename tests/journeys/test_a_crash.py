"""A run killed in the middle goes on to the same end, and repeats no finished call."""

import shutil
import subprocess
import sys
import threading
import time
from collections import Counter

import pytest

from tests.journeys.commands import application

NEXT = "dress-for-the-week"
MESSAGES = 16


def start(workspace, log, *, pause_s):
    return subprocess.Popen(
        [sys.executable, "-m", "tests.journeys.crash_run", str(workspace), str(pause_s), str(log)],
        stdout=subprocess.PIPE,
        text=True,
    )


def texts(workspace):
    with application(workspace) as app:
        return {v.variant_id: (v.state, v.revision, v.message) for v in app.messages.variants(NEXT)}


@pytest.fixture(scope="module")
def undisturbed(demo, tmp_path_factory):
    folder = tmp_path_factory.mktemp("undisturbed")
    workspace = shutil.copytree(demo, folder / "workspace")
    with start(workspace, folder / "calls.log", pause_s=0) as process:
        assert process.wait(120) == 0
    return texts(workspace)


@pytest.mark.parametrize("after_s", [0.1, 0.6, 1.3])
def test_a_killed_run_resumes_to_the_same_end(workspace, tmp_path, undisturbed, after_s):
    log = tmp_path / "calls.log"
    with start(workspace, log, pause_s=0.5) as process:
        assert process.stdout.readline() == "begun\n"
        time.sleep(after_s)
        process.kill()
    finished = set(log.read_text().split()) if log.exists() else set()
    assert len(finished) < MESSAGES
    with start(workspace, log, pause_s=0) as process:
        assert process.wait(120) == 0
    calls = Counter(log.read_text().split())
    assert texts(workspace) == undisturbed
    # At most the calls that were in flight, never noted as finished by the queue, are made again.
    assert sum(calls.values()) - MESSAGES <= 4
    assert set(calls) == {name.removeprefix(f"{NEXT}-") for name in undisturbed}


def test_only_one_process_carries_out_the_runs_of_a_workspace(workspace):
    with application(workspace, execute=True) as first:
        assert first.runner.executes
        with start(workspace, workspace / "calls.log", pause_s=0) as process:
            # The other process enqueues; this one writes.
            assert process.wait(120) == 0
        assert not (workspace / "calls.log").exists()
        assert {v.state for v in first.messages.variants(NEXT)} == {"needs_review"}


def test_a_second_click_joins_the_run_under_way(workspace):
    with application(workspace) as app:
        marketer = app.people.get("marketer")
        assert app.messages.generate(NEXT, by=marketer) == app.messages.generate(NEXT, by=marketer)


def test_a_cancelled_run_stops_before_its_next_message(workspace):
    with application(workspace) as app:
        marketer = app.people.get("marketer")
        run = app.messages.generate(NEXT, by=marketer)
        app.messages.cancel(run.run_id, by=marketer)
    with application(workspace, execute=True) as app:
        time.sleep(1)
        assert app.messages.wait(run.run_id).state == "cancelled"
        assert {v.state for v in app.messages.variants(NEXT)} == {"draft"}


def test_closing_in_the_middle_of_a_run_ends_at_once_and_the_run_goes_on_later(
    workspace, undisturbed
):
    with application(workspace, execute=True) as app:
        app.messages.generate(NEXT, by=app.people.get("marketer"))
        time.sleep(0.4)
        begun = time.monotonic()
    assert time.monotonic() - begun < 10
    assert not [t for t in threading.enumerate() if t.name.startswith("dbos-executor")]
    with application(workspace, execute=True) as app:
        run = app.messages.runs(NEXT)[0]
        assert app.messages.wait(run.run_id, timeout_s=60).state == "done"
    assert texts(workspace) == undisturbed
