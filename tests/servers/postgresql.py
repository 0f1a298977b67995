"""A PostgreSQL server of one's own on loopback, where one is installed."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

_DEBIAN = Path("/usr/lib/postgresql")


@contextmanager
def server() -> Iterator[str]:
    """A server of its own for a test run, as a URL without a database; skips without one."""
    programs = _programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed here (no pg_ctl): `apt-get install postgresql`")
    # Not pytest's folder: the server's user may not look into it.
    folder = Path(tempfile.mkdtemp(prefix="cpo-pg-"))
    who, port, data = _as_server(folder), _free_port(), str(folder / "data")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c fsync=off -k {folder}"
    control = (*who, str(programs / "pg_ctl"), "-D", data, "-w", "-l", str(folder / "log"))

    def call(*words: str) -> None:
        subprocess.run(words, check=True, cwd=folder, stdout=subprocess.DEVNULL)

    try:
        call(*who, str(programs / "initdb"), "-D", data, "-U", "app", "--auth=trust", "-N")
        call(*control, "-o", options, "start")
        yield f"postgresql://app@127.0.0.1:{port}"
        call(*control, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def database_on(address: str) -> Iterator[str]:
    """The URL of an empty database on a server, gone at the end."""
    name = f"t{uuid4().hex}"
    with psycopg.connect(f"{address}/postgres", autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}".encode())
        yield f"{address}/{name}"
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def _programs() -> Path | None:
    found = shutil.which("pg_ctl")
    if found is not None:
        return Path(found).parent
    newest = sorted(_DEBIAN.glob("*/bin/pg_ctl"), key=lambda p: int(p.parts[-3]))
    return newest[-1].parent if newest else None


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _as_server(folder: Path) -> tuple[str, ...]:
    """The words before a command of the server, which refuses to be run by root."""
    if os.geteuid() != 0:
        return ()
    try:
        pwd.getpwnam("postgres")
    except KeyError:
        pytest.skip("PostgreSQL refuses root, and there is no user 'postgres' to run it as")
    shutil.chown(folder, "postgres")
    return ("runuser", "-u", "postgres", "--")
