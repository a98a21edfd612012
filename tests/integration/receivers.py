"""Real receivers, each started by a test and ended by it; `.ci/run` installs them."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import trustme

OWN = Path(__file__).parents[2] / ".receivers/bin/tenzir"
READY = 60.0  # seconds: the machine may be busy


@dataclass
class House:
    """A folder with certificates of an authority of its own."""

    folder: Path

    def __post_init__(self) -> None:
        self.ca = trustme.CA()
        server = self.ca.issue_cert("127.0.0.1")
        (self.folder / "ca.pem").write_bytes(self.ca.cert_pem.bytes())
        (self.folder / "key.pem").write_bytes(server.private_key_pem.bytes())
        chain = b"".join(blob.bytes() for blob in server.cert_chain_pems)
        (self.folder / "cert.pem").write_bytes(chain)

    def client(self) -> bytes:
        """A certificate for who sends, with its key."""
        mine = self.ca.issue_cert("agent.example")
        return mine.private_key_pem.bytes() + b"".join(b.bytes() for b in mine.cert_chain_pems)

    def trusting(self) -> ssl.SSLContext:
        """For a test that looks whether a receiver answers."""
        return ssl.create_default_context(cafile=self.folder / "ca.pem")


def found(name: str, *places: str | Path) -> str:
    """The program, or a skip; a failure where `.ci/run` promised it."""
    place = next((str(p) for p in places if Path(p).exists()), None) or shutil.which(name)
    if place is None:
        reason = f"no {name} here; .ci/run installs one"
        if os.environ.get("TOJIMARI_RECEIVERS") == "required":
            pytest.fail(reason)
        pytest.skip(reason)
    return place


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def running(words: Sequence[str], port: int, folder: Path) -> Generator[None]:
    """A program in a process group of its own, until it listens; ended in order."""
    log = folder / f"{port}.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            words, cwd=folder, stdout=out, stderr=out, start_new_session=True
        )
    try:
        until = time.monotonic() + READY
        while not listens(port):
            assert process.poll() is None, log.read_text(encoding="utf-8", errors="replace")
            assert time.monotonic() < until, f"{words[0]} does not listen"
            time.sleep(0.1)
        yield
    finally:
        for how in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(process.pid, how)
                process.wait(20)
                break
            except (subprocess.TimeoutExpired, ProcessLookupError):
                continue


def listens(port: int) -> bool:
    """Whether somebody takes connections there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def tenzir(house: House, pipeline: Callable[[int], str]) -> Generator[tuple[int, Path]]:
    """A tenzir pipeline that keeps what it took as lines of JSON."""
    port = free_port()
    kept = house.folder / f"{port}.ndjson"
    file = house.folder / f"{port}.tql"
    file.write_text(f'{pipeline(port)}\nto_file "{kept}" {{ write_ndjson }}\n', encoding="utf-8")
    with running([found("tenzir", OWN), "-f", str(file)], port, house.folder):
        yield port, kept


def lines_of(file: Path, least: int) -> list[Any]:
    """What a receiver kept, as soon as it has written that much."""
    until = time.monotonic() + READY
    while True:
        text = file.read_text(encoding="utf-8") if file.exists() else ""
        lines = text.splitlines()
        if len(lines) >= least and text.endswith("\n"):
            return [json.loads(line) for line in lines]
        assert time.monotonic() < until, f"{len(lines)} of {least} lines"
        time.sleep(0.1)
