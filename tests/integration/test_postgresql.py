"""The same store on a real PostgreSQL server, started for the test."""

import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Generator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

Serve = Callable[..., Any]
BIN = max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(BIN is None, reason="no PostgreSQL server here; .ci/run installs one"),
]


@pytest.fixture(scope="module")
def server() -> Generator[str]:
    """A server that lives as long as this module; it refuses to be run by root."""
    assert BIN is not None
    who: dict[str, Any] = {"user": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with TemporaryDirectory(prefix="pg", dir="/tmp") as place:
        if who:
            shutil.chown(place, "postgres")
        data = f"{place}/data"

        def run(*words: str | Path) -> None:
            subprocess.run(words, check=True, cwd=place, stdout=subprocess.DEVNULL, **who)

        run(BIN / "initdb", "-D", data, "-A", "trust", "-U", "tojimari")
        control = (BIN / "pg_ctl", "-D", data, "-w", "-l", f"{place}/log")
        run(*control, "-o", f"-p {port} -k {place} -h 127.0.0.1", "start")
        try:
            yield f"postgresql+psycopg://tojimari@127.0.0.1:{port}/postgres"
        finally:
            run(*control, "-m", "immediate", "stop")


def facts_of(rows: list[dict[str, str]]) -> list[tuple[str, ...]]:
    varying = {"run_id", "first_seen", "last_seen", "changed_at"}
    return sorted(tuple(v for k, v in row.items() if k not in varying) for row in rows)


def test_a_scan_into_postgresql_finds_what_a_scan_into_a_file_finds(
    serve: Serve, server: str
) -> None:
    with serve("google", size=500) as site:
        site.run("scan")
        in_file = {name: facts_of(site.rows(name)) for name in ("findings", "exposures")}
        site.write(agent={"state": server, "output": "others"})
        (site.folder / "runs").rename(site.folder / "first")
        done = site.run("scan")
        assert done.returncode == 4, done.stderr
        (site.folder / "others").rename(site.folder / "runs")
        in_server = {name: facts_of(site.rows(name)) for name in ("findings", "exposures")}
        again = site.run("scan", "--out", "runs")
        assert again.returncode == 4, again.stderr
        assert {row["state"] for row in site.rows("findings")} == {"open"}
    assert in_server == in_file
