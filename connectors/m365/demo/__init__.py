"""The demo tenant of Example K.K.: made-up data behind the HTTP API of Microsoft Graph."""

from __future__ import annotations

from pathlib import Path

from connectors.m365.demo.graph_server import DENIED, THROTTLED, Tenant
from connectors.m365.demo.people import TENANT_ID
from connectors.m365.demo.token_endpoint import CLIENT_ID, SECRET

__all__ = ["DENIED", "THROTTLED", "Tenant", "table"]


def table(url: str, folder: Path) -> dict[str, object]:
    """Return the configuration table for the tenant at `url`; write its secret to `folder`."""
    secret = folder / "m365-secret.txt"
    secret.write_text(SECRET, encoding="utf-8")
    return {
        "service": "m365",
        "tenant_id": TENANT_ID,
        "client_id": CLIENT_ID,
        "client_secret": f"file:{secret}",
        "quota_share": 1.0,
        "login_url": url,
        "graph_url": f"{url}/v1.0",
    }
