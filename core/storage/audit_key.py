"""The secret that signs the audit trail: in the environment, or in a file beside the database."""

import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from core.errors import ConfigInvalid, StorageUnavailable

VARIABLE = "CPO_AUDIT_KEY"
"""The variable that holds the key where it is not to lie in the workspace."""

_SHORTEST = 32
_BYTES = 32
_OWNER_ONLY = 0o600


@dataclass(frozen=True, slots=True)
class AuditKey:
    """A secret that signs; whoever does not hold it cannot write an entry that passes."""

    secret: bytes = field(repr=False)

    @classmethod
    def known(cls, environment: Mapping[str, str], path: Path) -> Self | None:
        """The key of the environment, else of the file; None when there is neither.

        Raises:
            ConfigInvalid: the key is too short to be one.
            StorageUnavailable: the file cannot be read.
        """
        given = environment.get(VARIABLE, "").strip()
        place = f"The environment variable {VARIABLE}" if given else f"The audit key {path}"
        if not given:
            try:
                given = path.read_text(encoding="utf-8").strip()
            except FileNotFoundError:
                return None
            except (OSError, UnicodeDecodeError) as error:
                raise StorageUnavailable(
                    f"{place} cannot be read ({error}); give yourself the right to read it, or "
                    "restore it from a backup."
                ) from error
        if len(given) < _SHORTEST:
            raise ConfigInvalid(
                f"{place} has {len(given)} characters; a key has at least {_SHORTEST}, such as "
                "the output of `openssl rand -hex 32`."
            )
        return cls(given.encode())

    @classmethod
    def made(cls, path: Path) -> Self:
        """A new key, kept in the file so that only its owner can read it.

        Raises:
            StorageUnavailable: the file cannot be written.
        """
        text = secrets.token_hex(_BYTES)
        part = path.with_name(f".{path.name}.part")
        try:
            part.unlink(missing_ok=True)
            handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text + "\n")
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        except OSError as error:
            raise StorageUnavailable(
                f"The audit key {path} cannot be written ({error.strerror}); choose a workspace "
                "you may write to."
            ) from error
        return cls(text.encode())

    def signed(self, kind: str, text: str) -> str:
        """The signature of a text of one kind: HMAC-SHA256 in hexadecimal."""
        return hmac.new(self.secret, f"{kind}\n{text}".encode(), hashlib.sha256).hexdigest()

    def holds(self, kind: str, text: str, signature: object) -> bool:
        """Whether a signature is the one this key gives."""
        given = str(signature).encode(errors="backslashreplace")
        return hmac.compare_digest(self.signed(kind, text).encode(), given)
