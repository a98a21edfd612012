"""`nox -s bench`: what a scan costs, with the work that was done beside each figure.

Options: service names (default: all), `--sizes 10000,200000`. Exits with 1 when memory grows more
than `GROWTH` from the smallest to the largest size of a service.
"""

import json
import os
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connectors.sdk.services import services

GROWTH = 1.3
HEAD = (
    "service        size    items  findings    calls  calls/1k     units  units/1k"
    "  items/s read  items/s all  CPU s  peak MB"
)


@dataclass(frozen=True)
class Figures:
    """One scan of a tenant of about `size` items."""

    service: str
    size: int
    told: dict[str, Any]
    cpu: float  # seconds
    peak: float  # MB, resident

    def line(self) -> str:
        """A row under `HEAD`."""
        t, items = self.told, self.told["items"]
        calls, units = t["calls"], t["units"]
        return (
            f"{self.service:<12}{self.size:>7}{items:>9}{t['findings']:>10}{calls:>9}"
            f"{calls / items * 1000:>10.2f}{units:>10.0f}{units / items * 1000:>10.1f}"
            f"{items / t['read_seconds']:>14.0f}{items / t['seconds']:>13.0f}"
            f"{self.cpu:>7.1f}{self.peak:>9.1f}"
        )


def measured(service: str, size: int) -> Figures:
    """Serve a tenant in one process, scan it in another, measure the second."""
    with tempfile.TemporaryDirectory() as name:
        serve = [sys.executable, "-m", "tests.bench.tenant", service, str(size), name]
        tenant = subprocess.Popen(serve, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert tenant.stdout is not None
        assert tenant.stdout.readline().startswith("ready")
        out = Path(name) / "figures"
        with out.open("w") as file:
            scan = subprocess.Popen([sys.executable, "-m", "tests.bench.scan", name], stdout=file)
            _, status, usage = os.wait4(scan.pid, 0)
        tenant.communicate("")
        if status:
            sys.exit(f"the scan of {service} ended with {status}")
        told = json.loads(out.read_text())
    return Figures(service, size, told, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def main() -> int:
    """Print a table; the exit code says whether memory stayed flat."""
    parser = ArgumentParser(prog="bench")
    parser.add_argument("services", nargs="*", default=services())
    parser.add_argument("--sizes", default="10000,200000")
    asked = parser.parse_args()
    sizes = sorted(int(size) for size in asked.sizes.split(","))
    print(HEAD, flush=True)
    grown = False
    for service in asked.services:
        figures = [measured(service, size) for size in sizes]
        for each in figures:
            print(each.line(), flush=True)
        ratio = figures[-1].peak / figures[0].peak
        grown |= ratio > GROWTH
        print(
            f"{service}: memory at {sizes[-1]} is {ratio:.2f} times that at {sizes[0]}", flush=True
        )
    return int(grown)


if __name__ == "__main__":
    sys.exit(main())
