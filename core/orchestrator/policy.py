"""A content policy: the texts of its three files, checked, and the values they stand for."""

import difflib
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from itertools import zip_longest
from pathlib import Path

from core.content.brand import BrandRules
from core.content.screen_rules import SafetyConfig, ScreenRules
from core.errors import BadInput
from core.models.approval_rules import ApprovalRules
from core.models.policy import PolicyChange, PolicyTexts
from core.orchestrator.yaml_file import parse_yaml, read_text, root_of
from core.yaml_text import parsed

FILES = {
    "thresholds": "safety_thresholds.yaml",
    "brand": "brand_rules.yaml",
    "approval": "approval_rules.yaml",
}
"""The file of `config/` that each part of a policy starts from."""

_KINDS: dict[str, type[SafetyConfig | BrandRules | ApprovalRules]] = {
    "thresholds": SafetyConfig,
    "brand": BrandRules,
    "approval": ApprovalRules,
}
_CHARACTERS_MAX = 100_000

Beside = tuple[tuple[str, bytes], ...]
"""Files that belong to what is approved and are no part of the policy: name and content."""


@dataclass(frozen=True, slots=True)
class Policy:
    """The texts and what they say; `content_sha256` is what an approval seals.

    How many people have to approve is asked anew at every use, so it is no part of that hash.
    """

    texts: PolicyTexts
    safety: SafetyConfig
    brand: BrandRules
    approval: ApprovalRules
    sha256: str
    content_sha256: str
    number: int = 0

    @property
    def rules(self) -> ScreenRules:
        """What a text is screened by."""
        return ScreenRules(self.safety, self.brand, self.content_sha256)


def read_texts(config: Path) -> PolicyTexts:
    """The three files of a folder.

    Raises:
        ConfigInvalid: one is missing or no text.
    """
    return PolicyTexts(**{part: read_text(config / name) for part, name in FILES.items()})


def policy_of(texts: PolicyTexts, beside: Beside = (), *, number: int = 0) -> Policy:
    """The policy these texts say.

    Raises:
        ConfigInvalid: a text is no valid YAML, or has an unknown key or a wrong value; names the
            file, the line and the key.
    """
    for part, name in FILES.items():
        if len(getattr(texts, part)) > _CHARACTERS_MAX:
            raise BadInput(f"{name} is longer than {_CHARACTERS_MAX:,} characters; shorten it.")
    sealed = [(FILES[p], getattr(texts, p).encode()) for p in ("thresholds", "brand")]
    return Policy(
        texts=texts,
        safety=parse_yaml(texts.thresholds, SafetyConfig, name=FILES["thresholds"]),
        brand=parse_yaml(texts.brand, BrandRules, name=FILES["brand"]),
        approval=parse_yaml(texts.approval, ApprovalRules, name=FILES["approval"]),
        sha256=texts_sha256(texts),
        content_sha256=_sha256((*sealed, *beside)),
        number=number,
    )


def texts_sha256(texts: PolicyTexts) -> str:
    """One hash over all three texts."""
    return _sha256([(name, getattr(texts, part).encode()) for part, name in FILES.items()])


def file_hashes(texts: PolicyTexts) -> dict[str, str]:
    """The hash of each text, by the name of its file."""
    return {
        name: hashlib.sha256(getattr(texts, part).encode()).hexdigest()
        for part, name in FILES.items()
    }


def with_files(texts: PolicyTexts, files: Mapping[str, str]) -> PolicyTexts:
    """The texts with several files, by name, in place of those of the same kind.

    Raises:
        BadInput: one is no file of a policy, or two are the same one.
    """
    replaced: dict[str, str] = {}
    for name, text in files.items():
        part = _part_of(text, name)
        if part in replaced:
            raise BadInput(f"{replaced[part]} and {name} are both {FILES[part]}; name one.")
        replaced[part] = name
        texts = replace(texts, **{part: text.replace("\r\n", "\n")})
    return texts


def _part_of(text: str, name: str) -> str:
    """Which part of a policy a text is, by its keys."""
    keys = [str(key.value) for key, _ in root_of(text, name).value]
    for part, kind in _KINDS.items():
        if {f.name for f in fields(kind)}.intersection(keys):
            return part
    raise BadInput(
        f"{name} is no file of a policy: it holds no key of {', '.join(FILES.values())}. "
        "Write them with `policy show --out FOLDER` and change those."
    )


def changes(before: PolicyTexts, after: PolicyTexts) -> tuple[PolicyChange, ...]:
    """Every key whose value differs, in the order of the files; comments do not count."""
    return tuple(
        change
        for part, name in FILES.items()
        for change in _changed(name, _plain(getattr(before, part)), _plain(getattr(after, part)))
    )


def unified_diff(before: PolicyTexts, after: PolicyTexts) -> str:
    """What differs, line by line, in the form of `diff -u`; empty when nothing does."""
    lines: list[str] = []
    for part, name in FILES.items():
        old, new = (getattr(texts, part).splitlines() for texts in (before, after))
        lines += difflib.unified_diff(old, new, f"{name} (before)", name, lineterm="", n=1)
    return "\n".join(lines)


def line_pairs(before: PolicyTexts, after: PolicyTexts) -> dict[str, tuple[tuple[str, str], ...]]:
    """By file, every line that differs: as it was and as it is, empty where there is none."""
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    for part, name in FILES.items():
        old, new = (getattr(texts, part).splitlines() for texts in (before, after))
        moves = difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
        pairs = [
            pair
            for kind, i1, i2, j1, j2 in moves
            if kind != "equal"
            for pair in zip_longest(old[i1:i2], new[j1:j2], fillvalue="")
        ]
        if pairs:
            found[name] = tuple(pairs)
    return found


def _changed(
    file: str, before: dict[str, object], after: dict[str, object], place: str = ""
) -> Iterator[PolicyChange]:
    for key in dict.fromkeys([*before, *after]):
        old, new, here = before.get(key), after.get(key), f"{place}{key}"
        if isinstance(old, dict) and isinstance(new, dict):
            yield from _changed(file, old, new, f"{here}.")
        elif old != new:
            yield PolicyChange(file, here, old, new)


def _plain(text: str) -> dict[str, object]:
    content = parsed(text)
    return content if isinstance(content, dict) else {}


def _sha256(files: "tuple[tuple[str, bytes], ...] | list[tuple[str, bytes]]") -> str:
    digest = hashlib.sha256()
    for name, content in files:
        digest.update(name.encode() + b"\0" + content + b"\0")
    return digest.hexdigest()
