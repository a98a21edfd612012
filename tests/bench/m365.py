"""What Microsoft 365 costs: `python -m tests.bench.m365 [--sizes 100000,1000000]`.

Each size is a tenant in a process of its own, whose answers were made before the clock starts, so
that the scan is what is measured. Units are compared with the least that the service allows.
"""

import json
import math
import os
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from connectors.m365 import demo
from connectors.m365.client import PREFER, Client
from connectors.m365.demo import Tenant
from connectors.m365.demo.delta import SCENARIO_PAGE
from connectors.m365.demo.graph_server import SITES_PAGE
from connectors.m365.demo.libraries import Library
from connectors.m365.demo.permission_rows import anonymous
from connectors.sdk.local_server import (
    LocalCertificateAuthority,
    LocalHttpsServer,
    Request,
    Response,
)
from tests.bench import m365_quota
from tests.bench.tenant import config

OWN_EVERY = 200  # half a percent of the items have permissions of their own
PAGE = 1000
GROWTH = 1.2
FIRST = {
    k: v[0] for k, v in parse_qs(urlsplit(Client.first_delta_path("")).query).items()
}  # the question that every library is opened with
HEAD = (
    "scan              items     calls  calls/1k     units  units/1k     least  ratio"
    "  items/s wall  items/CPU s  peak MB"
)


class Cached:
    """A tenant whose answers to reads are kept as bytes, and made ahead for its large libraries."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self._held: dict[str, Response] = {}

    def respond(self, request: Request) -> Response:
        """The answer of the tenant, from memory where it was given before."""
        if request.method != "GET" or "/root/delta" not in request.path:
            return self._tenant.respond(request)
        key = f"{request.path}?{sorted(request.query.items())}"
        if key not in self._held:
            answer = self._tenant.respond(request)
            raw = json.dumps(answer.body, ensure_ascii=False, separators=(",", ":")).encode()
            headers = {"Content-Type": "application/json", **answer.headers}
            self._held[key] = Response(status=answer.status, body=raw, headers=headers)
        return self._held[key]

    def warm(self, base: str) -> None:
        """Make the pages of the large libraries ahead."""
        headers = {"authorization": f"Bearer {self._tenant.token_endpoint.token}", "prefer": PREFER}
        for library in self._tenant._libraries.values():
            path, query = f"/v1.0/drives/{library.id}/root/delta", FIRST
            while library.spec.plain and query:
                answer = self.respond(
                    Request(
                        method="GET", path=path, query=query, headers=headers, body=b"", base=base
                    )
                )
                assert isinstance(answer.body, bytes)
                link = json.loads(answer.body).get("@odata.nextLink", "")
                query = {"token": link.partition("token=")[2]} if link else {}


def least(tenant: Tenant) -> int:
    """The least that a full reading can cost, by the service's own prices.

    2 for a page of sites and for each site's libraries, 2 for the first page of a library and 1
    for each that follows, 5 for each list of permissions.
    """
    libraries, sites = tenant._libraries.values(), len(tenant._site_specs)
    pages = sum(1 + _pages(library) for library in libraries)
    own = sum(1 for library in libraries for n in range(len(library)) if _own(library, n))
    return 2 * math.ceil((sites + 1) / SITES_PAGE) + 2 * sites + pages + 5 * own


def _pages(library: Library) -> int:
    if library.spec.plain:
        return math.ceil(len(library) / PAGE)
    return math.ceil(len(library) / SCENARIO_PAGE) + (len(library) > SCENARIO_PAGE)  # one is empty


def _own(library: Library, number: int) -> bool:
    return number == 0 or bool(library.node(number).rows)


def serve(size: int, own_every: int, folder: Path) -> None:
    """Be the tenant until the parent is gone; each line that arrives is a day of work in it."""
    tenant = Tenant(size, own_every=own_every)
    cached, authority = Cached(tenant), LocalCertificateAuthority(folder)
    with LocalHttpsServer(cached.respond, authority) as served:
        table = demo.table(served.url, folder)
        text = config("m365", table, authority.bundle)
        (folder / "config.toml").write_text(text, encoding="utf-8")
        cached.warm(served.url)
        print(json.dumps({"items": tenant.items, "least": least(tenant)}), flush=True)
        for line in sys.stdin:
            print(json.dumps({"least": changed(tenant, int(line))}), flush=True)


def changed(tenant: Tenant, files: int) -> int:
    """Links on so many files of as many libraries; the least that reading them on can cost.

    The list of each file, of its library's root and of what else has its own above it: Graph
    names the folders above a change, too, and does not say whether they changed.
    """
    libraries = list(tenant._libraries.values())
    units = 2 * math.ceil((len(tenant._site_specs) + 1) / SITES_PAGE) + 2 * len(tenant._site_specs)
    units += len(libraries)
    for n in range(files):
        library = [one for one in libraries if one.spec.plain][n % (len(libraries) - 6)]
        number = len(library) // 2 + n
        at: int | None = number
        tenant.editor(library.id).share(number, anonymous(f"bench {n}"))
        while at is not None:
            units += 5 * _own(library, at)
            at = library.parent(at)
    return units


def scanned(folder: Path) -> dict[str, Any]:
    """One scan in a process of its own."""
    out = folder / "figures"
    with out.open("w") as file:
        command = [sys.executable, "-m", "tests.bench.scan", str(folder)]
        _, status, usage = os.wait4(subprocess.Popen(command, stdout=file).pid, 0)
    if status:
        sys.exit(f"the scan ended with {status}")
    return json.loads(out.read_text()) | {"peak": usage.ru_maxrss / 1024}


def line(name: str, t: dict[str, Any], fewest: int) -> str:
    """A row under `HEAD`."""
    items = t["items"]
    return (
        f"{name:<12}{items:>11}{t['calls']:>10}{t['calls'] / items * 1000:>10.2f}"
        f"{t['units']:>10.0f}{t['units'] / items * 1000:>10.2f}{fewest:>10}"
        f"{t['units'] / fewest:>7.2f}{items / t['read_seconds']:>14.0f}"
        f"{items / t['read_cpu']:>13.0f}{t['peak']:>9.1f}"
    )


def measured(size: int, own_every: int, files: int) -> float:
    """Print a full scan and one after a day of changes; the peak of the first in MB."""
    with tempfile.TemporaryDirectory() as name:
        serving = [sys.executable, "-m", "tests.bench.m365", "--serve", name]
        tenant = subprocess.Popen(
            [*serving, "--sizes", str(size), "--own-every", str(own_every)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert tenant.stdin is not None
        assert tenant.stdout is not None
        told = json.loads(tenant.stdout.readline())
        full = scanned(Path(name))
        print(line(f"full {size}", full, told["least"]), flush=True)
        tenant.stdin.write(f"{files}\n")
        tenant.stdin.flush()
        told = json.loads(tenant.stdout.readline())
        delta = scanned(Path(name))
        print(line(f"  {files} shared", delta, told["least"]), flush=True)
        tenant.communicate("")
    return full["peak"]


def main() -> int:
    """Print the tables; the exit code says whether memory stayed flat and no quota was overrun."""
    parser = ArgumentParser(prog="bench.m365")
    parser.add_argument("--sizes", default="100000")
    parser.add_argument("--own-every", type=int, default=OWN_EVERY)
    parser.add_argument("--changes", type=int, default=30)
    parser.add_argument("--serve", type=Path)
    asked = parser.parse_args()
    sizes = sorted(int(size) for size in asked.sizes.split(","))
    if asked.serve is not None:
        serve(sizes[0], asked.own_every, asked.serve)
        return 0
    print(HEAD, flush=True)
    peaks = [measured(size, asked.own_every, asked.changes) for size in sizes]
    flat = peaks[-1] / peaks[0]
    if len(peaks) > 1:
        print(f"memory at {sizes[-1]} is {flat:.2f} times that at {sizes[0]}")
    kept = [m365_quota.small_quota(), m365_quota.few_lists()]
    m365_quota.beside_a_peer()
    return int(flat > GROWTH or not all(kept))


if __name__ == "__main__":
    sys.exit(main())
