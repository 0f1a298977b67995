"""Read the prompt texts of `config/prompts`."""

import hashlib
from pathlib import Path

from core.agents.generation import Prompts
from core.errors import ConfigInvalid
from core.models.campaign import TONES


def read_prompts(folder: Path) -> Prompts:
    """The writer's prompts, with one SHA-256 over all of them.

    Raises:
        ConfigInvalid: a prompt file is missing or empty.
    """
    generation = _text(folder / "generation_prompt.txt")
    tones = {tone.value: _text(folder / "variants" / f"{tone.value}.txt") for tone in TONES}
    joined = "\0".join([generation, *(tones[t.value] for t in TONES)])
    return Prompts(
        generation=generation, tones=tones, sha256=hashlib.sha256(joined.encode()).hexdigest()
    )


def read_segmentation_prompt(folder: Path) -> str:
    """The instructions for proposing names of segments; no approval rests on them.

    Raises:
        ConfigInvalid: the file is missing or empty.
    """
    return _text(folder / "segmentation_prompt.txt")


def _text(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigInvalid(f"The prompt {path} cannot be read; restore it.") from error
    if not text:
        raise ConfigInvalid(f"The prompt {path} is empty; write the instructions there.")
    return text
