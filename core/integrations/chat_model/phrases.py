"""The local writer's own words: connecting phrases, kept as data that a marketer can change."""

import hashlib
import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Self

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from core.errors import ConfigInvalid
from core.models.campaign import TONES, Tone
from core.yaml_text import parsed

_CATEGORIES = ("product", "service", "policy", "brand")
#: What every tone must have words for.
SLOTS = frozenset(
    ["greeting", "greeting by name", "offer", "offer in short", "last call", "terms"]
    + [f"{slot} {category}" for slot in ("opening", "help") for category in _CATEGORIES]
    + [f"{slot} {deadline}" for slot in ("act", "closing") for deadline in ("dated", "open")]
    + [
        f"{slot} {lead}"
        for slot in ("subject", "preheader")
        for lead in ("product", "other", "plain")
    ]
    + ["sign-off named", "sign-off unnamed"]
)


class Kind(BaseModel):
    """Words for one kind of product: how friendly messages about it begin and are titled."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    opening: tuple[str, ...]
    subject: tuple[str, ...]


class Phrases(BaseModel):
    """All phrases: by tone and slot, and by kind of product; `shop` may sign the messages."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    shop: str
    tones: Mapping[Tone, Mapping[str, tuple[str, ...]]]
    kinds: Mapping[str, Kind]

    @model_validator(mode="after")
    def _complete(self) -> Self:
        for tone in TONES:
            odd = SLOTS ^ set(self.tones.get(tone, {}))
            if odd:
                raise ValueError(f"the tone {tone.value} lacks or should not have: {min(odd)}")
        return self

    @property
    def sha256(self) -> str:
        """A hash that changes with any word."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()

    def kind(self, title: str, keywords: Iterable[str]) -> Kind | None:
        """The kind a product is of: the last kind its title names, else one of its keywords."""
        titled = [word for word in reversed(_words(title)) if word in self.kinds]
        known = [*titled, *(word for word in keywords if word in self.kinds)]
        return self.kinds[known[0]] if known else None


def read_phrases(path: Path) -> Phrases:
    """The phrases of a YAML file.

    Raises:
        ConfigInvalid: the file is missing, is not YAML, or lacks words for a slot.
    """
    try:
        return Phrases.model_validate(parsed(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigInvalid(f"The phrases {path} cannot be read; restore the file.") from error
    except yaml.YAMLError as error:
        raise ConfigInvalid(f"{path.name} is not valid YAML: {error}") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise ConfigInvalid(f"{path.name}: {place}: {first['msg']}.") from error


@dataclass(frozen=True, slots=True)
class Voice:
    """Chooses phrases for one segment and tone: always the same ones, and different elsewhere.

    A phrase that holds a word the brief forbids is passed over.
    """

    phrases: Phrases
    tone: Tone
    segment_id: str
    forbidden: tuple[str, ...] = ()

    def say(self, slot: str, *, again: bool = False) -> str | None:
        """A phrase for a slot, another one when it is used `again`; None when none is left."""
        allowed = [
            p for p in self.turn(self.phrases.tones[self.tone][slot], slot) if self.allows(p)
        ]
        return next(iter(allowed[again:]), None)

    def first(
        self,
        choices: Iterable[str],
        values: Mapping[str, str] = MappingProxyType({}),
        *,
        limit: int | None = None,
    ) -> str | None:
        """The first choice whose blanks these values fill, that is allowed, and that fits."""
        for choice in choices:
            if _names(choice) <= set(values):
                text = choice.format_map(values)
                if self.allows(text) and (limit is None or len(text) <= limit):
                    return text
        return None

    def turn(self, choices: tuple[str, ...], slot: str) -> tuple[str, ...]:
        """The choices, beginning at the one that is this segment's and tone's turn."""
        if not choices:
            return ()
        seed = f"{self.segment_id}|{self.tone.value}|{slot}".encode()
        start = int.from_bytes(hashlib.sha256(seed).digest()[:8], "big") % len(choices)
        return choices[start:] + choices[:start]

    def allows(self, text: str) -> bool:
        """Whether the text holds nothing that the brief forbids."""
        return not any(phrase in text.casefold() for phrase in self.forbidden)


def _names(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def _words(text: str) -> list[str]:
    return text.lower().replace(",", " ").split()
