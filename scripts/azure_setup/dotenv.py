"""The file `.env`: single lines are set, all others stay as they are."""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from core.errors import StorageUnavailable


def written(path: Path, values: Mapping[str, str]) -> tuple[str, ...]:
    """Set these variables in the file and nothing else; the names that changed.

    Only its owner may read it afterwards. It is replaced whole, so that nobody finds half of it.

    Raises:
        StorageUnavailable: the file cannot be read or written.
    """
    try:
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        lines, changed = _set(before.splitlines(), values)
        if changed or not path.exists():
            _replace(path, "\n".join(lines) + "\n")
        path.chmod(0o600)
    except (OSError, UnicodeDecodeError) as error:
        raise StorageUnavailable(
            f"{path} cannot be written ({error}); name another file with --env-file."
        ) from error
    return changed


def _set(lines: list[str], values: Mapping[str, str]) -> tuple[list[str], tuple[str, ...]]:
    left, changed, kept = dict(values), [], []
    for line in lines:
        name = line.partition("=")[0].strip()
        if name in left:
            wanted = f"{name}={left.pop(name)}"
            changed += [name] if line != wanted else []
            kept.append(wanted)
        else:
            kept.append(line)
    kept += [f"{name}={value}" for name, value in left.items()]
    return kept, (*changed, *left)


def _replace(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    file, name = tempfile.mkstemp(dir=path.parent, prefix=".env-")  # made with mode 600
    try:
        with os.fdopen(file, "w", encoding="utf-8") as stream:
            stream.write(text)
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
