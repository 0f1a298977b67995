"""The file `.env`: variables of the environment that stand in a file; the environment wins."""

from pathlib import Path

from core.errors import FileInvalid


def variables(path: Path) -> dict[str, str]:
    """The variables of a file, one `NAME=value` a line; none where there is no file.

    Blank lines and lines that begin with # are left out; a value may stand in quotes.

    Raises:
        FileInvalid: a line is something else, or the file cannot be read; names the line.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    except (OSError, UnicodeDecodeError) as error:
        raise FileInvalid(path, f"cannot be read as UTF-8 text: {error}") from error
    found = {}
    for number, line in enumerate(lines, start=1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        name, equals, value = text.removeprefix("export ").partition("=")
        if not equals or not name.strip().isidentifier():
            # Not quoted: the line may hold a secret.
            raise FileInvalid(path, "this is not NAME=value", line=number)
        found[name.strip()] = _unquoted(value.strip())
    return found


def _unquoted(value: str) -> str:
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
    return value[1:-1] if quoted else value
