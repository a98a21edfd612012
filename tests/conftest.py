"""What all tests share: the real command in a process of its own, tenants served by this one."""

import json
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from csv import DictReader
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from hypothesis import settings

from connectors.sdk.local_server import (
    LocalCertificateAuthority,
    LocalHttpsServer,
    Request,
    Response,
)
from connectors.sdk.services import services

pytest.register_assert_rewrite("connectors.sdk.testing")
settings.register_profile("house", deadline=None, derandomize=True)  # the machine may be busy
settings.load_profile("house")

Fault = Callable[[Request], Response | None]
COMMAND = [sys.executable, "-m", "agent"]


@dataclass
class Site:
    """A folder with a configuration, and tenants that are served while it is open."""

    folder: Path
    authority: LocalCertificateAuthority
    tables: dict[str, Any] = field(default_factory=dict[str, Any])
    tenants: dict[str, Any] = field(default_factory=dict[str, Any])
    fault: Fault | None = None
    asked: list[Request] = field(default_factory=list[Request])

    def write(self, **more: Any) -> Path:
        """Write config.toml with the tenants' tables and more."""
        table: dict[str, Any] = {
            "agent": {"state": "state", "output": "runs", "language": "en"},
            "organization": {"internal_domains": ["example.co.jp"]},
            "network": {"ca_bundle": "ca.pem"},
            "connectors": self.tables,
        }
        for name, value in more.items():
            table[name] = table.get(name, {}) | value
        file = self.folder / "config.toml"
        file.write_text(tomli_w.dumps(table), encoding="utf-8")
        return file

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start `tojimari WORDS` in the folder."""
        return subprocess.Popen(
            [*COMMAND, *words],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run `tojimari WORDS` in the folder to its end."""
        process = self.start(*words)
        out, err = process.communicate(timeout=300)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def rows(self, name: str) -> list[dict[str, str]]:
        """The rows of a contract file of the last run."""
        last = max((self.folder / "runs").iterdir(), key=lambda p: p.stat().st_mtime_ns)
        with (last / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
            return list(DictReader(file))

    def manifest(self) -> dict[str, Any]:
        """The manifest of the last run."""
        last = max((self.folder / "runs").iterdir(), key=lambda p: p.stat().st_mtime_ns)
        return json.loads((last / "manifest.json").read_text(encoding="utf-8"))


@pytest.fixture
def serve(tmp_path: Path) -> Callable[..., Any]:
    @contextmanager
    def served(*names: str, size: int = 0, **made_with: Any) -> Generator[Site]:
        site = Site(tmp_path, LocalCertificateAuthority(tmp_path))
        running: list[LocalHttpsServer] = []
        for name in names or services():
            demo = import_module(f"connectors.{name}.demo")
            tenant = site.tenants[name] = demo.Tenant(size, **made_with)

            def respond(request: Request, tenant: Any = tenant) -> Response:
                site.asked.append(request)
                refused = site.fault(request) if site.fault else None
                return refused or tenant.respond(request)

            loopback = LocalHttpsServer(respond, site.authority)
            running.append(loopback)
            loopback.__enter__()
            site.tables[name] = demo.table(loopback.url, tmp_path)
        try:
            site.write()
            yield site
        finally:
            for loopback in running:
                loopback.__exit__()

    return served
