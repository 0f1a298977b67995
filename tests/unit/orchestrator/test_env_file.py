"""Variables may stand in a file; the environment wins, and a secret in it is never quoted."""

import pytest

from core.errors import FileInvalid
from core.orchestrator import config
from core.orchestrator.env_file import variables

LINES = [
    ("A=1", {"A": "1"}),
    ("A=", {"A": ""}),
    ("export A=1", {"A": "1"}),
    ('A="with space" ', {"A": "with space"}),
    ("A='x=y'", {"A": "x=y"}),
    ("A=p%40ss#word", {"A": "p%40ss#word"}),  # a # inside a value belongs to it
    ("# A=1\n\n  B = 2 ", {"B": "2"}),
    ("", {}),
]


@pytest.mark.parametrize(("text", "found"), LINES)
def test_a_line_is_a_variable(tmp_path, text, found):
    file = tmp_path / ".env"
    file.write_text(text)
    assert variables(file) == found


def test_no_file_is_no_variables(tmp_path):
    assert variables(tmp_path / "none") == {}


@pytest.mark.parametrize("line", ["hunter2", "MY KEY=hunter2", "=hunter2"])
def test_anything_else_is_named_by_its_line_and_not_quoted(tmp_path, line):
    file = tmp_path / ".env"
    file.write_text(f"A=1\n{line}\n")
    with pytest.raises(FileInvalid, match=r"\.env line 2: this is not NAME=value") as raised:
        variables(file)
    assert "hunter2" not in str(raised.value)


def test_the_environment_wins_over_the_file(tmp_path, monkeypatch):
    file = tmp_path / "our.env"
    file.write_text(f"CPO_WORKSPACE={tmp_path}/from-file\nCPO_AUTH=oidc\n")
    monkeypatch.setenv("CPO_ENV_FILE", str(file))
    monkeypatch.delenv("CPO_WORKSPACE", raising=False)
    monkeypatch.setenv("CPO_AUTH", "header")
    found = config.load()
    assert (found.workspace, found.auth) == (tmp_path / "from-file", "header")
