"""A brief as somebody writes it in a YAML file."""

from pathlib import Path

from core.models.campaign import Brief
from core.orchestrator.service.campaigns import check_brief
from core.orchestrator.yaml_file import read_yaml


def read_brief(path: Path) -> Brief:
    """The brief of a YAML file.

    Raises:
        ConfigInvalid: the file cannot be read, or has a wrong key or value; names the line.
        BadInput: the brief contradicts itself.
    """
    brief = read_yaml(path, Brief)
    check_brief(brief)
    return brief
