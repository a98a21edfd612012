"""The demo: the real connectors with three generated tenants on this machine.

Nothing leaves the machine and no credentials are needed. The configuration has the form that an
administrator would write.
"""

from __future__ import annotations

import json
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import tomli_w
from standardwebhooks import Webhook, WebhookVerificationError

from agent.config.secret_store import references_in
from agent.errors import ConfigError
from agent.host import file_permissions
from agent.store.engine import FILE as STORE
from connectors.sdk.local_server import (
    LocalCertificateAuthority,
    LocalHttpsServer,
    Request,
    Response,
)
from connectors.sdk.message import say
from connectors.sdk.services import load_demo, services

CONFIG = "config.toml"
SECRET = "whsec_dG9qaW1hcmktZGVtby1zaWduaW5nLWtleS0wMDAx"  # noqa: S105 -- opens nothing


class DemoReceiver:
    """A SIEM that verifies signatures and keeps the last message as a file."""

    def __init__(self, keep: Path) -> None:
        self.events = 0
        self._keep = keep
        self._webhook = Webhook(SECRET)

    def respond(self, request: Request) -> Response:
        """Store a signed message; answer 401 to one with a wrong signature."""
        try:
            message: Any = self._webhook.verify(request.body, dict(request.headers))
        except WebhookVerificationError:
            return Response(status=401)
        self.events += len(message["data"]["events"])
        pretty = json.dumps(message, ensure_ascii=False, indent=2)
        self._keep.write_text(pretty + "\n", encoding="utf-8")
        return Response(status=204)


@contextmanager
def serve_demo(folder: Path, size: int = 0) -> Generator[Path]:
    """Serve the demo tenants and a SIEM, and yield the configuration file that uses them.

    Raise `ConfigError` if the folder cannot be written.

    Args:
        folder: For the configuration, its secrets and the store; an old store is deleted.
        size: The approximate number of ordinary items in each tenant.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        authority = LocalCertificateAuthority(folder)
    except OSError as error:
        raise ConfigError(
            say("config.no_folder", path=folder, detail=error.strerror or type(error).__name__)
        ) from None
    for old in (folder / "state").glob(f"{STORE}*"):
        old.unlink()  # every demo starts with an empty store
    with ExitStack() as running:
        tables: dict[str, object] = {}
        for service in services():
            demo = load_demo(service)
            tenant = running.enter_context(LocalHttpsServer(demo.Tenant(size).respond, authority))
            tables[service] = demo.table(tenant.url, folder)
        receiver = DemoReceiver(folder / "webhook.json")
        siem = running.enter_context(LocalHttpsServer(receiver.respond, authority))
        (folder / "webhook-secret").write_text(SECRET, encoding="utf-8")
        table: dict[str, object] = {
            "agent": {"state": "state", "output": "runs"},
            "organization": {
                "name": "Example K.K.",
                "internal_domains": ["example.co.jp"],
            },
            "network": {"ca_bundle": authority.bundle.name},
            "connectors": tables,
            "sinks": {
                "siem": {
                    "type": "webhook",
                    "url": f"{siem.url}/hooks/tojimari",
                    "secret": "file:webhook-secret",
                }
            },
        }
        for _, reference in references_in("", table):
            file_permissions.restrict_permissions(
                folder / reference.partition(":")[2]
            )  # else it would be refused
        file = folder / CONFIG
        file.write_text(tomli_w.dumps(table), encoding="utf-8")
        yield file
