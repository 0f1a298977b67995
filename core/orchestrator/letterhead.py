"""Read the shell of e-mails: `config/letterhead.yaml` and `config/templates/email.html`."""

from pathlib import Path

from core.content.email_shell import EmailShell
from core.errors import ConfigInvalid
from core.models.letterhead import Letterhead
from core.orchestrator.yaml_file import read_yaml


def shell_files(config: Path) -> tuple[Path, Path]:
    """The two files; what is in them is part of what an approval covers."""
    return config / "letterhead.yaml", config / "templates" / "email.html"


def read_shell(config: Path) -> EmailShell:
    """The shell of every e-mail.

    Raises:
        ConfigInvalid: a file is missing, has an unknown key or slot, or lacks one.
    """
    letterhead, template = shell_files(config)
    try:
        text = template.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigInvalid(f"The template {template} cannot be read; restore it.") from error
    return EmailShell(text, read_yaml(letterhead, Letterhead))
