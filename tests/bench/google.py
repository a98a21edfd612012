"""Google beside GAM7: `python -m tests.bench.google [--sizes 20000,200000] [--latency 0.15]`.

GAM7's figures were measured once, on a generated tenant of the same size (200 users, 40 shared
drives) on a machine with two cores, both of its jobs added up. Exits with 1 where a target of
calls, CPU time or memory is missed.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser
from dataclasses import dataclass
from pathlib import Path

from connectors.google import demo
from connectors.sdk.local_server import (
    LocalCertificateAuthority,
    LocalHttpsServer,
    Request,
    Response,
)
from tests.bench.tenant import config

HEAD = "who                size  latency    calls  seconds  CPU s  peak MB"


@dataclass(frozen=True)
class Row:
    """What one program spent."""

    who: str
    size: int
    latency: float
    calls: int
    seconds: float
    cpu: float
    peak: float

    def line(self) -> str:
        """A row under `HEAD`."""
        return (
            f"{self.who:<16}{self.size:>7}{self.latency:>8.2f}s{self.calls:>9}{self.seconds:>9.1f}"
            f"{self.cpu:>7.1f}{self.peak:>9.1f}"
        )


GAM7 = {
    (20_000, 0.0): Row("GAM7", 20_000, 0.0, 5_903, 60.4, 45.6, 263.0),
    (20_000, 0.15): Row("GAM7", 20_000, 0.15, 5_903, 169.7, 44.8, 410.0),
    (200_000, 0.0): Row("GAM7", 200_000, 0.0, 54_953, 220.4, 151.2, 310.0),
}


def serve(size: int, folder: Path, latency: float, workers: int) -> None:
    """Serve a tenant that takes its time, until the parent is gone."""
    authority = LocalCertificateAuthority(folder)
    tenant = demo.Tenant(size)

    def respond(request: Request) -> Response:
        time.sleep(latency)
        return tenant.respond(request)

    with LocalHttpsServer(respond, authority) as served:
        table = demo.table(served.url, folder)
        text = config("google", table, authority.bundle)
        crew = f"[agent]\nworkers = {workers}\n"
        (folder / "config.toml").write_text(text.replace("[agent]\n", crew, 1), encoding="utf-8")
        print("ready", flush=True)
        sys.stdin.read()


def measured(size: int, latency: float, workers: int) -> Row:
    """One scan against one tenant, each a process of its own."""
    with tempfile.TemporaryDirectory() as name:
        command = [sys.executable, "-m", "tests.bench.google", "--serve", name]
        options = ["--sizes", str(size), "--latency", str(latency)]
        options += ["--workers", str(workers)]
        tenant = subprocess.Popen(
            command + options, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert tenant.stdout is not None
        assert tenant.stdout.readline().startswith("ready")
        out = Path(name) / "figures"
        with out.open("w") as file:
            scan = subprocess.Popen([sys.executable, "-m", "tests.bench.scan", name], stdout=file)
            _, status, usage = os.wait4(scan.pid, 0)
        tenant.communicate("")
        if status:
            sys.exit(f"the scan ended with {status}")
        told = json.loads(out.read_text())
    cpu = usage.ru_utime + usage.ru_stime
    peak = usage.ru_maxrss / 1024
    return Row("tojimari", size, latency, told["calls"], told["read_seconds"], cpu, peak)


def kept(ours: Row, theirs: Row) -> bool:
    """A quarter of the calls, a third of the CPU time, 150 MB; twenty seconds from far away."""
    near = ours.latency == 0 or ours.seconds < 20
    return (
        ours.calls * 4 <= theirs.calls and ours.cpu * 3 <= theirs.cpu and ours.peak < 150 and near
    )


def main() -> int:
    """Print both, side by side."""
    parser = ArgumentParser(prog="bench.google")
    parser.add_argument("--sizes", default="20000,200000")
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument("--workers", type=int, default=16)
    parser.add_argument("--serve", type=Path, help="only serve, with the config in this folder")
    asked = parser.parse_args()
    sizes = [int(size) for size in asked.sizes.split(",")]
    if asked.serve:
        serve(sizes[0], asked.serve, asked.latency, asked.workers)
        return 0
    print(HEAD, flush=True)
    missed = False
    for size in sizes:
        ours, theirs = measured(size, asked.latency, asked.workers), GAM7.get((size, asked.latency))
        print(ours.line(), flush=True)
        if theirs is not None:
            print(theirs.line(), flush=True)
            missed |= not kept(ours, theirs)
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
