"""A demo tenant in a process of its own, so that its memory and time are not the agent's.

`python -m tests.bench.tenant SERVICE SIZE FOLDER` writes FOLDER/config.toml, prints "ready" and
serves until its standard input is closed.
"""

import sys
from importlib import import_module
from pathlib import Path

import tomli_w

from connectors.sdk.local_server import LocalCertificateAuthority, LocalHttpsServer


def config(service: str, table: dict[str, object], bundle: Path) -> str:
    """A configuration as an administrator would write it."""
    return tomli_w.dumps(
        {
            "agent": {"state": "state", "output": "runs"},
            "organization": {"internal_domains": ["example.co.jp"]},
            "network": {"ca_bundle": str(bundle)},
            "connectors": {service: table},
        }
    )


def main(service: str, size: int, folder: Path) -> None:
    """Serve until the parent is gone."""
    demo = import_module(f"connectors.{service}.demo")
    authority = LocalCertificateAuthority(folder)
    tenant = demo.Tenant(size)
    with LocalHttpsServer(tenant.respond, authority) as served:
        table = demo.table(served.url, folder)
        text = config(service, table, authority.bundle)
        (folder / "config.toml").write_text(text, encoding="utf-8")
        print(f"ready {tenant.items}", flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
