"""One scan in a process of its own: `python -m tests.bench.scan FOLDER`.

Everything is the real thing but the waiting for a quota, which only moves a clock: otherwise the
figures would measure the vendor's limits instead of our work. Prints one line of JSON.
"""

import json
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from time import process_time

from agent.collect.ingest import ProgressListener
from agent.collect.progress import ProgressCounter, progress_display
from agent.run import scan
from agent.run.session import open_session
from connectors.sdk.testing import FakeClock


class Silent:
    """Nobody watches; the meters are kept for the figures."""

    def __init__(self) -> None:
        self.tally: ProgressCounter | None = None
        self.cpu = 0.0  # seconds of this process while it read

    @contextmanager
    def start(self, counter: ProgressCounter) -> Generator[ProgressListener]:
        self.tally, begun = counter, process_time()
        with progress_display(counter, str, quiet=True, as_json=False) as watcher:
            yield watcher
        self.cpu = process_time() - begun


def main(folder: Path) -> None:
    """Scan what `folder/config.toml` names."""
    time, silent = FakeClock(), Silent()
    desk = replace(open_session(folder / "config.toml"), clock=time, sleep=time.sleep)
    summary = scan.scan(desk, scan.Options(), silent)
    assert silent.tally is not None
    figures = {
        "items": sum(line.items for line in summary.numbers.connectors),
        "calls": sum(m.calls for m in silent.tally.meters),
        "units": sum(m.units for m in silent.tally.meters),
        "refused": sum(m.refused for m in silent.tally.meters),
        "waited": sum(m.throttled_seconds for m in silent.tally.meters),
        "read_cpu": silent.cpu,
        "read_seconds": silent.tally.figures()["seconds"],
        "seconds": summary.seconds,
        "findings": sum(summary.numbers.states.values()),
        "exit_code": summary.exit_code,
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
