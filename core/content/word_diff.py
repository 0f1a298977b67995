"""What changed between two texts, word by word."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

_PIECE = re.compile(r"\s+|\w+(?:['\u2019-]\w+)*|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Change:
    """A stretch of text: in both, only in the new one, or only in the old one."""

    kind: Literal["same", "added", "removed"]
    text: str


def word_diff(before: str, after: str) -> tuple[Change, ...]:
    """The new text with what was removed between, so that either text can be read from it.

    Examples:
        >>> [(c.kind, c.text) for c in word_diff("Soft wool.", "Warm wool.")]
        [('removed', 'Soft'), ('added', 'Warm'), ('same', ' wool.')]
    """
    old, new = _PIECE.findall(before), _PIECE.findall(after)
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    changes: list[Change] = []
    for kind, i1, i2, j1, j2 in matcher.get_opcodes():
        if kind == "equal":
            changes.append(_change("same", new[j1:j2]))
            continue
        changes += [_change("removed", old[i1:i2])] if i2 > i1 else []
        changes += [_change("added", new[j1:j2])] if j2 > j1 else []
    return tuple(changes)


def _change(kind: Literal["same", "added", "removed"], pieces: Sequence[str]) -> Change:
    return Change(kind, "".join(pieces))
