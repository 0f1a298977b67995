"""What is shipped: an image that keeps its promises, and a guide whose commands exist."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from core.cli.commands import MODULES
from core.cli.main import main

ROOT = Path(__file__).parents[2]
IMAGE = (ROOT / "Dockerfile").read_text()
GUIDE = (ROOT / "docs" / "deployment.md").read_text()


def instructions():
    """The instructions of the Dockerfile, continued lines joined."""
    text = re.sub(r"\\\n", " ", IMAGE)
    lines = [line.strip() for line in text.splitlines()]
    return [line.partition(" ")[::2] for line in lines if line and not line.startswith("#")]


def last_stage():
    found = instructions()
    begins = max(i for i, (word, _) in enumerate(found) if word == "FROM")
    return found[begins:]


def arguments(word):
    return [rest.strip() for name, rest in last_stage() if name == word]


def test_packages_come_from_the_lock_by_hash_and_nothing_is_compiled():
    installs = [rest for word, rest in instructions() if word == "RUN" and "pip install" in rest]
    assert len(installs) == 1
    assert {"--require-hashes", "--only-binary", "-r"} <= set(installs[0].split())
    assert "/build/requirements.lock" in installs[0]
    lock = (ROOT / "requirements.lock").read_text()
    pinned = re.findall(r"^[a-z0-9][\w.\[\]-]*==\S+", lock, re.MULTILINE)
    assert len(pinned) > 50
    assert lock.count("--hash=sha256:") >= len(pinned)


def test_it_does_not_run_as_root_and_cannot_change_its_code():
    (user,) = arguments("USER")
    assert int(user.split(":")[0]) > 0
    assert last_stage().index(("USER", user)) > max(
        i for i, (word, _) in enumerate(last_stage()) if word in {"RUN", "COPY"}
    )
    assert not [rest for rest in arguments("COPY") if "--chown" in rest]
    assert arguments("VOLUME") == ["/workspace"]


def test_its_health_is_that_of_the_app():
    (check,) = arguments("HEALTHCHECK")
    assert "/_stcore/health" in check
    (command,) = arguments("CMD")
    assert json.loads(command) == ["serve", "--address", "0.0.0.0"]  # noqa: S104
    assert json.loads(arguments("ENTRYPOINT")[0]) == ["python", "-m", "core"]


def test_everything_it_copies_exists_and_nothing_that_changes_or_is_secret_gets_in():
    ignored = (ROOT / ".dockerignore").read_text().split("\n")
    assert ignored[1] == "*"
    let_in = {line[1:] for line in ignored if line.startswith("!")}
    every = [rest.split() for word, rest in instructions() if word == "COPY"]
    # The last word is where to.
    copied = {name for words in every if "--from" not in words[0] for name in words[:-1]}
    assert copied == let_in
    assert all((ROOT / name).exists() for name in let_in)
    assert {"data/processed", "**/.env*", "**/secrets.toml"} <= set(ignored)


def test_what_the_code_needs_of_the_project_is_in_the_image(tmp_path):
    """The app starts from nothing but what is copied."""
    image = tmp_path / "app"
    image.mkdir()
    for name in {rest.split()[0] for rest in arguments("COPY") if not rest.startswith("--from")}:
        (image / name).symlink_to(ROOT / name)
    ran = subprocess.run(
        [sys.executable, "-m", "core", "--workspace", str(tmp_path / "w"), "doctor", "--json"],
        cwd=image,
        capture_output=True,
        text=True,
        check=False,
    )
    assert json.loads(ran.stdout)["works"], ran.stderr


def test_every_command_of_the_guide_exists():
    said = set(re.findall(r"python -m core ([a-z-]+)", GUIDE))
    assert said >= {"backup", "restore", "doctor", "people", "worker"}
    assert said <= {name for names in MODULES.values() for name in names}
    for path in re.findall(r"`?((?:scripts|config|docs)/[\w/.]+\.(?:py|yaml|md))`?", GUIDE):
        assert (ROOT / path).exists(), path


@pytest.mark.parametrize("address", ["0.0.0.0", "10.0.0.1"])  # noqa: S104
def test_nothing_is_served_to_others_without_a_sign_in(tmp_path, capsys, monkeypatch, address):
    monkeypatch.delenv("CPO_AUTH", raising=False)
    code = main(["serve", "--workspace", str(tmp_path), "--address", address])
    assert code == 1
    assert "or set CPO_AUTH to oidc or header" in capsys.readouterr().err
