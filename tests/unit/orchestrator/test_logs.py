"""Two files of JSON lines, and nothing personal in them."""

import json
import logging
import shutil

import pytest

from core.errors import StorageUnavailable
from core.orchestrator.logging_config import configure, without_personal_data


@pytest.fixture
def logs(tmp_path):
    configure(tmp_path / "logs")
    return tmp_path / "logs"


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_each_logger_writes_to_its_own_file(logs):
    logging.getLogger("core.agents.safety").info("screened %d", 3, extra={"variant_id": "v"})
    logging.getLogger("core.agents.experimentation").info("read out")
    system = lines(logs / "system.log")
    assert [line["message"] for line in system] == ["screened 3", "read out"]
    assert system[0]["variant_id"] == "v"
    assert [line["message"] for line in lines(logs / "experiment.log")] == ["read out"]


def test_configuring_again_moves_to_the_new_folder_and_writes_once(logs, tmp_path):
    configure(tmp_path / "other")
    logging.getLogger("core.x").info("here")
    assert (logs / "system.log").read_text() == ""
    assert len(lines(tmp_path / "other" / "system.log")) == 1


def test_a_folder_that_was_cleaned_away_comes_back(logs):
    shutil.rmtree(logs)
    logging.getLogger("core.x").info("here")
    assert [line["message"] for line in lines(logs / "system.log")] == ["here"]


def test_what_was_to_be_logged_goes_on_where_the_workspace_is_gone(logs, tmp_path, capsys):
    shutil.rmtree(tmp_path)
    logging.getLogger("core.x").info("here")
    logging.getLogger("core.x").info("and on")
    assert not tmp_path.exists()
    assert "No such file or directory" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("mail ann.b+c@example.org now", "mail <e-mail> now"),
        ("call +1 415 555 0199", "call <phone>"),
        ("call (415) 555-0199", "call <phone>"),
        ("run-ec2c133247 on 2026-11-22 at 16:19", "run-ec2c133247 on 2026-11-22 at 16:19"),
        ("31999 customers, 0.1829", "31999 customers, 0.1829"),
    ],
)
def test_addresses_and_numbers_are_masked_and_ids_are_not(text, masked):
    assert without_personal_data(text) == masked


def test_a_traceback_is_masked_too(logs):
    try:
        raise ValueError("bad row of ann@example.org")
    except ValueError:
        logging.getLogger("core.x").exception("failed")
    line = lines(logs / "system.log")[0]
    assert "<e-mail>" in line["exception"]
    assert "ann@example.org" not in (logs / "system.log").read_text()


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "logs").write_text("a file")
    with pytest.raises(StorageUnavailable, match="cannot be written"):
        configure(tmp_path / "logs")
