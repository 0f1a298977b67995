"""Settings: the environment before the files, unknown keys refused with their line."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from core.errors import ConfigInvalid
from core.orchestrator.config import CONFIG, ROOT, environment_for, load
from core.orchestrator.yaml_file import read_yaml
from core.protocols.azure import VARIABLES


@pytest.fixture
def config(tmp_path):
    return Path(shutil.copytree(CONFIG, tmp_path / "config"))


def test_without_anything_said_the_engines_are_local_and_the_workspace_is_the_project():
    settings = load(environment={})
    assert settings.workspace == ROOT
    assert settings.engines.chat_model == "local"
    assert settings.engines.tracker == "none"
    assert settings.database_url.endswith("/data/processed/state.db")


def test_the_environment_wins_over_the_file(tmp_path):
    settings = load(environment={"CPO_WORKSPACE": str(tmp_path), "CPO_CHAT_MODEL": "azure"})
    assert settings.workspace == tmp_path
    assert settings.engines.chat_model == "azure"


def test_an_argument_wins_over_the_environment(tmp_path):
    assert load(tmp_path, environment={"CPO_WORKSPACE": "/elsewhere"}).workspace == tmp_path


@pytest.mark.parametrize(
    "name", ["CPO_CHAT_MODEL", "CPO_CONTENT_INDEX", "CPO_SAFETY_SCREEN", "CPO_TRACKER", "CPO_AUTH"]
)
def test_a_value_that_is_not_offered_is_refused_by_name(name):
    with pytest.raises(ConfigInvalid, match=f"{name} is 'magic'; allowed are"):
        load(environment={name: "magic"})


@pytest.mark.parametrize(("place", "variable"), VARIABLES.items())
def test_the_environment_says_where_azure_is_before_the_file(place, variable, config):
    section, key = place
    (config / "azure_config.yaml").write_text(f"{section}:\n  {key}: of-the-file\n")
    of_file = load(environment={}, config=config).azure
    assert getattr(getattr(of_file, section), key) == "of-the-file"
    of_environment = load(environment={variable: " https://a "}, config=config).azure
    assert getattr(getattr(of_environment, section), key) == "https://a"


@pytest.mark.parametrize("key", ["api_key", "key", "AZURE_OPENAI_API_KEY"])
def test_a_key_in_the_file_of_azure_is_refused_with_its_line(config, key):
    (config / "azure_config.yaml").write_text(f"chat:\n  {key}: secret\n")
    with pytest.raises(ConfigInvalid, match=rf"azure_config.yaml line 2: unknown key '{key}'"):
        load(environment={}, config=config)


def test_secrets_never_show_in_settings():
    settings = load(environment={"AZURE_OPENAI_API_KEY": "very-secret"})
    assert "very-secret" not in repr(settings)
    assert settings.environment["AZURE_OPENAI_API_KEY"] == "very-secret"


def test_the_address_of_a_service_of_azure_comes_from_the_environment_before_the_file(config):
    variable = {"AZURE_CONTENT_SAFETY_ENDPOINT": " https://one.cognitiveservices.azure.com "}
    azure = load(environment=variable, config=config).azure
    assert azure.content_safety.endpoint == "https://one.cognitiveservices.azure.com"
    assert load(environment={}, config=config).azure.content_safety.endpoint == ""


@pytest.mark.parametrize(
    ("was", "line"), [("levels: 4 ", "levels: 5 "), ("prefix: cpo ", "prefix: 'a list' ")]
)
def test_severity_levels_and_the_prefix_of_lists_are_what_the_service_takes(config, was, line):
    path = config / "azure_config.yaml"
    assert was in path.read_text()
    path.write_text(path.read_text().replace(was, line))
    with pytest.raises(ConfigInvalid, match=r"azure_config.yaml line \d+: content_safety"):
        load(environment={}, config=config)


def test_a_process_of_ours_opens_the_same_workspace(tmp_path):
    settings = load(tmp_path, environment={"PATH": "/bin"})
    assert environment_for(settings) == {"PATH": "/bin", "CPO_WORKSPACE": str(tmp_path)}


def test_the_policy_hash_changes_with_the_policy_and_with_nothing_else(config):
    before = load(environment={}, config=config)
    (config / "settings.yaml").write_text((config / "settings.yaml").read_text() + "# more\n")
    assert (
        load(environment={}, config=config).file_policy.content_sha256
        == before.file_policy.content_sha256
    )
    (config / "brand_rules.yaml").write_text((config / "brand_rules.yaml").read_text() + "# more\n")
    assert (
        load(environment={}, config=config).file_policy.content_sha256
        != before.file_policy.content_sha256
    )


@pytest.mark.parametrize(
    "name",
    [
        "settings.yaml",
        "segments.yaml",
        "safety_thresholds.yaml",
        "brand_rules.yaml",
        "azure_config.yaml",
    ],
)
def test_every_file_refuses_an_unknown_key_and_a_missing_file(config, name):
    path = config / name
    whole = path.read_text()
    path.write_text(whole + "\nsurprise: 1\n")
    with pytest.raises(ConfigInvalid, match=rf"{name} line \d+: unknown key 'surprise'"):
        load(environment={}, config=config)
    path.unlink()
    with pytest.raises(ConfigInvalid, match=f"{name} is missing"):
        load(environment={}, config=config)


@pytest.mark.parametrize("name", ["generation_prompt.txt", "variants/urgent.txt"])
def test_a_missing_or_empty_prompt_is_named(config, name):
    path = config / "prompts" / name
    path.write_text(" \n")
    with pytest.raises(ConfigInvalid, match="is empty"):
        load(environment={}, config=config)
    path.unlink()
    with pytest.raises(ConfigInvalid, match="cannot be read"):
        load(environment={}, config=config)


@dataclass(frozen=True)
class Inner:
    size: int = 0


@dataclass(frozen=True)
class Outer:
    name: str
    inner: Inner = Inner()
    many: tuple[Inner, ...] = ()
    maybe: Inner | None = None
    words: dict[str, int] = field(default_factory=dict)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: a\ninner:\n  sise: 3\n", "line 3: unknown key 'sise'. Did you mean 'size'"),
        ("name: a\nmany:\n  - size: 1\n  - colour: 2\n", "line 4: unknown key 'colour'"),
        ("name: a\nmaybe:\n  colour: 2\n", "line 3: unknown key 'colour'"),
        ("name: a\ninner: {size: big}\n", "line 2: inner.size: Input should be a valid integer"),
        ("inner: {size: 1}\n", "line 1: name: "),
        ("name: a\nname: b\n", "line 2: 'name' stands here twice"),
        ("name: a\nwords: {x: many}\n", "line 2: words.x"),
    ],
)
def test_a_wrong_line_is_named(tmp_path, text, message):
    path = tmp_path / "some.yaml"
    path.write_text(text)
    with pytest.raises(ConfigInvalid) as caught:
        read_yaml(path, Outer)
    assert message in str(caught.value)


def test_a_right_file_becomes_the_value(tmp_path):
    path = tmp_path / "some.yaml"
    path.write_text("name: a\ninner: {size: 2}\nmany: [{size: 1}, {}]\nwords: {x: 1}\n")
    assert read_yaml(path, Outer) == Outer("a", Inner(2), (Inner(1), Inner()), None, {"x": 1})


@pytest.mark.parametrize("cap", ["{messages: 0, days: 7}", "{messages: 2}", "2", "{days: 7}"])
def test_a_frequency_cap_is_so_many_messages_in_so_many_days(config, cap):
    path = config / "settings.yaml"
    path.write_text(path.read_text().replace("frequency_cap: null", f"frequency_cap: {cap}"))
    with pytest.raises(ConfigInvalid, match=r"settings.yaml line \d+: experiment.frequency_cap"):
        load(environment={}, config=config)


@pytest.mark.parametrize("share", ["-0.1", "1.0", "often"])
def test_a_global_holdout_is_a_share_of_the_customers(config, share):
    path = config / "settings.yaml"
    path.write_text(path.read_text().replace("global_holdout: 0.0", f"global_holdout: {share}"))
    with pytest.raises(ConfigInvalid, match=r"settings.yaml line \d+: experiment.global_holdout"):
        load(environment={}, config=config)
