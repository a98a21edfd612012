"""Forty thousand events through everything that can happen on the way."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from agent.store.engine import open_store
from agent.store.outbox import SqlOutbox, enqueue
from tests.unit.sinks.conftest import FROZEN, finding_batch

from .receivers import READY, House, free_port, listens

pytestmark = pytest.mark.integration

COUNT = 40_000
ROOT = Path(__file__).parents[2]
Process = subprocess.Popen[str]


@contextmanager
def started(folder: Path, *words: str) -> Generator[Process]:
    """A Python module as a process; whatever is left of it in the end is killed."""
    process = subprocess.Popen(
        [sys.executable, "-m", *words],
        cwd=folder,
        env=os.environ | {"HEC_TOKEN": "token-1", "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def start(tmp_path: Path) -> Generator[Callable[..., Process]]:
    with ExitStack() as running:
        yield lambda *words: running.enter_context(started(tmp_path, *words))


def queued(folder: Path, url: str, uids: Sequence[str], **more: Any) -> None:
    """A configuration with one sink, and events that wait for it."""
    table = {
        "agent": {"state": "state", "language": "en"},
        "network": {"ca_bundle": "ca.pem"},
        "sinks": {"splunk": {"type": "splunk_hec", "url": url, "token": "env:HEC_TOKEN"} | more},
    }
    (folder / "config.toml").write_text(tomli_w.dumps(table), encoding="utf-8")
    if not uids:
        return
    (folder / "state").mkdir()
    engine = open_store(folder / "state")
    (event,) = finding_batch(1).events
    bodies = [(uid, json.dumps({**event, "metadata": {"uid": uid}})) for uid in uids]
    with engine.begin() as db:
        enqueue(db, "splunk", "run", bodies)
    engine.dispose()


def killed(process: Process) -> None:
    process.send_signal(signal.SIGKILL)
    assert process.wait(30) == -signal.SIGKILL


def test_every_event_arrives_and_only_what_was_on_the_way_comes_twice(
    tmp_path: Path, start: Callable[..., Process]
) -> None:
    house, port = House(tmp_path), free_port()
    uids = [f"{n:08d}" for n in range(COUNT)]

    def sender() -> Process:
        return start("agent", "deliver", "--json")

    def collector(busy: int = 0, holds: str = "", halves: str = "") -> Process:
        words = (str(port), str(house.folder), str(busy), holds, halves)
        process = start("tests.integration.collector", *words)
        until = time.monotonic() + READY
        while not listens(port):
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.05)
        return process

    queued(tmp_path, f"https://127.0.0.1:{port}", uids, retry_seconds=0)
    out, _ = sender().communicate(timeout=120)  # nobody listens
    assert json.loads(out)[0]["pending"] == COUNT

    queued(tmp_path, f"https://127.0.0.1:{port}", (), retry_seconds=120)
    receiver = collector(busy=2, holds="4 9", halves="15")
    assert receiver.stdout is not None
    on_the_way: list[int] = []
    for _ in range(2):  # the receiver has it, and the sender never learns
        one = sender()
        on_the_way.append(int(receiver.stdout.readline()))
        killed(one)
    last = sender()
    on_the_way.append(int(receiver.stdout.readline()))  # it has half, and nobody ever learns
    killed(receiver)
    collector()
    out, err = last.communicate(timeout=300)
    assert last.returncode == 0, err
    assert json.loads(out)[0]["pending"] == 0

    batches = [json.loads(line) for line in (tmp_path / "got").read_text().splitlines()]
    arrived = Counter(uid for batch in batches for uid in batch)
    twice = arrived.total() - len(arrived)
    print(
        f"\n{COUNT} events: {arrived.total()} arrived in {len(batches)} batches, "
        f"{len(arrived)} distinct, {twice} twice, on the way when killed: {on_the_way}"
    )
    assert arrived.keys() == set(uids)
    assert twice == sum(on_the_way)
    assert SqlOutbox(open_store(tmp_path / "state"), lambda: FROZEN).queue_status() == []
