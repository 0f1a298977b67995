"""The scripts do what the commands do, from any folder."""

import subprocess
import sys
from pathlib import Path

SCRIPTS = Path(__file__).parents[2] / "scripts"


def script(folder, name, *words):
    return subprocess.run(
        [sys.executable, str(SCRIPTS / name), *map(str, words)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_library_is_indexed(workspace, tmp_path):
    done = script(tmp_path, "index_content.py", "--workspace", workspace)
    assert (done.returncode, "67" in done.stdout) == (0, True), done.stderr


def test_the_report_of_a_campaign_is_written(workspace, tmp_path):
    shown = "mens-and-womens-mailing"
    done = script(tmp_path, "generate_report.py", shown, "--workspace", workspace)
    assert done.returncode == 0, done.stderr
    assert (workspace / "reports" / "experiment_report.pdf").stat().st_size > 10_000


def test_the_pipeline_stops_at_the_approval_queue(workspace, tmp_path):
    done = script(tmp_path, "run_experiment.py", "--workspace", workspace)
    assert done.returncode == 0, done.stderr
    assert "Stopped at the approval queue" in done.stderr


def test_a_mistake_is_one_line(workspace, tmp_path):
    done = script(tmp_path, "generate_report.py", "nothing", "--workspace", workspace)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)


def test_a_dry_run_of_the_setup_needs_no_account(tmp_path):
    done = script(tmp_path, "setup_azure_resources.py", "--dry-run")
    assert done.returncode == 0, done.stderr
    assert "Floor: 73.73 USD a month" in done.stdout
