"""Forty thousand events through everything that can happen on the way."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from agent.store.opening import opened
from agent.store.outbox import StoredOutbox, post
from connectors.sdk.loopback import Authority, Loopback, Request, Response
from tests.unit.sinks.conftest import FROZEN, finding_batch

pytestmark = pytest.mark.integration

COUNT = 40_000


class Hec:
    """A collector that is troubled now and then, and remembers every event it got."""

    def __init__(self) -> None:
        self.got: list[str] = []
        self.sizes: list[int] = []
        self.batches = 0
        self.answers: list[Response] = []
        self.after: dict[int, Any] = {}
        self.lock = threading.Lock()

    def respond(self, request: Request) -> Response:
        with self.lock:
            if self.answers:
                return self.answers.pop(0)
            lines = gzip.decompress(request.body).decode().splitlines()
            self.got += [json.loads(line)["event"]["metadata"]["uid"] for line in lines]
            self.sizes.append(len(lines))
            self.batches += 1
            if (what := self.after.pop(self.batches, None)) is not None:
                return what()
        return Response(body={"text": "Success", "code": 0})


def write(folder: Path, url: str) -> None:
    table = {
        "agent": {"state": "state", "language": "en"},
        "network": {"ca_bundle": "ca.pem"},
        "sinks": {"splunk": {"type": "splunk_hec", "url": url, "token": "env:HEC_TOKEN"}},
    }
    (folder / "config.toml").write_text(tomli_w.dumps(table), encoding="utf-8")


def start(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "agent", "deliver", "--json"],
        cwd=folder,
        env=os.environ | {"HEC_TOKEN": "token-1", "PYTHONPATH": str(Path(__file__).parents[2])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_every_event_arrives_and_only_what_was_on_the_way_comes_twice(tmp_path: Path) -> None:
    authority, hec = Authority(tmp_path), Hec()
    (tmp_path / "state").mkdir()
    engine = opened(tmp_path / "state")
    (event,), uids = finding_batch(1).events, [f"{n:08d}" for n in range(COUNT)]
    with engine.begin() as db:
        bodies = ((u, json.dumps({**event, "metadata": {"uid": u}})) for u in uids)
        post(db, "splunk", "run", list(bodies))
    engine.dispose()

    write(tmp_path, "https://127.0.0.1:9")
    config = (tmp_path / "config.toml").read_text(encoding="utf-8")
    (tmp_path / "config.toml").write_text(config + "retry_seconds = 0\n", encoding="utf-8")
    down = start(tmp_path)
    assert json.loads(down.communicate(timeout=120)[0])[0]["pending"] == COUNT
    assert down.returncode == 5

    sender: list[subprocess.Popen[str]] = []

    def killed() -> Response:
        """The receiver has it, and the sender never learns."""
        sender[-1].send_signal(signal.SIGKILL)
        sender[-1].wait(30)
        return Response(cut="before")

    hec.answers = [Response(status=429, headers={"Retry-After": "0"})] * 2
    hec.after = {4: killed, 9: killed, 15: lambda: Response(cut="middle", body={"code": 0})}
    with Loopback(hec.respond, authority) as receiver:
        write(tmp_path, receiver.url)
        for _ in range(2):
            sender.append(start(tmp_path))
            assert sender[-1].wait(300) == -signal.SIGKILL
            sender[-1].communicate()
        last = start(tmp_path)
        out, err = last.communicate(timeout=600)
    assert last.returncode == 0, err
    assert json.loads(out)[0]["pending"] == 0
    assert set(hec.got) == set(uids)
    print(f"\n{len(hec.got)} for {COUNT}: {len(hec.got) - COUNT} twice in {hec.batches} batches")
    assert len(hec.got) - COUNT <= 3 * max(hec.sizes)  # two killed, one line cut
    left = StoredOutbox(opened(tmp_path / "state"), lambda: FROZEN)
    assert left.waiting() == []
