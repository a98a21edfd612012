"""Calls and memory of a full Salesforce reading: `python -m tests.bench.salesforce [SIZE ...]`.

The organization is served by a process of its own; here only the connector works. Beside the real
calls stands what the formula of docs/connectors/salesforce.md allows. Exits with 1 when a reading
costs more than 1.2 times that, or a million links more than 120 calls or 150 MB.
"""

import resource
import subprocess
import sys
import tempfile
import tomllib
from math import ceil
from pathlib import Path

from connectors.salesforce import Settings, bulk, connect
from connectors.salesforce.demo.records import LABELS, RIGHTS
from connectors.sdk.records import Item
from connectors.sdk.testing import FakeContext

ALLOWED = 1.2
CALLS, MEGABYTES = 120, 150


def formula(links: int) -> int:
    """The documented cost of the demo organization, links included."""
    objects = len({right.target for right in RIGHTS} & LABELS.keys())
    by_guests = len({r.target for r in RIGHTS if r.target in ("Case", "Contact", "Lead")}) + 8
    pages = ceil(links / 2000)
    files = 3 + 5 + ceil(links / bulk.ROWS_PER_FILE)
    return 13 + 1 + 1 + ceil(objects / 200) + by_guests + 2 + min(pages, files)


def measured(size: int) -> bool:
    """Read an organization with so many links; whether it stayed within bounds."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        serve = [sys.executable, "-m", "tests.bench.tenant", "salesforce", str(size), name]
        tenant = subprocess.Popen(serve, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert tenant.stdout is not None
        assert tenant.stdout.readline().startswith("ready")
        config = tomllib.loads((folder / "config.toml").read_text())
        lent = FakeContext(folder / "ca.pem", folder)
        connector = connect(Settings.model_validate(config["connectors"]["salesforce"]), lent)
        connector.tenant()
        items = links = 0
        for scope in connector.scopes():
            before = lent.http.meter.calls
            for record in connector.scan(scope, None):
                items += isinstance(record, Item)
            if scope.id == "files":
                links = lent.http.meter.calls - before
        calls = lent.http.meter.calls
        tenant.communicate("")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    allowed = formula(size)
    print(
        f"{size:>8} links {items:>8} items {calls:>5} calls, {links} of them for links; formula "
        f"{allowed}, {calls / allowed:.2f} times; peak {peak:.0f} MB",
        flush=True,
    )
    return calls <= ALLOWED * allowed and links <= CALLS and peak < MEGABYTES


if __name__ == "__main__":
    sizes = [int(size) for size in sys.argv[1:]] or [0, 20_000, 1_000_000]
    kept = [measured(size) for size in sizes]
    sys.exit(0 if all(kept) else 1)
