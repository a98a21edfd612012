"""A store with so many exposures that the program judges them in processes of its own."""

import json
import subprocess
import sys
from csv import DictReader
from pathlib import Path

from agent.run.evaluate import PARALLEL_THRESHOLD
from agent.store.engine import open_store
from tests.bench.judge import filled

CONFIG = """\
[agent]
state = "state"
output = "runs"
language = "ja"
[connectors.box]
service = "m365"
tenant_id = "t"
client_id = "c"
client_secret = "env:NOT_ASKED_FOR"
"""
SIZE = PARALLEL_THRESHOLD + 1_000


def store(folder: Path) -> Path:
    """A folder with such a store; its configuration."""
    folder.mkdir()
    (folder / "state").mkdir()
    engine = open_store(folder / "state")
    filled(engine, SIZE)
    engine.dispose()
    file = folder / "config.toml"
    file.write_text(CONFIG, encoding="utf-8")
    return file


def judged_here(folder: Path) -> list[dict[str, str]]:
    """What this program says of such a store, run from its source."""
    words = [sys.executable, "-m", "agent", "judge", "--json", "-c", str(store(folder))]
    done = subprocess.run(words, capture_output=True, encoding="utf-8", timeout=300)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["findings"] > SIZE / 2
    return findings(folder)


def findings(folder: Path) -> list[dict[str, str]]:
    """The findings of the one run there, without what differs from run to run."""
    (table,) = folder.glob("runs/*/findings.csv")
    with table.open(encoding="utf-8-sig", newline="") as file:
        rows = list(DictReader(file))
    for row in rows:
        del row["run_id"], row["changed_at"]
    return rows
