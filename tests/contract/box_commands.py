"""Run every command over a service that was added as one folder. Started by `test_services.py`.

`python tests/contract/box_commands.py FOLDER`, in a copy of the program that holds
`connectors/box`; prints a JSON object, words of a command -> [exit code, output, errors].
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import tomli_w
from connectors.box.demo import Tenant, table

from connectors.sdk.local_server import LocalCertificateAuthority, LocalHttpsServer

COMMANDS = ("doctor", "plan", "scan --no-deliver", "judge", "findings list", "fix --out fixes",
            "report", "verify --list", "rules list")  # fmt: skip


def main(folder: Path) -> None:
    """Serve the demo tenant and run the commands on it."""
    authority = LocalCertificateAuthority(folder)
    with LocalHttpsServer(Tenant(0).respond, authority) as server:
        config = {
            "agent": {"state": "state", "output": "runs", "language": "en"},
            "organization": {"internal_domains": ["example.co.jp"]},
            "network": {"ca_bundle": authority.bundle.name},
            "connectors": {"box": table(server.url, folder)},
        }
        (folder / "config.toml").write_text(tomli_w.dumps(config), encoding="utf-8")
        print(json.dumps({words: _run(words, folder) for words in COMMANDS}))


def _run(words: str, folder: Path) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "agent", *words.split(), *_config(words)],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def _config(words: str) -> list[str]:
    return [] if words.startswith("rules") else ["-c", "config.toml"]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
